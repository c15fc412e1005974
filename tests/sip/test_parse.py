"""`parse` and `looks_like_sip`: the start line, the scanned fields, and what is no message."""

import pytest

from analyser.sip import Defect, Request, Response, looks_like_sip, parse
from tests.sip.samples import octets, request, response


def test_request():
    message = request()
    assert (message.method, message.uri, message.version) == ("INVITE", "sip:bob@example.com", "SIP/2.0")
    assert (message.call_id, message.cseq, message.cseq_method) == ("c1@192.0.2.10", 1, "INVITE")
    assert (message.branch, message.from_tag, message.to_tag) == ("z9hG4bK74bf9", "a1", "")
    assert message.content_length == 0
    assert message.scan_defects == ()
    assert message.defects == ()


def test_response():
    message = response("SIP/2.0 486 Busy Here", To="<sip:bob@example.com>;tag=b1")
    assert (message.status, message.reason, message.version) == (486, "Busy Here", "SIP/2.0")
    assert (message.from_tag, message.to_tag) == ("a1", "b1")
    assert message.defects == ()


def test_messages_match():
    match request():
        case Request(method, uri):
            assert (method, uri) == ("INVITE", "sip:bob@example.com")
    match response():
        case Response(status, reason):
            assert (status, reason) == (200, "OK")


def test_compact_folded_and_odd_spellings_say_the_same():
    data = (
        b"INVITE sip:bob@example.com SIP/2.0\r\n"
        b"v : SIP / 2.0 / UDP\r\n 192.0.2.10:5060 ;\tBranch = z9hG4bK74bf9\r\n"
        b'f:"Alice"\r\n\t<sip:alice@example.com> ; TAG=a1\r\nt: sip:bob@example.com\r\n'
        b"CALL-id:c1@192.0.2.10\r\ncseq:\r\n  0001\r\n  INVITE\r\nmax-forwards: 70\r\nL: 0\r\n\r\n"
    )
    folded, plain = parse(data), request()
    assert folded is not None
    for name in ("call_id", "cseq", "cseq_method", "branch", "from_tag", "to_tag", "content_length"):
        assert getattr(folded, name) == getattr(plain, name), name
    assert folded.defects == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\r",
        b"hello",
        b"GET / HTTP/1.1\r\n\r\n",
        b"INVITE sip:alan@example.com\r\nVia: SIP/2.0/UDP a\r\n\r\n",
        b"SIP/2.0\r\n\r\n",
        b"SIP/2.0 OK\r\n\r\n",
        b"INVITE SIP/2.0\r\n\r\n",
        b"IN<VITE sip:x SIP/2.0\r\n\r\n",
        b"\x80\x00\x12\x34" * 40,
    ],
)
def test_what_has_no_start_line_is_no_message(data):
    assert parse(data) is None
    assert not looks_like_sip(data)


@pytest.mark.parametrize("front", [b"", b"\r\n", b"\r\n\r\n", b"\n"])
@pytest.mark.parametrize(
    "start", [b"INVITE sip:x SIP/2.0", b"SIP/2.0 100 Trying", b"x y SIP/9.9", b"sip/2.0 200 OK"]
)
def test_leading_line_ends_are_skipped(front, start):
    data = front + start + b"\r\nCall-ID: 1\r\n\r\n"
    message = parse(data)
    assert message is not None
    assert message.call_id == "1"
    assert message.raw == data[len(front) :]
    assert looks_like_sip(data)


def test_the_first_of_repeated_fields_counts():
    message = parse(
        octets().replace(b"\r\n\r\n", b"\r\nCall-ID: other\r\nVia: SIP/2.0/UDP b;branch=x\r\n\r\n")
    )
    assert message is not None
    assert message.call_id == "c1@192.0.2.10"
    assert message.branch == "z9hG4bK74bf9"
    assert message.scan_defects == (Defect.REPEATED_CALL_ID,)


def test_octets_that_are_no_utf8_show_as_escapes():
    message = request("INVITE sip:bob@example.com SIP/2.0", Call_ID="x")
    broken = parse(message.raw.replace(b"Call-ID: x", b"Call-ID: \xff\xfe"))
    assert broken is not None
    assert broken.call_id == "\\xff\\xfe"
    assert broken.defects == (Defect.NOT_UTF8,)


def test_a_cut_message_lacks_nothing_that_may_have_been_there():
    whole = octets(body=b"x" * 40)
    for length in range(30, len(whole)):
        message = parse(whole[:length], missing=len(whole) - length)
        if message is None:  # not even the start line is whole
            assert length < whole.index(b"\n") + 1
            continue
        assert not [defect for defect in message.defects if defect.broken], length
        assert message.call_id in {"", "c1@192.0.2.10"}
        assert message.branch in {"", "z9hG4bK74bf9"}


def test_the_body_is_what_content_length_measures():
    assert request(body=b"hello").body == b"hello"
    assert request(body=b"hello", Content_Length="2").body == b"he"
    assert request(body=b"hello", Content_Length="99").body == b"hello"
    assert request(body=b"hello", Content_Length=None).body == b"hello"
    assert request(body=b"hello", Content_Length="-1").body == b"hello"


def test_a_head_of_bare_line_feeds():
    message = parse(octets(body=b"v=0\r\n").replace(b"\r\n", b"\n"))
    assert isinstance(message, Request)
    assert message.call_id == "c1@192.0.2.10"
    assert message.body == b"v=0\n"
    assert Defect.BARE_LF in message.defects


def test_a_head_that_ends_with_bare_line_feeds_in_front_of_a_later_empty_line():
    message = parse(b"OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\n\nCall-ID: 2\r\n\r\n")
    assert message is not None
    assert message.call_id == "1"
    assert "call-id" in message.headers
    assert message.body == b"Call-ID: 2\r\n\r\n"


def test_lines_of_carriage_returns_end_nothing():
    message = parse(b"OPTIONS sip:a SIP/2.0\r\n\r\r\nCall-ID: 1\r\n folded\r\n\r\n")
    assert message is not None
    assert message.call_id == "1 folded"


@pytest.mark.parametrize(
    ("start", "status", "reason"),
    [
        ("SIP/2.0 200", 200, ""),
        ("SIP/2.0 200 ", 200, ""),
        ("SIP/2.0  200  Fine ", 200, "Fine"),
        ("SIP/2.0 99 Low", 99, "Low"),
        ("SIP/2.0 700 High", 700, "High"),
        ("SIP/2.0 4294967301 x", 10**9, "x"),
        ("SIP/2.0 " + "9" * 5000, 10**9, ""),
    ],
)
def test_status_lines(start, status, reason):
    message = response(start)
    assert (message.status, message.reason) == (status, reason)


@pytest.mark.parametrize(
    ("value", "number", "method"),
    [
        ("7 INVITE", 7, "INVITE"),
        ("0007\tINVITE", 7, "INVITE"),
        ("4294967295 INVITE", 4294967295, "INVITE"),
        ("4294967296 INVITE", -1, "INVITE"),
        ("9" * 5000 + " INVITE", -1, "INVITE"),
        ("0" * 5000 + "7 INVITE", 7, "INVITE"),
        ("-7 INVITE", -1, ""),
        ("\u0667 INVITE", -1, ""),
        ("INVITE", -1, ""),
        ("7", -1, ""),
        ("7 INVITE x", 7, "INVITE"),
        ("", -1, ""),
    ],
)
def test_cseq(value, number, method):
    message = request(CSeq=value)
    assert (message.cseq, message.cseq_method) == (number, method)


def test_repr_is_short():
    assert repr(request()) == "<Request INVITE sip:bob@example.com c1@192.0.2.10>"
    assert repr(response()) == "<Response 200 OK c1@192.0.2.10>"


@pytest.mark.parametrize("length", ["1", "18446744073709551616", "9" * 5000])
def test_lengths_beyond_the_datagram(length):
    message = request(Content_Length=length)
    assert message.scan_defects == (Defect.CONTENT_LENGTH_TOO_LONG,)
    assert message.body == b""
