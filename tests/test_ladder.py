"""The ladder language: what an arrow becomes, and what is said of a ladder that makes no sense."""

import pytest

from analyser.sip import Request, Response, parse
from tests.support.ladder import Ladder, LadderError, compile_ladder
from tests.support.page import cases_of
from tests.support.pcap import capture
from tests.support.samples import FLOWS

ENDS = "alice = 192.0.2.10:5060\nproxy = 198.51.100.1:5060\nbob = 198.51.100.20:5060\n"


def ladder(text: str) -> Ladder:
    return compile_ladder(ENDS + text)


def messages(text: str) -> list[Request | Response]:
    parsed = [parse(arrow.data) for arrow in ladder(text).arrows]
    assert all(message is not None and not message.defects for message in parsed)
    return parsed


def test_same_request_again_is_a_retransmission() -> None:
    first, second, third = ladder("0, 0.5 alice -> bob INVITE\n1.5 alice -> bob INVITE").arrows
    assert first.data == second.data == third.data


def test_request_after_a_challenge_is_new() -> None:
    first, _, second, _, third = messages(
        "0 alice -> bob REGISTER\n1 alice <- bob 401\n2 alice -> bob REGISTER\n3 alice <- bob 200\n4 alice -> bob REGISTER"
    )
    assert first.call_id == second.call_id == third.call_id
    assert [message.cseq for message in (first, second, third)] == [1, 2, 3]
    assert len({message.branch for message in (first, second, third)}) == 3
    assert not first.credentials
    assert second.credentials[0].params["nc"] == "00000001"
    assert third.credentials[0].params["nc"] == "00000002"


def test_ack_shares_the_branch_of_a_refused_invite_only() -> None:
    invite, _, ack = messages("0 alice -> bob INVITE\n1 alice <- bob 486\n2 alice -> bob ACK")
    assert (ack.branch, ack.uri) == (invite.branch, invite.uri)
    invite, answer, ack = messages("0 alice -> bob INVITE\n1 alice <- bob 200\n2 alice -> bob ACK")
    assert ack.branch != invite.branch
    assert ack.to_tag == answer.to_tag


def test_cancel_and_the_responses_to_it() -> None:
    invite, _, cancel, answer, final, _ = messages(
        "0 alice -> bob INVITE\n1 alice <- bob 180\n2 alice -> bob CANCEL\n3 alice <- bob 200\n"
        "3 alice <- bob 487\n3 alice -> bob ACK"
    )
    assert cancel.branch == invite.branch
    assert (answer.cseq_method, final.cseq_method) == ("CANCEL", "INVITE")
    assert answer.to_tag == final.to_tag


def test_proxy_passes_on() -> None:
    came, passed, back, answer, _, ack, bye = messages(
        "0 alice -> proxy INVITE\n0 proxy -> bob INVITE\n1 proxy <- bob 200\n1 alice <- proxy 200\n"
        "1 alice -> proxy ACK\n1 proxy -> bob ACK\n5 bob -> proxy BYE"
    )
    assert came.uri == "sip:bob@example.com"
    assert len(passed.vias) == 2
    assert passed.branch != came.branch
    assert answer.branch == came.branch
    assert back.raw.endswith(answer.raw.partition(b"\r\n\r\n")[2])
    assert ack.uri == "sip:bob@198.51.100.20:5060"
    assert b"Route: <sip:198.51.100.1:5060;lr>" in bye.raw
    assert (bye.from_tag, bye.to_tag) == (answer.to_tag, came.from_tag)


def test_publish_carries_the_tag_it_was_given() -> None:
    text = "0 alice -> bob PUBLISH\n1 alice <- bob 200\n2 alice -> bob PUBLISH\n3 alice <- bob 412\n4 alice -> bob PUBLISH"
    first, answer, refresh, _, fresh = messages(text)
    assert not first.if_match
    assert refresh.if_match == answer.etag
    assert not fresh.if_match
    assert fresh.raw.partition(b"\r\n\r\n")[2]


def test_lines_below_an_arrow() -> None:
    (arrow,) = ladder(
        "0 alice -> bob INVITE\n  Contact: <sip:x@{bob}>\n  -Max-Forwards\n  +Subject: a\n  +Subject: b\n  sdp: none"
    ).arrows
    text = arrow.data.decode()
    assert "Contact: <sip:x@198.51.100.20:5060>\r\n" in text
    assert "Max-Forwards" not in text
    assert text.count("Subject: ") == 2
    assert text.endswith("Content-Length: 0\r\n\r\n")


def test_unseen_and_copied_messages() -> None:
    shown = ladder("0 alice -> bob OPTIONS (unseen)\n0.1 alice <- bob 200\n0.101 alice <- bob 200 (copy)")
    first, copy = shown.arrows
    assert first.data == copy.data
    assert copy.copy


def test_marks() -> None:
    (arrow,) = ladder("0 alice -> bob OPTIONS ! one-rule, two-rule(error)").arrows
    assert arrow.marks == (("one-rule", None), ("two-rule", "error"))


@pytest.mark.parametrize("page", sorted(FLOWS.glob("*.md")), ids=lambda page: page.stem)
def test_compiles_to_the_same_bytes_without_a_defect(page) -> None:
    (case,) = cases_of(page)
    compiled = case.compile()
    assert capture(compiled).data == capture(case.compile()).data
    for arrow in compiled.arrows:
        if arrow.tls:
            continue
        message = parse(arrow.data)
        assert message is not None
        assert not message.defects


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "at least one arrow"),
        ("0 alice -> carol INVITE", 4, "carol is not declared"),
        ("1 alice -> bob INVITE\n0 alice <- bob 200", 5, "before the one above"),
        ("0 alice -> bob INVITE\n  nonsense", 5, "is no"),
        ("0 alice -> bob invite", 4, "neither a method nor a status code"),
        ("0 alice -> bob INVITE (agian)", 4, "unknown option"),
        ("0 alice -> bob CANCEL", 4, "needs an INVITE"),
        ("0 alice -> bob INVITE (again)", 4, "no INVITE went"),
        ("0 alice -> bob INVITE\n  Contact: {carol}", 5, "neither an endpoint"),
        ("0 alice -> bob INVITE\n  sdp: pcmx", 4, "means nothing"),
        ("0 alice -> bob INVITE (unseen) ! a-rule", 4, "no frame to mark"),
        ("alice = 192.0.2.1:5060\n0 alice -> bob INVITE", 4, "declared twice"),
        ("carol = 192.0.2.1\n0 alice -> bob INVITE", 4, "no address:port"),
        ("0 alice -> bob INVITE ! not a rule", 4, "no mark"),
        ("0 alice -> bob TLS Nonsense", 4, "means nothing in TLS"),
        ("0 alice -> bob TLS Alert fatal no_such_alert", 4, "means nothing in TLS"),
        ("0 alice -> bob TLS ClientHello port=1", 4, "means nothing in TLS"),
        ("nothing at all", 4, "neither an arrow"),
    ],
)
def test_error_names_line_and_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(LadderError, match=reason) as caught:
        ladder(text)
    assert caught.value.line == line
