"""`sip-analyser live` on captures that are played: lines, findings, reports, signals, and what it ends with."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyser.capture.live import Losses
from analyser.capture.writing import Writer
from analyser.cli import listening, main
from analyser.cli import live as command
from analyser.errors import CaptureError
from tests.report.test_hostile import FORBIDDEN
from tests.support.captures import ethernet, ipv4, pcap, tcp, udp
from tests.support.command import run
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture
from tests.support.played import Played
from tests.support.samples import SAMPLES

ROOT = Path(__file__).parents[2]
STUCK = SAMPLES / "stuck-on-trying.pcap"
ALL = sorted(SAMPLES.glob("*.pcap"))


def live(monkeypatch, path, *arguments, **options):
    """Run the command on a capture; what it wrote to each stream, its status, and the source."""
    source = Played([path], **options)
    monkeypatch.setattr(command, "open_source", lambda _options, _coverage: source)
    result = CliRunner().invoke(main, ["live", *map(str, arguments)], standalone_mode=False)
    if not isinstance(result.exception, CaptureError):
        assert result.exception is None, result.exception
    assert source.closed
    return result, source


def run_played(*arguments, own=(), **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": ""}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.played", *map(str, own), "--", "live", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT, **options,
    )  # fmt: skip


def lines_of(stream, until):
    """Read lines until one holds the text, that one included."""
    read = []
    for line in stream:
        read.append(line)
        if until in line:
            return read
    raise AssertionError(f"{until!r} is not in {''.join(read)}")


@pytest.mark.parametrize("each", [1, 7, 1000])
def test_a_line_a_message_and_the_report_of_read(each, monkeypatch):
    result, _ = live(monkeypatch, STUCK, "--width", 100, each=each)

    messages = [line for line in result.stdout.splitlines() if re.match(r"\d\d:\d\d:\d\d\.\d{3} #", line)]
    read = CliRunner().invoke(main, ["read", str(STUCK), "--width", "100"]).output
    assert len(messages) == 41
    assert max(map(len, messages)) <= 100
    assert result.stdout.partition("\n\neth0\n")[2].rstrip() == read.partition("\n")[2].rstrip()
    assert result.stderr.startswith("Listening on eth0 … Times are UTC.")
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_json_lines_are_those_of_read(path, monkeypatch):
    result, _ = live(monkeypatch, path, "--format", "jsonl")
    read = CliRunner().invoke(main, ["read", "--format", "jsonl", str(path)]).output

    assert outcome(result.stdout) == outcome(read)


def outcome(text):
    """The lines without their order, with each early finding as it was revised."""
    lines = [json.loads(line) for line in text.splitlines()]
    assert (lines[0]["event"], lines[-1]["event"]) == ("capture", "summary")
    del lines[0]["inputs"]
    kept = []
    for line in lines:
        if line["event"] != "revision":
            kept.append(line)
            continue
        about = [line[key] for key in ("rule", "subject", "frame")]
        told = [each for each in kept if [each.get(key) for key in ("rule", "subject", "frame")] == about]
        assert told, line
        kept.remove(told[0])
        if line["finding"] is not None:
            kept.append(line["finding"])
    return sorted(json.dumps(line) for line in kept)


def test_several_interfaces_are_one_capture(monkeypatch):
    result, _ = live(monkeypatch, STUCK, "--format", "jsonl", names=("eth0", "lo"))
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[0]["inputs"] == ["eth0", "lo"]
    assert not any("input" in line for line in lines)

    result, _ = live(monkeypatch, STUCK, names=("eth0", "lo"))
    assert "frame 4 (with 3, 32)" in result.stdout
    assert "file" not in result.stdout
    assert "\n\nListened on eth0 and lo\n" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status"),
    [([], 0), (["--fail-on", "error"], 1), (["--fail-on", "error", "--ignore", "calls"], 0)],
)
def test_fail_on_and_the_end_of_the_time(arguments, status, monkeypatch):
    result, _ = live(monkeypatch, STUCK, "--duration", "0.5", *arguments, stay=True)

    assert result.exception is None
    assert int(result.return_value) == status
    assert "WHAT WAS FOUND" in result.stdout or status == 0


def test_filters_choose_what_is_told(monkeypatch):
    result, _ = live(monkeypatch, STUCK, "--number", "0044 20 7183 8751")
    named = {line.split()[2] for line in result.stdout.splitlines() if re.match(r"\d\d:.* #", line)}
    assert len(named) == 1

    result, _ = live(monkeypatch, STUCK, "--method", "CANCEL", "--status", "200")
    shown = [line for line in result.stdout.splitlines() if re.match(r"\d\d:.* #", line)]
    assert len(shown) == 4
    assert all("200 OK" in line for line in shown)


def test_a_method_that_is_none_is_told_and_one_of_an_extension_is_shown_all_the_same(monkeypatch):
    result, _ = live(monkeypatch, STUCK, "--method", "invte", "--method", "bye")
    assert "--method invte: no method of any standard; did you mean INVITE?" in result.stderr
    assert "--method bye" not in result.stderr
    assert "BYE" in result.stdout

    result, _ = live(monkeypatch, STUCK, "--method", "X\x1bY")
    assert result.stderr.splitlines()[0].endswith(": no method of any standard")
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (None, "Not a single packet has come that could be SIP"),
        (udp(b"\x80" + bytes(30), 40000, 40002), "Packets have come (1), none of them SIP"),
    ],
    ids=["nothing", "no SIP"],
)
def test_the_report_on_nothing_is_advice_for_who_listens(frame, says, monkeypatch, tmp_path):
    path = tmp_path / "nothing.pcap"
    path.write_bytes(pcap([] if frame is None else [ethernet(ipv4(frame))]))
    result, _ = live(monkeypatch, path)

    assert says in " ".join(result.stdout.split())
    assert "tcpdump" not in result.stdout
    assert "Wrong filter" not in result.stdout


def test_a_file_gets_it_all_and_the_screen_nothing(monkeypatch, tmp_path):
    target = tmp_path / "live.txt"
    result, _ = live(monkeypatch, STUCK, "-o", target)

    text = target.read_text(encoding="utf-8")
    assert result.stdout == ""
    assert text.startswith("09:00:00.000 #1 ")
    assert "WHAT WAS FOUND" in text


def test_losses_are_said_once_and_counted_at_the_end(monkeypatch):
    losses = [Losses(), Losses(kernel=3), Losses(kernel=3, queue=5), Losses(kernel=900, queue=5)]
    result, _ = live(monkeypatch, STUCK, losses=losses)

    lost = [line for line in result.stdout.splitlines() if line.startswith("▌") and "were l" in line]
    assert [line[2] for line in lost] == ["3", "5"]
    assert "900 packets were lost because the system had no more room" in " ".join(result.stdout.split())

    result, _ = live(monkeypatch, STUCK, "--format", "jsonl", losses=losses)
    assert all(json.loads(line) for line in result.stdout.splitlines())
    lost = json.loads(result.stdout.splitlines()[-1])["coverage"]["lost"]
    assert lost == {"kernel": 900, "interface": 0, "queue": 5, "capture": 0}
    assert "3 packets were lost" in result.stderr


@pytest.mark.parametrize(
    ("lang", "note", "last"),
    [
        ("en", "the packets behind frame 7 are not in it", "call.pcapng ends with #7;"),
        ("ja", "フレーム 7 より後のパケットが入っていません", "call.pcapng には #7 までしか入っていません"),
    ],
)
def test_a_full_disk_is_told_again_at_the_end(lang, note, last, monkeypatch, tmp_path):
    flush, room = Writer._flush, [None] * 2  # the head of the file, and one turn

    def full(writer, file):
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        room.pop()
        flush(writer, file)

    monkeypatch.setattr(Writer, "_flush", full)
    result, _ = live(monkeypatch, STUCK, "--write", tmp_path / "call.pcapng", "--lang", lang, each=7)
    text = re.sub(r"[\s▌]+", "", result.stdout)

    assert text.count(re.sub(r"\s", "", note)) == 2  # as it happens, and in the report
    assert re.sub(r"\s", "", last) in text[-200:]
    assert "Everything" not in text


@pytest.mark.parametrize("form", ["terminal", "jsonl"])
def test_what_the_source_notes_is_a_line_at_once_and_in_the_account(form, monkeypatch):
    away, back = "eth0 has been down", "eth0 was down\x1b[2J"
    notes = iter([[], [away], [away], [back]])
    source = Played([STUCK], each=10)

    def opened(_options, coverage):
        receive = source.receive

        def noting(wait):
            coverage.notes[:] = next(notes, [back])
            return receive(wait)

        source.receive = noting
        return source

    monkeypatch.setattr(command, "open_source", opened)
    result = CliRunner().invoke(main, ["live", "--format", form])
    lines = (result.stdout if form == "terminal" else result.stderr).splitlines()
    told = [line for line in lines if "eth0 has been down" in line or "eth0 was down" in line]

    if form == "terminal":
        assert [line[:10] for line in told] == ["▌ eth0 has", "▌ eth0 was", "- eth0 was"]
        place = lines.index(told[0])
        assert " #11 " in "".join(lines[:place])
        assert " #41 " in "".join(lines[place:])
    else:
        assert [line[:8] for line in told] == ["eth0 has", "eth0 was"]
        assert json.loads(result.stdout.splitlines()[-1])["coverage"]["notes"] == [back]
    assert "\x1b" not in result.stdout + result.stderr


def test_what_is_wrong_where_nothing_comes(monkeypatch, tmp_path):
    monkeypatch.setattr(listening, "PATIENCE", 0.1)
    result, _ = live(monkeypatch, STUCK, "--number", "999", "--duration", "0.5", stay=True)
    assert result.stderr.count("let none of them through") == 1

    segments = [
        tcp(sequence=99, flags="S", target=443),
        tcp(b"\x17\x03\x03\x00\x20" + bytes(32), 100, target=443),
    ]
    path = tmp_path / "tls.pcap"
    path.write_bytes(pcap([ethernet(ipv4(segment, 6)) for segment in segments]))
    result, _ = live(monkeypatch, path, "--duration", "0.5", stay=True)
    assert result.stderr.count("are encrypted (TLS)") == 1

    result, _ = live(monkeypatch, STUCK, "--duration", "0.5", stay=True)
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
@pytest.mark.parametrize("each", [1, 1000])
def test_the_report_is_that_of_read(path, each, monkeypatch):
    result, _ = live(monkeypatch, path, "--width", 100, each=each)
    read = CliRunner().invoke(main, ["read", str(path), "--width", "100"]).output

    assert result.stdout.partition("\n\neth0\n")[2].rstrip() == read.partition("\n")[2].rstrip()


@pytest.mark.parametrize("each", [1, 1000])
def test_what_holds_no_longer_is_taken_back(each, monkeypatch, tmp_path):
    path = tmp_path / "late.pcap"
    ladder = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.0   alice -> bob  INVITE
0.1   alice <- bob  100 Trying
90.0  alice <- bob  180 Ringing
92.0  alice <- bob  200 OK
92.1  alice -> bob  ACK
99.0  alice -> bob  BYE
99.1  alice <- bob  200 OK
"""
    path.write_bytes(capture(compile_ladder(ladder)).data)
    chosen = ["--select", "stuck-on-trying", "--fail-on", "notice"]
    result, _ = live(monkeypatch, path, *chosen, "--duration", "0.5", each=each, stay=True)
    lines = result.stdout.splitlines()
    told = next(number for number, line in enumerate(lines) if "stuck-on-trying: " in line)
    taken = next(number for number, line in enumerate(lines) if "holds no longer" in line)

    assert told < next(number for number, line in enumerate(lines) if "180 Ringing" in line) < taken
    assert "Nothing wrong found in 1 call." in result.stdout
    assert int(result.return_value) == 0


def test_an_open_finding_is_in_the_interim_report():
    process = run_played("--select", "stuck-on-trying", own=[STUCK, "--stay", "--each", "4"])
    lines_of(process.stdout, "#41")
    process.send_signal(signal.SIGUSR1)
    text = "".join(lines_of(process.stdout, "More about it at the top"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert "WHAT WAS FOUND" in text


@pytest.mark.parametrize("each", [1, 1000])
def test_what_has_become_grave_enough_is_in_the_report(each, monkeypatch):
    path = SAMPLES / "wrong-password.pcap"
    chosen = ["--min-severity", "error", "--select", "credentials-refused", "--width", 100]
    result, _ = live(monkeypatch, path, *chosen, each=each)
    read = CliRunner().invoke(main, ["read", str(path), *map(str, chosen)]).output

    assert "ERROR" in read.partition("WHAT WAS FOUND")[2]
    assert result.stdout.partition("\n\neth0\n")[2].rstrip() == read.partition("\n")[2].rstrip()


def test_an_interim_report_says_how_often_it_has_happened_by_now(tmp_path):
    path = tmp_path / "refused.pcap"
    tries = "".join(
        f"{3 * number}.0 alice -> bob REGISTER\n{3 * number}.1 alice <- bob 401\n" for number in range(12)
    )
    hosts = "alice = 192.0.2.10:5060\nbob = 198.51.100.20:5060\n"
    path.write_bytes(capture(compile_ladder(hosts + tries)).data)
    chosen = ["--select", "credentials-refused", "--width", "200"]
    process = run_played(*chosen, own=[path, "--stay", "--each", "1"])
    told = "".join(lines_of(process.stdout, "#24"))
    process.send_signal(signal.SIGUSR1)
    text = "".join(lines_of(process.stdout, "More about it at the top"))
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)

    assert [line.split()[1] for line in told.splitlines() if "credentials-refused: " in line] == [
        "WARNING",
        "ERROR",
    ]
    assert "11 times" in text
    assert "still to come" not in text
    assert "11 times" in rest


def test_a_source_that_fails_ends_with_the_report(monkeypatch):
    result, _ = live(monkeypatch, STUCK)

    assert "WHAT WAS READ" in result.stdout
    assert str(result.exception) == "the capture has been played"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--duration", "soon"], "soon"),
        (["--duration", "0"], "30s"),
        (["--rotate-size", "10M"], "--write"),
        (["--write", "x.pcapng", "--rotate-size", "huge"], "huge"),
        (["--port", "70000"], "70000"),
        (["-i", "no-such-interface"], "no-such-interface"),
        (["--select", "stuck-on-tryin"], "stuck-on-trying"),
        (["--hep", "udp:nowhere"], "nowhere"),
    ],
)
def test_what_the_user_can_act_on_is_one_line_and_status_2(arguments, says):
    result = run("live", *arguments)

    assert result.returncode == 2
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name
)
def test_signals_end_with_the_report(number):
    process = run_played("--fail-on", "error", own=[STUCK, "--stay"])
    lines_of(process.stdout, "#41")
    process.send_signal(number)
    rest, said = process.communicate(timeout=30)

    assert "WHAT WAS FOUND" in rest
    assert process.returncode == 1
    assert said.splitlines()[1:] == ["Ending, with the report. Ctrl-C again ends at once, without it."]


def test_an_interim_report_and_on():
    process = run_played("--duration", "30", own=[STUCK, "--stay"])
    lines_of(process.stdout, "#41")
    for _ in range(2):
        process.send_signal(signal.SIGUSR1)
        text = "".join(lines_of(process.stdout, "More about it at the top"))
        assert "Interim report at" in text
        assert text.count("WHAT WAS FOUND") == 1
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)

    assert rest.count("WHAT WAS FOUND") == 1
    assert "Interim" not in rest
    assert process.returncode == 0


def test_an_interim_report_is_no_json():
    process = run_played("--format", "jsonl", own=[STUCK, "--stay"])
    lines_of(process.stdout, '"frame":41')
    process.send_signal(signal.SIGUSR1)
    lines_of(process.stderr, "More about it at the top")
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=30)

    assert json.loads(rest.splitlines()[-1])["event"] == "summary"


def test_who_is_ignored_by_nohup_stays_ignored():
    process = run_played(
        own=[STUCK, "--stay"], preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    lines_of(process.stdout, "#41")
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


def test_a_second_interrupt_ends_at_once():
    process = run_played(own=[STUCK, "--stay", "--hang", "60"])
    lines_of(process.stdout, "#41")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    text, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert text == ""
    assert "Traceback" not in said


def test_a_closed_pipe_is_silent():
    shell = (
        f"'{sys.executable}' -m tests.support.played '{STUCK}' --each 1 --pause 0.01 -- live | head -1; "
        "exit ${PIPESTATUS[0]}"
    )
    result = subprocess.run(
        ["bash", "-c", shell], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )

    assert result.stdout.count("\n") == 1
    assert result.stderr.count("\n") == 1


def test_lines_reach_a_pipe_as_they_come():
    process = run_played(own=[STUCK, "--each", "1", "--pause", "0.05", "--stay"])
    first = process.stdout.readline()
    assert process.poll() is None
    assert "#1 " in first
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


def test_nothing_written_to_a_pipe_moves_a_cursor(monkeypatch):
    for path in ALL:
        result, _ = live(monkeypatch, path)
        assert "WHAT WAS READ" in result.stdout
        assert not FORBIDDEN.search(result.stdout)
