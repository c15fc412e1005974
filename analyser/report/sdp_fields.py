"""A session description as fields that can be held against those of another (RFC 8866, RFC 3264).

Ports, the numbers of the o= line, keys, fingerprints, ICE credentials and candidates are of one description only: of them it
counts whether, and of which kind, they are there.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from analyser.sip.lexical import uint
from analyser.sip.reach import is_private

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyser.sip import Media, Sdp

Told = tuple[object, str]
"""What it means, and how it is shown."""

_OF_A_FIELD: Final = frozenset(
    {
        "candidate",
        "crypto",
        "end-of-candidates",
        "fingerprint",
        "fmtp",
        "ice-pwd",
        "ice-ufrag",
        "inactive",
        "maxptime",
        "mid",
        "ptime",
        "recvonly",
        "rtcp",
        "rtcp-mux",
        "rtpmap",
        "sendonly",
        "sendrecv",
        "setup",
    }
)
"""Attributes that have a field of their own, or are numbers of one description."""


def sdp_fields(sdp: Sdp, roles: Mapping[str, str]) -> dict[str, Told]:
    """The fields by name: `SDP` for the media in their order, then `audio codecs` and so on."""
    kinds = [medium.kind.lower() for medium in sdp.media]
    listed = ", ".join(kinds)
    fields: dict[str, Told] = {"SDP": (listed, listed)}
    met: Counter[str] = Counter()
    for kind, medium in zip(kinds, sdp.media, strict=True):
        met[kind] += 1
        name = kind if met[kind] == 1 else f"{kind} {met[kind]}"
        for aspect, told in _medium(medium, roles).items():
            fields[f"{name} {aspect}"] = told
    return fields


def _medium(medium: Media, roles: Mapping[str, str]) -> dict[str, Told]:
    if medium.port == 0:  # RFC 3264 §6: nothing else of it counts
        return {"port": ("off", "0")}
    fields: dict[str, Told] = {"port": ("on", str(medium.port))}
    fields["profile"] = _text(medium.proto)
    fields["codecs"] = _text(", ".join(_codecs(medium)))
    fields |= {f"format {name}": told for name, told in _formats(medium).items()}
    fields["direction"] = _text(medium.direction)
    fields["address"] = _connection(medium.connection, roles)
    optional = {
        "ptime": str(medium.ptime) if medium.ptime is not None else "",
        "maxptime": str(medium.maxptime) if medium.maxptime is not None else "",
        "rtcp-mux": "rtcp-mux" if medium.rtcp_mux else "",
        "crypto": ", ".join(_suites(medium)),
        "fingerprint": medium.fingerprint.partition(" ")[0].lower(),
        "setup": medium.setup.lower(),
        "bandwidth": ", ".join(f"{name}:{rate}" for name, rate in sorted(medium.bandwidth.items())),
        "attributes": ", ".join(sorted({name for name, _ in medium.attributes} - _OF_A_FIELD)),
    }
    fields |= {name: _text(text) for name, text in optional.items() if text}
    if medium.ice is not None:
        kinds = Counter(_candidate_kind(candidate) for candidate in medium.ice.candidates)
        shown = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        fields["ICE"] = frozenset(kinds), shown
    return fields


def _text(text: str) -> Told:
    return text, text


def _codecs(medium: Media) -> list[str]:
    """In order of preference, dynamic payload types by the codec that they stand for."""
    found = []
    for text in medium.formats:
        number = uint(text)
        codec = medium.rtpmap.get(number) if number is not None else None
        found.append(_codec_name(codec) if codec is not None else text)
    return found


def _codec_name(codec: tuple[str, int, int]) -> str:
    name, rate, channels = codec
    return f"{name.upper()}/{rate}" + (f"/{channels}" if channels > 1 else "")


def _formats(medium: Media) -> dict[str, Told]:
    """Parameters of each codec, in any order."""
    found: dict[str, Told] = {}
    for number, text in medium.fmtp.items():
        codec = medium.rtpmap.get(number)
        name = codec[0].upper() if codec is not None else str(number)
        parts = sorted("".join(part.split()).lower() for part in text.split(";"))
        found[name] = tuple(parts), text
    return found


def _connection(host: str, roles: Mapping[str, str]) -> Told:
    """Of which kind the address is; shown as the address and the kind behind it. Where roles are known, one address is as good
    as another of its kind, but a private one that is not that of an element has come through a NAT, or does not fit."""
    host = host.lower()
    if host in {"", "0.0.0.0", "::"}:  # noqa: S104 - the old way to put on hold (RFC 3264 §8.4)
        kind = "none" if not host else "held"
    elif is_private(host):
        kind = "private"
    else:
        kind = "IPv6" if ":" in host else "public" if host[-1:].isdigit() else "name"
    fits = host in roles or kind != "private"
    return (kind, fits if roles else host), f"{host} {kind}".strip()


def _suites(medium: Media) -> list[str]:
    """The crypto suites (RFC 4568 §6.2) without the keys behind them."""
    return [words[1] if len(words) > 1 else "?" for words in (key.split(None, 2) for key in medium.crypto)]


def _candidate_kind(candidate: str) -> str:
    """host, srflx, prflx or relay (RFC 8839 §5.1)."""
    words = candidate.split()
    for name, value in pairwise(words):
        if name == "typ":
            return value
    return "?"
