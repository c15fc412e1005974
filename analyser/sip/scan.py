"""The head scan: the few fields that tracking needs, out of the lines of a head, and nothing else.

`scan` takes the lines behind the start line and gives the raw values of six header fields. The first field of a name counts, except
that Content-Length must agree with itself. The readers of single values give exactly the same
for every spelling, the usual ones faster.
"""

import re
from typing import Final

from analyser.sip.defects import Defect
from analyser.sip.headers import fold_name
from analyser.sip.lexical import MAX_UINT32, unfold

CALL_ID, CSEQ, VIA, FROM, TO, CONTENT_LENGTH, FOLD, EMPTY = range(1, 9)

_KIND_OF_NAME: Final = {
    "call-id": CALL_ID,
    "cseq": CSEQ,
    "via": VIA,
    "from": FROM,
    "to": TO,
    "content-length": CONTENT_LENGTH,
}
_MISSING: Final = (
    (CALL_ID, Defect.MISSING_CALL_ID),
    (CSEQ, Defect.MISSING_CSEQ),
    (VIA, Defect.MISSING_VIA),
    (FROM, Defect.MISSING_FROM),
    (TO, Defect.MISSING_TO),
)
_REPEATED: Final = {
    CALL_ID: Defect.REPEATED_CALL_ID,
    CSEQ: Defect.REPEATED_CSEQ,
    FROM: Defect.REPEATED_FROM,
    TO: Defect.REPEATED_TO,
}
_CSEQ: Final = re.compile(r"([0-9]+)[ \t]+(\S+)")
_NEGATIVE: Final = re.compile(r"-[0-9]+\Z")
_MAX_KNOWN_NAMES: Final = 4096
_LARGEST_LENGTH: Final = 2**64


_WHITE: Final = (" ", "\t")
_EMPTY_LINES: Final = ("", "\r")


_kinds: dict[str, int] = {}
"""The kinds of the header names met so far, 0 for those of no interest; bounded, as names are the sender's choice."""


def _learn(name: str) -> int:
    """The kind of a header name that has not been met before."""
    if name in _EMPTY_LINES:
        kind = EMPTY
    elif name[:1] in _WHITE:
        return FOLD
    else:
        kind = _KIND_OF_NAME.get(fold_name(name), 0)
    if len(_kinds) < _MAX_KNOWN_NAMES and len(name) < 64:
        _kinds[name] = kind
    return kind


Found = list[str | None]
"""Raw values by kind; the first place is not used."""


Again = list[tuple[int, str]]
"""Kinds with values of fields that came again though they may come once."""


def scan(lines: list[str]) -> tuple[Found, Again] | None:
    """Scan header lines, a CR may still stand at their ends; None where one is empty, so the head ends there."""
    known = _kinds.get
    found: Found = [None, None, None, None, None, None, None]
    again: Again = []
    for line in lines:
        name, colon, value = line.partition(":")
        kind = known(name)
        if kind is None:
            kind = _learn(name)
        if kind:
            if kind >= FOLD:
                if kind == FOLD:
                    unfolded = unfold(lines)
                    return scan([text for text in unfolded if text[:1] not in _WHITE])
                if not colon:
                    return None
            elif not colon:
                continue
            elif found[kind] is None:
                found[kind] = value.strip()
            elif kind != VIA:
                again.append((kind, value.strip()))
    return found, again


def read_cseq(value: str) -> tuple[int, str]:
    """Number and method of CSeq, the number -1 where it is no number or beyond 32 bits.

    What stands behind the method is left to the full check.
    """
    digits, _, method = value.partition(" ")
    if len(digits) < 10 and digits.isdecimal() and digits.isascii() and method.isalpha():
        return int(digits), method
    found = _CSEQ.match(value)
    if found is None:
        return -1, ""
    digits = found[1].lstrip("0") or "0"
    number = int(digits) if len(digits) <= 10 else -1
    return (number if number <= MAX_UINT32 else -1), found[2]


def read_length(value: str | None, again: Again, defects: list[Defect]) -> int | None:
    """Content-Length, None where it is absent, is no number or says two things."""
    if value is None:
        return None
    if not (value.isdecimal() and value.isascii()):
        negative = _NEGATIVE.match(value) is not None
        defects.append(Defect.CONTENT_LENGTH_NEGATIVE if negative else Defect.CONTENT_LENGTH_MALFORMED)
        return None
    length = int(value) if len(value) < 20 else _LARGEST_LENGTH
    others = [other for kind, other in again if kind == CONTENT_LENGTH]
    for other in others:
        if not (other.isdecimal() and other.isascii() and other.lstrip("0") == value.lstrip("0")):
            defects.append(Defect.CONTENT_LENGTH_CONFLICT)
            return None
    if others:
        defects.append(Defect.REPEATED_CONTENT_LENGTH)
    return length


def field_defects(found: Found, again: Again, *, is_cut: bool) -> list[Defect]:
    """Fields that are missing (unless the head is cut), bad or came again though they may come once."""
    defects = [] if is_cut else [defect for kind, defect in _MISSING if found[kind] is None]
    kinds = {kind for kind, _ in again}
    defects += [defect for kind, defect in _REPEATED.items() if kind in kinds]
    cseq = found[CSEQ]
    if cseq is not None:
        number, method = read_cseq(cseq)
        if number < 0:
            defects.append(Defect.CSEQ_TOO_LARGE if method else Defect.CSEQ_MALFORMED)
    return defects
