"""A refusal without the header field that its code demands: the client cannot act on it (RFC 3261 §20, table 2)."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.codes import HeaderField, status_code
from analyser.rules.calls._legs import MOST_RELATED, speaker, status_line
from analyser.rules.registration._attempts import attacks, failures, final_of, later
from analyser.sip import Response
from analyser.track import Peer, Transaction

_ABSENT: Final = Sentence("The {response} of {who} to {method} of {caller} has no {fields}.")
_NO_CHALLENGE: Final = Sentence(
    "So {caller} does not learn the realm and nonce for which to compute its response."
)
_MEANS: Final = {
    401: _NO_CHALLENGE,
    405: Sentence("So {caller} does not learn which methods it may use there."),
    407: _NO_CHALLENGE,
    420: Sentence("So {caller} does not learn which extension to leave out."),
    421: Sentence("So {caller} does not learn which extension to offer."),
    422: Sentence("So {caller} does not learn which session interval is long enough."),
    423: Sentence("So {caller} does not learn which lifetime is long enough."),
    425: Sentence("So {caller} does not learn what is wrong with its alert message."),
    469: Sentence("So {caller} does not learn which Info Packages it may send."),
    494: Sentence("So {caller} does not learn which security mechanism it may use."),
}
_STOPPED: Final = Sentence("{caller} did not try again.")
_MORE: Final = Sentence("{count} answers are like that.")
_GRAVE: Final = frozenset({401, 407, 421, 422, 423, 494})
"""Where the client cannot go on without it."""
_REMEDY: Final = Sentence(
    "Correct {server}: it must put {fields} into its {response}. Where something stands between, compare "
    "with its other side; it may have removed the field."
)


@rule(
    "required-header-absent",
    on=Peer,
    severity=Severity.ERROR,
    summary="a refusal lacks the detail that the other side needs to try again differently",
    remedy="Correct the server: its refusal must carry the field that the code demands. Where something stands "
    "between, compare with its other side; it may have removed the field.",
    refs=("RFC 3261 §20.1", "RFC 3261 §8.2", "RFC 3261 §22.1"),
)
def required_header_absent(peer: Peer) -> Iterator[Evidence]:
    """Looks for refusals that lack a header field which the standard demands without condition: WWW-Authenticate in
    401, Proxy-Authenticate in 407, Allow in 405, Unsupported in 420, Require in 421, Min-SE in 422, Min-Expires in
    423, AlertMsg-Error in 425, Recv-Info in 469, Security-Server in 494. The catalogue of status codes is where this comes from (`explain
    423`); Allow-Events in 489 is left to `event-package-refused`.

    Such a refusal asks the client to try again differently, and the field says how. Without it the client gives up
    or guesses. It is an error where the client cannot go on without it (401, 407, 421, 422, 423, 494), and a notice
    otherwise.

    All refusals of one kind that one source got from one server are one finding. A challenge counts with either of
    the two fields. Silent where the snap length cut the head, where the response breaks the grammar otherwise, on
    requests that a proxy passed on, and on a source that a rule on security reports.
    """
    if not any(code in _MEANS for _, code in peer.statuses):
        return
    groups: dict[tuple[str, str, int], list[Transaction]] = {}
    for seen in failures(peer):
        if seen.status in _MEANS and _absent(seen):
            groups.setdefault((seen.hop.target.host, seen.method, seen.status), []).append(seen)
    if not groups or attacks(peer):
        return
    for (_, method, code), group in groups.items():
        first = group[0]
        final = final_of(first)
        notes = [_ABSENT, _MEANS[code]]
        if code in _GRAVE and not any(later(group[-1])):
            notes.append(_STOPPED)
        if len(group) > 1:
            notes.append(_MORE)
        yield Evidence(
            final,
            tuple(notes),
            [first.first, *(final_of(seen) for seen in group[1:MOST_RELATED])],
            remedy=_REMEDY,
            severity=Severity.ERROR if code in _GRAVE else Severity.NOTICE,
            who=speaker(final),
            server=final.hop.source,
            caller=first.hop.source,
            method=method[:20],
            response=status_line(final)[:60],
            fields=[field.name for field in _absent(first)],
            count=len(group),
        )


def _absent(seen: Transaction) -> list[HeaderField]:
    """The fields that its final response lacks."""
    final = final_of(seen)
    message = final.message
    assert isinstance(message, Response)
    if final.missing or message.head_cut or any(defect.broken for defect in message.scan_defects):
        return []
    absent = [
        field for field in _demanded(message.status, seen.method) if message.headers.first(field.name) is None
    ]
    return [] if message.status in {401, 407} and message.challenges else absent


@lru_cache(maxsize=256)
def _demanded(code: int, method: str) -> tuple[HeaderField, ...]:
    """The fields that a response must have whatever the case."""
    entry = status_code(code)
    found = entry.headers_for(method)
    return tuple(
        field
        for field in found
        if field.level == "MUST" and (not field.condition or field.condition.startswith("always"))
    )
