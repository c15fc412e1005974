"""What was told of a subject before it had settled, so that nothing is told twice and nothing wrong stays said."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from analyser.annotate.events import Revision
from analyser.sip import Response
from analyser.track import Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analyser.annotate.rule import Finding

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

    def new(self, found: Sequence[Finding]) -> list[Finding]:
        """Those not told so far; they count as told from now on."""
        new = []
        for key, finding in keyed(found):
            if key not in self._by_key and key not in self._withdrawn:
                self._remember(key, finding)
                new.append(finding)
        return new

    def again(self, found: Sequence[Finding], *, moving: bool) -> list[Finding | Revision]:
        """The same after a further look at a peer, which does not settle for long: what it no longer shows is withdrawn.

        With `moving` its oldest failures are forgotten, so the first of a kind, which tells of all, is another one each time.
        """
        standing = dict(keyed(found))
        events: list[Finding | Revision] = []
        gone = [key for key in self._by_key if key not in standing]
        if moving:
            told = {_kind(finding) for finding in self._by_key.values()}
            found = [finding for finding in found if _kind(finding) not in told]
        else:
            for key in gone:
                events.append(Revision(self._by_key.pop(key), None))
                if len(self._withdrawn) < MAX_TOLD:
                    self._withdrawn.add(key)
        return [*events, *self.new(found)]

    def settle(self, found: Sequence[Finding], *, moving: bool = False) -> list[Finding | Revision]:
        """The last word: what is new, then what becomes of the rest."""
        events: list[Finding | Revision] = []
        for key, finding in keyed(found):
            earlier = self._by_key.pop(key, None)
            if earlier is None and moving:
                alike = next(
                    (one for one, told in self._by_key.items() if _kind(told) == _kind(finding)), None
                )
                earlier = self._by_key.pop(alike) if alike is not None else None
            events.append(finding if earlier is None else Revision(earlier, finding))
        if not moving:  # what a bound has pushed out was true all the same
            events += [Revision(earlier, None) for earlier in self._by_key.values()]
        self._by_key.clear()
        return events

    def _remember(self, key: Key, finding: Finding) -> None:
        if len(self._by_key) >= MAX_TOLD:
            del self._by_key[next(iter(self._by_key))]
        self._by_key[key] = finding


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
