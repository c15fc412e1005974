"""Small messages to vary in tests."""

from analyser.sip import Defect, Request, Response, parse

HEAD = {
    "Via": "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK74bf9",
    "Max-Forwards": "70",
    "From": '"Alice" <sip:alice@example.com>;tag=a1',
    "To": "Bob <sip:bob@example.com>",
    "Call-ID": "c1@192.0.2.10",
    "CSeq": "1 INVITE",
    "Contact": "<sip:alice@192.0.2.10>",
    "Content-Length": "0",
}
SDP = (
    b"v=0\r\no=alice 1 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)


def octets(
    start: str = "INVITE sip:bob@example.com SIP/2.0", body: bytes = b"", **fields: str | None
) -> bytes:
    """A message; `Max_Forwards="5"` sets a header field, None leaves it out."""
    head = {**HEAD, "Content-Length": str(len(body))}
    head.update({name.replace("_", "-"): value for name, value in fields.items()})
    lines = [start, *(f"{name}: {value}" for name, value in head.items() if value is not None)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def request(
    start: str = "INVITE sip:bob@example.com SIP/2.0", body: bytes = b"", **fields: str | None
) -> Request:
    message = parse(octets(start, body, **fields))
    assert isinstance(message, Request)
    return message


def response(start: str = "SIP/2.0 200 OK", body: bytes = b"", **fields: str | None) -> Response:
    message = parse(octets(start, body, **fields))
    assert isinstance(message, Response)
    return message


def defects(
    start: str = "INVITE sip:bob@example.com SIP/2.0", body: bytes = b"", **fields: str | None
) -> set[Defect]:
    message = parse(octets(start, body, **fields))
    assert message is not None
    return set(message.defects)
