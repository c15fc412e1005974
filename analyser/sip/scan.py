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

CALL_ID, CSEQ, VIA, FROM, TO, CONTENT_LENGTH, FOLD = range(1, 8)

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
_CSEQ: Final = re.compile(r"([0-9]+)[ \t]+(\S+)\Z")
_NEGATIVE: Final = re.compile(r"-[0-9]+\Z")
_MAX_KNOWN_NAMES: Final = 4096
_LARGEST_LENGTH: Final = 2**64


class _Kinds(dict[str, int]):
    """Which of the six fields a header name means, 0 for any other; remembers the names it has met."""

    def __missing__(self, name: str) -> int:
        if name[:1] in _WHITE:
            return FOLD
        kind = _KIND_OF_NAME.get(fold_name(name), 0)
        if len(self) < _MAX_KNOWN_NAMES and len(name) < 64:
            self[name] = kind
        return kind


KINDS: Final = _Kinds()

Found = list[str | None]
"""Raw values by kind; the first place is not used."""
Scanned = tuple[Found, set[int], list[str]]
"""Values by kind, the kinds that came again, and the Content-Length values behind the first."""

_WHITE: Final = (" ", "\t")


def scan(lines: list[str]) -> Scanned:
    """Values by kind, the kinds that came again, and the Content-Length values behind the first."""
    kinds = KINDS
    found: Found = [None, None, None, None, None, None, None]
    again: set[int] = set()
    lengths: list[str] = []
    for line in lines:
        name, colon, value = line.partition(":")
        kind = kinds[name]
        if kind:
            if kind == FOLD:
                unfolded = unfold(lines)
                return scan(unfolded[1:] if unfolded[0][:1] in _WHITE else unfolded)
            if not colon:
                continue
            if found[kind] is None:
                found[kind] = value.strip()
            elif kind == CONTENT_LENGTH:
                lengths.append(value.strip())
            elif kind != VIA:
                again.add(kind)
    return found, again, lengths


def read_cseq(value: str, defects: list[Defect]) -> tuple[int, str]:
    """Number and method of CSeq, the number -1 where it is no number or beyond 32 bits."""
    digits, _, method = value.partition(" ")
    if len(digits) < 10 and digits.isdecimal() and digits.isascii() and method.isalpha():
        return int(digits), method
    return slow_read_cseq(value, defects)


def slow_read_cseq(value: str, defects: list[Defect]) -> tuple[int, str]:
    """The same for any spelling."""
    found = _CSEQ.match(value)
    if found is None:
        defects.append(Defect.CSEQ_MALFORMED)
        return -1, ""
    digits = found[1].lstrip("0") or "0"
    if len(digits) > 10 or int(digits) > MAX_UINT32:
        defects.append(Defect.CSEQ_TOO_LARGE)
        return -1, found[2]
    return int(digits), found[2]


def read_length(value: str, more: list[str], defects: list[Defect]) -> int | None:
    """Content-Length, None where it is no number or says two things; `more` are the values behind the first."""
    if not (value.isdecimal() and value.isascii()):
        negative = _NEGATIVE.match(value) is not None
        defects.append(Defect.CONTENT_LENGTH_NEGATIVE if negative else Defect.CONTENT_LENGTH_MALFORMED)
        return None
    length = int(value) if len(value) < 20 else _LARGEST_LENGTH
    for other in more:
        if not (other.isdecimal() and other.isascii() and other.lstrip("0") == value.lstrip("0")):
            defects.append(Defect.CONTENT_LENGTH_CONFLICT)
            return None
    if more:
        defects.append(Defect.REPEATED_CONTENT_LENGTH)
    return length


def missing_fields(found: Found) -> list[Defect]:
    """Mandatory fields that did not come."""
    return [defect for kind, defect in _MISSING if found[kind] is None]


def repeated_fields(again: set[int]) -> list[Defect]:
    """Fields that came again though they may come once."""
    return [_REPEATED[kind] for kind in sorted(again)]
