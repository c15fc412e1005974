"""What was told of a subject before it had settled, so that nothing is told twice and nothing wrong stays said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analyser.annotate.events import Event, Revision
from analyser.annotate.rule import Finding
from analyser.sip import Response
from analyser.track import Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_TOLD: Final = 512
"""Findings about one subject that are remembered as told; the oldest are forgotten first."""

Key = tuple[str, int, int]
"""Rule, the frame that shows it, and how many of that rule at that frame came before it."""


class Told:
    """The early findings of one subject."""

    __slots__ = ("_by_key", "_withdrawn")

    def __init__(self) -> None:
        self._by_key: dict[Key, Finding] = {}
        self._withdrawn: set[Key] = set()

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def new(self, found: Sequence[Finding]) -> list[Finding | Revision]:
        """Those not told so far; they count as told from now on."""
        events: list[Finding | Revision] = []
        for key, finding in keyed(found):
            if key in self._by_key or key in self._withdrawn:
                continue
            if len(self._by_key) >= MAX_TOLD:
                oldest = self._by_key.pop(next(iter(self._by_key)))
                events.append(Revision(oldest, oldest))
            early = self._by_key[key] = replace(finding, early=True)
            events.append(early)
        return events

    def again(self, found: Sequence[Finding], *, moving: bool) -> list[Finding | Revision]:
        """The same after a further look at a peer, which does not settle for long: what it no longer shows is withdrawn.

        With `moving` its oldest failures are forgotten: what they showed was true all the same.
        """
        standing = dict(keyed(found))
        gone = [key for key in self._by_key if key not in standing]
        new: list[Finding] = []
        for key, finding in standing.items():
            if key in self._by_key or key in self._withdrawn:
                continue
            alike = next((one for one in gone if _kind(self._by_key[one]) == _kind(finding)), None)
            if alike is None:
                new.append(finding)
            elif not moving:  # the first of its kind is another one now
                gone.remove(alike)
        withdrawn: list[Finding | Revision] = []
        for key in () if moving else gone:
            withdrawn.append(Revision(self._by_key.pop(key), None))
            if len(self._withdrawn) < MAX_TOLD:
                self._withdrawn.add(key)
        return [*withdrawn, *self.new(new)]

    def settle(self, found: Sequence[Finding], *, moving: bool = False) -> list[Finding | Revision]:
        """The last word: what is new, then what becomes of the rest."""
        told = self._by_key
        known = [(finding, told.pop(key, None)) for key, finding in keyed(found)]
        events: list[Finding | Revision] = []
        for finding, same in known:
            earlier = same
            if earlier is None:
                alike = next((one for one, other in told.items() if _kind(other) == _kind(finding)), None)
                earlier = told.pop(alike) if alike is not None else None
            events.append(finding if earlier is None else Revision(earlier, finding))
        events += [Revision(earlier, earlier if moving else None) for earlier in told.values()]
        told.clear()
        return events


def final(events: Iterable[Event]) -> Iterator[Event]:
    """What a report at the end takes of the events of a live run: each finding in full and once, and none that was withdrawn."""
    for event in events:
        if isinstance(event, Revision):
            if event.now is not None:
                yield event.now
        elif not (isinstance(event, Finding) and event.early):
            yield event


def keyed(found: Iterable[Finding]) -> Iterator[tuple[Key, Finding]]:
    """Each finding of one subject with what tells it apart."""
    met: Counter[tuple[str, int]] = Counter()
    for finding in found:
        name = finding.rule.id, finding.frame
        yield (*name, met[name]), finding
        met[name] += 1


def _kind(finding: Finding) -> tuple[str, str, int]:
    """Rule, who sent what shows it, and the status code (0 of a request)."""
    at = finding.evidence.at
    message = at.message if isinstance(at, Sighting) else None
    return finding.rule.id, at.hop.source.host, message.status if isinstance(message, Response) else 0
