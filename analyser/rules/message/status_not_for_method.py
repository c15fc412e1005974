"""A status code that does not belong to the method it answers (RFC 3261 §21 and the RFCs that define the others)."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.codes import status_code
from analyser.rules.calls._legs import some, speaker, status, status_line
from analyser.track import Transaction

_WRONG: Final = Sentence(
    "{who} answered {method} of {caller} with {response}, which is an answer to {belongs} only."
)
_WRONG_HERE: Final = Sentence(
    "{who} answered {method} of {caller} with {response}, which is an answer to any request but {excepted}."
)
_FINAL: Final = Sentence("A client that does not expect it there takes it as {like}.")
_PROVISIONAL: Final = Sentence("A client takes it as no more than 100 Trying.")
_REASON: Final = {
    204: Sentence("204 to SUBSCRIBE says that there is no NOTIFY to come; for {method} it means nothing."),
    408: Sentence(
        "A server must not send 408 to {method}: when the time is up, the client has given up by itself, and the late answer only adds traffic."
    ),
    412: Sentence(
        "There is no entity-tag here that could be out of date; some servers use 412 for any condition that is not met, and the text of the answer, if any, says which."
    ),
    422: Sentence("There is no session interval in {method} that could be too short."),
    423: Sentence("There is no lifetime in {method} that could be too short."),
    487: Sentence("487 ends an INVITE that was cancelled; the CANCEL itself is answered with 200 or 481."),
}
_CANCEL: Final = Sentence(
    "Nobody can answer a challenge to CANCEL, because it must repeat the CSeq of the INVITE; servers must not challenge it."
)

_STATUSES: Final = (
    *(180, 181, 182, 183, 199),
    *(
        202,
        204,
        401,
        407,
        408,
        412,
        420,
        422,
        423,
        425,
        439,
        469,
        481,
        486,
        487,
        488,
        489,
        491,
        555,
        580,
        600,
        606,
        608,
    ),
)
_TOLERATED: Final = {
    408: frozenset({"CANCEL"}),
    202: frozenset({"SUBSCRIBE", "NOTIFY", "INFO", "PUBLISH"}),
    486: frozenset({"REGISTER", "MESSAGE", "OPTIONS", "INFO", "REFER"}),
    487: frozenset({"SUBSCRIBE", "MESSAGE"}),
    488: frozenset({"OPTIONS", "INFO", "MESSAGE", "REFER"}),
    491: frozenset({"INFO", "BYE", "REFER", "PRACK"}),
}
"""Where servers use a code for what it says although no RFC lists it, and clients get along."""
_REMEDY: Final = Sentence(
    "Ask the maker of {server} why it sends {response} to {method}; look in its log for what it really "
    "objected to."
)


@rule(
    "status-not-for-method",
    on=Transaction,
    statuses=(0, *_STATUSES),
    severity=Severity.NOTICE,
    summary="a server gives an answer that does not belong to this kind of request",
    remedy="Ask the maker of the server why it sends this code to such a request; look in its log for what it "
    "really objected to.",
    refs=("RFC 3261 §8.1.3.2", "RFC 4320 §4", "RFC 3903 §11.2.1", "RFC 3261 §22.1"),
)
def status_not_for_method(transaction: Transaction) -> Iterator[Evidence]:
    """Looks for responses whose code the standard does not let answer the method: 412 to anything but PUBLISH, 422
    but INVITE and UPDATE, 423 but REGISTER, SUBSCRIBE and PUBLISH, 469 but INFO, 439 and 555 but REGISTER, 204 but
    SUBSCRIBE, ringing (18x) but INVITE, 487 to CANCEL, challenges to CANCEL, and others that the catalogue of
    status codes knows.

    A client that does not expect a code treats it as the first of its class (412 as 400), so what the server meant
    is lost. It is a warning for 412, 422 and 423, which are easily taken for what they mean elsewhere, and a notice
    otherwise.

    408 to a request other than INVITE is often made by a proxy whose own timer ran out; RFC 4320 forbids it because
    the client has given up by then. It is met on REGISTER, OPTIONS, BYE and CANCEL so often, and matters there so
    little, that it is told for other methods only.

    Silent on provisional responses where the request was answered in the end with a code that fits; on codes that
    servers widely use beyond the letter, such as 486 to MESSAGE or 202 to SUBSCRIBE; on a hop
    to which the request was passed on; and for further transactions of the same call or registration. One finding
    for each transaction.
    """
    method, responses = transaction.method, transaction.responses
    if method == "INVITE":
        wrong = transaction.final if _is_wrong(transaction.status, "INVITE") else None
    else:
        wrong = next((seen for seen in responses if _is_wrong(status(seen), method)), None)
    if (
        wrong is None
        or wrong.message.scan_defects
        or transaction.forward_of is not None
        or _told_before(transaction, status(wrong))
    ):
        return
    code = status(wrong)
    entry = status_code(code)
    notes = [_WRONG_HERE if "*" in entry.methods else _WRONG]
    if code != 408:
        notes.append(_FINAL if code >= 200 else _PROVISIONAL)
    if method == "CANCEL" and code in {401, 407}:
        notes.append(_CANCEL)
    elif code in _REASON:
        notes.append(_REASON[code])
    yield Evidence(
        wrong,
        tuple(notes),
        some(
            [
                seen
                for seen in (transaction.request, transaction.final)
                if seen is not None and seen is not wrong
            ]
        ),
        remedy=_REMEDY,
        severity=Severity.WARNING if code in {412, 422, 423} else Severity.NOTICE,
        who=speaker(wrong),
        server=wrong.hop.source,
        caller=transaction.hop.source,
        method=method[:20],
        response=status_line(wrong)[:60],
        belongs=list(entry.methods),
        excepted=list(entry.not_methods),
        like=f"{code // 100}00 {status_code(code // 100 * 100).phrase}".rstrip(),
    )


@lru_cache(maxsize=4096)
def _is_wrong(code: int, method: str) -> bool:
    """Whether the standard, and custom, does not let the code answer the method."""
    if code not in _STATUSES or method in _TOLERATED.get(code, ()) or not method:
        return False
    entry = status_code(code)
    return not entry.may_answer(method) and (method == "CANCEL" or method not in entry.misused_on)


def _told_before(transaction: Transaction, code: int) -> bool:
    owner = transaction.owner
    return owner is not None and any(
        other is not transaction
        and other.method == transaction.method
        and other.first.number < transaction.first.number
        and any(status(seen) == code for seen in other.responses)
        for other in owner.transactions
    )
