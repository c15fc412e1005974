"""Header fields in the order of the message, repeated as they are, found by any spelling (RFC 3261 §7.3, §20).

`Headers` takes the lines of a head without the start line. Names compare without case and compact forms
stand for their long names; iteration gives name and value as they were spelled (folded lines joined).
"""

from collections.abc import Iterator
from typing import Final

from analyser.sip.lexical import is_token, values

_WHITE: Final = (" ", "\t")

COMPACT: Final[dict[str, str]] = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
"""The registered compact forms and the names they stand for."""

_SPECIAL: Final[dict[str, str]] = {
    "call-id": "Call-ID",
    "cseq": "CSeq",
    "mime-version": "MIME-Version",
    "rack": "RAck",
    "rseq": "RSeq",
    "sip-etag": "SIP-ETag",
    "sip-if-match": "SIP-If-Match",
    "www-authenticate": "WWW-Authenticate",
    "min-se": "Min-SE",
}

SINGLE_VALUED: Final = frozenset(
    {
        "authorization",
        "authentication-info",
        "call-id",
        "content-length",
        "content-type",
        "cseq",
        "date",
        "event",
        "expires",
        "from",
        "max-forwards",
        "min-expires",
        "min-se",
        "organization",
        "proxy-authenticate",
        "proxy-authorization",
        "rack",
        "refer-to",
        "referred-by",
        "replaces",
        "reply-to",
        "retry-after",
        "rseq",
        "server",
        "session-expires",
        "sip-etag",
        "sip-if-match",
        "subject",
        "subscription-state",
        "timestamp",
        "to",
        "user-agent",
        "www-authenticate",
    }
)
"""Fields whose grammar knows no comma-separated list, or where commas belong to the one value (§7.3.1)."""


_MAX_KNOWN_NAMES: Final = 4096
_known_names: dict[str, tuple[str, bool]] = {}
"""Long name of a header name met before, and whether it is a token; bounded, as names are the sender's choice."""


def fold_name(name: str) -> str:
    """The lower-case long name that a header name stands for."""
    known = _known_names.get(name)
    if known is not None:
        return known[0]
    return _learn(name)[0]


def _learn(name: str) -> tuple[str, bool]:
    folded = name.strip().lower()
    known = COMPACT.get(folded, folded), is_token(name)
    if len(_known_names) < _MAX_KNOWN_NAMES and len(name) < 64:
        _known_names[name] = known
    return known


def canonical_name(name: str) -> str:
    """The long name as RFC 3261 spells it: `i` gives `Call-ID`."""
    name = fold_name(name)
    return _SPECIAL.get(name) or "-".join(word.capitalize() for word in name.split("-"))


class Headers:
    """Header fields of one message."""

    __slots__ = ("_fields", "_index", "malformed")

    def __init__(self, lines: list[str]) -> None:
        self._fields: list[tuple[str, str]] = []
        self._index: dict[str, list[str]] = {}
        self.malformed: list[str] = []
        """Lines that are no header field: no colon, or no token in front of it."""
        index = self._index
        for line in lines:
            name, colon, value = line.partition(":")
            name = name.rstrip(" \t")
            folded, sound = _known_names.get(name) or _learn(name)
            if not colon or not sound:
                self.malformed.append(line)
            if colon and name[:1] not in _WHITE:
                value = value.strip()
                self._fields.append((name, value))
                if folded in index:
                    index[folded].append(value)
                else:
                    index[folded] = [value]

    def first(self, name: str) -> str | None:
        """The value of the first field of that name."""
        found = self._index.get(fold_name(name))
        return found[0] if found else None

    def all(self, name: str) -> list[str]:
        """The values of all fields of that name, one for each field line."""
        return list(self._index.get(fold_name(name), ()))

    def values(self, name: str) -> list[str]:
        """The members of all fields of that name, comma-separated lists taken apart where the grammar has them."""
        folded = fold_name(name)
        lines = self._index.get(folded, [])
        if folded in SINGLE_VALUED:
            return list(lines)
        return [value for line in lines for value in values(line)]

    def names(self) -> Iterator[tuple[str, list[str]]]:
        """Lower-case long names with their values, each name once."""
        yield from self._index.items()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and fold_name(name) in self._index

    def __repr__(self) -> str:
        return f"Headers({self._fields!r})"
