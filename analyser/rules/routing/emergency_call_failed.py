"""A call for help that did not get through (RFC 5031, RFC 6881)."""

import re
from collections.abc import Iterator
from typing import Final

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._refusals import clues, dialled, refusal
from analyser.rules.calls._legs import speaker
from analyser.rules.routing._groups import CLUES
from analyser.sip import Request, Response
from analyser.track import Call, Transaction

_SAID = Sentence(
    "The emergency call of {caller} to {number} was refused by {who} with {status} {reason} after {delay}, and no other attempt of "
    "the call was answered."
)
_NO_LOCATION = Sentence("The call carries no location (Geolocation).")
_REMEDY = Sentence(
    "Do this first: call the operator of {server} and have emergency routing from {caller} checked, with "
    "the number as it is sent ({number}) and the location that it wants. Test only with the operator's "
    "agreement or its test number."
)

_USER: Final = re.compile(r"(?:sips?|tel):\+?([^@;>]{1,64})", re.IGNORECASE)


@rule(
    "emergency-call-failed",
    on=Transaction,
    methods=("INVITE",),
    statuses=tuple(status for status in range(400, 700) if status not in {401, 407, 487}),
    severity=Severity.ERROR,
    summary="an emergency call was not put through",
    remedy="Do this first: call the operator of the server that refused and have emergency routing from this "
    "caller checked, with the number as it is sent and the location that it wants. Test only with the "
    "operator's agreement or its test number.",
    refs=("RFC 5031 §4.2", "RFC 6881 §9", "RFC 6442 §3"),
)
def emergency_call_failed(invite: Transaction, *, numbers: str = "112 911") -> Iterator[Evidence]:
    """Looks for an INVITE to `urn:service:sos` or to one of `numbers` that ended with a failure from 400 on, where
    no other attempt of the same call was answered.

    Emergency calls are rare, and their routes are tested rarely. So each failure is an error, whatever the status
    code, busy included. The default is 112 and 911, which are emergency numbers wherever they are used; set
    `numbers` to those of your country as well (`--set "emergency-call-failed.numbers=112 999 110"`), unless
    extensions have such numbers.

    Silent on test services (`urn:service:test.sos`), on 401 and 407, after which the caller tries again, on 487,
    which means that the caller hung up, on other branches of a call that rings, inside a dialog, and where the
    capture does not hold the INVITE. Told once for a call and status code.
    """
    sent = invite.request
    if sent is None or not isinstance(sent.message, Request) or not _is_emergency(sent.message.uri, numbers):
        return
    found = refusal(invite)
    owner = invite.owner
    if found is None or sent.message.to_tag or not isinstance(owner, Call) or owner.answered is not None:
        return
    final = found.final
    message = final.message
    assert isinstance(message, Response)
    said = clues(message)
    located = sent.message.headers.first("geolocation") is not None or sent.missing > 0
    yield Evidence(
        final,
        (_SAID, *([CLUES] if said else []), *([] if located else [_NO_LOCATION])),
        found.related,
        remedy=_REMEDY,
        caller=invite.hop.source,
        number=dialled(found.sent),
        who=speaker(final),
        server=final.hop.source,
        status=message.status,
        reason=message.reason[:60],
        delay=Duration(final.time - sent.time),
        clues=said,
    )


def _is_emergency(uri: str, numbers: str) -> bool:
    if uri[:15].lower() == "urn:service:sos":
        return True
    user = _USER.match(uri)
    return user is not None and user[1] in numbers.split()
