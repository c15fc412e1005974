"""What the charts of the document are drawn from: messages over time, response times, hosts. All in bounded memory."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from analyser.codes import METHODS
from analyser.report.json_times import iso_time
from analyser.sip import Response
from analyser.track.sighting import DUPLICATE, RETRANSMISSION
from analyser.wire import MILLISECOND, SECOND

if TYPE_CHECKING:
    from analyser.report.shapes import Histogram, PeerRecord, Series
    from analyser.track import Peer, Sighting, Transaction

MAX_STEPS: Final = 120
"""Steps of the series; where more are needed, the step becomes longer."""
_STEPS: Final = tuple(
    step * MILLISECOND
    for step in (100, 200, 1_000, 2_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000)
)
"""Each divides the next; beyond the last one it doubles."""

BOUNDS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Of the classes of response times, in seconds: 0.5 is T1 and 32 is 64*T1 (RFC 3261 §17.1.1.1)."""
_EDGES: Final = tuple(int(bound * SECOND) for bound in BOUNDS)

MAX_PEERS: Final = 50
"""Hosts that are listed, those with the most failures first."""
_MOST_COUNTED: Final = 4_000
"""Hosts counted at a time; then only the worse half of them goes on to be counted."""
_NO_FAILURES: Final = frozenset({401, 407, 487})
"""Challenges, and what a CANCEL leads to."""
_MAX_CODES: Final = 20


class OverTime:
    """Messages per step, without retransmissions and the capture's duplicates."""

    def __init__(self) -> None:
        self._step = _STEPS[0]
        self._counts: dict[int, list[int]] = {}
        """By the number of the step since 1970: requests, then responses by class; those of no class last."""

    def add(self, sighting: Sighting) -> None:
        """Count a message."""
        role = sighting.role
        if role is RETRANSMISSION or role is DUPLICATE:
            return
        place = sighting.time // self._step
        counts = self._counts.get(place)
        if counts is None:
            counts = self._begin(sighting.time)
        message = sighting.message
        if isinstance(message, Response):
            group = message.status // 100
            counts[group if 1 <= group <= 6 else 7] += 1
        else:
            counts[0] += 1

    def series(self) -> Series | None:
        """The counts, None where there was no message."""
        if not self._counts:
            return None
        first, last = min(self._counts), max(self._counts)
        nothing = [0] * 8
        rows = [self._counts.get(place, nothing) for place in range(first, last + 1)]
        classes = {f"{group}xx": [row[group] for row in rows] for group in range(1, 7)}
        if any(row[7] for row in rows):
            classes["other"] = [row[7] for row in rows]
        return {
            "start": iso_time(first * self._step),
            "step": self._step / SECOND,
            "requests": [row[0] for row in rows],
            "classes": classes,
        }

    def _begin(self, time: int) -> list[int]:
        """The counts of a step that has none yet."""
        place = time // self._step
        known = self._counts
        while known and max(place, *known) - min(place, *known) >= MAX_STEPS:
            self._lengthen()
            known = self._counts
            place = time // self._step
        return known.setdefault(place, [0] * 8)

    def _lengthen(self) -> None:
        before = self._step
        self._step = next((step for step in _STEPS if step > before), before * 2)
        counts: dict[int, list[int]] = {}
        for place, row in self._counts.items():
            into = counts.setdefault(place * before // self._step, [0] * 8)
            for index, count in enumerate(row):
                into[index] += count
        self._counts = counts


class ResponseTimes:
    """How long the first sender of a request waited, by method."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[int]] = {}

    def add(self, transaction: Transaction) -> None:
        """Count a transaction that has settled, unless it passes on a request seen before."""
        request, final = transaction.request, transaction.final
        if request is None or transaction.forward_of is not None:
            return
        method = transaction.method
        if method not in METHODS:
            return  # methods are whatever the wire says
        if final is not None:
            self._count(method, "final", final.time - request.time)
        if method == "INVITE":
            for seen in transaction.responses:
                if seen.message.status > 100:  # type: ignore[union-attr]
                    self._count(method, "progress", seen.time - request.time)
                    break

    def histograms(self) -> list[Histogram]:
        """By method, in the order of the standard."""
        ordered = sorted(self._counts, key=lambda key: (METHODS.index(key[0]), key[1] != "progress"))
        return [
            {
                "method": method,
                "until": until,
                "bounds": list(BOUNDS),
                "counts": self._counts[method, until],
                "total": sum(self._counts[method, until]),
            }
            for method, until in ordered
        ]

    def _count(self, method: str, until: str, duration: int) -> None:
        counts = self._counts.setdefault((method, until), [0] * (len(BOUNDS) + 1))
        counts[bisect_left(_EDGES, duration)] += 1


class Hosts:
    """How the requests of each host fared."""

    def __init__(self) -> None:
        self._by_host: dict[str, PeerRecord] = {}
        self._forgotten = 0

    def add(self, peer: Peer) -> None:
        """Count a peer that has settled; it may come again."""
        fared = peer.fared
        if not fared:
            return
        record = self._by_host.get(peer.host)
        if record is None:
            if len(self._by_host) >= _MOST_COUNTED:
                self._forget()
            record = self._by_host[peer.host] = {"host": peer.host, "attempts": 0, "failures": 0, "codes": {}}
        codes = record["codes"]
        for status, count in fared.items():
            record["attempts"] += count
            if status == 0 or (status >= 400 and status not in _NO_FAILURES):
                record["failures"] += count
            code = str(status) if status else "none"
            if code in codes or len(codes) < _MAX_CODES:
                codes[code] = codes.get(code, 0) + count

    def records(self) -> tuple[list[PeerRecord], int]:
        """The worst of them, and how many more there were."""
        ordered = sorted(self._by_host.values(), key=_order)
        for record in ordered[:MAX_PEERS]:
            record["codes"] = dict(sorted(record["codes"].items()))
        return ordered[:MAX_PEERS], max(0, len(ordered) - MAX_PEERS) + self._forgotten

    def _forget(self) -> None:
        ordered = sorted(self._by_host.values(), key=_order)
        self._by_host = {record["host"]: record for record in ordered[: _MOST_COUNTED // 2]}
        self._forgotten += len(ordered) - len(self._by_host)


def _order(record: PeerRecord) -> tuple[int, int, str]:
    return -record["failures"], -record["attempts"], record["host"]
