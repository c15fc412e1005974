"""What agents send as HEP: sngrep, which captures beside the server, and Kamailio, which tells of what passes it."""

import pytest

from tests.live.line import PHONES, Line
from tests.live.programs import call, kamailio, serve, sngrep
from tests.live.tail import Tail

pytestmark = pytest.mark.live

COLLECTOR = "udp:127.0.0.1:9060"


def test_from_sngrep(line: Line) -> None:
    tail = Tail(line, "--hep", COLLECTOR, interface="")
    sngrep(line, COLLECTOR)
    callee = serve(line, "refuse", status="488 Not Acceptable Here", extra="User-Agent: desk")
    call(line, "call").wait()
    callee.wait()
    tail.until_message("ACK")
    tail.end()
    assert tail.messages == ["INVITE", "488", "ACK"]
    assert tail.of("message")[0]["source"] == "192.0.2.1:5070"
    assert tail.of("message")[0]["target"] == "192.0.2.2:5060"
    assert [each["rule"] for each in tail.standing] == ["offer-refused"]


def test_from_kamailio(line: Line) -> None:
    """Kamailio says where each message came from and went to: both hops of a call, and nothing amiss in it."""
    tail = Tail(line, "--hep", COLLECTOR, interface="")
    kamailio(line, "HEP")
    call(line, "register", user="bob", password="right", contact_port="5080").wait()
    callee = serve(line, "answer", machine=PHONES, port=5080)
    call(line, "call").wait()
    callee.wait()
    tail.until_message("200", 5)
    tail.end()
    (ended,) = tail.of("call")
    assert (ended["state"], ended["ending"]) == ("ended", "complete")
    hops = {(each["source"], each["target"]) for each in tail.of("message") if each.get("method") == "INVITE"}
    assert hops == {("192.0.2.1:5070", "192.0.2.2:5060"), ("192.0.2.2:5060", "192.0.2.1:5080")}
    assert tail.rules == []
