"""Numbers and peers of several processes made one, as if one had seen everything in the order of the capture."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from analyser.track import Ending, Peer, bounds
from analyser.track.subjects import is_everyday

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyser.annotate import Summary
    from analyser.parallel.flat import Rebuilt
    from analyser.track import Transaction
    from analyser.wire import Coverage

Rest = dict[str, Any]
"""The results of one process (`Worker`)."""


def merge_coverage(coverage: Coverage, rests: Sequence[Rest]) -> None:
    """Reading and decoding are the same in every process, so the first one tells of them; tracking is each its own."""
    for name, value in rests[0]["coverage"].items():
        setattr(coverage, name, Counter(value) if isinstance(value, dict) else value)
    for rest in rests:
        coverage.duplicates += rest["tracking"]["duplicates"]
        coverage.evicted.update(rest["tracking"]["evicted"])


def merge_summary(summary: Summary, rests: Sequence[Rest]) -> None:
    """Add up what was counted."""
    summary.first_time, summary.last_time = rests[0]["times"]
    summary.methods.update(
        in_order((place, name, count) for rest in rests for name, count, place in rest["methods"])
    )
    summary.statuses.update(
        in_order((place, name, count) for rest in rests for name, count, place in rest["statuses"])
    )
    for rest in rests:
        summary.retransmissions += rest["retransmissions"]
        summary.rules.update(rest["rules"])
        summary.severities.update(rest["severities"])
        summary.kpis.add(rest["kpis"])


def in_order(rows: Iterable[tuple[int, Any, int]]) -> Counter[Any]:
    """Counts by name, in the order of where each name came first: where counts are equal, that decides what is told first."""
    counted: Counter[Any] = Counter()
    for _, name, count in sorted(rows, key=lambda row: row[0]):
        counted[name] += count
    return counted


def merge_peers(rests: Sequence[Rest], rebuilt: Sequence[Rebuilt]) -> list[Peer]:
    """The peers, each with what all processes know of it, in the order in which they came up."""
    parts: dict[str, list[tuple[Any, Rebuilt]]] = {}
    for rest, subjects in zip(rests, rebuilt, strict=True):
        for row in rest["peers"]:
            parts.setdefault(row[0], []).append((row, subjects))
    peers = [_joined(host, known) for host, known in parts.items()]
    return sorted(peers, key=lambda peer: peer.first.place)


def _joined(host: str, parts: list[tuple[Any, Rebuilt]]) -> Peer:
    firsts: list[Transaction] = []
    lasts: list[Transaction] = []
    failures: list[Transaction] = []
    met: list[tuple[int, Any, int]] = []
    total = undecided = 0
    for (_, _, first, last, statuses, kept, failed, open_), subjects in parts:
        firsts.append(subjects.transactions[first])
        lasts.append(subjects.transactions[last])
        failures += [subjects.transactions[number] for number in kept]
        total += failed
        undecided += open_
        met += [(place, (method, status), count) for place, method, status, count in statuses]
    peer = Peer(host, min(firsts, key=_place))
    peer.last = max(lasts, key=_place)
    peer.statuses.update(in_order(met))
    everyday = sorted(filter(is_everyday, failures), key=_place)[-bounds.MAX_EVERYDAY_OF_PEER :]
    others = [failure for failure in failures if not is_everyday(failure)]
    others = sorted(others, key=_place)[-bounds.MAX_FAILURES_OF_PEER :]
    peer.failures.extend(sorted(everyday + others, key=_place))
    peer.everyday = len(everyday)
    peer.failed = total
    peer.undecided = undecided
    peer.ending = Ending.CAPTURE_ENDED
    peer.settled_at = parts[0][0][1]
    return peer


def _place(transaction: Transaction) -> int:
    return transaction.place
