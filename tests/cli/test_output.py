"""What `-o` does is the same for every command that writes a report of captures."""

import os
import stat
import subprocess
import sys
import threading

import pytest

from tests.support.command import ROOT, run, run_apart

BUSY = ROOT / "sample_pcaps/busy.pcap"
COMMANDS = (("read",), ("check", "--fail-on", "error"))


@pytest.fixture(autouse=True)
def width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(params=COMMANDS, ids=lambda command: command[0])
def command(request):
    return request.param


def test_the_file_has_what_the_screen_would_have(command, tmp_path):
    out = tmp_path / "out.txt"
    shown, written = run(*command, BUSY), run(*command, BUSY, "-o", out)

    assert (shown.returncode, written.returncode) == (0, 0)
    assert out.read_text(encoding="utf-8") == shown.stdout
    assert not written.stdout
    assert list(tmp_path.iterdir()) == [out]


def test_the_mode_of_the_file_is_that_of_any_file(command, tmp_path):
    out = tmp_path / "out.txt"
    run_apart(*command, BUSY, "-o", out, umask=0o027)

    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_a_capture_is_never_written_over(command, tmp_path):
    capture = tmp_path / "call.pcap"
    capture.write_bytes(BUSY.read_bytes())
    link = tmp_path / "link.pcap"
    link.symlink_to(capture)
    for name in (capture, link):
        result = run(*command, capture, "-o", name)
        assert result.returncode == 2
        assert "is the capture itself" in result.stderr
    assert capture.read_bytes() == BUSY.read_bytes()
    assert sorted(tmp_path.iterdir()) == [capture, link]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("missing/out.txt", "No such file or directory"),
        ("file/out.txt", "Not a directory"),
        (".", "is a directory"),
    ],
)
def test_where_nothing_can_be_written_is_told_in_one_line(command, tmp_path, place, said):
    (tmp_path / "file").write_text("")
    result = run(*command, BUSY, "-o", tmp_path / place)

    assert result.returncode == 2
    assert not result.stdout
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_what_was_there_stays_where_the_capture_cannot_be_read(command, tmp_path):
    out = tmp_path / "out.txt"
    out.write_text("before")
    result = run(*command, tmp_path / "missing.pcap", "-o", out)

    assert result.returncode == 2
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_a_pipe_is_written_to_as_it_is(command, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    result = run(*command, BUSY, "-o", pipe)
    reader.join(timeout=30)

    assert result.returncode == 0, result.stderr
    assert got == [run(*command, BUSY).stdout]
    assert pipe.is_fifo()


def test_a_reader_that_has_gone_is_silent(command):
    line = " ".join([sys.executable, "-m", "analyser", *command, str(BUSY)])
    result = subprocess.run(
        ["bash", "-c", f"{line} | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=60,
    )  # fmt: skip

    assert result.stdout == "0\n"
    assert not result.stderr


def test_a_full_disk_is_told(command):
    result = run(*command, BUSY, "-o", "/dev/full")

    assert result.returncode == 2
    assert "No space left on device" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_link_stays_and_what_it_names_is_written(command, tmp_path):
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    link.symlink_to(real)
    result = run(*command, BUSY, "-o", link)

    assert result.returncode == 0, result.stderr
    assert link.readlink() == real
    assert real.read_text(encoding="utf-8") == run(*command, BUSY).stdout


@pytest.mark.parametrize("name", ["-", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_by_its_names(command, name, tmp_path):
    """Also where a shell has put a file there, to which it appends."""
    log = tmp_path / "log.txt"
    log.write_text("before\n")
    with log.open("a") as stream:
        written = run_apart(*command, BUSY, "-o", name, stdout=stream, cwd=tmp_path)

    assert written.returncode == 0, written.stderr
    assert log.read_text(encoding="utf-8") == "before\n" + run(*command, BUSY).stdout
    assert list(tmp_path.iterdir()) == [log]


def test_what_the_system_gives_a_name_is_not_replaced(command, tmp_path):
    """A descriptor that a shell has put on a file: its name in /dev is a link that belongs to everybody."""
    log = tmp_path / "log.txt"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT)
    file = os.fstat(descriptor).st_ino
    result = run_apart(*command, BUSY, "-o", f"/dev/fd/{descriptor}", pass_fds=(descriptor,))
    os.close(descriptor)

    assert result.returncode == 0, result.stderr
    assert log.stat().st_ino == file
    assert log.read_text(encoding="utf-8") == run(*command, BUSY).stdout


def test_an_excerpt_goes_through_a_pipe(tmp_path):
    piped = run_apart("extract", BUSY, "--since", "+0", "-o", "-", cwd=tmp_path)
    run("extract", BUSY, "--since", "+0", "-o", tmp_path / "busy.pcapng")

    assert piped.returncode == 0
    assert piped.stdout == (tmp_path / "busy.pcapng").read_bytes()
    assert piped.stderr.startswith(b"standard output: 16 messages of 2 Call-IDs")
