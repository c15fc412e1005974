"""The messages of a ladder as runs: a message by itself, or the copies of one that follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyser.sip import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyser.annotate import Finding
    from analyser.track import Sighting
    from analyser.tui.entry import Entry

Cited = dict[int, list["Finding"]]
"""Findings by the number of their message."""


def messages_of(entries: Iterable[Entry]) -> list[Sighting]:
    """All messages of the rows, in the order of the capture."""
    return sorted((seen for entry in entries for seen in entry.sightings), key=lambda seen: seen.number)


def folded(messages: Iterable[Sighting]) -> list[list[Sighting]]:
    """The retransmissions of one message that follow each other together, as the report folds them; the rest one by one."""
    runs: list[list[Sighting]] = []
    open_runs: dict[tuple[object, ...], list[Sighting]] = {}
    for seen in messages:
        if not seen.retransmission:
            open_runs.clear()
            runs.append([seen])
            continue
        message = seen.message
        status = message.status if isinstance(message, Response) else 0
        key = (seen.hop, id(seen.transaction), message.cseq_method, status)
        run = open_runs.get(key)
        if run is None:
            run = open_runs[key] = []
            runs.append(run)
        run.append(seen)
    return runs


def cited_in(entries: Iterable[Entry]) -> Cited:
    """The findings of the rows."""
    cited: Cited = {}
    for entry in entries:
        for finding in entry.findings:
            number = getattr(finding.evidence.at, "number", None)
            if number is not None:
                cited.setdefault(number, []).append(finding)
    return cited


def findings_of(run: Iterable[Sighting], cited: Cited) -> list[Finding]:
    """What cites any message of a run."""
    return [finding for seen in run for finding in cited.get(seen.number, ())]


def last_alike(messages: Sequence[Sighting], current: Sighting) -> Sighting | None:
    """The last message before it that begins with the same."""
    before = (seen for seen in reversed(messages) if seen.number < current.number)
    return next((seen for seen in before if _alike(seen, current)), None)


def _alike(one: Sighting, other: Sighting) -> bool:
    first, second = one.message, other.message
    if isinstance(first, Response) and isinstance(second, Response):
        return (first.status, first.cseq_method) == (second.status, second.cseq_method)
    if isinstance(first, Response) or isinstance(second, Response):
        return False
    return first.method == second.method
