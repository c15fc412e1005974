"""What is typed as a filter: words that must all match a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from analyser.annotate import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyser.tui.entry import Entry

    Test = Callable[[Entry], bool]

_CLASS: Final = re.compile(r"([1-6])xx\Z", re.IGNORECASE)
_CODE: Final = re.compile(r"[1-6][0-9]{2}\Z")
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ().-]*\Z")
_LEAST_DIGITS: Final = 5
"""A number with fewer digits is looked for as it is typed: without its first zero it would match too much."""
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_SEVERITIES: Final = {str(severity): severity for severity in Severity}


class Filter:
    """A test for rows. `486` and `4xx` are codes, `warning` is that severity or worse; a telephone number is found however it
    is written (0312345678 finds +81312345678); other words are part of From, To, Call-ID, method, kind or rule, or of an address,
    with or without its port, that a message went from or to on any hop."""

    def __init__(self, text: str) -> None:
        self.text = normalize("NFKC", text).strip()
        self._tests = [_test(word.casefold()) for word in self.text.split()]

    def __bool__(self) -> bool:
        return bool(self._tests)

    def matches(self, entry: Entry) -> bool:
        """Whether each word matches the row."""
        return all(test(entry) for test in self._tests)


def _test(word: str) -> Test:
    of_class = _CLASS.match(word)
    if of_class is not None:
        digit = int(of_class[1])
        return lambda entry: any(status // 100 == digit for status in entry.statuses)
    if _CODE.match(word):
        code = int(word)
        return lambda entry: code in entry.statuses or word in entry.users
    if word in _SEVERITIES:
        least = _SEVERITIES[word]
        return lambda entry: entry.worst >= least
    if _NUMBER.match(word):
        return _number(word)
    return lambda entry: word in entry.text or word in entry.addresses


def _number(word: str) -> Test:
    digits = _NOT_DIGITS.sub("", word)
    # A national number begins with 0 where the international one has the country's code (ITU-T E.164).
    national = digits[1:] if digits.startswith("0") and len(digits) > _LEAST_DIGITS else digits

    # Digits alone name no address: 5060 is an extension, and the port of nearly every row.
    address = "." in word

    def test(entry: Entry) -> bool:
        if word in entry.text or (address and word in entry.addresses):
            return True
        return any(national in _NOT_DIGITS.sub("", user) for user in entry.users)

    return test
