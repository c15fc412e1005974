"""One side speaks SRTP and the other plain RTP, or keys for SRTP are missing (RFC 3264 §6, RFC 4568, RFC 5763)."""

from collections.abc import Iterator
from typing import Final

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._conditions import offers_oddly
from analyser.rules._due import acknowledged
from analyser.rules.calls._legs import speaker
from analyser.rules.media._offers import exchange, is_encrypted, sdp_of
from analyser.sip import Media
from analyser.track import Transaction

_KEYS: Final = ("key-mgmt", "zrtp-hash")
"""Other ways to key SRTP: MIKEY (RFC 4567), ZRTP (RFC 6189)."""

_PROFILE = Sentence(
    "The offer of {offerer} says {offered} for {kind} and the answer of {who} says {answered}: one side sends encrypted media (SRTP), "
    "the other plain, and each drops or plays as noise what it receives."
)
_NO_KEY = Sentence(
    "{who} answered {kind} with {answered} but gave no key for it (neither crypto nor fingerprint), so it cannot be decrypted."
)
_NO_KEY_OFFERED = Sentence(
    "{offerer} offered {kind} with {offered} but gave no key for it (neither crypto nor fingerprint); {who} answered all the same."
)
_REMEDY = Sentence(
    "Set both {offerer} and {answerer} to the same: SRTP required, optional or off. Where a border "
    "controller stands between, check the media profile of each of its sides."
)
_REMEDY_KEY = Sentence(
    "Find out why {keyless} gave no key: let both sides use the same kind of key (SDES or DTLS), and where a border controller stands "
    "between, see whether it removed the crypto or fingerprint line."
)


@rule(
    "media-profile-mismatch",
    on=Transaction,
    methods=("INVITE",),
    statuses=(200,),
    when=offers_oddly,
    severity=Severity.ERROR,
    summary="one side encrypts voice and the other does not, or the key is missing, so the call is silent or noisy",
    remedy="Set both sides to the same: SRTP required, optional or off. Where a border controller stands "
    "between, check the media profile of each of its sides.",
    refs=("RFC 3264 §6", "RFC 4568 §5", "RFC 5763 §5"),
    due=acknowledged,
)
def media_profile_mismatch(invite: Transaction) -> Iterator[Evidence]:
    """Looks for an answered call in which offer and answer name different transports for the same medium: RTP/SAVP
    or RTP/SAVPF, which is encrypted, on one side and RTP/AVP or RTP/AVPF, which is not, on the other. It also looks
    for encrypted media without a key.

    An answer must have the profile of the offer; who cannot do that sets the port to 0. The key for SRTP comes as a
    crypto line (SDES) or as the fingerprint of a DTLS certificate, in both descriptions.

    Feedback (AVP or AVPF) and DTLS in the name (UDP/TLS/RTP/SAVPF) make no difference here. Silent where a medium
    is off, where MIKEY or ZRTP agree on the key, where the capture cut a description, and on a hop to which the
    call was passed on.
    """
    sent, final = invite.request, invite.final
    if sent is None or final is None:
        return
    asked, answer = sent.message, final.message
    if asked.raw.find(b"SAVP", asked.body_at) < 0 and answer.raw.find(b"SAVP", answer.body_at) < 0:
        return
    found = exchange(invite) if invite.forward_of is None else None
    if found is None:
        return
    offer, reply = sdp_of(found.offer), sdp_of(found.answer)
    if offer is None or reply is None:
        return
    for offered, answered in zip(offer.media, reply.media, strict=False):
        note = _judge(offered, answered, [*offer.attributes, *reply.attributes])
        if note is not None:
            yield Evidence(
                found.answer,
                note,
                [found.offer],
                remedy=_REMEDY if note is _PROFILE else _REMEDY_KEY,
                offerer=found.offer.hop.source,
                answerer=found.answer.hop.source,
                keyless=(found.offer if note is _NO_KEY_OFFERED else found.answer).hop.source,
                who=speaker(found.answer),
                kind=offered.kind[:20],
                offered=offered.proto[:30],
                answered=answered.proto[:30],
            )
            return


def _judge(offered: Media, answered: Media, session: list[tuple[str, str]]) -> Sentence | None:
    """The sentence for what is wrong with one medium; None where nothing is."""
    if 0 in (offered.port, answered.port) or not (offered.is_rtp and answered.is_rtp):
        return None
    if is_encrypted(offered) != is_encrypted(answered):
        return _PROFILE
    if not is_encrypted(answered) or any(name in _KEYS for name, _ in session):
        return None
    if not _has_key(answered):
        return _NO_KEY
    return None if _has_key(offered) else _NO_KEY_OFFERED


def _has_key(medium: Media) -> bool:
    return bool(medium.crypto or medium.fingerprint) or any(name in _KEYS for name, _ in medium.attributes)
