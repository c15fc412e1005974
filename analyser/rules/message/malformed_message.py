"""Messages that break the grammar so that a strict element refuses or drops them (RFC 3261 §7, RFC 4475)."""

from collections.abc import Iterator
from typing import Final

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._conditions import is_defective
from analyser.rules._due import in_vain_or_not
from analyser.rules.calls._legs import came_without_via, some, speaker, status, status_line
from analyser.rules.calls._silence import unanswered
from analyser.sip import Defect, Request
from analyser.track import Sighting, Transaction

_BROKEN: Final = Sentence("The {what} of {who} breaks the grammar.")
_MISSING: Final = Sentence("It has no {fields} (RFC 3261 §8.1.1).")
_REFUSED: Final = Sentence("It was refused with {refusal}.")
_IGNORED: Final = Sentence("It was sent {count} times and got no answer, so {target} seems to drop it.")
_SERVED: Final = Sentence("The server worked on it all the same ({refusal}); the next one may be stricter.")
_UNMATCHED: Final = Sentence(
    "No answer can be matched to such a request: strict elements drop it, and what became of it cannot be told here either."
)
_DROPPED: Final = Sentence("{caller} seems to have dropped it, for it went on repeating the {method}.")
_NO_WAY_BACK: Final = Sentence(
    "It is for the {method} in frame {asked}, but by Via alone a client knows which request is answered (RFC 3261 §17.1.3): strict ones drop it and wait on."
)
_TAKEN: Final = Sentence("{caller} took it all the same (ACK in frame {ack}); the next one may be stricter.")
_VIA_LOST: Final = Sentence(
    "It was {source} that lost it: the {method} that reached it (frame {carried}) had {before} Via values and its answer (frame {shorter}) has {left}, "
    "where all of them must come back (RFC 3261 §8.2.6.2)."
)

_REFUSALS: Final = frozenset({400, 414, 416, 493, 501, 505, 513})
"""What strict elements say to a request that they cannot read (RFC 4475)."""
_ELSEWHERE: Final = frozenset({Defect.CONTENT_LENGTH_TOO_LONG})
"""`body-cut-short` speaks of it."""
_MATCHING: Final = frozenset({Defect.MISSING_CALL_ID, Defect.MISSING_CSEQ, Defect.MISSING_VIA})
"""Without these a response finds no way back to its request (RFC 3261 §17.1.3, §8.1.3.3)."""
_METHODS: Final = frozenset(
    [
        "REGISTER",
        "INVITE",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "SUBSCRIBE",
        "NOTIFY",
        "PUBLISH",
        "MESSAGE",
        "REFER",
        "INFO",
        "UPDATE",
        "PRACK",
    ]
)
_FIELDS: Final = {
    Defect.MISSING_CALL_ID: "Call-ID",
    Defect.MISSING_CSEQ: "CSeq",
    Defect.MISSING_VIA: "Via",
    Defect.MISSING_FROM: "From",
    Defect.MISSING_TO: "To",
}
_NAMED: Final = 4
_SEVERITY: Final = {_SERVED: Severity.NOTICE, _UNMATCHED: Severity.WARNING}
_REMEDY: Final = Sentence(
    "Report it to the maker of {source}, or correct the setting that puts such a value in. A router's SIP"
    " ALG between may be the author, which a capture on its other side shows."
)


@rule(
    "malformed-message",
    on=Transaction,
    when=is_defective,
    severity=Severity.ERROR,
    summary="a message is not written as SIP demands, so it is refused or ignored",
    remedy="Report it to the maker of the device that sent it, or correct the setting that puts such a value in."
    " A router's SIP ALG between may be the author, which a capture on its other side shows.",
    refs=("RFC 3261 §7", "RFC 3261 §25.1", "RFC 4475 §3.1.2"),
    due=in_vain_or_not,
)
def malformed_message(transaction: Transaction, *, copies: int = 3) -> Iterator[Evidence]:
    """Looks for requests and responses whose start line or basic header fields (Call-ID, CSeq, Via, From, To,
    Content-Length) are missing, repeated or not to be read, and that had a consequence.

    Strict servers refuse such a request with 400 or drop it, and clients drop such a response and wait on. Others
    guess what was meant, so the same message passes in one network and fails in the next.

    It is an error where the request was refused with 400 or its like, where it was sent `copies` times without an
    answer, or where the client went on repeating its request after a broken response; a warning where a request
    lacks what ties an answer to it (Call-ID, CSeq, Via), as home-made programs send them, or a final response the Via; a notice
    where a broken request was served, or such a response taken, all the same. Where the hop behind shows who left the Via out, it is named.
    The note names each defect with the section that it breaks.

    Silent where no such consequence is in the capture; each message's defects are listed with it anyway. One finding for
    a call, registration or subscription. Habits of RFC 2543 and oddities that everybody tolerates (a bare LF, no
    Max-Forwards) are no defect here, nor are bodies of the wrong length (`body-cut-short`) and messages that the
    capture itself cut.
    """
    broken = [seen for seen in (*transaction.requests[:1], *transaction.responses) if _defects(seen)]
    if not broken or transaction.forward_of is not None or _told_before(transaction):
        return
    first, final = broken[0], transaction.final
    asked = _asked(transaction)
    if asked is not None:
        yield _astray(asked, first)
        return
    if isinstance(first.message, Request):
        if status(final) in _REFUSALS if final is not None else False:
            ending = _REFUSED
        elif final is not None:
            ending = _SERVED
        elif unanswered(transaction, copies):
            ending = _IGNORED
        elif transaction.method in _METHODS and not _MATCHING.isdisjoint(_defects(first)):
            ending = _UNMATCHED
        else:
            return
    elif any(seen.time > first.time for seen in transaction.requests[1:]):
        ending = _DROPPED
    else:
        return
    related = [*broken[1:], *([final] if final is not None and final not in broken else [])]
    yield Evidence(
        first,
        (_BROKEN, *_described(_defects(first)), ending),
        some([*related, *transaction.requests[1:]]),
        remedy=_REMEDY,
        severity=_SEVERITY.get(ending),
        what=status_line(first)[:60] or transaction.method[:20],
        who=speaker(first),
        source=first.hop.source,
        caller=transaction.hop.source,
        target=transaction.hop.target,
        method=transaction.method[:20],
        count=len(transaction.requests) + transaction.copies,
        fields=_missing(_defects(first)),
        refusal=status_line(final)[:60] if final is not None else "",
    )


def _asked(stray: Transaction) -> Transaction | None:
    """The request that a final response without a Via is for."""
    known = stray.owner.transactions if stray.owner is not None else []
    return next((other for other in known if came_without_via(stray, other)), None)


def _astray(asked: Transaction, final: Sighting) -> Evidence:
    """A final response without a Via, and whose answer on the hop behind had lost it already."""
    assert asked.request is not None
    notes = [_BROKEN, *_described(_defects(final)), _NO_WAY_BACK]
    related, source = [asked.request], final.hop.source
    carried = shorter = None
    for further in asked.forwards:
        if further.request is None or further.final is None or further.status != status(final):
            continue
        if len(further.final.message.vias) < len(further.request.message.vias):
            carried, shorter, source = further.request, further.final, further.final.hop.source
            related += [carried, shorter]
            notes.append(_VIA_LOST)
            break
    if asked.acks:
        notes.append(_TAKEN)
    return Evidence(
        final,
        tuple(notes),
        some([*related, *asked.acks[:1]]),
        remedy=_REMEDY,
        severity=Severity.NOTICE if asked.acks else Severity.WARNING,
        what=status_line(final)[:60],
        who=speaker(final),
        source=source,
        caller=asked.hop.source,
        method=asked.method[:20],
        asked=asked.request.frame,
        fields=_missing(_defects(final)),
        ack=asked.acks[0].frame if asked.acks else 0,
        carried=carried.frame if carried is not None else 0,
        before=len(carried.message.vias) if carried is not None else 0,
        shorter=shorter.frame if shorter is not None else 0,
        left=len(shorter.message.vias) if shorter is not None else 0,
    )


def _defects(sighting: Sighting) -> list[Defect]:
    """What a strict element refuses; of a message that the capture cut, nothing."""
    if sighting.missing:
        return []
    return [found for found in sighting.message.scan_defects if found.broken and found not in _ELSEWHERE]


def _missing(defects: list[Defect]) -> list[str]:
    """The basic header fields that are not there."""
    return [_FIELDS[defect] for defect in defects if defect in _FIELDS]


def _described(defects: list[Defect]) -> list[Sentence]:
    """A sentence each, which the defect has ready, and one for all that is missing."""
    told = [_MISSING] if _missing(defects) else []
    return told + [Sentence(defect.desc) for defect in defects if defect not in _FIELDS][:_NAMED]


def _told_before(transaction: Transaction) -> bool:
    """Whether an earlier transaction of the same owner shows the like."""
    owner = transaction.owner
    if owner is None:
        return False
    for other in owner.transactions:
        if other is transaction:
            return False
        if other.defective and any(_defects(seen) for seen in (*other.requests[:1], *other.responses)):
            return True
    return owner.dropped > 0
