"""The subjects that the report as one document holds: the worst of them, compressed, within a bound.

A subject comes once it has settled. Its worth decides whether it is held: a later one that is worth more pushes out an earlier one
that is worth less, and of two alike the earlier stays.
"""

from __future__ import annotations

import heapq
import json
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast

from analyser.annotate import Severity
from analyser.report.media import Heard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analyser.report.media import Ports
    from analyser.report.records import Made
    from analyser.report.rows import Mark
    from analyser.report.shapes import SubjectRecord

MAX_OCTETS: Final = 64 * 1024 * 1024
"""Of all records, compressed; 5,000 calls of an everyday capture have a fifth of it."""
MAX_LATE_MARKS: Final = 20_000
"""Citations of messages in subjects that were held already when a finding came."""
_LEVEL: Final = 3
"""Of zlib: beyond it, little is won for the time."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


class _Held:
    __slots__ = ("kind", "numbers", "octets", "ports", "severity", "worth")

    def __init__(self, made: Made, worth: int) -> None:
        record = made.record
        self.ports = made.ports
        self.kind = record["kind"]
        self.worth = worth
        self.severity = Severity[record["severity"].upper()] if record["severity"] else 0
        self.octets = zlib.compress(_encode(record).encode("ascii"), _LEVEL)
        self.numbers = (
            frozenset(message["number"] for message in record["messages"])
            if record["messages_left_out"]
            else None
        )


class Holding:
    """Records by key, at most so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._octets = 0
        self._full = most == 0
        """Whether a further one takes the place of another."""
        self._held: dict[int, _Held] = {}
        self._least: list[tuple[int, int]] = []
        """Worth and key, negative, of all that is held: a heap. What it says of one whose worth has risen since is void."""
        self._late: dict[int, list[tuple[int, Mark]]] = {}
        self._late_marks = 0
        self.heard = Heard()
        """RTP of the subjects."""

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: int) -> bool:
        return key in self._held

    def wants(self, key: int, worth: int) -> bool:
        """Whether one of this worth would be held: so that no record is made for nothing."""
        if key in self._held or not self._full:
            return True
        return self._most > 0 and self._bottom() < (worth, -key)

    def wants_more(self, worth: int) -> bool:
        """Whether any of this worth might be held: sooner told than `wants`."""
        return not self._full or (self._most > 0 and self._bottom()[0] <= worth)

    def put(self, made: Made, worth: int) -> None:
        """Hold a record that is wanted, in the place of an earlier one of the same subject, or of the one worth least."""
        key = made.record["key"]
        before = self._held.get(key)
        if before is not None:
            self._octets -= len(before.octets)
        elif len(self._held) >= self._most:
            self._push_out()
        held = self._held[key] = _Held(made, worth if before is None else max(worth, before.worth))
        heapq.heappush(self._least, (held.worth, -key))
        self._octets += len(held.octets)
        while self._octets > MAX_OCTETS and len(self._held) > 1:
            self._push_out()
            self._full = True
        self._full = self._full or len(self._held) >= self._most

    def cite(self, key: int, number: int, mark: Mark, worth: int) -> None:
        """A finding that came after the subject: `number` is that of the message."""
        held = self._held.get(key)
        if held is None or self._late_marks >= MAX_LATE_MARKS:
            return
        held.severity = max(held.severity, mark.severity)
        if worth > held.worth:
            held.worth = worth
            heapq.heappush(self._least, (worth, -key))
        marks = self._late.setdefault(key, [])
        if (number, mark) not in marks:
            marks.append((number, mark))
            self._late_marks += 1

    def shows(self, key: int | None, number: int | None) -> tuple[int | None, int | None]:
        """What of a subject and a message of it the document holds."""
        held = self._held.get(key) if key is not None else None
        if held is None:
            return None, None
        return key, number if held.numbers is None or number in held.numbers else None

    def ports(self) -> Iterator[tuple[int, Ports]]:
        """Where RTP of each may be met, by key."""
        return ((key, self._held[key].ports) for key in sorted(self._held))

    def kinds(self) -> Counter[str]:
        """How many of each kind are held."""
        return Counter(held.kind for held in self._held.values())

    def records(self, places: Mapping[str, int]) -> Iterator[SubjectRecord]:
        """One at a time: those with the worst findings first, and what is alike in order of the capture. `places` says where the
        document has the findings of a rule."""
        for key in sorted(self._held, key=lambda key: (-self._held[key].severity, key)):
            record = cast("SubjectRecord", json.loads(zlib.decompress(self._held[key].octets)))
            _cite_late(record, self._late.get(key, ()))
            record["media"] = self.heard.of(key)
            for message in record["messages"]:
                for mark in message["marks"]:
                    mark["finding"] = places.get(mark["rule"], 0)
            yield record

    def _push_out(self) -> None:
        """Let go of the one worth least."""
        self._bottom()
        _, least = heapq.heappop(self._least)
        self._octets -= len(self._held.pop(-least).octets)
        self._late_marks -= len(self._late.pop(-least, ()))

    def _bottom(self) -> tuple[int, int]:
        """Worth and negative key of the one worth least."""
        least = self._least
        while True:
            worth, key = least[0]
            held = self._held.get(-key)
            if held is not None and held.worth == worth:
                return worth, key
            heapq.heappop(least)


def _cite_late(record: SubjectRecord, late: Any) -> None:
    if not late:
        return
    known: dict[str, int] = {}
    for message in record["messages"]:
        for number, mark in late:
            if message["number"] == number:
                message["marks"].append({"rule": mark.rule, "severity": str(mark.severity), "finding": 0})
        message["marks"].sort(key=lambda mark: (-Severity[mark["severity"].upper()], mark["rule"]))
    for _, mark in late:
        known[mark.rule] = max(known.get(mark.rule, 0), mark.severity)
    worst = max(known.values())
    if not record["severity"] or worst > Severity[record["severity"].upper()]:
        record["severity"] = str(Severity(worst))
    record["rules"] += [rule for rule in sorted(known) if rule not in record["rules"]]
