"""Pseudonyms of IP addresses: prefix by prefix, so that one network stays one, and of the same kind and length.

What kind an address is of stays, as rules judge by it: loopback, private (RFC 1918), shared (RFC 6598), link-local, multicast,
unique local (RFC 4193). Of an IPv4 address each number keeps its count of digits; of an IPv6 address zeros stay zeros, so that `::`
stays where it was, in every spelling of one address.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from analyser.redact.key import Shifts

_BY_DIGITS: Final = ((), tuple(range(10)), tuple(range(10, 100)), tuple(range(100, 256)))
_SPECIAL: Final = frozenset({0, 10, 100, 127, 169, 172, 192})
"""First numbers of which the second decides what kind of address it is."""
_FIRST: Final = (
    (),
    tuple(range(1, 10)),
    tuple(range(11, 100)),
    tuple(number for number in range(100, 224) if number not in _SPECIAL),
)
_MULTICAST: Final = tuple(range(224, 240))
_RESERVED: Final = tuple(range(240, 256))
_SHARED: Final = range(64, 128)
_PRIVATE_172: Final = range(16, 32)
_NOBODY: Final = frozenset({"0.0.0.0", "255.255.255.255", "127.0.0.1"})  # noqa: S104 - nothing is bound to it


class Addresses:
    """The pseudonyms of addresses by one key."""

    def __init__(self, key: bytes) -> None:
        self._four = Shifts(key, b"IPv4")
        self._six = Shifts(key, b"IPv6")

    def substitute(self, text: str) -> str | None:
        """The pseudonym of an address, None where the text is none."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return None
        if isinstance(address, ipaddress.IPv4Address):
            return self._substitute_four(text)
        return self._substitute_six(text, address)

    def _substitute_four(self, text: str) -> str:
        if text in _NOBODY:
            return text
        numbers = [int(number) for number in text.split(".")]
        shifts = self._four.along(bytes(numbers))
        return ".".join(str(_shift(numbers, at, shift)) for at, shift in enumerate(shifts))

    def _substitute_six(self, text: str, address: ipaddress.IPv6Address) -> str:
        if address.is_loopback or address.is_unspecified:
            return text
        body, percent, zone = text.partition("%")
        head, _, four = body.rpartition(":")
        tail = self._substitute_four(four) if "." in four else None
        nibbles = address.exploded.replace(":", "").partition("%")[0]
        shifts = list(self._six.along(nibbles.encode()))
        kept = _kept_nibbles(nibbles)
        shifted = "".join(
            nibble if at < kept or nibble == "0" else f"{(int(nibble, 16) + shift % 14) % 15 + 1:x}"
            for at, (nibble, shift) in enumerate(zip(nibbles, shifts, strict=True))
        )
        places = _places(body if tail is None else f"{head}:0:0")
        letters = list(body if tail is None else f"{head}:")
        for at, place in places.items():
            if at < len(letters) and letters[at] != ":":
                letters[at] = shifted[place]
        if any(letter.isupper() for letter in body):
            letters = [letter.upper() for letter in letters]
        return "".join(letters) + (tail or "") + percent + zone


def _shift(numbers: list[int], at: int, shift: int) -> int:
    number = numbers[at]
    choice = _choice(numbers, at)
    if number not in choice or len(choice) < 2:
        return number
    return choice[(choice.index(number) + 1 + shift % (len(choice) - 1)) % len(choice)]


def _choice(numbers: list[int], at: int) -> tuple[int, ...]:
    """What may stand in the place of one of the numbers: as long, and an address of the same kind."""
    number, first = numbers[at], numbers[0]
    alike = _BY_DIGITS[len(str(number))]
    if at == 0:
        if number in _SPECIAL:
            return ()
        return _MULTICAST if 224 <= number < 240 else _RESERVED if number >= 240 else _FIRST[len(str(number))]
    if at == 1:
        if (first, number) in ((192, 168), (169, 254)):
            return ()
        inside = {172: _PRIVATE_172, 100: _SHARED}.get(first)
        if inside is not None:
            return tuple(other for other in alike if (other in inside) is (number in inside))
        if first in (192, 169):
            private = 168 if first == 192 else 254
            return tuple(other for other in alike if other != private)
    return alike


def _kept_nibbles(nibbles: str) -> int:
    """How many of the first nibbles say what kind of address it is."""
    if nibbles.startswith("0" * 31):
        return 32  # next to the loopback address
    if nibbles.startswith("0" * 20 + "ffff"):
        return 24
    return {"ff": 4, "fe": 3}.get(nibbles[:2], 2 if nibbles[0] == "f" else 1)


def _places(text: str) -> dict[int, int]:
    """Which nibble of the address each hexadecimal digit of its text is."""
    front, double, back = text.partition("::")
    places: dict[int, int] = {}
    groups = front.split(":") if front else []
    _place(groups, 0, 0, places)
    if double:
        rest = back.split(":") if back else []
        _place(rest, 8 - len(rest), len(front) + 2, places)
    return places


def _place(groups: list[str], first: int, at: int, places: dict[int, int]) -> None:
    for number, group in enumerate(groups, first):
        for offset in range(len(group)):
            places[at + offset] = number * 4 + 4 - len(group) + offset
        at += len(group) + 1
