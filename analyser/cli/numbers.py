"""`--number`: which telephone numbers and user names are meant by what somebody types.

One number has many spellings: +81312345678, 0081312345678, 03-1234-5678, 81312345678. Each is read in every way
that its first digits allow, as an international number (country code and national number, ITU-T E.164) or as a
national one behind the trunk prefix 0, and two spellings are the same where two of their readings are. The end of a
number alone never counts, and a national number of fewer than six digits is compared as it stands: 110 is
never the end of another number, nor its start.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_NATIONAL: Final = 6
"""Digits of a national number that may be told from its other spellings; shorter ones are service numbers or extensions."""
LONGEST: Final = 15
"""Digits of an international number (E.164 §6)."""
MAX_USER: Final = 256
"""Characters of a user name that are looked at; a longer one is nobody's number."""

_SEPARATORS: Final = re.compile(r"[\s().\-/\u2010-\u2015\u2212\u30fc\uff0d]")
"""What people and tel URIs (RFC 3966 §3) put between digits."""
_NUMBER: Final = re.compile(r"\+?\d+\Z", re.ASCII)
_PATTERN: Final = re.compile(r"\+?[\d*?]+\Z", re.ASCII)
_ACCESS: Final = ("0011", "011", "010", "00")
"""International access: 00 nearly everywhere, 010 in Japan, 011 in North America, 0011 in Australia."""
_TWO_DIGITS: Final = frozenset(
    map(str, (20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59), *range(60, 67)))
) | frozenset(map(str, (81, 82, 84, 86, *range(90, 96), 98)))
"""Country codes of two digits; 1 and 7 have one, all others three."""
_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９＋＊？", "0123456789+*?")  # noqa: RUF001 - typed by a Japanese keyboard


class Readings(NamedTuple):
    """What one spelling may mean."""

    text: str
    """As it stands, without separators."""
    international: frozenset[str]
    """Country code and national number, where the spelling says that it is one: behind + or an access prefix."""
    national: frozenset[str]
    """National numbers, without a trunk prefix."""
    bare: str
    """Digits that say nothing of themselves; '' where they do."""


@functools.lru_cache(4096)
def readings(spelling: str) -> Readings:
    """Every way in which a user name can be read as a telephone number; none where it is no number."""
    text = _plain(spelling)
    if not _NUMBER.match(text):
        return Readings(text, frozenset(), frozenset(), "")
    if text.startswith("+"):
        return Readings(text, frozenset({text[1:]}), frozenset(), "")
    if not text.startswith("0"):
        return Readings(text, frozenset(), frozenset(), text)
    behind = frozenset(text[len(prefix) :] for prefix in _ACCESS if text.startswith(prefix))
    return Readings(text, frozenset(map(_limited, behind)) - {""}, frozenset({text[1:]}), "")


def same(one: Readings, other: Readings) -> bool:
    """Whether the two may be one number."""
    if one.text == other.text:
        return True
    return _as(one, other) or _as(other, one)


def wanted(text: str) -> Callable[[str], bool]:
    """A test for user names: the same number in another spelling, or a pattern with `*` and `?` for the whole name."""
    typed = _plain(text)
    if "*" in typed or "?" in typed:
        pattern = re.compile("".join(map(_wildcard, re.sub(r"\*+", "*", typed))), re.DOTALL)
        return lambda user: len(user) <= MAX_USER and pattern.fullmatch(_plain(user)) is not None
    mine = readings(text)
    return lambda user: len(user) <= MAX_USER and same(mine, readings(user))


def _as(one: Readings, other: Readings) -> bool:
    """Whether an international reading of the one is the other's."""
    for number in one.international:
        if number in other.international or (number == other.bare and len(number) > LEAST_NATIONAL):
            return True
        national = _without_country(number)
        if len(national) >= LEAST_NATIONAL and (national in other.national or national == other.bare):
            return True
    # Digits that say nothing of themselves are an international number only beside one behind a trunk prefix.
    if other.national and len(one.bare) > LEAST_NATIONAL:
        national = _without_country(one.bare)
        if len(national) >= LEAST_NATIONAL and national in other.national:
            return True
        return one.bare in other.national
    return False


def _plain(text: str) -> str:
    """Without parameters (RFC 3966), escapes, separators and capitals."""
    user = text.partition(";")[0]
    if "%" in user:
        user = unquote(user)
    user = user.translate(_FULL_WIDTH) if not user.isascii() else user
    bare = _SEPARATORS.sub("", user)
    return bare if _PATTERN.match(bare) else user.strip().lower()


def _limited(number: str) -> str:
    return number if len(number) <= LONGEST else ""


def _without_country(number: str) -> str:
    """The national number behind the country code; the 0 that belongs to an Italian one is left out as if it were a prefix."""
    if number[:1] in ("1", "7"):
        return number[1:]
    if number.startswith("39"):
        return number[2:].removeprefix("0")
    return number[2:] if number[:2] in _TWO_DIGITS else number[3:]


def _wildcard(character: str) -> str:
    return {"*": ".*", "?": "."}.get(character, re.escape(character))
