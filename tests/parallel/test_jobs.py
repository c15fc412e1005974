"""`read --jobs N` says what one process says, to the last octet; and whatever ends a process, nothing is left running."""

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.capture import pcap
from analyser.cli import run
from analyser.parallel import others, processes, split
from analyser.sip import Request
from analyser.track import Sighting
from tests.support.command import Beside
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(path for path in (ROOT / "sample_pcaps").glob("*.pcap") if not path.stem.startswith("tls"))
TLS = ROOT / "sample_pcaps/tls-certificate-expired.pcap"
FORMS = {
    "lines": ["--format", "jsonl"],
    "report": ["--width", "120", "--lang", "en"],
    "everything": ["--width", "120", "--all-calls", "--lang", "ja"],
}
AGAIN = "so one process reads again"


def read(*arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run(["read", *map(str, arguments)])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def beside():
    """`read` in a process that forks fast."""
    process = Beside()
    yield lambda *arguments: tuple(process.run("read", *arguments))
    process.close()


def same(*arguments, jobs=2, read=read):
    """Several processes say what one says, without reading again; gives what that is."""
    one = read(*arguments)
    assert read(*arguments, "--jobs", jobs) == one
    return one[1]


def write(folder, ladder, name="calls.pcap"):
    path = folder / name
    path.write_bytes(capture(compile_ladder(ladder)).data)
    return path


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_reads_the_same(path, form, jobs, beside):
    same(path, *FORMS[form], jobs=jobs, read=beside)


@pytest.mark.parametrize("form", FORMS)
def test_several_captures_read_the_same(form, beside):
    same(*SAMPLES, *FORMS[form], jobs=3, read=beside)


@pytest.mark.parametrize("form", FORMS)
def test_a_capture_with_tls_is_read_by_one_process(form):
    """A TLS connection belongs to no Call-ID."""
    status, out, err = read(TLS, *FORMS[form], "--jobs", 2)

    assert (status, out) == read(TLS, *FORMS[form])[:2]
    assert AGAIN in err


@pytest.mark.tshark
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_is_for_one_process():
    _, out, err = read(SAMPLES[0], "--engine", "tshark", "--jobs", 2)

    assert "--jobs: tshark reads with one process" in err
    assert out


STATIONS = """
alice = 192.0.2.10:5060
phone = 192.0.2.11:5060  tcp
proxy = 198.51.100.1:5060
bob   = 203.0.113.20:5060
carol = 203.0.113.30:5060
"""


def crowd():
    """Calls of every fate, at the same moments: answered, refused, cancelled, forked, silent, stuck; and what is no call."""
    lines = []
    for n in range(24):
        t = n // 4 * 40
        lines += [
            (t, f"[a{n}] alice -> proxy INVITE"),
            (t + 0.01, f"[a{n}] proxy -> bob INVITE"),
            (t + 0.02, f"[a{n}] proxy -> carol INVITE"),
            (t + 0.3, f"[a{n}] proxy <- bob 180 (tag b{n})"),
            (t + 0.4, f"[a{n}] proxy <- carol 486 (tag c{n})"),
            (t + 0.5, f"[a{n}] proxy -> carol ACK (tag c{n})"),
            (t + 1, f"[b{n}] alice -> bob INVITE"),
            (t + 1.1, f"[b{n}] alice <- bob {(404, 486, 503, 200)[n % 4]}"),
            (t + 1.2, f"[b{n}] alice -> bob ACK"),
            (t + 2, f"[c{n}] phone -> carol INVITE"),
            (t + 2.1, f"[c{n}] phone <- carol 100"),
            (t + 3, f"[d{n}] alice -> carol OPTIONS"),
            (t + 4, f"[e{n}] phone -> proxy REGISTER"),
            (t + 4.1, f"[e{n}] phone <- proxy {(401, 403)[n % 2]}"),
            (t + 5, f"[f{n}] bob -> proxy PUBLISH"),
            (t + 5.1, f"[f{n}] bob <- proxy {(200, 412)[n % 3 == 1]} (to PUBLISH)"),
            (t + 6, f"[g{n}] carol -> proxy SUBSCRIBE"),
            (t + 6.1, f"[g{n}] carol <- proxy {(489, 200)[n % 2]}"),
        ]
    return STATIONS + "".join(f"{time:.3f} {text}\n" for time, text in sorted(lines)) + "[capture ends 900]\n"


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    return write(tmp_path_factory.mktemp("jobs"), crowd())


@pytest.mark.parametrize("jobs", [2, 3, 5])
@pytest.mark.parametrize("form", FORMS)
def test_a_crowd_of_calls_reads_the_same(calls, form, jobs, beside):
    told = same(calls, *FORMS[form], jobs=jobs, read=beside)

    if form == "lines":
        for seen in ("publication", "peer", "registration", "subscription", "call", "transaction"):
            assert f'"kind":"{seen}"' in told or f'"event":"{seen}"' in told, seen


@pytest.mark.parametrize(
    "filters",
    [
        ["--method", "INVITE"],
        ["--status", "4xx"],
        ["--min-severity", "warning"],
        ["--since", "+50", "--until", "+200"],
        ["--number", "bob"],
        ["--select", "calls"],
        ["--select", "security", "--set", "request-flood.requests=5"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", ["lines", "report"])
def test_filters_choose_the_same(calls, filters, form, beside):
    same(calls, *filters, *FORMS[form], read=beside)


def test_the_exit_status_is_that_of_one(calls, beside):
    seen = set()
    for severity in ("notice", "warning", "error"):
        for filters in ([], ["--select", "message"], ["--select", "routing"]):
            arguments = (calls, "--fail-on", severity, *filters)
            seen.add(status := beside(*arguments)[0])
            assert beside(*arguments, "--jobs", 2)[0] == status
    assert seen == {0, 1}


def test_nothing_depends_on_how_much_is_read_at_once(calls, monkeypatch):
    one = read(calls, *FORMS["lines"])
    monkeypatch.setattr(pcap, "CHUNK", 2000)

    assert read(calls, *FORMS["lines"], "--jobs", 3) == one


def test_the_sieve_tells_nothing_else(calls, monkeypatch):
    monkeypatch.setattr(
        others, "COMPILED", True
    )  # the sources do without it, for it would cost more than it saves
    for form in FORMS.values():
        same(calls, *form, jobs=3)


def test_a_report_in_a_file_is_the_same(calls, tmp_path):
    read(calls, "-o", tmp_path / "one")
    read(calls, "-o", tmp_path / "two", "--jobs", 2)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() != b""


# What cannot be split


def message(call_id, branch, extra="", name="Call-ID"):
    return (
        "OPTIONS sip:bob@192.0.2.2 SIP/2.0\n"
        f"  | Via: SIP/2.0/UDP 192.0.2.1;branch={branch}\n  | From: <sip:a@192.0.2.1>;tag=1\n"
        f"  | To: <sip:b@192.0.2.2>\n  | {name}: {call_id}\n  | CSeq: 1 OPTIONS\n  | {extra}Content-Length: 0\n  |\n  |\n"
    )


def raw(folder, messages):
    lines = [f"{n / 10:.1f} alice -> bob (raw)\n  | {text}" for n, text in enumerate(messages)]
    return write(folder, STATIONS + "".join(lines))


def test_calls_that_share_a_branch_are_read_again_by_one(tmp_path, monkeypatch):
    monkeypatch.setattr(
        pcap, "CHUNK", 3000
    )  # what was written before the branch came again is not written twice
    path = raw(
        tmp_path,
        [message(f"id{n}", f"z9hG4bK{n if n != 30 else 2}") for n in range(40)],
    )
    for form in ("lines", "report"):
        status, out, err = read(path, *FORMS[form], "--jobs", 5)

        assert (status, out) == read(path, *FORMS[form])[:2]
        assert AGAIN in err


def test_a_branch_whose_transaction_is_over_may_come_again(tmp_path):
    calls = [(n * 200 + 2 * k, f"c{n} {k}") for n in range(2) for k in range(12)]
    lines = [
        f"{at} [{name}] alice -> bob OPTIONS\n  Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK{name[-2:].strip()}\n"
        f"{at}.1 [{name}] alice <- bob 200\n"
        for at, name in ((at, name.replace(" ", "x")) for at, name in calls)
    ]
    path = write(tmp_path, STATIONS + "".join(lines))
    for form in FORMS.values():
        same(path, *form, jobs=3)


def test_branches_without_the_cookie_may_repeat(tmp_path):
    same(raw(tmp_path, [message(f"id{n}", "1") for n in range(40)]), *FORMS["lines"])


@pytest.mark.parametrize("name", ["i", "CALL-ID", "Call-ID ", "call-id"])
def test_unusual_spellings_of_the_call_id_are_told_apart(tmp_path, name):
    same(raw(tmp_path, [message(f"id{n}", f"z9hG4bK{n}", name=name) for n in range(20)]), *FORMS["lines"])


def test_a_message_whose_head_quotes_another_call_id_is_read_again_by_one(tmp_path):
    texts = [message(f"id{n}", f"z9hG4bK{n}", extra=f"Call-ID: other{n}\n  | ", name="i") for n in range(20)]
    path = raw(tmp_path, texts)
    status, out, err = read(path, *FORMS["lines"], "--jobs", 2)

    assert (status, out) == read(path, *FORMS["lines"])[:2]
    assert AGAIN in err


def test_a_capture_cut_short_in_its_heads_reads_the_same(calls, tmp_path, beside):
    octets = capture(compile_ladder(crowd())).data
    for snap in (120, 200, 260, 330):
        path = tmp_path / f"{snap}.pcap"
        path.write_bytes(cut(octets, snap))
        for form in ("lines", "report"):
            status, out, _ = beside(path, *FORMS[form], "--jobs", 3)
            assert (status, out) == beside(path, *FORMS[form])[:2]


def cut(data, snap):
    """The capture as with a snap length."""
    parts, at = [data[:24]], 24
    while at < len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        kept = min(size, snap)
        parts += [data[at : at + 8], kept.to_bytes(4, "little"), data[at + 12 : at + 16 + kept]]
        at += 16 + size
    return b"".join(parts)


def test_a_rule_that_crashes_is_switched_off_for_all(calls, monkeypatch):
    def check(sighting):
        """Finds some messages, and breaks at one."""
        if sighting.number == 150:
            raise ValueError("brittle")
        if sighting.number % 7 == 0:
            yield Evidence(sighting, Sentence("here"))

    check.__module__ = "analyser.rules.message.brittle"
    declared = rule("brittle", on=Sighting, severity=Severity.NOTICE, summary="one", remedy="None.", refs=())
    brittle = declared(check)
    monkeypatch.setattr("analyser.cli.read.chosen_rules", lambda _select, _ignore: (brittle,))
    for form in ("lines", "report"):
        status, out, err = read(calls, *FORMS[form], "--jobs", 2)

        assert (status, out) == read(calls, *FORMS[form])[:2]
        assert "brittle" in out
        assert AGAIN in err


# What goes wrong


@pytest.fixture
def forked(monkeypatch):
    """The processes that are forked."""
    made, fork = [], os.fork

    def noted():
        made.append(fork())
        return made[-1]

    monkeypatch.setattr(os, "fork", noted)
    return made


def all_seen_to_end(forked):
    for process in forked:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)
    return True


def test_a_process_that_is_killed_ends_all(calls, monkeypatch, forked):
    worker = processes.Worker

    class Killed:
        def __init__(self, plan, index, send):
            self.index, self.worker = index, worker(plan, index, send)

        def run(self):
            if self.index == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            self.worker.run()

    monkeypatch.setattr(processes, "Worker", Killed)
    status, out, err = read(calls, "--jobs", 3)

    assert (status, out) == (2, "")
    assert err == "sip-analyser: a process of --jobs has ended too early (signal 9)\n"
    assert len(forked) == 3
    assert all_seen_to_end(forked)


def test_a_process_that_fails_says_why(calls, monkeypatch, forked):
    class Failing:
        def __init__(self, *_):
            pass

        def run(self):
            raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(processes, "Worker", Failing)

    assert read(calls, "--jobs", 2) == (
        2,
        "",
        "sip-analyser: a process of --jobs has failed: ZeroDivisionError: by nothing\n",
    )
    assert len(forked) == 2
    assert all_seen_to_end(forked)


def test_a_capture_that_cannot_be_read_is_told_as_by_one(calls, tmp_path, forked):
    broken = tmp_path / "broken.pcap"
    broken.write_bytes(b"no capture at all, however long one looks at it")
    for arguments in ((broken,), (tmp_path / "absent.pcap",), (calls, broken)):
        told = same(*arguments, *FORMS["lines"])
        assert bool(told) is (len(arguments) == 2)
        assert all_seen_to_end(forked)
    assert forked


def test_a_pipe_is_read_by_one(calls):
    command = [sys.executable, "-m", "analyser", "read", "-", "--jobs", "2", *FORMS["report"]]
    with calls.open("rb") as stream:
        data = stream.read()
    result = subprocess.run(command, input=data, capture_output=True, check=False, cwd=ROOT, timeout=60)

    assert result.returncode == 0
    assert result.stderr == b"sip-analyser: --jobs: a pipe can be read by one process only, so one reads it\n"


def test_where_processes_cannot_be_forked_one_reads(calls, monkeypatch):
    monkeypatch.delattr(split.os, "fork")
    status, out, err = read(calls, *FORMS["report"], "--jobs", 2)

    assert (status, out) == read(calls, *FORMS["report"])[:2]
    assert err == "sip-analyser: --jobs: this system cannot fork processes, so one reads\n"


def processes_of(group):
    """Living processes of a process group."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(entry)
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("ending", ["a closed pipe", "an interrupt", "a kill"])
def test_nothing_is_left_running(calls, tmp_path, ending):
    many = [calls] * 60
    command = [sys.executable, "-m", "analyser", "read", *many, "--jobs", "3", "--format", "jsonl"]
    reader = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, start_new_session=True
    )
    assert reader.stdout.readline().startswith(b'{"event":"capture"')
    if ending == "an interrupt":
        os.killpg(reader.pid, signal.SIGINT)  # as Ctrl-C does, to all of them
        reader.stdout.read()  # else the pipe that breaks might be what ends them
    elif ending == "a kill":
        reader.kill()
    reader.stdout.close()
    error = reader.stderr.read()
    reader.stderr.close()
    status = reader.wait(timeout=60)
    for _ in range(300):
        if not processes_of(reader.pid):
            break
        time.sleep(0.1)

    assert status == {"a closed pipe": 0, "an interrupt": 130, "a kill": -signal.SIGKILL}[ending]
    assert error.strip() == b""
    assert not processes_of(reader.pid)


FOLDER = Path(os.environ.get("SIP_ANALYSER_CORPUS", ""))
PRESENT = bool(os.environ.get("SIP_ANALYSER_CORPUS")) and (FOLDER / "truth.json").is_file()
REAL = sorted(path for path in (FOLDER / "captures").iterdir() if path.is_file()) if PRESENT else []
INSEPARABLE = {"ntop-nDPI__fuzz-2006-06-26-2594.pcap"}
"""Captures of broken messages, which belong to no Call-ID for certain."""


@pytest.mark.corpus
@pytest.mark.skipif(not PRESENT, reason="SIP_ANALYSER_CORPUS names no folder of real captures")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_captures_read_the_same(path, beside):
    for form in FORMS.values():
        one = beside(path, *form)
        for jobs in (2, 3):
            status, out, err = beside(path, *form, "--jobs", jobs)
            assert (status, out) == one[:2]
            assert (AGAIN in err) is (path.name in INSEPARABLE)


@pytest.mark.corpus
@pytest.mark.skipif(not PRESENT, reason="SIP_ANALYSER_CORPUS names no folder of real captures")
def test_a_folder_of_real_captures_reads_the_same(beside):
    paths = [path for path in REAL if path.name not in INSEPARABLE and beside(path)[0] == 0]
    assert len(paths) > len(REAL) / 2
    for form in FORMS.values():
        one = beside(*paths, *form)
        several = beside(*paths, *form, "--jobs", 3)
        assert several[:2] == one[:2]


def test_a_message_left_to_another_process_is_none_that_anybody_sent():
    from analyser.pipeline import ELSEWHERE

    assert isinstance(ELSEWHERE, Request)
    assert not hasattr(ELSEWHERE, "raw")
