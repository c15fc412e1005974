"""How a live run is told to end, and to say how things are: Ctrl-C, SIGTERM, SIGHUP; SIGUSR1."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from types import FrameType

_ENDING: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_INTERIM: Final = "SIGUSR1"


class Asked:
    """A context in which signals only leave a mark, so that a turn is never cut in half.

    A second signal to end is obeyed at once: the report then under way is not worth waiting for. What the
    caller of the program had ignored (`nohup`) stays ignored.
    """

    def __init__(self) -> None:
        self.end = False
        self.interim = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for name in _ENDING:
            self._take(name, self._end)
        self._take(_INTERIM, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _take(self, name: str, handler: Any) -> None:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            self._before[number] = signal.signal(number, handler)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        if self.end:
            raise KeyboardInterrupt
        self.end = True

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.interim = True
