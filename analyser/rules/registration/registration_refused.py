"""A REGISTER that is refused for another reason than credentials or lifetime (RFC 3261 §10.3)."""

from collections.abc import Iterator
from typing import Any

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import origin
from analyser.rules.registration._attempts import (
    attacks,
    called,
    failures,
    final_of,
    later,
    names,
    request_of,
    times,
)
from analyser.track import Peer, Transaction

_ELSEWHERE = frozenset({401, 403, 407, 412, 423})
"""Refusals that other rules judge."""
_NEGOTIATED = frozenset({420, 421, 439, 494})
"""Answers to what the client offered first, after which it tries with other extensions (RFC 3261 §8.1.3.5, RFC 3329 §2.3.1, RFC 5626 §6)."""

_NOTE = Sentence("{server} refuses REGISTER of {source} with {status} {phrase} ({users}, {times}).")
_MANY = Sentence(
    "So many different users from one source point to a scan, or to a server that has lost its users."
)
_CAUSE = {
    400: Sentence("The registrar finds the request malformed."),
    404: Sentence("The registrar does not know the user or is not responsible for the domain {domain}."),
    405: Sentence("{server} is no registrar: it does not allow REGISTER."),
    408: Sentence("Most likely a proxy in front of the registrar got no answer from it."),
    416: Sentence("The registrar does not take the URI scheme of {uri}."),
    420: Sentence("The registrar does not know an extension that the client insists on (see Unsupported)."),
    421: Sentence("The registrar insists on an extension that the client does not offer (see Require)."),
    439: Sentence(
        "The client asks for registration over several connections (outbound), which the registrar knows but the first proxy on the way does not."
    ),
    480: Sentence("The registrar or a proxy in front of it is not available for this user."),
    494: Sentence("The registrar wants a security agreement first (see Security-Server)."),
    501: Sentence("{server} is no registrar: it does not know REGISTER."),
    503: Sentence(
        "The registrar or a proxy in front of it is overloaded, closed for maintenance, or has nowhere to send the request."
    ),
    504: Sentence(
        "Something behind {server}, such as the registrar or its database, did not answer in time."
    ),
    555: Sentence("The registrar does not support the push service that the client names."),
}
_OF_CLASS = {
    4: Sentence("The registrar does not take this request."),
    5: Sentence("The registrar or a server in front of it has failed."),
    6: Sentence("A registrar must not send 6xx, so a proxy or a gateway answers here."),
}
_RECOVERED = Sentence("A later REGISTER was accepted.")
_OTHERS = Sentence("REGISTER requests of this source that were accepted in this capture: {accepted}.")

_POINT = Sentence("Point {source} to the registrar: {server} is another kind of server.")
_BEHIND = Sentence("Look at {server}: its registrar or database behind does not answer.")
_REMEDY = {
    400: Sentence(
        "Compare the REGISTER with one that works: To, From, Contact and Expires; the phrase or a Warning often says what is wrong."
    ),
    404: Sentence("Correct user and domain of the account in {source}, or create them at {server}."),
    405: _POINT,
    501: _POINT,
    408: _BEHIND,
    503: Sentence(
        "Look at the load and state of {server}; the client should try another server, or wait for Retry-After."
    ),
    504: _BEHIND,
}
_REMEDY_HERE = Sentence(
    "Look at the log of {server} for {users} at this time; the status code says on which side to look first."
)


@rule(
    "registration-refused",
    on=Peer,
    severity=Severity.ERROR,
    summary="the server refuses to register the phone, so it cannot be called",
    remedy="Look at the log of the registrar for this user at this time; the status code says on which side to "
    "look first.",
    refs=("RFC 3261 §10.3", "RFC 3261 §21"),
)
def registration_refused(peer: Peer, *, scan: int = 6) -> Iterator[Evidence]:
    """A REGISTER that ends with 400 to 699 makes no binding: the user cannot be called. The note names the usual cause of
    that status code for a REGISTER; 404 points to user or domain, 405 and 501 to the wrong server, 503 to overload, and
    6xx should never come from a registrar.

    All refusals of one source with one status code are one finding. Where the same source had a REGISTER accepted as well, later or
    at another server, it is a warning. With `scan`
    users or more it is a warning as well, for it is then rarely one broken phone.

    It is silent on challenges, 403, 412 and 423, which have rules of their own; on 420, 421, 439 and 494 where the client took the hint and
    a later REGISTER was accepted, for so extensions are negotiated; on requests that a proxy passed on; and on a source that a rule on
    security reports.
    """
    if not any(method == "REGISTER" and status >= 400 for method, status in peer.statuses):
        return
    groups: dict[int, list[Transaction]] = {}
    for seen in failures(peer):
        if (
            seen.method == "REGISTER"
            and seen.status >= 400
            and seen.status not in _ELSEWHERE
            and not (seen.status in _NEGOTIATED and _recovered(seen))
        ):
            groups.setdefault(seen.status, []).append(seen)
    if groups and not attacks(peer):
        for status, group in groups.items():
            yield _evidence(status, group, scan, peer.statuses["REGISTER", 200])


def _recovered(refused: Transaction) -> bool:
    """Whether a later REGISTER of the same registration was accepted."""
    return any(200 <= other.status < 300 for other in later(refused))


def _evidence(status: int, group: list[Transaction], scan: int, accepted: int) -> Evidence:
    first = group[0]
    message: Any = request_of(first).message
    users = [called(seen) for seen in group]
    recovered = _recovered(group[-1])
    many = len(set(users)) >= scan
    notes = [_NOTE, _CAUSE.get(status) or _OF_CLASS.get(status // 100, _OF_CLASS[4])]
    if many:
        notes.append(_MANY)
    if recovered or accepted:
        notes.append(_RECOVERED if recovered else _OTHERS)
    related = [request_of(first)]
    related += [part for seen in group[1:] for part in (request_of(seen), final_of(seen))]
    return Evidence(
        final_of(first),
        tuple(notes),
        related[:20],
        severity=Severity.WARNING if recovered or accepted or many else Severity.ERROR,
        remedy=_REMEDY.get(status, _REMEDY_HERE),
        server=origin(first).hop.source,
        source=first.hop.source,
        status=status,
        phrase=final_of(first).message.reason,  # type: ignore[union-attr]
        users=names(users),
        times=times(len(group)),
        accepted=accepted,
        uri=message.uri,
        domain=message.request_uri.host if message.request_uri is not None else message.uri,
    )
