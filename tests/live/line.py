"""Two machines with a cable between them, as network namespaces: a server, and the phones that call it."""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import IO, Self

PHONES, SERVER = "phones", "server"
ADDRESS = {PHONES: "192.0.2.1", SERVER: "192.0.2.2"}
ADDRESS6 = {PHONES: "2001:db8::1", SERVER: "2001:db8::2"}
INTERFACE = "eth0"
"""What the cable is plugged into, on both machines."""
_HARDWARE = {PHONES: "02:00:00:00:00:01", SERVER: "02:00:00:00:00:02"}
PATIENCE = 20.0
"""Seconds after which what was waited for does not come any more."""

_LISTENING = "0A"
_serial = count(1)


def until(happened: Callable[[], bool], what: str, running: "Program | None" = None) -> None:
    """Wait for something; a program that ends meanwhile will not bring it any more."""
    deadline = monotonic() + PATIENCE
    while not happened():
        ended = running is not None and running.process.poll() is not None
        if ended or monotonic() > deadline:
            said = "" if running is None else running.said()
            raise AssertionError(f"{what} {'and never will' if ended else f'in {PATIENCE:g} s'}: {said}")
        sleep(0.01)


class Program:
    """A program that runs on one of the machines."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    def said(self) -> str:
        """Where it went wrong: the end of what it printed."""
        return self._log.read_text(errors="replace")[-2000:]

    def listens(self, port: int, *, stream: bool = False) -> bool:
        """Whether a socket of its machine is bound to a port (of a stream: accepts connections)."""
        tables = ("tcp", "tcp6") if stream else ("udp", "udp6")
        for table in tables:
            with suppress(OSError):
                rows = Path(f"/proc/{self.process.pid}/net/{table}").read_text().splitlines()[1:]
                for _, local, _, state, *_ in map(str.split, rows):
                    if local.endswith(f":{port:04X}") and (not stream or state == _LISTENING):
                        return True
        return False

    def captures(self) -> bool:
        """Whether some program on its machine has a packet socket."""
        with suppress(OSError):
            return len(Path(f"/proc/{self.process.pid}/net/packet").read_text().splitlines()) > 1
        return False

    def wait(self) -> None:
        """Until it has ended, which must be with success."""
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"{late}: {self.said()}") from late
        assert status == 0, f"exit status {status}: {self.said()}"

    def stop(self) -> None:
        """Ask it to end, then make it, with all that it has started."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(3)
                break
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Line:
    """The two namespaces, while the context lasts, and the programs on them."""

    def __init__(self, folder: Path) -> None:
        mark = f"sip-{os.getpid()}-{next(_serial)}"
        self.machines = {PHONES: f"{mark}-{PHONES}", SERVER: f"{mark}-{SERVER}"}
        self.folder = folder
        self._rest = ExitStack()

    def __enter__(self) -> Self:
        """Raises CalledProcessError where this machine permits no namespaces."""
        with self._rest:
            for name in self.machines.values():
                _ip("netns", "add", name)
                self._rest.callback(_ip, "netns", "del", name)
            near, far = self.machines.values()
            _ip("link", "add", INTERFACE, "netns", near, "type", "veth", "peer", INTERFACE, "netns", far)
            for machine, name in self.machines.items():
                _ip("-n", name, "link", "set", INTERFACE, "address", _HARDWARE[machine])
                _ip("-n", name, "address", "add", f"{ADDRESS[machine]}/24", "dev", INTERFACE)
                _ip("-n", name, "-6", "address", "add", f"{ADDRESS6[machine]}/64", "dev", INTERFACE, "nodad")
                _ip("-n", name, "link", "set", "lo", "up")
                _ip("-n", name, "link", "set", INTERFACE, "up")
            until(lambda: all(map(_carries, self.machines.values())), "the link does not carry")
            for machine, peer in ((PHONES, SERVER), (SERVER, PHONES)):
                for address in (
                    ADDRESS[peer],
                    ADDRESS6[peer],
                ):  # nobody has to ask for them: the first packet is not late
                    known = ("lladdr", _HARDWARE[peer], "dev", INTERFACE, "nud", "permanent")
                    _ip("-n", self.machines[machine], "neighbour", "add", address, *known)
            self._rest = self._rest.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rest.close()

    def start(
        self, machine: str, *command: str, output: IO[bytes] | int | None = None, folder: Path | None = None
    ) -> Program:
        """Start a program on a machine. It ends with the line at the latest."""
        log = self.folder / f"{Path(command[0]).name}-{next(_serial)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                ("ip", "netns", "exec", self.machines[machine], *command),
                stdin=subprocess.DEVNULL,
                stdout=file if output is None else output,
                stderr=file,
                cwd=self.folder if folder is None else folder,
                start_new_session=True,
            )
        program = Program(process, log)
        self._rest.callback(program.stop)
        return program

    def lose(self, machine: str, *match: str) -> None:
        """Drop packets of a kind that come to a machine, behind the place where captures see them."""
        chain = "add chain inet loss coming { type filter hook prerouting priority raw; }"
        script = f"add table inet loss; {chain}; add rule inet loss coming {' '.join(match)} drop"
        command = ("ip", "netns", "exec", self.machines[machine], "nft", script)
        subprocess.run(command, check=True, capture_output=True)


def _carries(machine: str) -> bool:
    shown = subprocess.run(
        ("ip", "-n", machine, "-brief", "link", "show", "dev", INTERFACE),
        check=True,
        capture_output=True,
        text=True,
    )
    return "UP" in shown.stdout.split()


def _ip(*arguments: str) -> None:
    command: Sequence[str] = ("ip", *arguments)
    subprocess.run(command, check=True, capture_output=True, text=True)
