"""What was told of a subject before it had settled, so that nothing is told twice and nothing wrong stays said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analyser.annotate.events import Event, Revision
from analyser.annotate.rule import Finding
from analyser.sip import Response
from analyser.track import Sighting, Subject, Transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

MAX_TOLD: Final = 512
"""Findings about one subject that are remembered as told; the oldest are forgotten first."""

Key = tuple[str, int, int]
"""Rule, the frame that shows it, and how many of that rule at that frame came before it."""


class _Said:
    """An early finding: what the reader has of it, and what the latest look found in its place."""

    __slots__ = ("latest", "told")

    def __init__(self, told: Finding) -> None:
        self.told = told
        self.latest = told


class Told:
    """The early findings of one subject."""

    __slots__ = ("_by_key", "_withdrawn")

    def __init__(self) -> None:
        self._by_key: dict[Key, _Said] = {}
        self._withdrawn: set[Key] | None = None
        """Made when there is one: thousands of subjects are watched, and of few is anything told."""

    def __bool__(self) -> bool:
        return bool(self._by_key)

    @property
    def rules(self) -> set[str]:
        """The ids of the rules that made them."""
        return {name for name, _, _ in self._by_key}

    def look(
        self, found: Sequence[Finding], *, due: Collection[str] | None = None, moving: bool = False
    ) -> list[Finding | Revision]:
        """What a further look says that the reader must know at once: what is new or has got worse, and what holds no longer.

        `found` is all that the rules find now; with `due`, only what these rules say for the first time counts. With `moving` the
        oldest failures of a peer are forgotten: what they showed was true all the same.
        """
        standing = dict(keyed(found))
        gone: dict[tuple[str, str, int], list[Key]] = {}
        for key, said in self._by_key.items():
            if key not in standing:
                gone.setdefault(_kind(said.told), []).append(key)
        new: list[tuple[Key, Finding]] = []
        events: list[Finding | Revision] = []
        for key, finding in standing.items():
            if key not in self._by_key:
                alike = gone.get(_kind(finding)) if gone else None
                if self._withdrawn and key in self._withdrawn:
                    continue
                if not alike:
                    if due is None or key[0] in due:
                        new.append((key, finding))
                    continue
                self._by_key[key] = self._by_key.pop(alike.pop(0))  # the first of its kind is another one now
            said = self._by_key[key]
            said.latest = finding
            if finding.severity > said.told.severity:
                events.append(_revised(said))
        for key in () if moving else [key for keys in gone.values() for key in keys]:
            events.append(Revision(self._by_key.pop(key).told, None))
            if self._withdrawn is None:
                self._withdrawn = set()
            if len(self._withdrawn) < MAX_TOLD:
                self._withdrawn.add(key)
        for key, finding in new:
            events += self._tell(key, finding)
        return events

    def _tell(self, key: Key, finding: Finding) -> Iterator[Finding | Revision]:
        if len(self._by_key) >= MAX_TOLD:
            oldest = self._by_key.pop(next(iter(self._by_key))).told
            yield Revision(oldest, replace(oldest, early=False))
        early = replace(finding, early=True)
        self._by_key[key] = _Said(early)
        yield early

    def refresh(self) -> list[Finding | Revision]:
        """What is said otherwise now than the reader has it, if no graver."""
        return [_revised(said) for said in self._by_key.values() if _differs(said)]

    def settle(self, found: Sequence[Finding], *, moving: bool = False) -> list[Finding | Revision]:
        """The last word: what is new, then what becomes of the rest."""
        told = {key: said.told for key, said in self._by_key.items()}
        self._by_key.clear()
        known = [(finding, told.pop(key, None)) for key, finding in keyed(found)]
        events: list[Finding | Revision] = []
        for finding, same in known:
            earlier = same
            if earlier is None:
                alike = next((one for one, other in told.items() if _kind(other) == _kind(finding)), None)
                earlier = told.pop(alike) if alike is not None else None
            events.append(finding if earlier is None else Revision(earlier, finding))
        events += [
            Revision(earlier, replace(earlier, early=False) if moving else None) for earlier in told.values()
        ]
        return events


class Shown:
    """What shows early findings stays whole when it settles, until they are revised."""

    __slots__ = ("spared",)

    def __init__(self) -> None:
        self.spared: list[Subject | Transaction] = []
        """What is kept for none of them any longer."""

    def hold(self, finding: Finding) -> None:
        """An early finding was told."""
        shown = _shown_in(finding)
        if shown is not None:
            shown.kept += 1

    def let(self, finding: Finding) -> None:
        """It was revised."""
        shown = _shown_in(finding)
        if shown is not None:
            shown.kept -= 1
            if not shown.kept:
                self.spared.append(shown)


def _shown_in(finding: Finding) -> Subject | Transaction | None:
    """What the message belongs to that shows it. What is kept is not taken apart, so this is the same for as long as it is."""
    at = finding.evidence.at
    transaction = at.transaction if isinstance(at, Sighting) else None
    return None if transaction is None else transaction.owner or transaction


def final(events: Iterable[Event]) -> Iterator[Event]:
    """What a report at the end takes of the events of a live run: each finding in full and once, and none that was withdrawn."""
    for event in events:
        if isinstance(event, Revision):
            if event.now is not None and not event.now.early:
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


def _revised(said: _Said) -> Revision:
    """Tell what the latest look found."""
    earlier = said.told
    said.told = said.latest = replace(said.latest, early=True)
    return Revision(earlier, said.told)


def _differs(said: _Said) -> bool:
    told, latest = said.told, said.latest
    return told is not latest and (
        told.severity != latest.severity
        or told.note != latest.note
        or told.remedy != latest.remedy
        or told.frames != latest.frames
    )
