"""A reliable provisional response without its PRACK (RFC 3262 §3, §4)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._conditions import repeats_provisional
from analyser.rules._due import repeated
from analyser.rules.calls._legs import some, speaker, status_line, upstream
from analyser.rules.calls._reliable import REPEATS, Unconfirmed, prack_of, strange_prack, unconfirmed
from analyser.track import Sighting, Transaction

_REPEATED = Sentence(
    "{who} sent {ringing} reliably (RSeq {rseq}), then repeated it for {span} (repeats: {count})."
)
_NO_PRACK = Sentence("No PRACK for it is in this capture.")
_PRACK_SEEN = Sentence(
    "A PRACK for it did pass here {gap} after it (frame {frame}), but it does not arrive, or is not accepted."
)
_PRACK_DROPPED = Sentence("{proxy} got the PRACK (frame {frame}) and did not send it on.")
_PRACK_STRANGE = Sentence(
    "The PRACK of {caller} in frame {frame} is not for it: its RAck is {rack}, which names no provisional response of this INVITE."
)
_FAILED = Sentence("In the end the INVITE got {end}.")
_REFUSED = Sentence(
    "{who} refused the PRACK of {caller} with 481: it knows no provisional response that RAck {rack} names."
)
_REMEDY = Sentence(
    "Follow the PRACK: it goes to the Contact of the provisional response along its Record-Route. If the "
    "caller sends none, see whether it lists 100rel in Supported; where one side cannot do it, take "
    "100rel out of Require at {target}."
)
_COMPARE = Sentence(
    "Compare the RAck of the PRACK with the RSeq and CSeq of the provisional responses that {target} sent: a B2BUA in between "
    "must change both or neither."
)


@rule(
    "unacknowledged-provisional",
    on=Transaction,
    methods=("INVITE", "PRACK"),
    when=repeats_provisional,
    severity=Severity.WARNING,
    summary="a ringing or progress message that must be confirmed is not confirmed, so the call setup stalls",
    remedy="Follow the PRACK: it goes to the Contact of the provisional response along its Record-Route. If the "
    "caller sends none, see whether it lists 100rel in Supported; where one side cannot do it, take "
    "100rel out of Require at the callee.",
    refs=("RFC 3262 §3", "RFC 3262 §4", "RFC 3262 §7.2"),
    due=repeated,
    absence=True,
)
def unacknowledged_provisional(request: Transaction, *, repeats: int = REPEATS) -> Iterator[Evidence]:
    """Looks for a provisional response with `Require: 100rel` that comes again, and for a PRACK refused with
    481.

    A reliable provisional response is repeated like a request (0.5 s, 1 s, 2 s …) until its PRACK comes.
    After 32 s without one the callee should refuse the call with a 5xx. Often a B2BUA changes RSeq and
    not RAck, the Contact cannot be reached, or one side only pretends to know 100rel.

    At least `repeats` repeats are needed: of a provisional response with no PRACK in sight, or since the
    PRACK was seen. It is an error if the INVITE then failed. Told on the hop nearest to the callee.
    Silent where provisional responses without 100rel are repeated, as they may be each minute.
    """
    if request.method == "PRACK":
        if (
            request.status == 481
            and request.request is not None
            and not any(further.status == 481 for further in request.forwards)
        ):
            yield from _refused(request, request.request)
        return
    for waiting in unconfirmed(request, repeats):
        yield _repeated(request, waiting)


def _repeated(invite: Transaction, waiting: Unconfirmed) -> Evidence:
    first, rseq, repeated, prack = waiting
    traced = _PRACK_SEEN if prack else _NO_PRACK
    if prack is None:
        for before in upstream(invite):
            prack = prack_of(invite, rseq, {before.hop.source.host})
            if prack is not None:
                traced = _PRACK_DROPPED
                break
    strange = strange_prack(invite, waiting) if traced is _NO_PRACK else None
    if strange is not None:
        prack, traced = strange, _PRACK_STRANGE
    failed = invite.final if invite.status >= 400 else None
    return Evidence(
        first,
        (_REPEATED, traced, _FAILED) if failed else (_REPEATED, traced),
        some([*repeated, *([prack] if prack else []), *([failed] if failed else [])]),
        remedy=_COMPARE if strange else _REMEDY,
        severity=Severity.ERROR if failed else None,
        who=speaker(first),
        target=invite.hop.target,
        ringing=status_line(first),
        rseq=rseq,
        count=len(repeated),
        span=Duration(repeated[-1].time - first.time),
        gap=Duration(prack.time - first.time if prack else 0),
        frame=prack.frame if prack else 0,
        proxy=prack.hop.target if prack else "",
        end=status_line(failed) if failed else "",
        caller=invite.hop.source,
        rack=(prack.message.headers.first("rack") or "")[:40] if prack else "",
    )


def _refused(prack: Transaction, sent: Sighting) -> Iterator[Evidence]:
    final = prack.final
    assert final is not None
    rack = sent.message.headers.first("rack") or ""
    yield Evidence(
        final,
        _REFUSED,
        (sent,),
        remedy=_COMPARE,
        who=speaker(final),
        caller=prack.hop.source,
        target=prack.hop.target,
        rack=rack[:40],
    )
