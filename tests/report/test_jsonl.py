"""JSON lines: the schema holds them, and nothing in them depends on the run."""

import io
import json
from pathlib import Path

import jsonschema
import pytest

from analyser.pipeline import analyse
from analyser.report.jsonl import JsonLines, iso_time
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "sample_pcaps").glob("*.pcap"))
SCHEMA = json.loads((ROOT / "docs/events.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def lines(*paths):
    stream = io.StringIO()
    report = JsonLines(stream)
    for event in analyse(paths):
        report.receive(event)
    report.finish()
    return stream.getvalue()


def write(tmp_path, ladder, name="call.pcap"):
    path = tmp_path / name
    path.write_bytes(capture(compile_ladder(ladder)).data)
    return path


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_line_keeps_to_the_schema(path):
    written = lines(path).splitlines()

    for line in written:
        VALIDATOR.validate(json.loads(line))
    assert json.loads(written[0])["event"] == "capture"
    assert json.loads(written[-1])["event"] == "summary"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_two_runs_give_the_same_octets(path):
    assert lines(path) == lines(path)


def test_keys_come_in_the_documented_order():
    events = [json.loads(line) for line in lines(ROOT / "sample_pcaps/healthy-call.pcap").splitlines()]
    request = next(event for event in events if event.get("kind") == "request")
    response = next(event for event in events if event.get("kind") == "response")

    assert list(request) == [
        "event", "number", "frame", "frames", "time", "transport", "source", "target", "kind", "method", "uri",
        "call_id", "cseq", "cseq_method", "defects", "duplicate", "retransmission",
    ]  # fmt: skip
    assert list(response)[9:] == [
        "status", "reason", "call_id", "cseq", "cseq_method", "defects", "duplicate", "retransmission", "annotation",
    ]  # fmt: skip
    assert list(response["annotation"]) == ["verdict", "elapsed", "meaning", "role", "request_frame"]


def test_wire_text_cannot_leave_its_string(tmp_path):
    path = write(
        tmp_path,
        "alice = 192.0.2.10:5060\nbob = [2001:db8::2]:5060\ncarol = 192.0.2.20:5060\n"
        '0 alice -> carol OPTIONS\n  User-Agent: "}\\u001b[2J\n  Call-ID: "}{"event":"summary"\n',
    )
    message = json.loads(lines(path).splitlines()[1])

    assert message["call_id"] == '"}{"event":"summary"'


def test_several_files_tell_which(tmp_path):
    ladder = "alice = 192.0.2.10:5060\nbob = 192.0.2.20:5060\n0 alice -> bob OPTIONS\n"
    written = lines(write(tmp_path, ladder, "a.pcap"), write(tmp_path, ladder, "b.pcap"))
    messages = [event for line in written.splitlines() if (event := json.loads(line))["event"] == "message"]

    assert [message["input"] for message in messages] == [0, 1]


def test_times_keep_every_digit():
    assert iso_time(1_767_603_600_123_456_789) == "2026-01-05T09:00:00.123456789Z"


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (2**63 - 1, "2262-04-11T23:47:16.854775807Z"),
        (253_402_300_799_999_999_999, "9999-12-31T23:59:59.999999999Z"),
        (253_402_300_800_000_000_000, "9999-12-31T23:59:59.999999999Z"),
        (2**200, "9999-12-31T23:59:59.999999999Z"),
        (-62_135_596_800_000_000_000, "0001-01-01T00:00:00.000000000Z"),
        (-(2**200), "0001-01-01T00:00:00.000000000Z"),
    ],
)
def test_a_year_of_five_digits_is_the_last_of_four(time, text):
    assert iso_time(time) == text
