"""Text that wants to be more than text: no output obeys it, wherever in a message or a name it stands."""

import json
import re

import pytest

from tests.support.captures import pcap
from tests.survive.wire import A, B, Outcome, datagram, message, outcome

ACTIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
PAYLOADS = {
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "eight-bit control": "\x9b2J",
    "bidi": "\u202egnp\u202c\u2067x\u2069",
    "zero width": "a\u200bb\ufeff",
    "NUL": "a\0b",
    "markup": "[red]x[/red][/x]",
}
FIELDS = ("From", "To", "Call-ID", "User-Agent", "Subject", "Contact", "Warning", "Reason", "Event", "Allow")


def active(text):
    return ACTIVE.search(text)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
@pytest.mark.parametrize("place", ["method", "uri", "reason", "branch", *FIELDS])
def test_no_output_obeys_what_stands_in_a_message(tmp_path, place, payload):
    named, fields, uri, reason, method = {}, [], "sip:b@b", "No", "INVITE"
    if place == "uri":
        uri += payload.replace(" ", "")
    elif place == "reason":
        reason += payload
    elif place == "method":
        method += payload.replace(" ", "")
    elif place == "branch":
        named["Via"] = f"SIP/2.0/UDP {A};branch=z9hG4bK{payload}"
    elif place in ("From", "To"):
        named[place] = f'"{payload}" <sip:{payload}@a>;tag={payload}'
    elif place == "Call-ID":
        named["Call_ID"] = payload
    else:
        fields.append(f"{place}: {payload}")
    exchange = [
        datagram(message(f"{method} {uri} SIP/2.0", *fields, CSeq="1 INVITE", **named)),
        datagram(message(f"SIP/2.0 488 {reason}", *fields, CSeq="1 INVITE", **named), B, A),
    ]

    seen = outcome(tmp_path, exchange)

    assert seen.messages
    assert not active(seen.screen)
    assert not active(seen.lines)
    assert all(json.loads(line) for line in seen.lines.splitlines())


@pytest.mark.parametrize("name", ["\x1b[2J.pcap", "\u202egnp.pcap", "a\nb.pcap", "[red].pcap"])
def test_no_output_obeys_the_name_of_a_file(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(pcap([datagram(message())])[:-5])

    seen = Outcome(path)

    assert not active(seen.screen.replace("\n", ""))
    assert not active(seen.lines)
    assert "ends inside" in " ".join(seen.screen.split())


@pytest.mark.parametrize("octets", [b"\0", b"\xff\xfe", b"\xc3", b"\xed\xb2\x80", b"\x80" * 1000])
def test_octets_that_are_no_text_are_shown_as_escapes(tmp_path, octets):
    seen = outcome(tmp_path, [datagram(message(Subject="S").replace(b"Subject: S", b"Subject: " + octets))])

    assert seen.call_ids == ["one"]
    assert seen.messages[0].defects
    assert seen.messages[0].headers.first("subject") is not None


def test_nothing_but_noise_is_nothing(tmp_path):
    seen = outcome(
        tmp_path, [datagram(bytes(range(256)) * 4), datagram(b"\xff" * 1000), datagram(b"SIP/2.0 ")]
    )

    assert seen.messages == []
