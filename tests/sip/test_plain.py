"""The short way to a clean bill says nothing that the long way would not say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser import Sighting, analyse
from analyser.sip import check, parse

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").glob("*.pcap"))


def long_way(message, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(check, "is_plain", lambda _message: False)
        return parse(message.raw, message.missing).defects


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_samples_have_the_same_defects_either_way(path, monkeypatch):
    messages = [event.message for event in analyse([path], rules=()) if isinstance(event, Sighting)]

    assert [message.defects for message in messages] == [long_way(each, monkeypatch) for each in messages]


FIELDS = (
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport",
    'From: "A, B" <sip:alice@example.org:5060;transport=udp>;tag=1',
    "To: Bob Smith <sips:bob@example.org>;tag=2",
    "Call-ID: a@b",
    "CSeq: 1 INVITE",
    "Max-Forwards: 70",
    "Contact: <sip:a@192.0.2.1>;expires=60;q=0.5",
    "Record-Route: <sip:192.0.2.9;lr>",
    "Expires: 3600",
    "P-Asserted-Identity: <tel:+4930123>",
    "Event: presence",
    "Session-Expires: 90",
    "Retry-After: 5",
    "X-Other: anything at all",
    "Content-Length: 0",
)
PIECES = (
    "<",
    ">",
    '"',
    ";",
    ";;",
    ",",
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n ",
    "=",
    "@",
    ":",
    "?",
    "0",
    "9" * 12,
    "é",
    "\0",
)


@given(st.data())
def test_whatever_is_put_into_a_plain_message_both_ways_agree(data):
    fields = [data.draw(st.sampled_from(FIELDS)) for _ in range(3)] + list(FIELDS)
    if data.draw(st.booleans()):
        fields = fields[3:]
    start = data.draw(st.sampled_from(("INVITE sip:bob@example.org SIP/2.0", "SIP/2.0 200 OK")))
    head = "\r\n".join((start, *fields, "", ""))
    at = data.draw(st.integers(len(start), len(head) - 4))
    cut = data.draw(st.integers(0, 3))
    octets = (head[:at] + data.draw(st.sampled_from(("", *PIECES))) + head[at + cut :]).encode()

    with pytest.MonkeyPatch.context() as patched:
        message = parse(octets)
        if message is not None and check.is_plain(message):
            assert long_way(message, patched) == ()


def test_a_plain_message_is_one_with_its_fields_once():
    head = "\r\n".join(("INVITE sip:bob@example.org SIP/2.0", *FIELDS, "", "")).encode()

    assert check.is_plain(parse(head))
    assert not check.is_plain(parse(head.replace(b"Max-Forwards: 70\r\n", b"")))
    assert not check.is_plain(parse(head.replace(b"tag=1", b"tga=1")))
    assert not check.is_plain(parse(head.replace(b"Expires: 3600", b"Expires: 3600\r\nExpires: 60")))
    assert not check.is_plain(parse(head.replace(b"Max-Forwards: 70", b"Max-Forwards: 256")))
