"""What reading octet by octet is made of.

Each function that goes on in a line takes the place where it begins, and gives the place behind. Octets that are not there raise IndexError.
"""

import re
from typing import Final

from mypy_extensions import i64


def octets_of(kind: str) -> bytes:
    """For each octet, whether it is of a class of characters: 1 or 0."""
    return bytes(re.match(kind, chr(octet)) is not None for octet in range(256))


UPPER: Final = octets_of("[A-Z]")


def run(data: bytes, at: i64, kind: bytes) -> i64:
    """Where octets of a kind end."""
    while kind[data[at]]:
        at += 1
    return at


def next_line(data: bytes, at: i64) -> i64:
    """Behind the end of this line."""
    while data[at] != ord("\n"):
        at += 1
    return at + 1


def line_end(data: bytes, at: i64) -> i64:
    """Behind the CRLF that must stand here."""
    return at + 2 if data[at] == ord("\r") and data[at + 1] == ord("\n") else 0


def stands(data: bytes, at: i64, text: bytes) -> bool:
    """Whether a text stands here."""
    size: i64 = len(text)
    place: i64 = 0
    while place < size:
        if data[at + place] != text[place]:
            return False
        place += 1
    return True


def digits(data: bytes, at: i64) -> i64:
    """Where digits end."""
    while ord("0") <= data[at] <= ord("9"):
        at += 1
    return at


def number(data: bytes, at: i64, end: i64) -> i64:
    """What the digits say; there are so few that it fits."""
    value: i64 = 0
    while at < end:
        value = 10 * value + data[at] - ord("0")
        at += 1
    return value
