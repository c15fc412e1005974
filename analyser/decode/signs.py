"""By what one tells that a stream carries SIP, wherever one begins to read it.

SIP itself (RFC 3261 §7), the line of a proxy before it, the handshake or a frame of SIP over WebSocket (RFC 7118), or HEP, which
carries copies of SIP messages. Each look is strict, since a stream of another protocol may quote SIP, and cheap for whatever
is none of these, since most streams are not.
"""

import re
from collections.abc import Callable
from typing import Final

from analyser.decode import websocket
from analyser.decode.bounds import MAX_FIRST_LINE
from analyser.decode.first import has_fields, names_sip
from analyser.hep import MAGIC, begins_hep3

CUT, NOTHING, MAYBE, SIP, WEBSOCKET, HEP = range(-1, 5)
"""What octets are: what cannot be read without what came before, nothing of interest, perhaps something when more come, or a
stream to read."""

Sign = tuple[int, int]
"""What the octets are, and where that begins in them."""

_NO: Final = NOTHING, 0

_PREFIX: Final = re.compile(
    rb"(?:SIP/[0-9.]{0,19}(?:[ \t][^\r\n]*)?"
    rb"|[A-Za-z0-9\-.!%*_+`'~]{1,128}+(?:[ \t]++[^ \t\r\n]*+(?:[ \t]++(?:S(?:I(?:P(?:/[0-9.]{0,19})?)?)?)?[ \t]*+)?)?)?\r?\Z",
    re.IGNORECASE,
)
"""The beginning of a status line, or of a request line whose Request-URI is well-formed: prose has more words."""

METHODS: Final = (
    b"INVITE",
    b"ACK",
    b"BYE",
    b"CANCEL",
    b"OPTIONS",
    b"REGISTER",
    b"PRACK",
    b"SUBSCRIBE",
    b"NOTIFY",
    b"PUBLISH",
    b"INFO",
    b"REFER",
    b"MESSAGE",
    b"UPDATE",
)
_START: Final = re.compile(
    rb"(?:SIP/2\.0 [1-6][0-9][0-9] [^\r\n]{0,900}+|(?:"
    + b"|".join(METHODS)
    + rb") [A-Za-z]+:[^\s]+ SIP/2\.0)\r?\n"
    rb"(?=(?i:via|v|from|f|to|t|call-id|i|cseq|max-forwards|record-route|route|contact|m|content-length|l)[ \t]*:"
    rb"|(?P<end>[A-Za-z\-]{0,14}\Z))"
)
"""A start line in the middle of octets whose beginning is not here, as strict as can be. The reason phrase has an end: a line of
nothing but `SIP/2.0 200 ` would be gone through once for each of them."""
_STARTS: Final = frozenset(
    word[:size]
    for word in (*(method + b" " for method in METHODS), b"SIP/2.0 ")
    for size in range(1, len(word))
)
_INITIALS: Final = bytes({word[0] for word in _STARTS})
_START_CUT: Final = re.compile(
    rb"(?:SIP/2\.0 [0-9]{0,3}(?: [^\r\n]*)?|(?:"
    + b"|".join(METHODS)
    + rb") [A-Za-z]*(?::[^\s]*(?: [SIP/2.0]*)?)?)\r?\Z"
)
"""The beginning of such a line, where the octets end inside it."""

_PROXY: Final = re.compile(rb"PROXY (?:TCP[46]|UNKNOWN)[^\r\n]{0,90}\r\n")
_PROXY_2: Final = b"\r\n\r\n\0\r\nQUIT\n"
_PROXY_2_HEADER: Final = 16
_HTTP: Final = (b"GET ", b"HTTP/1.1 101")
_OTHERS: Final = (*_HTTP, MAGIC, b"PROXY ", _PROXY_2)
_LONGEST_OTHER: Final = max(map(len, _OTHERS))

Looks = Callable[[bytes], bool]


def tell(data: bytes, looks_like_sip: Looks) -> Sign:
    """What the octets of a stream are that come first, or first behind a gap."""
    if data[:1] in websocket.FIRST_OCTETS:
        found = websocket.begins(data, looks_like_sip)
        if found is False:
            return (CUT, 0) if websocket.lacks_its_beginning(data) else _NO
        return (MAYBE if found is None else WEBSOCKET), 0
    if data.startswith(_OTHERS):
        found_other = _other(data, looks_like_sip)
        if found_other is not None:
            return found_other
    if begins_sip(data, looks_like_sip):
        return SIP, 0
    return _prefix(data) or _inside(data)


def _other(data: bytes, looks_like_sip: Looks) -> Sign | None:
    """What other beginnings than that of SIP lead to; None where it is none of these after all."""
    if data.startswith(MAGIC):
        return (HEP, 0) if begins_hep3(data) else None
    if data.startswith(_HTTP):
        upgrade = websocket.upgrades(data)
        return (MAYBE if upgrade is None else WEBSOCKET if upgrade else NOTHING), 0
    preamble = proxy_preamble(data)
    if not preamble:
        return None
    if preamble >= len(data):
        return MAYBE, 0
    kind, at = tell(data[preamble:], looks_like_sip)
    return kind, at + preamble


def begins_sip(data: bytes, looks_like_sip: Looks) -> bool:
    """Stricter than for datagrams, since a stream of another protocol may quote a start line."""
    return names_sip(data) and looks_like_sip(data) and has_fields(data)


def proxy_preamble(data: bytes) -> int:
    """The size of what a proxy puts before a stream to name its client (PROXY protocol, versions 1 and 2); 0 where nothing is."""
    if data.startswith(b"PROXY "):
        found = _PROXY.match(data)
        return found.end() if found else 0
    if data.startswith(_PROXY_2):
        return _PROXY_2_HEADER + (int.from_bytes(data[14:16], "big") if len(data) >= _PROXY_2_HEADER else 1)
    return 0


def _prefix(data: bytes) -> Sign | None:
    """Whether the octets may become a start line, or one of the other beginnings, when more come."""
    if len(data) < _LONGEST_OTHER and any(other.startswith(data) for other in _OTHERS):
        return MAYBE, 0
    if b"\n" in data and data[:1] not in b"\r\n":
        return None
    line = data.lstrip(b"\r\n")
    if len(line) >= MAX_FIRST_LINE or b"\n" in line or not _PREFIX.match(line):
        return None
    return MAYBE, 0


def _inside(data: bytes) -> Sign:
    """A start line further on, whole or cut off by the end of the octets."""
    if b"SIP/2.0" in data:
        found = _START.search(data)
        if found is not None:
            return SIP if found["end"] is None else MAYBE, found.start()
    at = data.rfind(b"\n") + 1
    tail = data[at : at + MAX_FIRST_LINE]
    if tail and tail[:1] in _INITIALS and (tail in _STARTS or _START_CUT.match(tail)):
        return MAYBE, at
    return _NO
