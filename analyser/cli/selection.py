"""What the filters of `read` let through.

Two kinds, for a filter must not make a finding out of nothing. `--call-id`, `--number`, `--since` and
`--until` choose messages before they are tracked: whole calls, or a stretch of time as if the capture had
begun and ended there. `--method`, `--status` and `--min-severity` choose what of the result is shown.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from analyser.annotate import Event, Finding, Revision, Severity
from analyser.cli.numbers import wanted
from analyser.errors import UsageError
from analyser.sip import Response
from analyser.track import Call, Publication, Registration, Sighting, Subscription, Transaction
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_OFFSET = re.compile(r"\+(\d{1,9})(?:\.(\d{1,9}))?\Z")
_STATUS = re.compile(r"[1-6](?:\d\d|[xX]{2})\Z")

MAX_CHOSEN: Final = 50_000
"""Call-IDs that are remembered because one of their messages has the number; the least recently seen goes first."""


class TimeWindow:
    """`--since` and `--until`: ISO 8601 (UTC unless it says otherwise), or +SECONDS from the first message."""

    def __init__(self, since: str | None, until: str | None) -> None:
        self._since = _time(since) if since else None
        self._until = _time(until) if until else None
        self._first: int | None = None

    def __contains__(self, time: int) -> bool:
        if self._first is None:
            self._first = time
        return self._at(self._since, time) <= time <= self._at(self._until, time)

    def _at(self, bound: tuple[bool, int] | None, fallback: int) -> int:
        if bound is None:
            return fallback
        relative, time = bound
        assert self._first is not None
        return self._first + time if relative else time


def _time(text: str) -> tuple[bool, int]:
    offset = _OFFSET.match(text)
    if offset:
        return True, int(offset[1]) * SECOND + int((offset[2] or "0").ljust(9, "0"))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no time: write 2026-01-05T09:00:00 (UTC) or +90 for seconds after the first message"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole = moment.replace(microsecond=0)
    return False, int(whole.timestamp()) * SECOND + moment.microsecond * 1000


def keep(
    call_ids: Sequence[str], numbers: Sequence[str], since: str | None, until: str | None
) -> Callable[[Sighting], bool] | None:
    """A test for messages before they are tracked; None where everything is to be kept."""
    if not (call_ids or numbers or since or until):
        return None
    window = TimeWindow(since, until)
    concerned = _Numbers(numbers)

    def kept(sighting: Sighting) -> bool:
        call_id = sighting.message.call_id
        if sighting.time not in window:
            return False
        if call_ids and not call_id.startswith(tuple(call_ids)):
            return False
        return not numbers or concerned(sighting)

    return kept


class _Numbers:
    """Whether a message belongs to a number: it has it, or its call has had it. A response does not
    repeat the Request-URI, and a request without its responses would look unanswered."""

    def __init__(self, numbers: Sequence[str]) -> None:
        self._wanted = [wanted(number) for number in numbers]
        self._chosen: OrderedDict[bytes, None] = OrderedDict()
        """By a digest of the Call-ID, which may be long."""

    def __call__(self, sighting: Sighting) -> bool:
        chosen, call_id = self._chosen, sighting.message.call_id
        key = blake2b(call_id.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        if key in chosen:
            chosen.move_to_end(key)
            return True
        if not any(is_wanted(user) for is_wanted in self._wanted for user in _users(sighting)):
            return False
        if call_id:
            chosen[key] = None
            if len(chosen) > MAX_CHOSEN:
                chosen.popitem(last=False)
        return True


def _users(sighting: Sighting) -> list[str]:
    message = sighting.message
    users = [address.uri.user for address in (message.from_, message.to) if address is not None]
    if not isinstance(message, Response):
        users.append(message.request_uri.user)
    return [user for user in users if user]


class Selection:
    """What of the result is shown."""

    def __init__(self, methods: Sequence[str], statuses: Sequence[str], min_severity: Severity) -> None:
        for status in statuses:
            if not _STATUS.match(status):
                raise UsageError(f"{status!r} is no status code: write 486, or 4xx for a class")
        self._methods = frozenset(method.upper() for method in methods)
        self._statuses = frozenset(int(status) for status in statuses if status.isdigit())
        self._classes = frozenset(int(status[0]) for status in statuses if not status.isdigit())
        self._min_severity = min_severity
        self._narrow = bool(methods or statuses)
        self.all = not self._narrow and min_severity is Severity.NOTICE
        """Whether everything is shown."""

    def shows(self, event: Event) -> bool:
        """Whether an event belongs into the report."""
        match event:
            case Finding():
                if event.severity < self._min_severity:
                    return False
                return not self._narrow or self._shows_subject(event.subject)
            case Revision():
                return self.shows(event.earlier) or (event.now is not None and self.shows(event.now))
            case Sighting() | Transaction() | Call() | Registration() | Subscription() | Publication():
                return not self._narrow or self._shows_subject(event)
            case _:
                return True

    def _shows_subject(self, subject: object) -> bool:
        match subject:
            case Sighting(message=Response() as response):
                return self._method(response.cseq_method) and self._status(response.status)
            case Sighting(message=request):
                return not self._statuses and not self._classes and self._method(request.cseq_method)
            case Transaction():
                seen = [response.message.status for response in subject.responses]  # type: ignore[union-attr]
                return self._method(subject.method) and (
                    not (self._statuses or self._classes) or any(self._status(status) for status in seen)
                )
            case Call() | Registration() | Subscription() | Publication():
                return any(self._shows_subject(transaction) for transaction in subject.transactions)
            case _:
                return True

    def _method(self, method: str) -> bool:
        return not self._methods or method in self._methods

    def _status(self, status: int) -> bool:
        if not self._statuses and not self._classes:
            return True
        return status in self._statuses or status // 100 in self._classes
