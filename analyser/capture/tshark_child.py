"""pyshark's FileCapture with the manners that a command line needs of it. Only this module and `tshark_text` import pyshark.

What it changes: tshark is found without asking a `config.ini` of the working directory; its complaints are kept,
not printed; it is given the time to end by itself, so that its exit status is the true one; and nothing of asyncio is
left over, however the reading ends.
"""

import asyncio
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # what pyshark does in ways that Python has left behind is not our reader's affair
    import pyshark.config
    from pyshark import FileCapture
    from pyshark.tshark.tshark import get_process_path, get_tshark_version

    from analyser.capture.tshark_text import TsharkText

MAX_SAID: Final = 4096
"""Octets of what tshark says on its standard error that are kept, the first ones."""
MAX_FAREWELL: Final = 10
"""Seconds that tshark may take to end after its last packet."""

# pyshark would run the program that a `config.ini` beside the capture names, and fail at one that is not its own.
pyshark.config.fp_config_path = pyshark.config.pyshark_config_path


class Program(NamedTuple):
    """The tshark that is installed."""

    path: str
    version: Any


def find() -> Program:
    """Looks for tshark. Raises an exception of pyshark or of the system where there is none that runs."""
    path: str = get_process_path()
    return Program(path, _version(path, Path(path).stat().st_mtime_ns))


@cache
def _version(path: str, _changed: int) -> Any:
    """Asking takes a process, as long as tshark itself for a small capture: once for each tshark that was ever there."""
    return get_tshark_version(path)


class TsharkChild(FileCapture):  # type: ignore[misc]  # pyshark has no types
    """tshark over one file."""

    _eof_reached: bool

    def __init__(self, program: Program, capture: str, **options: Any) -> None:
        self.said = b""
        """The beginning of what tshark has complained of."""
        self.status = 0
        """What tshark ended with, negative for a signal; 0 while it runs and where we ended it."""
        self._version = program.version
        self.text = TsharkText(program.version)
        loop = asyncio.new_event_loop()
        # A read that Ctrl-C has interrupted still ends, with an error that nobody waits for any more.
        loop.set_exception_handler(lambda _loop, _context: None)
        super().__init__(capture, keep_packets=False, eventloop=loop, tshark_path=program.path, **options)

    def packets(self) -> Iterator[Any]:
        """Each packet as it comes; ends tshark when it is closed."""
        try:
            yield from self._packet_generator
        finally:
            self._packet_generator.close()
            self._clear()

    def _get_tshark_version(self) -> Any:
        return self._version  # asking takes a process

    def _setup_tshark_output_parser(self) -> TsharkText:
        return self.text

    def _created_new_process(self, _parameters: Any, process: Any, _name: str = "") -> None:
        self._running_processes.add(process)  # one that has ended already is judged at its end

    async def _handle_process_stderr_forever(self, stderr: asyncio.StreamReader) -> None:
        # pyshark's own reads lines, of a bounded length and in UTF-8; tshark promises neither.
        while octets := await stderr.read(MAX_SAID):
            self.said = (self.said + octets)[:MAX_SAID]

    async def _cleanup_subprocess(self, process: asyncio.subprocess.Process) -> None:
        # A process that is killed just when it ends is reaped twice, and asyncio makes up a status for it.
        if self._eof_reached:
            try:
                self.status = await asyncio.wait_for(process.wait(), MAX_FAREWELL)
            except TimeoutError:
                self._eof_reached = False
        if not self._eof_reached and process.returncode is None:
            process.kill()
            await process.wait()
        self._running_processes.discard(process)

    def _clear(self) -> None:
        """End what still runs in the loop, and the loop."""
        loop = self.eventloop
        if loop.is_closed():
            return
        for process in tuple(self._running_processes):
            loop.run_until_complete(self._cleanup_subprocess(process))
        if self._stderr_handling_tasks:
            # tshark has ended, and with it what it says; a child of its own might hold the pipe open.
            loop.run_until_complete(asyncio.wait(self._stderr_handling_tasks, timeout=1))
        if tasks := asyncio.all_tasks(loop):
            for task in tasks:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
