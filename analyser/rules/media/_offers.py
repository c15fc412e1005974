"""Offer and answer of one INVITE on one hop (RFC 3264, RFC 3261 §13.2.1), and what they hold, in a few words.

Session descriptions are parsed on demand only; `describes` tells cheaply whether a message has one.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from analyser.annotate import Clause, Sentence
from analyser.sip import Media, Request, Response, Sdp
from analyser.track import Sighting, Transaction

_NO_CODECS: Final = frozenset({"telephone-event", "cn", "red", "rtx", "ulpfec", "flexfec-03", "flexfec"})
"""Formats that carry no voice or picture of their own."""
_SHOWN: Final = 8
"""Codecs that a note names."""
_NO_CODEC: Final = Sentence("no codec")
_OFF: Final = Sentence("port 0: off")
_SDES: Final = Sentence("SDES key")
_DTLS: Final = Sentence("DTLS fingerprint")
_MEDIUM: Final = Sentence("{kind} {proto} ({details})")
_OVER: Final = Sentence("{media} over {families}")

Told = Clause | list[Clause]
"""What a description holds, as a value of a note."""


class Exchange(NamedTuple):
    """An offer and its answer."""

    offer: Sighting
    answer: Sighting


LAST_STATIC: Final = 34
COMFORT_NOISE: Final = 13


def describes(message: Request | Response) -> bool:
    """Whether it has a session description, as cheaply as can be told."""
    return message.raw.find(b"m=", message.body_at) >= 0 or message.raw.find(b"v=0", message.body_at) >= 0


def exchange(invite: Transaction) -> Exchange | None:
    """The offer and the answer of an answered INVITE: in INVITE and 2xx, or in 2xx and ACK.

    None where either is absent or cut by the snap length. What a reliable provisional response or a PRACK carried comes before; then the 2xx
    repeats it or has none.
    """
    sent = invite.request
    if sent is None or not invite.answers:
        return None
    final = invite.answers[0]
    if sent.missing or final.missing or not describes(final.message):
        return None
    if describes(sent.message):
        return Exchange(sent, final)
    for ack in invite.acks:
        if describes(ack.message) and not ack.missing:
            return Exchange(final, ack)
    return None


def sdp_of(sighting: Sighting) -> Sdp | None:
    """Its session description."""
    found = sighting.message.sdp
    return found if isinstance(found, Sdp) and found.media else None


def voices(medium: Media) -> list[tuple[str, int]]:
    """Name and clock rate of the codecs of a medium; events, comfort noise and repair formats are none."""
    return list(dict.fromkeys((name, clock) for name, clock, _ in medium.codecs if name not in _NO_CODECS))


def named(codecs: Iterable[tuple[str, int]]) -> list[str]:
    """`PCMU`, `PCMA`, `opus/48000`; what it is that there is none."""
    found = list(
        dict.fromkeys(
            f"{name.upper()}{'' if clock in {8000, 90000} else f'/{clock}'}"[:30] for name, clock in codecs
        )
    )
    if len(found) > _SHOWN:
        return [*found[:_SHOWN], "…"]
    return found or [_NO_CODEC]


def contents(sdp: Sdp) -> Told:
    """What a description holds: `audio RTP/AVP (PCMU, PCMA) over IPv4`."""
    media = [
        Clause(_MEDIUM, kind=medium.kind[:20], proto=medium.proto[:30], details=_details(medium))
        for medium in sdp.media[:4]
    ]
    families = {"IPv6" if ":" in medium.connection else "IPv4" for medium in sdp.media if medium.connection}
    if not families:
        return media
    return Clause(_OVER, media=media, families="/".join(sorted(families)))


def _details(medium: Media) -> list[str]:
    """Codecs or formats of a medium, its keys, and its direction where that is not both ways."""
    if medium.port == 0:
        return [_OFF]
    told = named(voices(medium)) if medium.is_rtp else [" ".join(medium.formats[:3])[:30]]
    if medium.crypto:
        told.append(_SDES)
    if medium.fingerprint:
        told.append(_DTLS)
    return told if medium.direction == "sendrecv" else [*told, medium.direction]


def is_fax(sdp: Sdp) -> bool:
    """Whether it describes fax by T.38 (ITU-T T.38 annex D)."""
    return any(
        medium.kind == "image" and "t38" in medium.formats and medium.port != 0 for medium in sdp.media
    )


def is_encrypted(medium: Media) -> bool:
    """Whether it is SRTP (RFC 3711), keyed in whichever way."""
    return "SAVP" in medium.proto.upper()
