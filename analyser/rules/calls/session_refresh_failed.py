"""A session timer that ran out, because its refresh failed or never came (RFC 4028 §7.2, §10)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._conditions import LONG_CALL, may_have_expired
from analyser.rules.calls._legs import some, status_line
from analyser.rules.calls._silence import timed_out
from analyser.track import Call, Sighting, Transaction
from analyser.wire import SECOND

_FAILED = Sentence(
    "The session interval of {interval} s agreed {age} before was to be refreshed by {method} from {source}, which got {end}."
)
_SILENT = Sentence(
    "The session interval of {interval} s agreed {age} before was to be refreshed by {method} from {source}, which got no answer."
)
_HUNG_UP_AFTER_REFRESH = Sentence(
    "{hanger} hung up {since} after that request was first sent (frame {bye_frame})."
)
_HUNG_UP = Sentence("{gap} later {hanger} hung up (frame {bye_frame}).")
_REFRESHER = {
    "uac": Sentence("The session interval is {interval} s, to be refreshed by the caller's side (uac)."),
    "uas": Sentence("The session interval is {interval} s, to be refreshed by the callee's side (uas)."),
}
_NO_REFRESHER = Sentence(
    "The session interval is {interval} s, to be refreshed by nobody in particular (no refresher parameter)."
)
_EXPIRED = Sentence(
    "No refresh is in this capture after frame {frame}, and {age} later, as the interval runs out, {hanger} hung up."
)
_REMEDY = Sentence(
    "Find out why the refresh from {source} failed: whether it reaches the other side (Contact and Route of the dialog, a NAT or "
    "firewall that has forgotten the connection, a proxy that changes the address), and whether the other side still knows the call."
)

_REFRESHING = frozenset({"INVITE", "UPDATE"})
_FAILING = frozenset({0, 408, 481})


@rule(
    "session-refresh-failed",
    on=Call,
    when=may_have_expired,
    severity=Severity.ERROR,
    summary="the call was cut off because the sign of life that both sides had agreed on failed or did not come",
    remedy="Find out why the refresh failed: whether the side that has to send it does so, and whether it "
    "reaches the other side (Contact and Route of the dialog, a NAT or firewall that has forgotten the "
    "connection, a proxy that changes the address).",
    refs=("RFC 4028 §7.2", "RFC 4028 §10"),
    absence=True,
)
def session_refresh_failed(
    call: Call, *, bye_within: float = 32.0, tolerance: float = 2.0
) -> Iterator[Evidence]:
    """Looks for answered calls that end because the session timer (Session-Expires) was not refreshed.

    Where both sides agree on a session interval, one of them sends a re-INVITE or UPDATE at half time to
    say that the call still lives. If none gets through, the other side takes the call for dead and hangs
    up shortly before the interval ends: by the smaller of 32 s and a third of it. To the people it is a
    call that always drops after the same number of minutes.

    It is an error in two cases. A refresh got 408, 481 or nothing at all, and a BYE came within
    `bye_within` seconds of its failure. Or a BYE came at the time at which the interval runs out, give or
    take `tolerance` seconds, with no refresh seen since it was agreed.

    Silent where the capture does not hold the INVITE and its answer, where no BYE came, and for calls
    shorter than a minute. A refresh may take a way that the capture does not see; so the absence of one
    is told only with a BYE at the very time at which the interval runs out.
    """
    for dialog in call.dialogs.values():
        bye, answer = dialog.bye, dialog.confirmed
        if bye is None or answer is None or bye.first.time - answer.time < LONG_CALL:
            continue
        if not _may_tell(call, bye, tolerance):
            continue
        if bye.request is None or bye.forward_of is not None or dialog.invite.request is None:
            continue
        agreed = _agreements(call, bye.request)
        if agreed:
            found = _failed(call, agreed[-1], bye.request, bye_within)
            found = found or _expired(call, agreed[-1], bye.request, tolerance)
            if found is not None:
                yield found
                return


def _may_tell(call: Call, bye: Transaction, tolerance: float) -> bool:
    """Whether a refresh failed, or the BYE came when an interval ran out, as far as the octets of the latest 2xx tell."""
    latest = None
    for owned in call.transactions:
        if owned.method in _REFRESHING:
            status = owned.status
            if status in _FAILING:
                return True
            if 200 <= status < 300:
                latest = owned.final
    if latest is None:
        return False
    raw = latest.message.raw
    at = raw.find(b"\nSession-Expires: ")
    if at < 0:
        return _may_agree(latest)
    digits = raw[at + 18 : at + 28].lstrip().partition(b"\r")[0].partition(b";")[0]
    if not digits.isdigit():
        return True
    interval = int(digits)
    age = (bye.first.time - latest.time) / SECOND
    return interval - min(32.0, interval / 3) - tolerance <= age <= interval + tolerance


def _agreements(call: Call, until: Sighting) -> list[Sighting]:
    """2xx that agree on a session interval, of the INVITE and of the refreshes, before the BYE."""
    return sorted(
        (
            seen
            for owned in call.transactions
            if owned.method in {"INVITE", "UPDATE"} and owned.forward_of is None
            for seen in owned.answers
            if seen.number < until.number
            and not seen.retransmission
            and _may_agree(seen)
            and seen.message.session_expires is not None
        ),
        key=lambda seen: seen.number,
    )


def _may_agree(seen: Sighting) -> bool:
    """Whether the octets name the header field at all, in its usual long or compact spelling."""
    octets = seen.message.raw
    return b"ession-" in octets or b"\nx:" in octets


def _refreshes(call: Call, since: Sighting, until: Sighting) -> list[Transaction]:
    return [
        owned
        for owned in call.reinvites
        if since.number < owned.first.number < until.number and owned.forward_of is None
    ]


def _failed(call: Call, agreed: Sighting, bye: Sighting, within: float) -> Evidence | None:
    """A refresh that failed, and the BYE that followed."""
    for refresh in _refreshes(call, agreed, bye):
        silent = refresh.final is None and timed_out(refresh)
        if refresh.status not in {408, 481} and not silent:
            continue
        failed_at = refresh.final.time if refresh.final is not None else refresh.first.time + int(32 * SECOND)
        if abs(bye.time - failed_at) > within * SECOND:
            continue
        interval = agreed.message.session_expires
        assert interval is not None
        return Evidence(
            refresh.final or refresh.first,
            (
                _SILENT if refresh.final is None else _FAILED,
                _HUNG_UP if refresh.final is not None and bye.time >= failed_at else _HUNG_UP_AFTER_REFRESH,
            ),
            some([agreed, refresh.first, bye]),
            remedy=_REMEDY,
            interval=interval.seconds,
            age=Duration(refresh.first.time - agreed.time),
            method="re-INVITE" if refresh.method == "INVITE" else refresh.method,
            source=refresh.hop.source,
            end=status_line(refresh.final) if refresh.final is not None else "",
            gap=Duration(max(bye.time - failed_at, 0)),
            since=Duration(bye.time - refresh.first.time),
            hanger=bye.hop.source,
            bye_frame=bye.frame,
        )
    return None


def _expired(call: Call, last: Sighting, bye: Sighting, tolerance: float) -> Evidence | None:
    """A BYE at the end of an interval in which no refresh was seen."""
    if _refreshes(call, last, bye):
        return None
    interval = last.message.session_expires
    assert interval is not None
    spare = min(32.0, interval.seconds / 3)
    age = (bye.time - last.time) / SECOND
    if not interval.seconds - spare - tolerance <= age <= interval.seconds + tolerance:
        return None
    return Evidence(
        bye,
        (_REFRESHER.get(interval.refresher, _NO_REFRESHER), _EXPIRED),
        (last,),
        interval=interval.seconds,
        frame=last.frame,
        age=Duration(bye.time - last.time),
        hanger=bye.hop.source,
    )
