"""403 to a request with credentials, and to a REGISTER (RFC 3261 §10.3, §21.4.4)."""

from collections.abc import Iterator
from typing import Any

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import let_in, origin
from analyser.rules.registration._attempts import (
    accepted_later,
    attacks,
    carries_credentials,
    failures,
    final_of,
    names,
    request_of,
    times,
    user_of,
)
from analyser.track import Peer, Transaction

_WITH = Sentence(
    '{server} forbids {method} of {source} although it carries credentials ({users}, {times}, "{phrase}").'
)
_REFUSED = Sentence(
    "Either the server has refused the password without asking again, or the account may not do this."
)
_WITHOUT = Sentence(
    '{server} forbids {method} of {source} without asking for a password ({users}, {times}, "{phrase}").'
)
_BARRED = Sentence("It does not let this address or this user register.")
_MANY = Sentence(
    "So many different users from one source point to guessing, or to a server whose accounts were all withdrawn."
)
_REMEDY = Sentence(
    "Check the account of {users} at {server}: password, whether it is enabled, whether it owns the "
    "address that it uses, whether {source} is banned after too many failures. Repeating the request "
    "unchanged does not help."
)
_REMEDY_WITHOUT = Sentence(
    "Look at {server} for the reason: an access list or ban of {source}, an unknown domain, a user that may not register there."
)


@rule(
    "forbidden-with-credentials",
    on=Peer,
    severity=Severity.ERROR,
    summary="the server knows who is asking and says no",
    remedy="Check the account of the user at the server: password, whether it is enabled, whether it owns the "
    "address that it uses, whether the client is banned after too many failures. Repeating the request "
    "unchanged does not help.",
    refs=("RFC 3261 §10.3", "RFC 3261 §21.4.4"),
)
def forbidden_with_credentials(peer: Peer, *, scan: int = 6) -> Iterator[Evidence]:
    """403 Forbidden says that the server understood the request and will not fulfil it; credentials will not help, and
    the request should not be repeated. Many servers send it instead of a further challenge when the password
    is wrong; others when the account is disabled, does not own the address that it registers, or is barred from this call.

    It looks at requests outside a dialog that carry credentials, and at REGISTER without them, which means that
    an address or user is not let in at all. All of one source and method are one finding; with `scan` users or more it says
    so and becomes a warning, for then it is rarely one broken account.

    It is silent on 403 to other requests without credentials, and to calls whose credentials had been taken, for the call progressed, the refusal has a Q.850
    cause, or another than who had asked for them wrote it (`call-forbidden` speaks of these), where a later request of the same call or
    registration was accepted, on requests that a proxy passed on, and on sources that a rule on security reports.
    """
    if not any(status == 403 for _, status in peer.statuses):
        return
    groups: dict[tuple[str, bool], list[Transaction]] = {}
    for seen in failures(peer):
        request: Any = request_of(seen).message
        if seen.status != 403 or request.head_cut:
            continue
        known = carries_credentials(seen)
        if seen.method == "INVITE" and let_in(seen):
            continue
        if (known or seen.method == "REGISTER") and not accepted_later(seen):
            groups.setdefault((seen.method, known), []).append(seen)
    if not groups or attacks(peer):
        return
    for (method, known), group in groups.items():
        users = [user_of(one) for one in group]
        many = len(set(users)) >= scan
        answer: Any = final_of(group[0])
        related = [request_of(group[0])]
        related += [part for one in group[1:] for part in (request_of(one), final_of(one))]
        notes = [_WITH, _REFUSED] if known else [_WITHOUT, _BARRED]
        yield Evidence(
            answer,
            (*notes, _MANY) if many else tuple(notes),
            related[:20],
            severity=Severity.WARNING if many else Severity.ERROR,
            remedy=_REMEDY if known else _REMEDY_WITHOUT,
            server=origin(group[0]).hop.source,
            source=group[0].hop.source,
            method=method,
            users=names(users),
            times=times(len(group)),
            phrase=answer.message.reason,
        )
