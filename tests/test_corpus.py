"""Real captures, message by message: what we find must be what is known to be there.

The folder is named by SIP_ANALYSER_CORPUS; it holds `captures/` with `truth.json`, the same messages in other
shapes in `derived/`, and `negatives/` without any SIP.
"""

import io
import json
import os
import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from analyser import Sighting, analyse
from analyser.errors import CaptureError
from analyser.report.jsonl import JsonLines
from analyser.wire import Coverage
from tests.support.decoded import assert_each_frame_counts_once, messages_of, payloads_of, summary_of

FOLDER = Path(os.environ.get("SIP_ANALYSER_CORPUS", ""))
PRESENT = bool(os.environ.get("SIP_ANALYSER_CORPUS")) and (FOLDER / "truth.json").is_file()
TRUTH = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8")) if PRESENT else {}

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not PRESENT, reason="SIP_ANALYSER_CORPUS names no folder of real captures"),
]

TWICE = {"open5gs-open5gs__volte.pcapng": {18}}
"""Frames that complete a datagram which the capture holds twice, inside a tunnel and outside; truth counts one."""

IN_ESP = {
    "open5gs-open5gs__ipsec_to_ipsec_call.pcapng": {
        *(18, 20, 22, 23, 24, 25, 77, 80, 83, 92, 129, 131, 133, 137, 138, 139, 147, 149, 151, 158, 159, 160),
        *(169, 171, 173, 180, 182, 184, 223, 248, 250, 252, 254, 256, 258, 594, 607, 609, 611),
        *(624, 625, 626, 643, 645, 647),
    },
    "open5gs-open5gs__ipsec_to_nonipsec_call.pcapng": {70, 76, 160, 249, 328, 338, 348},
}
"""Frames with a message in ESP that encrypts nothing, as Wireshark finds them when it is told to try; truth was made without."""

FOREIGN = {"ajbanjara-Wireshark__c07-sip-r2.cap": "Microsoft Network Monitor"}
FUZZED = {"ntop-nDPI__fuzz-2006-06-26-2594.pcap": {247}}
"""Captures with broken messages, and the frames of those whose start line is broken."""

TRANSPORTS = {"tcp+websocket": "ws"}
"""Transports by another name."""

ENCRYPTED = "sips-"
"""How the names of captures begin that need keys: in the file itself, or in a key log beside it."""


def expected(name):
    return Counter(
        (
            row["frame"],
            TRANSPORTS.get(row["transport"], row["transport"]),
            row.get("method", row.get("status")),
            int(row["cseq"]) if (row["cseq"] or "").isdigit() else -1,
            row["cseq_method"] or "",
            row["call_id"] or "",
        )
        for row in TRUTH[name]
    )


def found(path):
    return Counter(map(summary_of, messages_of(path)))


def events(path, **options):
    """The events of a run as JSON lines."""
    stream = io.StringIO()
    report = JsonLines(stream)
    for event in analyse([path], **options):
        report.receive(event)
    return stream.getvalue().splitlines()


def sighted(path, **options):
    """What is found with the other engine."""
    seen = analyse([path], rules=(), **options)
    return Counter(summary_of(event) for event in seen if isinstance(event, Sighting))


def starts_of(name):
    """The start lines and Call-IDs of the capture that a derived one was made from."""
    original = name.rpartition("__")[2].partition(".")[0].removesuffix("_dsb")
    truth = next(rows for other, rows in TRUTH.items() if other.endswith(f"__{original}.pcap"))
    return Counter((row.get("method", row.get("status")), row["call_id"]) for row in truth)


def files(folder):
    return sorted(path.name for path in (FOLDER / folder).glob("*cap*")) if PRESENT else []


@pytest.mark.parametrize("name", [name for name in TRUTH if name not in {*FOREIGN, *FUZZED}])
def test_every_message_is_found_where_it_is(name):
    sealed = IN_ESP.get(name, set())
    beside = TWICE.get(name, set()) | sealed
    seen = found(FOLDER / "captures" / name)

    assert Counter({row: count for row, count in seen.items() if row[0] not in beside}) == expected(name)
    assert sealed <= {row[0] for row in seen}


@pytest.mark.parametrize("name", [name for name in TRUTH if name in FOREIGN])
def test_a_foreign_format_is_named(name):
    with pytest.raises(CaptureError, match=FOREIGN[name]):
        found(FOLDER / "captures" / name)


@pytest.mark.parametrize("name", [name for name in TRUTH if name in FUZZED])
def test_the_messages_of_a_fuzzed_capture_are_found(name):
    """Readings of a broken message differ; that it is there, and what its start line says, does not."""
    starts = {row[:3] for row in found(FOLDER / "captures" / name)}

    assert {row[:3] for row in expected(name) if row[0] not in FUZZED[name]} <= starts


@pytest.mark.parametrize("name", files("negatives"))
def test_where_there_is_no_sip_none_is_found(name):
    coverage = Coverage()

    assert messages_of(FOLDER / "negatives" / name, coverage=coverage) == []
    assert coverage.frames


@pytest.mark.tshark
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("name", [name for name in TRUTH if name not in FOREIGN])
def test_tshark_adds_nothing_to_what_is_read_natively(name):
    path = FOLDER / "captures" / name

    assert events(path, engine="tshark") == events(path, engine="native")


@pytest.mark.tshark
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("name", [name for name in files("derived") if name.startswith(ENCRYPTED)])
def test_encrypted_messages_are_read_with_their_keys(name):
    path = FOLDER / "derived" / name
    keylog = path.with_suffix(".keylog.txt")
    seen = sighted(path, keylog=keylog if keylog.exists() else None)

    assert Counter((row[2], row[5]) for row in seen.elements()) == starts_of(name)


@pytest.mark.parametrize("name", [name for name in files("derived") if not name.startswith(ENCRYPTED)])
def test_the_shape_of_the_packets_changes_nothing(name):
    starts = starts_of(name)
    seen = Counter((row[2], row[5]) for row in map(summary_of, messages_of(FOLDER / "derived" / name)))

    if name.startswith("snaplen"):
        assert Counter(start for start, _ in seen.elements()) == Counter(
            start for start, _ in starts.elements()
        )
    else:
        assert seen == starts


@pytest.mark.parametrize("folder", ["captures", "derived", "negatives"])
def test_every_frame_counts_once(folder):
    for name in files(folder):
        coverage = Coverage()
        with suppress(CaptureError):
            payloads_of(FOLDER / folder / name, coverage=coverage)
        assert_each_frame_counts_once(coverage)
