"""Bodies and their parts."""

from analyser.sip.body import MAX_PARTS, ContentType, parts_of
from tests.sip.samples import SDP, request

MULTIPART = b"preamble\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nC: application/SDP\r\n\r\n%s\r\n--b--\r\nepilogue"


def test_a_body_is_its_own_only_part():
    assert request(body=b"x", Content_Type="text/plain").content_type == ContentType("text/plain", {})
    assert parts_of(None, b"x") == [(None, b"x")]


def test_parts_of_a_multipart_body():
    parts = parts_of(ContentType("multipart/mixed", {"boundary": "b"}), MULTIPART % SDP)
    assert [(str(part.content_type), part.data) for part in parts] == [
        ("text/plain", b"hello"),
        ("application/sdp", SDP),
    ]


def test_a_session_description_inside_a_multipart_body():
    message = request(body=MULTIPART % SDP, Content_Type='multipart/mixed ;boundary="b"')
    assert message.sdp is not None
    assert message.sdp.media[0].port == 40000


def test_nested_multipart():
    inner = MULTIPART.replace(b"--b", b"--inner") % SDP
    outer = b"--o\nContent-Type: multipart/alternative;boundary=inner\n\n" + inner + b"\n--o--"
    message = request(body=outer, Content_Type="multipart/mixed;boundary=o")
    assert message.sdp is not None


def test_nesting_and_parts_are_bounded():
    nested = b"--b\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n" * 500
    assert len(parts_of(ContentType("multipart/mixed", {"boundary": "b"}), nested)) <= MAX_PARTS
    many = b"--b\r\n\r\nx\r\n" * 500
    assert len(parts_of(ContentType("multipart/mixed", {"boundary": "b"}), many)) == MAX_PARTS


def test_no_session_description():
    assert request(body=SDP, Content_Type="text/plain").sdp is None
    assert request(body=b"", Content_Type="application/sdp").sdp is None
    assert request(body=b"v", Content_Type="multipart/mixed").sdp is None
    assert request(body=SDP).sdp is not None
    assert request(body=b"hello").sdp is None
