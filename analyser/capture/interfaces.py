"""The network interfaces of this machine: which there are, and an account of those that packets came from."""

import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from analyser.errors import CaptureError

ANY: Final = "any"
"""The word for all interfaces, as tcpdump knows it."""
MAX_NAMES: Final = 4096
"""Interfaces that are told apart in one run; a host of containers may make new ones for weeks."""
FURTHER: Final = "further interfaces"

_SYSTEM: Final = Path("/sys/class/net")
_DROPS: Final = ("rx_missed_errors", "rx_fifo_errors")
"""What the card or its driver could not hand on. `rx_dropped` counts also what nobody had asked for."""


class Interface(NamedTuple):
    """One that there is now."""

    name: str
    ident: int
    """The system's number of it, another one each time that it comes back."""


def present() -> dict[str, int]:
    """The interfaces of this moment, by name, with the system's number of each."""
    return {name: index for index, name in socket.if_nameindex()}


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """The interfaces asked for, each once; none where all are meant. Raises CaptureError for one that does not exist."""
    if not names or ANY in names:
        return ()
    there = present()
    for name in names:
        if name not in there:
            listed = ", ".join(sorted(there)) or "none"
            raise CaptureError(f"no interface {name!r}; there are: {listed}")
    return tuple(dict.fromkeys(names))


class Known:
    """Numbers for the interfaces that packets come from, in the order in which they are met."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names: list[str] = []
        self._numbers: dict[tuple[str, int], int] = {}
        self._first: dict[str, int] = {}
        """The first number of each name: it may have another link type later on."""
        for name in names:
            self._first[name] = len(self.names)
            self.names.append(name)
        self._expected = set(self._first)
        """Named before a packet came from them, so of no link type yet."""
        self._drops: dict[str, int] = {}
        self._missed: dict[str, int] = {}
        """Packets that an interface dropped since its last one."""
        self.dropped = 0
        """Packets that interfaces dropped, so far."""

    def number(self, name: str, link: int) -> int:
        """Which interface a packet came by, an index into `names`."""
        number = self._numbers.get((name, link))
        return self._new(name, link) if number is None else number

    def _new(self, name: str, link: int) -> int:
        key = name, link
        if len(self.names) >= MAX_NAMES and name not in self._expected:
            name = FURTHER
            if (name, link) in self._numbers:
                return self._numbers[name, link]
            key = name, link
        if name in self._expected:
            self._expected.discard(name)
            number = self._first[name]
        else:
            number = len(self.names)
            self.names.append(name)
            self._first.setdefault(name, number)
        self._numbers[key] = number
        return number

    def index(self, name: str) -> int:
        """The system's number of an interface, 0 where it has gone."""
        with suppress(OSError):
            return socket.if_nametoindex(name)
        return 0

    def missed(self, number: int) -> int:
        """Packets that the interface dropped since this was asked last."""
        return self._missed.pop(self.names[number], 0) if self._missed else 0

    def count_drops(self) -> None:
        """Ask the interfaces that packets came from, or are expected from, how many they dropped."""
        for name in self._first:
            count = drops(name)
            before = self._drops.get(name)
            self._drops[name] = count
            if before is None:
                continue
            more = count - before if count >= before else count  # one that comes back begins anew
            if more:
                self.dropped += more
                self._missed[name] = self._missed.get(name, 0) + more


def drops(name: str) -> int:
    """Packets that an interface has dropped since it exists; 0 where the system does not tell."""
    total = 0
    for each in _DROPS:
        with suppress(OSError, ValueError):
            total += int((_SYSTEM / name / "statistics" / each).read_text())
    return total
