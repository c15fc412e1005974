"""Header fields with pseudonyms in them. A field of which nothing is known has every letter and digit of its value substituted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from analyser.redact.addressing import Addressing
from analyser.redact.words import SCHEMES, VALUES, is_name, is_number, is_token, phrase_words, words
from analyser.sip.headers import fold_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from re import Match

    from analyser.redact.pseudonyms import Pseudonyms

_MEASURES: Final = words(
    "max-forwards expires min-expires min-se session-expires rseq retry-after timestamp mime-version max-breadth "
    "flow-timer date"
)
"""Fields that measure or count."""
_TOKENS: Final = words(
    "allow supported require proxy-require unsupported accept accept-encoding accept-language content-type content-encoding "
    "content-disposition event allow-events subscription-state priority privacy request-disposition answer-mode priv-answer-mode "
    "p-early-media recv-info info-package resource-priority accept-resource-priority security-client security-server "
    "security-verify accept-contact reject-contact p-access-type refer-sub feature-caps p-asserted-service p-preferred-service"
)
"""Fields of option tags, media types, event packages and the like."""
_ADDRESSES: Final = words(
    "from to contact route record-route path service-route refer-to referred-by reply-to replaces join target-dialog in-reply-to "
    "p-asserted-identity p-preferred-identity p-associated-uri p-called-party-id p-profile-key p-served-user remote-party-id rpid-privacy "
    "diversion history-info alert-info call-info error-info geolocation geolocation-routing geolocation-error permission-missing "
    "trigger-consent p-charging-vector p-charging-function-addresses p-access-network-info p-visited-network-id p-media-authorization "
    "policy-contact p-user-database p-asserted-identity identity-info cc-diversion user-to-user session-id"
)
_CREDENTIALS: Final = words(
    "authorization proxy-authorization www-authenticate proxy-authenticate authentication-info proxy-authentication-info"
)
_PRODUCTS: Final = frozenset({"user-agent", "server", "x-user-agent", "x-real-user-agent"})

_STATUS: Final = re.compile(r"(SIP/[0-9]{1,9}\.[0-9]{1,9}[ \t]+)([0-9]+)(.*)\Z", re.DOTALL | re.IGNORECASE)
_VERSION: Final = re.compile(r"SIP/[0-9]{1,9}\.[0-9]{1,9}\Z", re.IGNORECASE)
_LONGEST_VERSION: Final = 24
_CODE_DIGITS, _PARTS = 3, 2
_DIGITS: Final = re.compile(r"-?[0-9]{0,64}\Z")
_DATE: Final = re.compile(r"\s*[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT\s*\Z")
_MEASURE: Final = re.compile(r"(?:0|[1-9][0-9]{0,9})?(?:\.[0-9]{0,9})?\Z")
"""A number that measures something: it has no leading zero, as telephone numbers do, and is no longer than 32 bits take."""
_SIGNED: Final = re.compile(r"(\s*[+-]?(?:0|[1-9][0-9]{0,9})(?![0-9])\s*)(.*)\Z", re.DOTALL)
_LETTERS: Final = re.compile(r"[A-Za-z]{1,16}\Z")
_SPACED: Final = re.compile(r"\s+|\S+")
_METHOD: Final = re.compile(r"(\s*-?[0-9]{1,10}\s+(?:[0-9]{1,10}\s+)?)([A-Za-z]{1,16})(\s*)\Z")
_VIA: Final = re.compile(r"(\s*[A-Za-z]{1,8}\s*/\s*[0-9.]{1,8}\s*/\s*[A-Za-z\-]{1,16}\s+)(.*)\Z", re.DOTALL)
_LISTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|;[^;,"]*|[,\s]+|[^;,\s"][^;,"]*', re.DOTALL)
_CREDENTIAL: Final = re.compile(
    r'(?<![A-Za-z0-9_\-])([A-Za-z0-9_\-]+)(\s*=\s*)("(?:[^"\\]|\\.)*"?|[^\s,"]+)', re.DOTALL
)
_SCHEME: Final = re.compile(r"(\s*)([A-Za-z\-]{2,16})(?=\s|\Z)")
_WARNING: Final = re.compile(r"(\s*[0-9]{3}\s+)([^\s,\"]+)(\s+)")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_WORDS: Final = re.compile(r"v=analytics[0-9]?\b|[A-Za-z0-9\x80-\xff@%+.:]+")
"""Words of a phrase; the first is how a blocked call says why (RFC 8688 and what analytics engines write)."""
_BETWEEN_WORDS: Final = ' \t\r,;()<>[]"'
_JOINED_BEFORE: Final = re.compile(r"(?:[0-9][^A-Za-z0-9]{1,3}|[A-Za-z0-9]-)\Z")
_JOINED_BEHIND: Final = re.compile(r"[^A-Za-z0-9]{1,3}[0-9]|-[A-Za-z0-9]")
"""What makes of a small number a part of a larger one, as in `06 12 34 56 78` and `00-15-65-a1-b2-c3`."""
_REACH: Final = 4
_PROTOCOL: Final = re.compile(r"(\s*[A-Za-z][A-Za-z_.\-]{0,23}(?:[0-9]{1,3})?)(?=\s*(?:;|\Z))")
_TEXT: Final = re.compile(r'(;\s*text\s*=\s*)("(?:[^"\\]|\\.)*"?)', re.DOTALL | re.IGNORECASE)
_HARMLESS_AUTH: Final = frozenset({"algorithm", "qop", "stale", "nc", "charset", "userhash"})
_SERIAL: Final = re.compile(
    r"(?<![0-9A-Fa-f:.])(?=[0-9A-Fa-f:.]{0,45}::|(?:[0-9A-Fa-f]{1,4}:){7})[0-9A-Fa-f:]{0,45}:[0-9A-Fa-f:.]{0,45}[0-9A-Fa-f]"
    r"|(?<![A-Za-z0-9.])(?:\+[0-9](?:[ ().\-]{0,2}[0-9]){5,19}|0[0-9]{1,4}[ \-][0-9]{1,4}[ \-][0-9]{3,4})(?![A-Za-z0-9.])"
    r"|(?:[0-9A-Fa-f]{2}[:\-]){5}[0-9A-Fa-f]{2}|[^\s()<>\[\],;\"/@]{0,64}@[^\s()<>\[\],;\"/]+|[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
    r"|[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){0,8}\.(?:net|[a-z]{2}|(?i:com|org|local|lan|internal))(?![A-Za-z0-9])|[A-Za-z0-9\x80-\xff]+"
)


class HeaderFields:
    """Redacts the lines of a head."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._addressing = Addressing(pseudonyms)
        self._text = pseudonyms.text
        self._by_name: dict[str, Callable[[str], str]] = {"via": self._via, "v": self._via}
        for names, redact in (
            (_MEASURES, self._measure),
            (_TOKENS, self._tokens),
            (_ADDRESSES, self._addressing.addresses),
            (_CREDENTIALS, self._credentials),
            (_PRODUCTS, self._product),
        ):
            self._by_name.update(dict.fromkeys(names, redact))
        self._telling_apart = (self._tokens, self._product)
        """What lets words stay, as long as nothing beside them makes a user or a host of them."""
        self._by_name |= {
            "reason": self._reason,
            "warning": self._warning,
            "identity": masked,
            "content-length": self._length,
            "cseq": self._counted,
            "rack": self._counted,
        }

    def start_line(self, line: str) -> str:
        """Request line or status line, its line end included. The method, the version and the status code stay."""
        status = _STATUS.match(line)
        if status is not None:
            digits = status[2] if len(status[2]) <= _CODE_DIGITS else self._text(status[2])
            return status[1] + digits + self.phrase(status[3])
        words = line.split(None, 1)
        version = line.rstrip()[-_LONGEST_VERSION:].rpartition(" ")[2].rpartition("\t")[2]
        if len(words) < _PARTS or not _VERSION.match(version):
            return self._text(line)
        end = line.rindex(version)
        middle = line.index(words[1], len(words[0]))
        uri = line[middle:end]
        bracket, inner = ("<", uri[1:]) if uri[:1] == "<" else ("", uri)
        bare = inner.rstrip()
        return (
            self.method(line[:middle])
            + bracket
            + self._addressing.uri(bare)
            + inner[len(bare) :]
            + line[end:]
        )

    def method(self, text: str) -> str:
        """A method, which nobody's name is as long as it is letters."""
        return text if re.match(r"[A-Za-z]{1,16}\s*\Z", text) else self._text(text)

    def line(self, line: str) -> str:
        """A header field with its folded lines and line end."""
        name, colon, value = line.partition(":")
        if not colon or not is_name(name.strip()) or name[:1].isspace():
            return self._text(line)
        redact = self._by_name.get(fold_name(name), self._text)
        whole, cut = _cut(value) if redact in self._telling_apart else (value, "")
        return name + colon + redact(whole) + self._text(cut)

    def phrase(self, text: str) -> str:
        """Text for people: words of the standards stay, all others are substituted."""
        return _WORDS.sub(self._phrase_word, text)

    def _phrase_word(self, found: Match[str]) -> str:
        word = found[0]
        plain = word.strip(".:").lower()
        if word.startswith("v=") or plain in phrase_words():
            return word
        if len(plain) < 3 and plain.isdigit() and not _is_joined(found):
            return word
        return self._text(word)

    def _measure(self, value: str) -> str:
        if _DATE.match(value):
            return value
        number, semicolon, params = value.partition(";")
        measured = number if _MEASURE.match(number.strip()) else self._unusual(number)
        return measured + self._addressing.params(semicolon + params)

    def _length(self, value: str) -> str:
        """What frames the message stays in any spelling."""
        return value if _DIGITS.match(value.strip()) else self._unusual(value)

    def _unusual(self, text: str) -> str:
        """A number with a comment, or what is none: its first number and its sign tell what is wrong with it."""
        number, bracket, comment = text.partition("(")
        if bracket and is_number(number.strip()):
            return number + bracket + self.phrase(comment)
        found = _SIGNED.match(text)
        return found[1] + self._text(found[2]) if found is not None else self._text(text)

    def _counted(self, value: str) -> str:
        """CSeq and RAck: numbers, and a method, which has to stay that of the request line."""
        if _METHOD.match(value):
            return value
        return "".join(
            word if word.isspace() or is_number(word) or _LETTERS.match(word) else self._text(word)
            for word in _SPACED.findall(value)
        )

    def _tokens(self, value: str) -> str:
        if "@" in value or "<" in value:
            return self._addressing.addresses(value)
        return "".join(map(self._token, _LISTED.findall(value)))

    def _token(self, text: str) -> str:
        if text[0] == ";":
            return self._addressing.params(text)
        if text[0] in ', \t\r\n"':
            return self._text(text)
        return "/".join(
            part if is_token(part.strip()) or not part else self._text(part) for part in text.split("/")
        )

    def _via(self, value: str) -> str:
        return "".join(map(self._via_part, _LISTED.findall(value)))

    def _via_part(self, text: str) -> str:
        if text[0] == ";":
            return self._addressing.params(text)
        found = _VIA.match(text)
        return found[1] + self._addressing.host(found[2]) if found is not None else self._text(text)

    def _credentials(self, value: str) -> str:
        scheme = _SCHEME.match(value)
        if scheme is not None and scheme[2].lower() in SCHEMES and scheme[2].lower() != "digest":
            return scheme[0] + masked(value[scheme.end() :])
        pieces: list[str] = []
        start = 0
        for found in _CREDENTIAL.finditer(value):
            pieces += (
                self._between(value[start : found.start()]),
                found[1] if is_name(found[1]) else self._text(found[1]),
            )
            pieces += (found[2], self._credential(found[1].lower(), found[3]))
            start = found.end()
        pieces.append(self._between(value[start:]))
        return "".join(pieces)

    def _credential(self, name: str, value: str) -> str:
        plain = value.strip('"').lower()
        if name in _HARMLESS_AUTH and (
            plain in VALUES
            or all(word.strip() in VALUES for word in plain.split(","))
            or re.match(r"[0-9a-f]{8}\Z", plain)
        ):
            return value
        if name == "uri" and value[:1] == '"' and value[-1:] == '"' and len(value) > 1:
            return f'"{self._addressing.uri(value[1:-1])}"'
        return self._text(value)

    def _between(self, text: str) -> str:
        return re.sub(
            r"[A-Za-z0-9\x80-\xff%+.\-]+",
            lambda found: found[0] if found[0].lower() in SCHEMES else self._text(found[0]),
            text,
        )

    def _product(self, value: str) -> str:
        """Names and versions of products stay, which rules and readers need; serial numbers, MAC addresses and hosts do not."""
        return _SERIAL.sub(self._product_word, value)

    def _product_word(self, found: Match[str]) -> str:
        word = found[0]
        if not word.isascii() or any(letter in word for letter in "@.:+ "):
            return self._text(word)
        digits = sum(map(str.isdigit, word))
        serial = (
            digits >= 6
            or (digits >= 3 and len(word) >= 10)
            or (digits and re.fullmatch(r"[0-9A-Fa-f]{8,}", word))
        )
        return self._text(word) if serial or "-" in word else word

    def _reason(self, value: str) -> str:
        protocol = _PROTOCOL.match(value)
        start = protocol[0] if protocol is not None else ""
        pieces = _TEXT.split(value[len(start) :])
        redacted = [start]
        for at in range(0, len(pieces), 3):
            redacted.append(self._addressing.addresses(pieces[at]))
            if at + 2 < len(pieces):
                redacted += (pieces[at + 1], self.phrase(pieces[at + 2]))
        return "".join(redacted)

    def _warning(self, value: str) -> str:
        pieces: list[str] = []
        start = 0
        for found in _QUOTED.finditer(value):
            pieces += (self._agent(value[start : found.start()]), self.phrase(found[0]))
            start = found.end()
        return "".join(pieces) + self._agent(value[start:])

    def _agent(self, text: str) -> str:
        found = _WARNING.fullmatch(text.lstrip(", ")) if text else None
        if found is None:
            return self._text(text)
        front = text[: len(text) - len(text.lstrip(", "))]
        return front + found[1] + self._addressing.host(found[2]) + found[3]


def _cut(value: str) -> tuple[str, str]:
    """A value, and apart from it the word that a message breaks off in: what came behind it cannot be seen any more."""
    if value.endswith("\n"):
        return value, ""
    start = 1 + max(map(value.rfind, _BETWEEN_WORDS))
    return value[:start], value[start:]


def _is_joined(number: Match[str]) -> bool:
    """Whether it may be a part of a telephone number or the like."""
    text, start, end = number.string, number.start(), number.end()
    return (
        _JOINED_BEFORE.search(text[max(0, start - _REACH) : start]) is not None
        or _JOINED_BEHIND.match(text[end : end + _REACH]) is not None
    )


_MASK: Final = str.maketrans(
    {chr(code): "x" for code in (*range(97, 123), *range(0x80, 0x100))}
    | {chr(code): "X" for code in range(65, 91)}
    | {chr(code): "0" for code in range(48, 58)}
)


def masked(text: str) -> str:
    """Every letter as x, every digit as 0: what nobody needs to tell apart."""
    return text.translate(_MASK)
