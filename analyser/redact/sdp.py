"""Session descriptions with pseudonyms in them: addresses, names and keys go, what offer and answer are about stays (RFC 8866)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from analyser.redact.fields import masked
from analyser.redact.words import is_token, words

if TYPE_CHECKING:
    from analyser.redact.pseudonyms import Pseudonyms

_PLAIN: Final = re.compile(r"[vtrb]=[A-Za-z]{0,12}:?[0-9\- \tdhms]*\Z")
_MEDIUM: Final = re.compile(
    r"m=[a-z]{1,16} [0-9]{1,5}(?:/[0-9]{1,5})? [A-Za-z0-9/]{1,24}(?: [A-Za-z0-9\-*]{1,16})*\s*\Z"
)
_ORIGIN: Final = re.compile(r"(o=)(\S+)((?:\s+[0-9]{1,20}){2}\s+IN\s+IP[46]\s+)(\S+)(.*)\Z", re.DOTALL)
_CONNECTION: Final = re.compile(r"(c=IN\s+IP[46]\s+)(\S+)(.*)\Z", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r"(a=)([A-Za-z0-9\-]{1,40})(:?)(.*)\Z", re.DOTALL)
_RTCP: Final = re.compile(r"\s*[0-9]{1,5}(?:\s+IN\s+IP[46]\s+)?")
_CANDIDATE: Final = re.compile(
    r"(\S+)(\s+[0-9]{1,5}\s+[A-Za-z]{3,8}\s+[0-9]{1,10}\s+)(\S+)(\s+[0-9]{1,5}\s+typ\s+[a-z]{2,8})(.*)\Z",
    re.DOTALL,
)
_RELATED: Final = re.compile(
    r"(?<!\s)(?:(\s+(?:rport|generation|tcptype|network-cost)\s+)([0-9]{1,10}|active|passive|so)(?=\s|\Z)|(\s+raddr\s+)(\S+))"
)
_CRYPTO: Final = re.compile(r"(\s*[0-9]{1,9}\s+[A-Za-z0-9_]{1,60}\s+inline:)(.*)\Z", re.DOTALL)
_FINGERPRINT: Final = re.compile(r"(\s*[A-Za-z0-9\-]{1,12}\s+)(.*)\Z", re.DOTALL)
_SAFE: Final = re.compile(r"[A-Za-z0-9\-=;,/. \t\r_*+:]{0,160}\Z")
_ADDRESS: Final = re.compile(
    r"(?<![0-9A-Za-z.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9A-Za-z]|\.[0-9])"
    r"|(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,6}(?![0-9A-Za-z:])"
)
_KEPT: Final = words(
    "rtpmap fmtp ptime maxptime minptime sendrecv sendonly recvonly inactive rtcp-mux rtcp-mux-only rtcp-fb rtcp-rsize rtcp-xr setup "
    "connection extmap extmap-allow-mixed framerate framesize imageattr rid simulcast silencesupp ecan curr des conf ice-lite "
    "ice-options end-of-candidates quality orient type charset bundle-only msid-semantic t38faxversion t38maxbitrate "
    "t38faxfillbitremoval t38faxtranscodingmmr t38faxtranscodingjbig t38faxratemanagement t38faxmaxbuffer t38faxmaxdatagram "
    "t38faxudpec t38modifyonly cap pcfg acfg tcap acap csup creq ssrc-group crypto-null floorctrl content 3ge2ae group mid"
)
_NAMED: Final = words(
    "rtcp candidate remote-candidates crypto fingerprint ice-ufrag ice-pwd cname msid label ssrc key-mgmt tls-id identity path "
    "accept-types accept-wrapped-types msrp-cema lang sdplang alt direction x-candidate"
)
"""Attributes whose name stays; of all others it is substituted as well."""


class Descriptions:
    """Redacts session descriptions."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._text = pseudonyms.text

    def line(self, line: str) -> str:
        """One line with its end."""
        kind = line[:2]
        if kind == "a=":
            return self._attribute(line)
        if kind == "c=":
            found = _CONNECTION.match(line)
            if found is not None:
                return (
                    found[1] + self._text(found[2]) + found[3]
                    if found[3].isspace() or not found[3]
                    else self._text(line)
                )
        elif kind == "o=":
            found = _ORIGIN.match(line)
            if found is not None:
                return (
                    found[1] + self._text(found[2]) + found[3] + self._text(found[4]) + self._text(found[5])
                )
        elif kind == "m=":
            return line if _MEDIUM.match(line) else "m=" + self._odd(line[2:])
        elif _PLAIN.match(line.rstrip("\r\n")):
            return line
        elif kind[1:] == "=" and kind[0].isalpha():
            return kind + (masked(line[2:]) if kind == "k=" else self._text(line[2:]))
        return self._text(line)

    def _odd(self, text: str) -> str:
        """A line that is not as the standard has it: its short words stay."""
        return "".join(
            word if word.isspace() or "/" in word or is_token(word) else self._text(word)
            for word in re.findall(r"\s+|[^\s/]+|/", text)
        )

    def _attribute(self, line: str) -> str:
        found = _ATTRIBUTE.match(line)
        if found is None:
            return "a=" + self._text(line[2:])
        start, name, colon, value = found.groups()
        lower = name.lower()
        if lower in _KEPT and _SAFE.match(value.rstrip("\n")):
            return (
                _ADDRESS.sub(lambda address: self._text(address[0]), line)
                if lower not in ("mid", "group")
                else start + name + colon + self._identification(lower, value)
            )
        if lower not in _KEPT and lower not in _NAMED:
            return start + self._text(name) + colon + self._text(value)
        return start + name + colon + self._named(lower, value)

    def _named(self, name: str, value: str) -> str:
        match name:
            case "candidate":
                found = _CANDIDATE.match(value)
                if found is not None:
                    rest = self._related(found[5])
                    return self._text(found[1]) + found[2] + self._text(found[3]) + found[4] + rest
            case "rtcp":
                port = _RTCP.match(value)
                if port is not None:
                    return port[0] + self._text(value[port.end() :])
            case "crypto":
                found = _CRYPTO.match(value)
                return found[1] + masked(found[2]) if found is not None else masked(value)
            case "key-mgmt" | "identity":
                return masked(value)
            case "fingerprint":
                found = _FINGERPRINT.match(value)
                if found is not None:
                    return found[1] + self._text(found[2])
        return self._text(value)

    def _related(self, text: str) -> str:
        """What follows in a candidate (RFC 8839 §5.1)."""
        pieces: list[str] = []
        start = 0
        for found in _RELATED.finditer(text):
            pieces.append(self._text(text[start : found.start()]))
            pieces.append(found[0] if found[1] else found[3] + self._text(found[4]))
            start = found.end()
        return "".join(pieces) + self._text(text[start:])

    def _identification(self, name: str, value: str) -> str:
        """`a=mid:` and `a=group:BUNDLE`: the kind of group stays, the identifications go with each other."""
        kind, space, rest = value.partition(" ") if name == "group" else ("", "", value)
        return kind + space + self._text(rest)
