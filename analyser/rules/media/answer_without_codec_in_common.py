"""An answer that leaves nothing to talk with: every medium refused, or no codec of the offer in it (RFC 3264 §6)."""

from collections.abc import Iterator
from typing import Final

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._conditions import offers_oddly
from analyser.rules._due import acknowledged
from analyser.rules.calls._legs import speaker
from analyser.rules.media._offers import (
    COMFORT_NOISE,
    LAST_STATIC,
    Exchange,
    exchange,
    named,
    sdp_of,
    voices,
)
from analyser.sip import Media, Sdp
from analyser.track import Call, Transaction

_ALIASES: Final = {"g729a": "g729", "g729b": "g729", "g729ab": "g729", "g7231": "g723", "g723.1": "g723"}
"""Names that products give to a registered codec."""

_NONE = Sentence("{who} answered with every medium refused (port 0); the offer had {offered}.")
_OTHERS = Sentence(
    "{who} answered with {answered}, of which the offer of {offerer} has none: it offered {offered}."
)
_EMPTY = Sentence(
    "{who} answered without any codec for voice or video (formats: {formats}); the offer had {offered}."
)
_ENDED = Sentence("The call ended {after} later.")
_REMEDY = Sentence(
    "Give {answerer} and {offerer} one codec in common, or a transcoder between them. An element that can"
    " use nothing of an offer must refuse it with 488 instead of answering: where a border controller or "
    "gateway has removed codecs on the way, compare the offer on both of its sides."
)


@rule(
    "answer-without-codec-in-common",
    on=Transaction,
    methods=("INVITE",),
    statuses=(200,),
    when=offers_oddly,
    severity=Severity.ERROR,
    summary="the call was answered, but the two sides have no voice or video format in common, so nobody hears anything",
    remedy="Give the two sides one codec in common, or put a transcoder between them. An element that can use "
    "nothing of an offer must refuse it with 488 instead of answering: where a border controller or "
    "gateway has removed codecs on the way, compare the offer on both of its sides.",
    refs=("RFC 3264 §6", "RFC 3264 §6.1", "RFC 3261 §13.3.1.3"),
    due=acknowledged,
)
def answer_without_codec_in_common(invite: Transaction) -> Iterator[Evidence]:
    """Looks for a call that was answered although the answer has no codec of the offer, or refuses every medium
    with port 0.

    An answer takes from the offer what it can use. Who can use nothing has to refuse the call with 488; an element
    that answers all the same gives a call that stands, is charged, and is silent. It is a warning inside of a call,
    where the media from before may go on.

    Codecs are compared by name and clock rate, blind to case, with the numbers that mean a codec by themselves
    known. Telephone events, comfort noise and repair formats are no codec. Fax and data media count as refused only
    by port 0.

    Silent where the capture cut either description, where it does not hold both, and on a hop to which the call was
    passed on from one seen before.
    """
    found = exchange(invite) if invite.forward_of is None else None
    if found is None:
        return
    offer, answer = sdp_of(found.offer), sdp_of(found.answer)
    if offer is None or answer is None or not any(medium.port for medium in offer.media):
        return
    pairs = [
        (offered, answered)
        for offered, answered in zip(offer.media, answer.media, strict=False)
        if answered.port != 0 and offered.port != 0
    ]
    if any(_in_common(offered, answered) for offered, answered in pairs):
        return
    yield _evidence(invite, found, offer, [answered for _, answered in pairs])


def _is_static(payload_type: int) -> bool:
    """Whether the number alone tells the codec (RFC 3551 §6)."""
    return payload_type <= LAST_STATIC and payload_type != COMFORT_NOISE


def _in_common(offered: Media, answered: Media) -> bool:
    """Whether both can work with something; what is not RTP, or cannot be read, is taken to fit."""
    if not offered.is_rtp or not answered.is_rtp or offered.kind != answered.kind:
        return True
    ours, theirs = _codecs(offered), _codecs(answered)
    if not ours or ours & theirs:
        return True
    same = set(offered.formats) & set(answered.formats)
    mapped = set(offered.rtpmap) & set(answered.rtpmap)
    return any(not text.isdecimal() or int(text) not in mapped or _is_static(int(text)) for text in same)


def _codecs(medium: Media) -> set[tuple[str, int]]:
    return {(_ALIASES.get(name, name), clock) for name, clock in voices(medium)}


def _evidence(invite: Transaction, found: Exchange, offer: Sdp, left: list[Media]) -> Evidence:
    codecs = [codec for medium in left for codec in voices(medium)]
    notes = [_NONE if not left else _OTHERS if codecs else _EMPTY]
    owner, final = invite.owner, found.answer
    bye = (
        next((seen.request for seen in owner.byes if seen.request), None) if isinstance(owner, Call) else None
    )
    if bye is not None and bye.time > final.time:
        notes.append(_ENDED)
    return Evidence(
        final,
        tuple(notes),
        [found.offer, *([bye] if bye is not None else [])],
        remedy=_REMEDY,
        severity=Severity.WARNING if invite.first.message.to_tag else Severity.ERROR,
        who=speaker(final),
        answerer=final.hop.source,
        offerer=found.offer.hop.source,
        offered=named(codec for medium in offer.media if medium.port for codec in voices(medium)),
        answered=named(codecs),
        formats=" ".join(text for medium in left for text in medium.formats[:4])[:60],
        after=Duration(bye.time - final.time if bye is not None else 0),
    )
