"""Calls between two SIPp, seen by `live` as they happen."""

import pytest

from tests.live.line import PHONES, SERVER, Line
from tests.live.programs import call, serve
from tests.live.tail import Tail

pytestmark = pytest.mark.live

HEALTHY = ["INVITE", "180", "200", "ACK", "BYE", "200"]
INVITES = ("udp", "dport", "5060", "@th,64,48", "0x494e56495445")
ACKS = ("udp", "dport", "5060", "@th,64,32", "0x41434b20")


@pytest.mark.parametrize("six", [False, True], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("transport", ["u1", "t1"], ids=["udp", "tcp"])
def test_healthy(line: Line, transport: str, *, six: bool) -> None:
    tail = Tail(line)
    callee = serve(line, "answer", transport=transport, six=six)
    call(line, "call", transport=transport, six=six).wait()
    callee.wait()
    tail.until_message("200", 2)
    summary = tail.end()
    assert tail.messages == HEALTHY
    assert {each["transport"] for each in tail.of("message")} == {"TCP" if transport == "t1" else "UDP"}
    (ended,) = tail.of("call")
    assert (ended["state"], ended["ending"]) == ("ended", "complete")
    assert tail.rules == []
    assert summary["coverage"]["not_decoded"] == {}


def test_loopback_shows_each_packet_once(line: Line) -> None:
    tail = Tail(line, interface="lo")
    callee = serve(line, "answer", host="127.0.0.1")
    call(line, "call", machine=SERVER, host="127.0.0.1").wait()
    callee.wait()
    tail.until_message("200", 2)
    summary = tail.end()
    assert tail.messages == HEALTHY
    assert summary["coverage"]["duplicates"] == 0


def test_every_interface_without_being_told(line: Line) -> None:
    tail = Tail(line, interface="")
    local, remote = serve(line, "answer", host="127.0.0.1"), serve(line, "answer")
    call(line, "call", machine=SERVER, host="127.0.0.1").wait()
    call(line, "call").wait()
    local.wait()
    remote.wait()
    tail.until_message("200", 4)
    tail.end()
    assert tail.messages == 2 * HEALTHY
    assert {each["source"].split(":")[0] for each in tail.of("message")} == {
        "127.0.0.1",
        "192.0.2.1",
        "192.0.2.2",
    }
    assert tail.rules == []


def test_busy(line: Line) -> None:
    tail = Tail(line)
    callee = serve(line, "refuse", status="486 Busy Here", extra="User-Agent: desk")
    call(line, "call").wait()
    callee.wait()
    tail.until_message("ACK")
    tail.end()
    assert tail.messages == ["INVITE", "486", "ACK"]
    annotation = tail.of("message")[1]["annotation"]
    assert (annotation["verdict"], annotation["role"]) == ("attention", "final")
    assert tail.rules == []


def test_no_codec_in_common(line: Line) -> None:
    tail = Tail(line)
    warning = 'Warning: 304 192.0.2.2 "Media type not available"'
    callee = serve(line, "refuse", status="488 Not Acceptable Here", extra=warning)
    call(line, "call").wait()
    callee.wait()
    found = tail.until_finding("offer-refused")
    tail.end()
    assert tail.rules == ["offer-refused"]
    assert found["severity"] == "error"
    assert "PCMU, PCMA" in found["note"]
    assert "Media type not available" in found["note"]


def test_no_answer(line: Line) -> None:
    """Whoever gives up gets 487, and nothing is wrong with that."""
    tail = Tail(line)
    callee = serve(line, "ring")
    call(line, "give_up", provisional="180", wait="200").wait()
    callee.wait()
    tail.until_message("ACK")
    tail.end()
    assert tail.messages == ["INVITE", "180", "CANCEL", "200", "487", "ACK"]
    (ended,) = tail.of("call")
    assert ended["state"] == "cancelled"
    assert tail.rules == []


def test_away(line: Line) -> None:
    tail = Tail(line)
    callee = serve(line, "refuse", status="480 Temporarily Unavailable", extra="User-Agent: desk")
    call(line, "call").wait()
    callee.wait()
    tail.until_message("ACK")
    tail.end()
    assert tail.of("call")[0]["status"] == 480
    assert tail.rules == ["callee-not-reachable"]


def test_stuck_is_told_while_it_is_stuck(line: Line) -> None:
    tail = Tail(line, "--set", "stuck-on-trying.notice=1")
    callee = serve(line, "try")
    caller = call(line, "give_up", provisional="100", wait="60000")
    found = tail.until_finding("stuck-on-trying")
    assert tail.messages == ["INVITE", "100"]
    assert tail.of("call") == []
    assert (caller.process.poll(), callee.process.poll()) == (None, None)
    assert sorted(found["frames"]) == [each["frame"] for each in tail.of("message")]
    tail.end()
    assert tail.rules == ["stuck-on-trying"]


def test_stuck_until_the_caller_gives_up(line: Line) -> None:
    tail = Tail(line, "--set", "stuck-on-trying.notice=0.5")
    callee = serve(line, "try")
    call(line, "give_up", provisional="100", wait="1500").wait()
    callee.wait()
    tail.until_message("ACK")
    tail.end()
    assert tail.rules.count("stuck-on-trying") == 1


def test_requests_are_lost(line: Line) -> None:
    """The first two copies of the INVITE do not arrive."""
    line.lose(SERVER, *INVITES, "numgen", "inc", "mod", "1000", "<", "2")
    tail = Tail(line)
    callee = serve(line, "answer")
    call(line, "call").wait()
    callee.wait()
    tail.until_message("200", 2)
    summary = tail.end()
    assert tail.messages == ["INVITE", "INVITE", *HEALTHY]
    assert [each["retransmission"] for each in tail.of("message")[:3]] == [False, True, True]
    assert summary["retransmissions"] == 2
    assert tail.rules == ["repeated-request"]
    assert "(copies: 3)" in tail.standing[0]["note"]


def test_acknowledgements_are_lost(line: Line) -> None:
    """Told before the call has dropped: the callee repeats its answer although the ACK went past here."""
    line.lose(SERVER, *ACKS)
    tail = Tail(line)
    serve(line, "answer")
    caller = call(line, "call", talk="60000")
    found = tail.until_finding("unacknowledged-answer")
    assert caller.process.poll() is None
    assert found["severity"] == "error"
    assert "The ACK did pass here" in found["note"]
    tail.end()
    assert tail.rules == ["unacknowledged-answer"]


def test_answers_are_lost(line: Line) -> None:
    """No response at all gets back to the caller: it goes on asking."""
    line.lose(PHONES, "udp", "sport", "5060")
    tail = Tail(line, "--set", "repeated-request.copies=2")
    serve(line, "try")
    call(line, "give_up", provisional="100", wait="0")
    tail.until_message("INVITE", 3)
    summary = tail.end()
    assert summary["messages"] == len(tail.messages)
    assert "100" in tail.messages
    assert "unanswered-invite" not in tail.rules
