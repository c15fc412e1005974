"""Whatever the wire says, the terminal shows it and does not obey it."""

import re

import pytest

from analyser.wire import Coverage, Endpoint, Hop
from tests.report import sample_rules, stories
from tests.report.runs import SGR, events_of, messages, report_of

PAYLOADS = {
    "escape sequence": b"\x1b[2J\x1b]0;owned\x07",
    "eight-bit control": "\u009b2J".encode(),
    "raw eight-bit control": b"\x9b2J",
    "right to left": "\u202egnp.exe\u202c".encode(),
    "isolate": "\u2067x\u2069".encode(),
    "zero width": "a\u200bb\ufeff".encode(),
    "not UTF-8": b"\xff\xfe\xc3",
    "surrogate": b"\xed\xb2\x80",
    "markup": b"[bold red]x[/bold red][/x][link=http://x]y[/link]",
    "emoji code": b":skull:",
    "template": b"{0} {contact} {evil!r:>99999}",
    "tab and bell": b"\ta\x07\x08b",
    "form feed": b"\x0c\x0b\x1c\x85\xe2\x80\xa8",
    "long": b"A" * 60_000,
    "marks": ("e" + "\u0301" * 500).encode(),
    "wide": "電話".encode() * 500,
}

FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def poisoned(payload):
    """Every story with the payload wherever a sender may put it."""
    number = 0
    for story in stories.ALL.values():
        for time, hop, octets in messages(story):
            number += 1
            head, _, body = octets.partition(b"\r\n\r\n")
            start, *fields = head.split(b"\r\n")
            if start.startswith(b"SIP/2.0"):
                start += b" " + payload
            else:
                method, uri, version = start.split(b" ")
                start = b" ".join(
                    (method, uri.replace(b"sip:", b"sip:" + payload.replace(b" ", b"")), version)
                )
            fields = [poisoned_field(field, payload) for field in fields]
            fields += [b"Subject: " + payload, b"Server: " + payload]
            yield time + number * 100_000_000_000, hop, b"\r\n".join([start, *fields]) + b"\r\n\r\n" + body


def poisoned_field(field, payload):
    name, _, value = field.partition(b":")
    if name in (b"From", b"To"):
        return (
            name
            + b': "'
            + payload
            + b'" '
            + value.strip().replace(b"sip:", b"sip:" + payload.replace(b">", b""))
        )
    if name in (b"Call-ID", b"Contact"):
        return field + payload
    return field


@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_the_terminal_obeys_nothing_from_the_wire(payload, colour):
    coverage = Coverage(frames=1, notes=[payload.decode(errors="surrogateescape")])
    coverage.not_decoded[payload.decode(errors="surrogateescape")] = 1
    name = payload.decode(errors="surrogateescape")

    text = report_of(
        events_of(poisoned(payload), sample_rules.ALL, inputs=(name,), coverage=coverage),
        80,
        colour=colour,
        all_calls=True,
    )

    shown = SGR.sub("", text)
    assert "subject of a message" in shown or "Subject" in shown
    assert not FORBIDDEN.search(shown)
    assert len(text) < 200_000
    text.encode("utf-8")


@pytest.mark.parametrize("method", [b"A" * 5000, b"[/x]", b"{0}", b"\x1b[2J", b"!%*_+`'~", "日本".encode()])
def test_methods_nobody_knows_are_shown_with_bounds(method):
    hop = Hop(Endpoint("192.0.2.1", 5060), Endpoint("192.0.2.2", 5060), "UDP")
    octets = (
        method
        + b" sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\nCall-ID: a\r\nCSeq: 1 "
        + method
        + b"\r\n\r\n"
    )
    exchange = [(number, hop, octets) for number in range(3)]
    try:
        text = report_of(events_of(exchange, sample_rules.ALL), 80)
    except AssertionError as refusal:
        assert octets in refusal.args  # noqa: PT017 - the parser may say that this is no SIP
        return

    assert not FORBIDDEN.search(text)
    assert max(map(len, text.splitlines())) <= 80
