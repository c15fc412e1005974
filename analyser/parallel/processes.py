"""Forked processes and the pipes from them."""

from __future__ import annotations

import marshal
import os
import signal
import struct
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, Final

from analyser.errors import AnalyserError
from analyser.parallel.plan import DIED, Chunk
from analyser.parallel.worker import Worker

if TYPE_CHECKING:
    from analyser.parallel.plan import Plan

AHEAD: Final = 2
"""Chunks that wait for the first process; then the one that sends them waits."""
_LENGTH: Final = struct.Struct("<Q")
_LOOK: Final = 0.1
"""Seconds between two looks whether a thread has ended."""


class Process:
    """A process that has been forked for a share of the work."""

    def __init__(self, plan: Plan, index: int, others: list[Process]) -> None:
        reading, writing = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            _work(plan, index, writing, [reading, *(other.pipe.fileno() for other in others)])
        os.close(writing)
        self.pipe: BinaryIO = os.fdopen(reading, "rb")
        self._chunks: Queue[bytes] = Queue(AHEAD)
        self._thread: Thread | None = None
        self._status: int | None = None

    def listen(self) -> None:
        """Begin to take what it sends; only once all processes are forked, for threads do not survive that."""
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    def next(self) -> Chunk:
        """The next chunk. Raises AnalyserError where the process has ended before its last one."""
        data = self._chunks.get()
        if not data:
            raise AnalyserError(f"a process of --jobs has ended too early ({self._reason()})")
        chunk = Chunk(*marshal.loads(data))  # noqa: S302 - from our own process
        if chunk.kind == DIED:
            raise AnalyserError(f"a process of --jobs has failed: {chunk.rest}")
        return chunk

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._wait()
        while self._thread is not None and self._thread.is_alive():
            with suppress(Empty):
                self._chunks.get(timeout=_LOOK)
        self.pipe.close()

    def _wait(self) -> int:
        if self._status is None:
            self._status = os.waitpid(self.pid, 0)[1]
        return self._status

    def _reason(self) -> str:
        code = os.waitstatus_to_exitcode(self._wait())
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    def _listen(self) -> None:
        """In a thread of its own, so that no process waits for another one to be read."""
        while True:
            head = self.pipe.read(_LENGTH.size)
            size = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
            data = self.pipe.read(size) if size else b""
            self._chunks.put(data if len(data) == size else b"")
            if not data or len(data) < size:
                return


def _work(plan: Plan, index: int, writing: int, foreign: list[int]) -> None:
    """What the forked process does; it never returns. The terminal's Ctrl-C is for the first process, which ends this one."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for descriptor in foreign:
            os.close(descriptor)  # else no pipe would break when the first process is gone
        with os.fdopen(writing, "wb") as pipe:

            def send(chunk: Chunk) -> None:
                data = marshal.dumps(tuple(chunk))
                pipe.write(_LENGTH.pack(len(data)))
                pipe.write(data)
                pipe.flush()

            try:
                Worker(plan, index, send).run()
            except BrokenPipeError:
                pass
            except Exception as failure:  # noqa: BLE001 - the first process says it, and ends
                send(Chunk(DIED, [], b"", (0, None), f"{type(failure).__name__}: {failure}"))
    finally:
        os._exit(0)
