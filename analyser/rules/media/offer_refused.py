"""488 Not Acceptable Here, 606 and 415: the other side does not want the media that were offered (RFC 3261 §21.4.26)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import Refusal, clues, refusal
from analyser.rules.calls._legs import speaker, status_line
from analyser.rules.media._offers import Told, contents, is_encrypted, is_fax, sdp_of
from analyser.sip import Response, Sdp
from analyser.track import Call, Sighting, Transaction

_REFUSED = Sentence("{who} refused with {answer} what {caller} offered: {offer}.")
_UNSEEN = Sentence(
    "{who} refused the {method} of {caller} with {answer}; the offer of {caller} is not in the capture."
)
_NO_OFFER = Sentence(
    "{who} refused the {method} of {caller} with {answer}, although that request offered no media."
)
_CLUES = Sentence("The refusal adds: {clues}.")
_NO_CLUES = Sentence("The refusal does not say why (no Warning).")
_LAST = Sentence("{peer} itself had last described {last}.")
_ACCEPTS = Sentence("{peer} accepts bodies of type: {accept}.")
_SECURE = Sentence(
    "The offer demands encrypted media (SRTP), which the other side may not have, or not have enabled."
)
_FAX = Sentence("The offer was the switch to fax (T.38).")
_FAX_AGAIN = Sentence("{caller} went back to voice in the same call, so the fax may still pass as tones.")
_HOLD = Sentence(
    "The request was to change the call (hold, resume, codec or address), and the call goes on as it was."
)
_AGAIN = Sentence("A later offer in the same call was accepted.")

_REMEDY_FAX = Sentence(
    "Let both sides agree on how fax travels: enable T.38 at {peer} and at every border controller between, or switch T.38 off at {caller} and "
    "send fax as G.711 without compression, silence suppression and echo cancelling."
)
_REMEDY_SECURE = Sentence(
    "Let both sides agree on encryption: enable SRTP at {peer}, or make it optional or switch it off at {caller}."
)
_REMEDY_TYPE = Sentence(
    "Compare the Content-Type of the request with the Accept field of the answer, and let {caller} send no other body."
)
_REMEDY = Sentence(
    "Compare the codecs, the profile (RTP/AVP or RTP/SAVP) and the address family of the offer with what "
    "{peer} is configured for, and give both sides one codec in common; the Warning field, where there is"
    " one, says what it was."
)


@rule(
    "offer-refused",
    on=Transaction,
    methods=("INVITE", "UPDATE"),
    statuses=(415, 488, 606),
    severity=Severity.ERROR,
    summary="the two sides could not agree on voice format, encryption or address family",
    remedy="Compare the codecs, the profile (RTP/AVP or RTP/SAVP) and the address family of the offer with what "
    "the side that refused it is configured for, and give both sides one codec in common; the Warning "
    "field, where there is one, says what it was.",
    refs=("RFC 3261 §13.3.1.3", "RFC 3261 §21.4.26", "RFC 3264 §6", "RFC 3261 §20.43"),
)
def offer_refused(transaction: Transaction) -> Iterator[Evidence]:
    """Looks for 488 Not Acceptable Here, 606 Not Acceptable and 415 Unsupported Media Type to an INVITE or UPDATE.

    The session description of a request lists what its sender can receive: codecs, plain or encrypted, IPv4 or
    IPv6, voice, video or fax. Who can work with none of it refuses with 488. The note says what was offered, what
    the Warning field gives as the reason, what the other side itself described last in this call, and what bodies
    it accepts.

    At the beginning of a call it is an error. Inside a call it is a warning: the call goes on as it was. Where a later
    offer of the same side was accepted, so that the two did agree in the end, it is a notice. A refused switch to fax
    (T.38) is named as such; gateways go back to voice then, and the note says so where that is seen.

    Told once for a call, where the first sender sees it. Silent where the capture does not hold the request, and
    where another branch of a forked call rings.
    """
    found = refusal(transaction)
    if found is None:
        return
    sent, final = found.sent, found.final
    message = final.message
    assert isinstance(message, Response)
    offer = sdp_of(sent)
    later = _accepted_later(found)
    inside = bool(sent.message.to_tag)
    notes, remedy = _offered(found, offer)
    said = clues(message)
    notes.append(_CLUES if said else _NO_CLUES)
    last = _last_description(found)
    accept = ", ".join(message.headers.values("accept"))[:120]
    if last is not None:
        notes.append(_LAST)
    if accept and (message.status == 415 or offer is None):
        notes.append(_ACCEPTS)
    if offer is not None and is_fax(offer):
        notes += [_FAX, _FAX_AGAIN] if later else [_FAX]
    elif inside:
        notes.append(_HOLD)
    elif later:
        notes.append(_AGAIN)
    yield Evidence(
        final,
        tuple(notes),
        [*found.related, *([later] if later else [])],
        severity=Severity.NOTICE if later else Severity.WARNING if inside else Severity.ERROR,
        remedy=remedy,
        who=speaker(final),
        peer=final.hop.source,
        caller=transaction.hop.source,
        method=transaction.method,
        answer=status_line(final)[:64],
        offer=contents(offer) if offer is not None else "",
        clues=said,
        last=last,
        accept=accept,
    )


def _offered(found: Refusal, offer: Sdp | None) -> tuple[list[Sentence], Sentence]:
    """The first sentences, and a remedy for this kind of offer."""
    if offer is None:
        cut = found.sent.missing > 0
        return [_UNSEEN if cut else _NO_OFFER], _REMEDY_TYPE if found.invite.status == 415 else _REMEDY
    if is_fax(offer):
        return [_REFUSED], _REMEDY_FAX
    secure = [is_encrypted(medium) for medium in offer.media if medium.is_rtp]
    if secure and all(secure):
        return [_REFUSED, _SECURE], _REMEDY_SECURE
    if found.invite.status == 415:
        return [_REFUSED], _REMEDY_TYPE
    return [_REFUSED], _REMEDY


def _last_description(found: Refusal) -> Told | None:
    """What the refusing side described in this call before, or in the refusal itself."""
    own = sdp_of(found.final)
    if own is not None:
        return contents(own)
    owner, refuser = found.invite.owner, found.final.hop.source.host
    assert isinstance(owner, Call)
    for other in reversed(owner.transactions):
        for seen in reversed(other.sightings):
            if seen.hop.source.host == refuser and seen.number < found.final.number:
                described = sdp_of(seen)
                if described is not None:
                    return contents(described)
    return None


def _accepted_later(found: Refusal) -> Sighting | None:
    """The 2xx to a later offer of the same sender in this call."""
    owner = found.invite.owner
    assert isinstance(owner, Call)
    for other in owner.transactions:
        if (
            other.method == "INVITE"
            and other.answers
            and other.answers[0].number > found.final.number
            and other.hop.source.host == found.invite.hop.source.host
        ):
            return other.answers[0]
    return None
