"""An excerpt, read again, tells of its calls what the capture told of them; so does tshark."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest

from analyser import Sighting, analyse
from analyser.errors import CaptureError
from tests.support.excerpts import cut, kept, told
from tests.support.samples import SAMPLES

FOLDER = Path(os.environ.get("SIP_ANALYSER_CORPUS", ""))
PRESENT = bool(os.environ.get("SIP_ANALYSER_CORPUS")) and (FOLDER / "truth.json").is_file()
REAL = (
    sorted(FOLDER / "captures" / name for name in json.loads((FOLDER / "truth.json").read_text()))
    if PRESENT
    else []
)

corpus = [
    pytest.mark.corpus,
    pytest.mark.skipif(not PRESENT, reason="SIP_ANALYSER_CORPUS names no folder of real captures"),
]
UNREAD = {"negbie-heplify__sip_ipv4_tcp_fragmented.pcap", "ntop-nDPI__fuzz-2006-06-26-2594.pcap"}
"""Captures of whose chosen call Wireshark reads nothing."""
CAPTURES = [
    *(pytest.param(path, id=path.stem) for path in sorted(SAMPLES.glob("*.pcap"))),
    *(pytest.param(path, id=path.stem, marks=corpus) for path in REAL or [Path("no-corpus")]),
]


def some(path):
    """A few Call-IDs of a capture: the first, one in the middle, the last."""
    found = []
    with suppress(CaptureError):  # a format that nobody here reads
        found = [event.message.call_id for event in analyse([path], rules=()) if isinstance(event, Sighting)]
    known = [each for each in dict.fromkeys(found) if each]
    return list(dict.fromkeys((*known[:1], *known[len(known) // 2 :][:1], *known[-1:])))


@pytest.mark.parametrize("path", CAPTURES)
def test_the_excerpt_tells_the_same(path, tmp_path):
    for number, call_id in enumerate(some(path)):
        target = tmp_path / f"{number}.pcapng"
        written = cut([path], target, kept([call_id]))

        assert written.packets
        assert told([target], kept([call_id])) == told([path], kept([call_id]))


@pytest.mark.parametrize(
    "path",
    [pytest.param(each.values[0], id=each.id, marks=[*each.marks, pytest.mark.tshark]) for each in CAPTURES],
)
def test_wireshark_reads_the_same_messages(path, tmp_path, wireshark):
    for call_id in some(path)[-1:]:
        target = tmp_path / "excerpt.pcapng"
        cut([path], target, kept([call_id]))

        seen = theirs(wireshark, path, call_id)
        assert seen or path.name in UNREAD
        assert theirs(wireshark, target, call_id) == seen


def theirs(wireshark, path, call_id):
    """CSeq, method and status of each message with a Call-ID, as Wireshark reads them."""
    fields = ("sip.Call-ID", "sip.CSeq", "sip.Request-Line", "sip.Status-Line")
    return sorted(
        row for row in wireshark.frames(path, "sip", *fields) if call_id in (row[0], *row[0].split(","))
    )
