"""`sip-analyser read`: filters, thresholds, exit statuses, and what it says when it can't."""

import gzip
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import run, run_apart
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_pcaps"

TWO_CALLS = """
alice = 192.0.2.10:5060  sip:+442071838750@example.com
bob   = 203.0.113.20:5060
carol = 203.0.113.30:5060

0.0    [one] alice -> bob    INVITE
0.1    [one] alice <- bob    100 Trying
1.0    [two] alice -> carol  INVITE
1.1    [two] alice <- carol  486
1.2    [two] alice -> carol  ACK
[capture ends 300]
"""


@pytest.fixture
def call(tmp_path):
    path = tmp_path / "call.pcap"
    path.write_bytes(capture(compile_ladder(TWO_CALLS)).data)
    return str(path)


def events(*arguments):
    result = run("read", "--format", "jsonl", *arguments)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def of(kind, found):
    return [event for event in found if event["event"] == kind]


def test_a_report_without_colour_where_nobody_looks(call):
    result = run_apart("read", call)

    assert result.returncode == 0
    assert b"stuck-on-trying" in result.stdout
    assert b"\x1b" not in result.stdout
    assert not result.stderr


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--fail-on", "error"], 1),
        (["--fail-on", "notice"], 1),
        (["--fail-on", "error", "--ignore", "stuck-on-trying"], 0),
        (["--fail-on", "error", "--ignore", "calls"], 0),
        (["--fail-on", "error", "--select", "publish-precondition-failed"], 0),
        (["--fail-on", "error", "--set", "stuck-on-trying.error=1000"], 0),
        ([], 0),
    ],
)
def test_fail_on(call, options, status):
    assert run("read", call, *options).returncode == status


def test_a_call_id_chooses_whole_calls(call):
    wanted = of("message", events(call))[0]["call_id"]
    found = of("message", events(call, "--call-id", wanted))

    assert [message["frame"] for message in found] == [1, 2]


def test_a_number_chooses_what_carries_it(call):
    assert len(of("message", events(call, "--number", "+44 20 7183 8750"))) == 5
    assert len(of("message", events(call, "--number", "999"))) == 0


def test_method_and_status_choose_what_is_shown_and_change_no_judgement(call):
    assert [message["status"] for message in of("message", events(call, "--status", "486"))] == [486]
    assert [message["status"] for message in of("message", events(call, "--status", "1xx"))] == [100]
    only = events(call, "--method", "ACK")
    assert {message["method"] for message in of("message", only)} == {"ACK"}
    assert of("finding", events(call, "--method", "INVITE"))
    assert not of("finding", events(call, "--status", "5xx"))


def test_a_stretch_of_time_is_a_capture_of_its_own(call):
    found = events(call, "--since", "+0.9", "--until", "+1.15")

    assert [message["frame"] for message in of("message", found)] == [3, 4]
    assert [
        message["frame"] for message in of("message", events(call, "--until", "2026-01-05T09:00:00.05"))
    ] == [1]


def test_min_severity_hides_what_is_milder(call):
    assert of("finding", events(call, "--min-severity", "error"))
    ladder = events(call, "--min-severity", "error", "--set", "stuck-on-trying.error=1000")
    assert not of("finding", ladder)


def test_output_goes_to_a_file(call, tmp_path):
    target = tmp_path / "report.txt"
    result = run("read", call, "-o", target)

    assert (result.returncode, result.stdout) == (0, "")
    assert "stuck-on-trying" in target.read_text(encoding="utf-8")


def test_a_report_that_fails_leaves_what_was_there(call, tmp_path):
    target = tmp_path / "report.txt"
    target.write_text("last week's")
    (tmp_path / "notes.txt").write_text("these are not packets\n" * 10)

    assert run("read", call, "-o", call).returncode == 2
    assert Path(call).stat().st_size > 500
    assert run("read", tmp_path / "notes.txt", "-o", target).returncode == 2
    assert target.read_text() == "last week's"
    assert run("read", tmp_path / "notes.txt", "--format", "jsonl").stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["call.pcap", "notes.txt", "report.txt"]


def test_standard_input_and_compression_give_the_same(call, tmp_path):
    plain = of("message", events(call))
    packed = tmp_path / "call.pcap.gz"
    packed.write_bytes(gzip.compress(Path(call).read_bytes()))
    with Path(call).open("rb") as stream:
        piped = run_apart("read", "--format", "jsonl", "-", stdin=stream)

    assert of("message", events(packed)) == plain
    assert of("message", [json.loads(line) for line in piped.stdout.splitlines()]) == plain
    assert (piped.returncode, piped.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["read", "no-such-file.pcap"], "no-such-file.pcap"),
        (["read", "{text}"], "notes.txt"),
        (["read", "{empty}"], "empty.pcap"),
        (["read", "{call}", "--select", "stuck-on-tryin"], "stuck-on-trying"),
        (["read", "{call}", "--set", "stuck-on-trying.patience=3"], "patience"),
        (["read", "{call}", "--set", "stuck-on-trying.error=soon"], "soon"),
        (["read", "{call}", "--set", "stuck-on-trying.error=-4"], "below 0"),
        (["read", "{call}", "--since", "yesterday"], "yesterday"),
        (["read", "{call}", "-o", "{call}"], "capture itself"),
        (["read", ""], "name"),
        (["read", "{call}", "--status", "9xx"], "9xx"),
        (["read", "{call}", "-o", "/no/such/folder/x"], "/no/such/folder/x"),
        (["read", "{call}", "--colour-me"], "--colour-me"),
        (["read"], "CAPTURE"),
        (["raed", "x"], "raed"),
    ],
)
def test_what_the_user_can_act_on_is_one_line_and_status_2(arguments, says, call, tmp_path):
    (tmp_path / "notes.txt").write_text("these are not packets\n" * 10)
    (tmp_path / "empty.pcap").write_bytes(b"")
    places = {"call": call, "text": str(tmp_path / "notes.txt"), "empty": str(tmp_path / "empty.pcap")}
    result = run(*(argument.format(**places) for argument in arguments))

    assert result.returncode == 2
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_a_closed_pipe_is_silent(call):
    shell = f"'{sys.executable}' -m analyser read --format jsonl '{call}' | head -1; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout.count("\n") == 1
    assert not result.stderr


def test_a_cut_capture_is_read_as_far_as_it_goes(call):
    Path(call).write_bytes(Path(call).read_bytes()[:-20])
    found = events(call)

    assert of("message", found)
    assert of("summary", found)[0]["coverage"]["notes"]


def test_no_packets_are_no_findings(tmp_path):
    path = tmp_path / "quiet.pcap"
    arp = bytes(12) + b"\x08\x06" + bytes(28)
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    path.write_bytes(header + struct.pack("<IIII", 1_767_603_600, 0, len(arp), len(arp)) + arp)

    assert run("read", path, "--fail-on", "notice").returncode == 0
    assert not of("message", events(path))


def test_html_goes_into_a_file_or_a_pipe(call, tmp_path):
    path = tmp_path / "report.html"

    result = run("read", "--format", "html", "-o", path, call)
    piped = run_apart("read", "--format", "html", call)

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert path.read_bytes() == piped.stdout
    assert piped.stdout.startswith(b"<!DOCTYPE html>")
    assert piped.stdout.endswith(b"</html>\n")


def test_html_is_utf_8_whatever_the_locale(call):
    result = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "analyser", "read", "--format", "html", "--lang", "ja", call],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
    )

    assert result.stderr == b""
    assert "<h1>SIP レポート</h1>" in result.stdout.decode("utf-8")


def test_html_is_nothing_for_a_screen(call):
    master, screen = os.openpty()
    try:
        result = run_apart("read", "--format", "html", call, stdout=screen)
    finally:
        os.close(screen)
        os.close(master)

    assert result.returncode == 2
    assert (
        result.stderr == b"sip-analyser: --format html: is nothing for a screen; name a file with -o FILE\n"
    )


def test_html_by_one_process_where_several_were_asked_for(call, tmp_path):
    result = run("read", "--format", "html", "--jobs", "2", "-o", tmp_path / "report.html", call)

    assert result.returncode == 0
    assert result.stderr == "sip-analyser: --jobs: one process writes html\n"
