"""The network interfaces of this machine: which there are, and an account of those that packets came from."""

import importlib
import logging
import socket
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from analyser.errors import CaptureError

ANY: Final = "any"
"""The word for all interfaces, as tcpdump knows it."""
MAX_NAMES: Final = 4096
"""Interfaces that are told apart in one run; a host of containers may make new ones for weeks."""
FURTHER: Final = "further interfaces"
GONE: Final = "an interface that has gone"
"""What one is called that went before its last packets were looked at."""

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
    if sys.platform == "win32":  # where sockets have other names for them than Npcap
        return {each.name: each.index for each in _known_to_scapy()}
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


class Described(NamedTuple):
    """An interface, for someone who has to choose one."""

    name: str
    kind: str
    """One of KINDS."""
    state: str
    """`up`, `down`, or `no carrier` where the cable or its like is missing."""
    addresses: tuple[str, ...]
    description: str
    """What the system calls it, where that differs from the name."""


KINDS: Final = (
    *("ethernet", "wireless", "loopback", "bridge", "bond", "vlan", "vxlan", "ppp", "tunnel"),
    "other",
)
_BY_HARDWARE: Final = {
    1: "ethernet",
    512: "ppp",
    772: "loopback",
    **dict.fromkeys((519, 768, 769, 776, 778, 823, 65534), "tunnel"),
    **dict.fromkeys((801, 802, 803), "wireless"),
}
"""By ARPHRD value."""
_BY_DEVICE_TYPE: Final = {"wlan": "wireless", "wwan": "ppp", "gre": "tunnel", "wireguard": "tunnel"}
"""Words of the kernel for a kind, where ours is another one."""


def described() -> list[Described]:
    """All interfaces of this machine, by their number; as scapy knows them, which does so on every system."""
    found = []
    for each in sorted(_known_to_scapy(), key=lambda one: (one.index, one.name)):
        flags = str(each.flags)
        addresses = tuple(address for version in (4, 6) for address in each.ips.get(version, ()))
        words = each.description if each.description != each.name else ""
        found.append(Described(each.name, _kind(each.name, flags), _state(flags), addresses, words))
    return found


def _known_to_scapy() -> list[Any]:
    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    config = importlib.import_module("scapy.config").conf
    importlib.import_module("scapy.arch")
    return list(config.ifaces.values())


def _state(flags: str) -> str:
    words = flags.split("+")
    if "UP" not in words:
        return "down"
    return "up" if "RUNNING" in words else "no carrier"


def _kind(name: str, flags: str) -> str:
    if "LOOPBACK" in flags:
        return "loopback"
    place = _SYSTEM / name
    kind = "other"
    with suppress(OSError, ValueError):
        kind = _BY_HARDWARE.get(int((place / "type").read_text()), kind)
        for line in (place / "uevent").read_text().splitlines():
            key, _, word = line.partition("=")
            if key == "DEVTYPE":
                word = _BY_DEVICE_TYPE.get(word, word)
                kind = word if word in KINDS else kind
    return kind


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

    def met(self, name: str) -> bool:
        """Whether a packet came from the interface of this name."""
        return name in self._first and name not in self._expected

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
