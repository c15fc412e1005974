"""What decides the pseudonyms: a key, at random for each run or made from what the user gives, and the shifts that come of it."""

from __future__ import annotations

import hashlib
import secrets
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analyser.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

OCTETS: Final = 32
LEAST: Final = 8
"""Characters of a key: whoever guesses it has everything that it hides."""
_MAX_FILE: Final = 65536
_SALT: Final = b"sip-analyser pseudonyms"
_COST, _BLOCK = 2**14, 8


def random_key() -> bytes:
    """A key for one run."""
    return secrets.token_bytes(OCTETS)


def key_of(given: str) -> bytes:
    """The key that a file holds, or that the text itself is. Guessing it is made slow (scrypt, RFC 7914).

    Raises UsageError for a file that cannot be read and for what is too short.
    """
    path = Path(given)
    if _exists(path):  # also a pipe, as <(pass show key) is one, whose name everybody has
        try:
            with path.open("rb") as file:
                secret = file.read(_MAX_FILE).strip()
        except OSError as error:
            raise UsageError(f"--redact-key: {error.strerror or error}") from None
    elif "/" in given:
        raise UsageError("--redact-key: no such file")
    else:
        secret = given.encode("utf-8", "surrogateescape")
    if len(secret) < LEAST:
        raise UsageError(
            f"--redact-key: a key has at least {LEAST} characters; whoever guesses it can undo the pseudonyms"
        )
    return hashlib.scrypt(secret, salt=_SALT, n=_COST, r=_BLOCK, p=1, dklen=OCTETS)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than a name can be, for one
        return False


def mark_of(key: bytes) -> str:
    """What tells a key without giving it away: 16 hexadecimal digits. To guess the key by it is as slow as by a pseudonym."""
    return blake2b(b"mark", key=key, digest_size=8).hexdigest()


Table = list[bytes]
"""For each octet what it becomes, by what the key says there."""
_ONE: Final = [bytes((octet,)) for octet in range(256)]


class Shifts:
    """Numbers that look random and depend on the key, on what kind of thing is shifted, and on all that came before."""

    __slots__ = ("_start",)

    def __init__(self, key: bytes, kind: bytes) -> None:
        self._start = blake2b(key=key, person=kind, digest_size=4)

    def along(self, octets: bytes) -> Iterator[int]:
        """One number for each octet."""
        state = self._start.copy()
        for octet in octets:
            yield int.from_bytes(state.copy().digest(), "big")
            state.update(_ONE[octet])

    def shift(self, octets: bytes, before: bytes, table: Table) -> bytearray:
        """Each octet as the table has it for a number that depends on those of `before` in front of its place."""
        state = self._start.copy()
        copy, update = state.copy, state.update
        shifted = bytearray()
        for octet, seen in zip(octets, before, strict=True):
            shifted.append(table[octet][copy().digest()[0]])
            update(_ONE[seen])
        return shifted


def table_of(*classes: bytes) -> Table:
    """Each octet of a class becomes another one of it; an octet of no class stays."""
    table = [bytes((octet,)) * 256 for octet in range(256)]
    for each in classes:
        size = len(each)
        for place, octet in enumerate(each):
            table[octet] = bytes(each[(place + 1 + number % (size - 1)) % size] for number in range(256))
    return table
