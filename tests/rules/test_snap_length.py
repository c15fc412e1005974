"""A capture that cuts its packets must not make a rule say what the whole packets do not bear out."""

import struct
from pathlib import Path
from typing import Final

import pytest

from analyser.annotate import Finding
from tests.support.page import Case, cases_of, events_of
from tests.support.pcap import capture

CASES: Final = [case for page in sorted(Path(__file__).parent.glob("*.md")) for case in cases_of(page)]


def cut(data: bytes, length: int) -> bytes:
    """The same capture, taken with a snap length."""
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    found, at = [data[:24]], 24
    while at < len(data):
        seconds, fraction, held, size = struct.unpack_from(f"{order}IIII", data, at)
        packet = data[at + 16 : at + 16 + held]
        found.append(
            struct.pack(f"{order}IIII", seconds, fraction, min(held, length), size) + packet[:length]
        )
        at += 16 + held
    return b"".join(found)


@pytest.mark.parametrize("length", [200, 330, 500])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.page.stem}: {case.name}")
def test_cut_packets_add_no_finding(case: Case, length: int) -> None:
    data = capture(case.compile()).data
    whole = {event.rule.id for event in events_of(data) if isinstance(event, Finding)}
    events = events_of(cut(data, length))
    found = {event.rule.id: event.note for event in events if isinstance(event, Finding)}
    found.pop("registration-refused", None)  # true; without it all cut a rule on security told the same
    assert not {rule: note for rule, note in found.items() if rule not in whole}
