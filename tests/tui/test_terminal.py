"""The program in a real terminal, and where there is none."""

import shutil
import subprocess
import sys
import time

import pytest

from analyser.capture import read
from analyser.wire import Coverage
from tests.support import captures
from tests.support.command import run
from tests.support.links import Link, needs_links
from tests.tui import rooms

ROOT = rooms.SAMPLES.parent
PATIENCE = 60
NAME = "sip-analyser-test"


class Terminal:
    """A window of tmux on a server of its own."""

    def __init__(self, folder, *arguments, size=(100, 30)):
        self._socket = str(folder / "tmux")
        command = f"cd {ROOT} && {sys.executable} -m analyser tui {' '.join(arguments)}; echo status $?; sleep {PATIENCE}"
        width, height = map(str, size)
        self._tmux("-f", "/dev/null", "new-session", "-d", "-s", NAME, "-x", width, "-y", height, command)

    def _tmux(self, *arguments):
        result = subprocess.run(
            ["tmux", "-S", self._socket, *arguments], capture_output=True, text=True, check=True
        )
        return result.stdout

    def send(self, *keys):
        self._tmux("send-keys", "-t", NAME, *keys)

    def wait_for(self, text):
        begun = time.monotonic()
        while text not in (shown := self._tmux("capture-pane", "-p", "-t", NAME)):
            assert time.monotonic() - begun < PATIENCE, shown
            time.sleep(0.05)
        return shown

    def close(self):
        self._tmux("kill-server")


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(*arguments, **options):
        opened.append(Terminal(tmp_path, *arguments, **options))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_from_the_list_to_the_explanation_and_out(terminal):
    window = terminal("sample_pcaps/publish-412-loop.pcap", "--lang", "en")
    window.wait_for("read to the end")
    window.send("/")
    window.wait_for("number, address, Call-ID, 486")
    window.send("412", "Enter", "Enter")
    window.wait_for("PUBLISH sip:")
    window.send("F8")
    window.wait_for("! publish-precondition-failed")
    window.send("F10")
    window.wait_for("in answer to PUBLISH")
    window.send("Escape")
    window.wait_for("Next finding")
    window.send("q")
    window.wait_for("Filter")
    window.send("q")
    window.wait_for("status 0")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_control_c_leaves_the_terminal_as_it_was(terminal):
    window = terminal("sample_pcaps/busy.pcap", "--lang", "en", size=(80, 24))
    window.wait_for("read to the end")
    window.send("C-c")
    assert "Calls and others" not in window.wait_for("status 0")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_capture_comes_through_a_pipe_while_keys_come_from_the_terminal(terminal):
    window = terminal("-", "--lang", "en", "<", "sample_pcaps/busy.pcap")
    window.wait_for("Messages: 16")
    window.send("F1")
    window.wait_for("In the ladder")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@needs_links
def test_calls_of_an_interface_show_as_they_happen(terminal, tmp_path):
    link = Link("sipatui0", "sipatui1")
    link.make()
    try:
        window = terminal("-i", link.near, "--lang", "en")
        window.wait_for("listening")
        packet = captures.ethernet(captures.ipv4(captures.udp(captures.OPTIONS)))
        link.send(packet)
        window.wait_for("a@192.0.2.1")
        window.send("Enter")
        window.wait_for("OPTIONS sip:bob@192.0.2.2 SIP/2.0")
        window.send("F2")
        window.wait_for("Save the packets of 1 call")
        window.send(str(tmp_path / "saved.pcap"), "Enter")
        window.wait_for("1 packet in")
    finally:
        link.remove()
    (batch,) = read([tmp_path / "saved.pcap"], Coverage())
    start = int(batch.offset[0])
    assert batch.buffer[start : start + len(packet)] == packet


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give a CAPTURE to read, or an interface with -i"),
        (("sample_pcaps/busy.pcap", "-i", "lo"), "give a CAPTURE to read, or an interface with -i"),
        (("no-such.pcap",), "no-such.pcap: No such file or directory"),
        (("README.md",), "README.md"),
        (("sample_pcaps/busy.pcap",), "needs a terminal"),
        (("sample_pcaps/busy.pcap", "--lang", "xx"), "unknown language"),
    ],
)
def test_what_cannot_be_shown_says_so_in_one_line(arguments, said, monkeypatch):
    monkeypatch.chdir(ROOT)
    result = run("tui", *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_other_commands_do_not_import_the_screens():
    program = (
        "import sys\n"
        "from analyser.cli import run\n"
        "run(['read', 'sample_pcaps/busy.pcap'])\n"
        "print('HEAVY:', sorted({'textual', 'analyser.tui'} & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert result.stdout.splitlines()[-1] == "HEAVY: []"
