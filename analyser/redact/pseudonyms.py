"""Pseudonyms: what stands in the place of a number, name, host or address, as long and of the same classes of characters.

Each character is shifted within its class (digits, small letters, capitals, octets of UTF-8 that continue a character) by an amount
that is never zero and that the key and the characters before it decide, as Crypto-PAn does with the bits of an address (Xu, Fan,
Ammar, Moon 2002). So different things have different pseudonyms, the same thing has the same one wherever it stands, and what
begins alike goes on beginning alike. Letters shift alike in either case, as hosts and schemes have none.

Numbers are read from the right, so that 0312345678 and +81312345678 have the pseudonym of their common digits in common. Zeros of
a number stay, for otherwise a leading one could come or go and it would become a number of another kind.

Text is octets as Latin-1 characters throughout, so that every octet has its place.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Final

from analyser.redact.addresses import Addresses
from analyser.redact.key import Shifts, table_of
from analyser.redact.words import words

if TYPE_CHECKING:
    from re import Match

KEPT: Final = frozenset({"anonymous", "invalid", "localhost", "local"})
"""Words that say that there is nobody, or nowhere in particular (RFC 3323 §4.1.1.3, RFC 6761)."""
EMERGENCY: Final = frozenset({"000", "110", "112", "118", "119", "911", "999"})
"""Numbers that everybody calls and nobody has: rules and readers must know them."""
_ENDINGS: Final = words(
    "com net org edu gov mil int info biz name pro mobi arpa example test invalid local localhost internal home corp"
)
"""Last labels of host names that tell nobody apart. Those of two letters are not among them: `bruce.li` is a name as well."""
_COOKIE: Final = "z9hg4bk"
"""What branches begin with (RFC 3261 §8.1.1.7)."""
_NARROW: Final = frozenset({0xE0, 0xED, 0xF0, 0xF4})

_CONTINUING, _FIRST = 0x80, 0xC0
_OF_WORDS: Final = table_of(
    string.digits.encode(),
    string.ascii_lowercase.encode(),
    string.ascii_uppercase.encode(),
    bytes(range(_CONTINUING, _FIRST)),
    bytes(range(_FIRST, 0x100)),
)
_OF_NUMBERS: Final = table_of(b"123456789")

_WORD: Final = r"A-Za-z0-9\x80-\xff"
_PUNCTUATION: Final = re.compile(r"%(?:[01][0-9A-Fa-f]|2[0-9A-Fa-f]|3[A-Fa-f]|[46]0|5[B-Fb-f]|7[B-Fb-f])")
"""Escapes of what is no letter, digit or octet of one."""
_SPELLED: Final = re.compile(r"%[0-9A-Fa-f]{2}|.", re.DOTALL)
_THING: Final = re.compile(
    rf"(?P<six>(?<![{_WORD}:.])[0-9A-Fa-f]{{0,4}}(?::[0-9A-Fa-f]{{0,4}}){{2,7}}(?:(?:\.[0-9]{{1,3}}){{3}})?(?![{_WORD}:]))"
    rf"|(?P<four>(?<![{_WORD}])[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}(?![{_WORD}]|\.[0-9]))"
    rf"|(?P<telephone>(?<![{_WORD}])(?:\+[0-9](?:[ ().\-]{{0,2}}[0-9]){{5,19}}|0[0-9]{{1,4}}-[0-9]{{1,4}}-[0-9]{{3,4}})(?![{_WORD}\-]))"
    rf"|(?P<run>(?:[{_WORD}]|%[0-9A-Fa-f]{{2}})+)"
)
_RUN: Final = re.compile(rf"(?:[{_WORD}]|%[0-9A-Fa-f]{{2}})+")
_SPELLED_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ().\-]*\Z")
MAX_REMEMBERED: Final = 20_000
"""Texts whose pseudonyms are remembered; all are forgotten when there are more, which costs time and nothing else."""
_LONGEST_REMEMBERED: Final = 512


class Pseudonyms:
    """The pseudonyms of one key."""

    def __init__(self, key: bytes) -> None:
        """`key` is 16 to 64 octets that nobody can guess."""
        self._words = Shifts(key, b"word")
        self._numbers = Shifts(key, b"number")
        self._addresses = Addresses(key)
        self._known: dict[str, str] = {}
        self._known_words: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Any text: addresses, numbers and words in it by their pseudonyms; punctuation and space stay."""
        known = self._known.get(text)
        if known is None:
            known = self._around_punctuation(text) if "%" in text else _THING.sub(self._thing, text)
            if len(text) <= _LONGEST_REMEMBERED:
                if len(self._known) >= MAX_REMEMBERED:
                    self._known.clear()
                self._known[text] = known
        return known

    def user(self, text: str) -> str:
        """A user name or telephone number; one with separators (RFC 3966 §3) has the pseudonym of its digits."""
        if _SPELLED_NUMBER.match(text):
            return self._spelled_number(text)
        return self.text(text)

    def number(self, digits: str) -> str:
        """Digits as a number."""
        if digits in EMERGENCY:
            return digits
        found = self._shift_number(digits)
        while found in EMERGENCY:  # the walk along the cycle of a permutation is one itself
            found = self._shift_number(found)
        return found

    def word(self, text: str) -> str:
        """Letters and digits without anything between them."""
        lower = text.lower()
        if lower in KEPT:
            return text
        if lower.startswith(_COOKIE):
            return (
                text[: len(_COOKIE)] + self.word(text[len(_COOKIE) :]) if len(text) > len(_COOKIE) else text
            )
        found = self._known_words.get(text)
        if found is None:
            found = self._shift_word(text)
            while found.lower() in KEPT:
                found = self._shift_word(found)
            if len(self._known_words) >= MAX_REMEMBERED:
                self._known_words.clear()
            self._known_words[text] = found
        return found

    def run(self, text: str) -> str:
        """A number where all are digits, else a word."""
        return self.number(text) if text.isdigit() and text.isascii() else self.word(text)

    def address(self, text: str) -> str:
        """An IPv4 or IPv6 address; what is none, as any other text."""
        return self._addresses.substitute(text) or self.text(text)

    def _around_punctuation(self, text: str) -> str:
        """Text with escapes: those of punctuation separate words as punctuation does."""
        pieces: list[str] = []
        start = 0
        for found in _PUNCTUATION.finditer(text):
            pieces += (_THING.sub(self._thing, text[start : found.start()]), found[0])
            start = found.end()
        pieces.append(_THING.sub(self._thing, text[start:]))
        return "".join(pieces)

    def _thing(self, found: Match[str]) -> str:
        kind = found.lastgroup
        text = found[0]
        if kind == "run":
            return self._ending(found) or self._escaped_run(text)
        if kind == "telephone":
            return self._spelled_number(text)
        address = self._addresses.substitute(text)
        return address if address is not None else _RUN.sub(lambda run: self.run(run[0]), text)

    def _ending(self, found: Match[str]) -> str | None:
        """The last label of a host name, where it may stay."""
        text, start, end = found[0].lower(), found.start(), found.end()
        if not start or found.string[start - 1] != "." or found.string[end : end + 1] in (".", "-", "_"):
            return None
        return found[0] if text in _ENDINGS else None

    def _escaped_run(self, text: str) -> str:
        if "%" not in text:
            return self.run(text)
        pieces = _SPELLED.findall(text)
        plain = "".join(chr(int(piece[1:], 16)) if len(piece) > 1 else piece for piece in pieces)
        return "".join(
            _escaped(piece, letter) if len(piece) > 1 else letter
            for piece, letter in zip(pieces, self.run(plain), strict=True)
        )

    def _spelled_number(self, text: str) -> str:
        digits = iter(self.number("".join(filter(str.isdigit, text))))
        return "".join(next(digits) if letter.isdigit() else letter for letter in text)

    def _shift_number(self, digits: str) -> str:
        octets = digits[::-1].encode()
        return self._numbers.shift(octets, octets, _OF_NUMBERS)[::-1].decode()

    def _shift_word(self, text: str) -> str:
        octets = text.encode("latin-1")
        shifted = self._words.shift(octets, octets.lower(), _OF_WORDS)
        if not octets.isascii() and _is_utf8(octets):
            _keep_utf8(octets, shifted)
        return shifted.decode("latin-1")


def _keep_utf8(octets: bytes, shifted: bytearray) -> None:
    """Only the octets that continue a character may change, and not where few of them may follow the first one (RFC 3629 §4). In text of
    other encodings all do."""
    before = 0
    for at, octet in enumerate(octets):
        if octet >= _FIRST or (octet >= _CONTINUING and before in _NARROW):
            shifted[at] = octet
        before = octet


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _escaped(spelled: str, letter: str) -> str:
    """An escape for a character, in the case of the one before."""
    escape = f"%{ord(letter):02X}"
    return escape if spelled.upper() == spelled else escape.lower()
