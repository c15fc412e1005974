"""The findings that a team knows: a file to compare with, sorted, one finding a line, meant to be read and edited.

    {"baseline": "sip-analyser", "schema": "1.0", "known": [
    {"rule": "stuck-on-trying", "severity": "error", "kind": "transaction", "method": "INVITE", "status": 0, "from": "alice", "to": "bob", "count": 2}
    ]}

A baseline of a redacted run has the mark of its key in `redacted`: its people are pseudonyms, which only a run with the same key has.
A field that is left out fits anything, in its texts `*` stands for anything, and without `count` any number is known.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from analyser.annotate import Severity
from analyser.errors import UsageError
from analyser.report.check.fingerprint import Fingerprint
from analyser.report.check.patterns import as_pattern, fits, is_literal, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

    from analyser.report.check.seen import Tally

SCHEMA: Final = "1.0"
"""Version of the shape; a new field raises the second number, anything else the first."""
MAX_OCTETS: Final = 16 * 1024 * 1024
MAX_PATTERNS: Final = 1000
"""Entries that fit more than one fingerprint."""
MAX_PEOPLE: Final = 20
"""Findings that differ only in From and To; where there are more of them, they are written as one entry without both."""
ANY_NUMBER: Final = 1_000_000_000
"""The count of an entry that names none."""

_TEXTS: Final = ("rule", "severity", "kind", "method", "from", "to")
_FIELDS: Final = (*_TEXTS[:4], "status", "from", "to")
"""As they are written, and as `Fingerprint` has them."""


@dataclass(slots=True)
class Entry:
    """One line of the file. Of `patterns`, None fits anything."""

    number: int
    patterns: tuple[str | int | None, ...]
    """In the order of `Fingerprint`."""
    count: int
    found: int = 0
    """How many of this run it has taken up."""

    @property
    def rule(self) -> str:
        """The one rule that is meant; empty where there may be several."""
        pattern = self.patterns[0]
        return literal(pattern) if isinstance(pattern, str) and is_literal(pattern) else ""

    def fits(self, mark: Fingerprint) -> bool:
        """Whether a fingerprint is meant."""
        return all(
            pattern is None or (fits(pattern, str(value)) if isinstance(pattern, str) else pattern == value)
            for pattern, value in zip(self.patterns, mark, strict=True)
        )

    def exact(self) -> Fingerprint | None:
        """The only fingerprint that fits; None where there may be several."""
        if any(each is None or (isinstance(each, str) and not is_literal(each)) for each in self.patterns):
            return None
        return Fingerprint(*(literal(each) if isinstance(each, str) else each for each in self.patterns))  # type: ignore[arg-type]

    def __str__(self) -> str:
        values = (
            f"{name} {value}"
            for name, value in zip(_FIELDS, self.patterns, strict=True)
            if value not in (None, "", 0)
        )
        return ", ".join(values)


@dataclass(slots=True)
class Baseline:
    """A file that was read, and after `compare` what of it was found."""

    path: str
    entries: list[Entry] = field(default_factory=list)

    def compare(self, tallies: Sequence[Tally]) -> None:
        """Tell each tally how many of its findings are known. What names one finding goes before what fits several."""
        exact: dict[Fingerprint, list[Entry]] = {}
        patterns: dict[str, list[Entry]] = {}
        for entry in self.entries:
            mark = entry.exact()
            if mark is None:
                patterns.setdefault(entry.rule, []).append(entry)
            else:
                exact.setdefault(mark, []).append(entry)
        for tally in tallies:
            _take_up(tally, exact.get(tally.fingerprint, ()))
        for tally in tallies:
            mark = tally.fingerprint
            for entry in (*patterns.get(mark.rule, ()), *patterns.get("", ())):
                if tally.new and entry.fits(mark):
                    _take_up(tally, (entry,))

    def gone(self) -> list[Entry]:
        """Entries of which fewer were found than they allow."""
        return [entry for entry in self.entries if not entry.found or entry.found < entry.count < ANY_NUMBER]


def _take_up(tally: Tally, entries: Iterable[Entry]) -> None:
    for entry in entries:
        taken = min(tally.new, entry.count - entry.found)
        entry.found += taken
        tally.known += taken


def read_baseline(path: str, mark: str | None = None) -> Baseline:
    """The baseline in a file. `mark` is that of the key of a redacted run, None where the run is not redacted.

    Raises UsageError, with the entry, for a file that is none, and for one whose people this run cannot know.
    """
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_OCTETS + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    if len(data) > MAX_OCTETS:
        raise UsageError(f"{path}: longer than {MAX_OCTETS >> 20} MiB: no baseline")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        reason = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "is no JSON"
        raise UsageError(f"{path}: {reason}: no baseline (--write-baseline makes one)") from None
    if not isinstance(document, dict) or document.get("baseline") != "sip-analyser":
        raise UsageError(f"{path}: no baseline (--write-baseline makes one)")
    schema = document.get("schema")
    if not isinstance(schema, str) or schema.split(".")[0] != SCHEMA.split(".")[0]:
        raise UsageError(f"{path}: of version {schema!r}; this program reads {SCHEMA}")
    known = document.get("known")
    if not isinstance(known, list):
        raise UsageError(f"{path}: 'known' must be a list")
    baseline = Baseline(path, [_entry(path, number, item) for number, item in enumerate(known, 1)])
    _check_people(baseline, document.get("redacted"), mark)
    if sum(entry.exact() is None for entry in baseline.entries) > MAX_PATTERNS:
        raise UsageError(f"{path}: more than {MAX_PATTERNS} entries with * or without a field")
    return baseline


def _check_people(baseline: Baseline, made_with: object, mark: str | None) -> None:
    """What names nobody fits any run."""
    if made_with == mark or not any(any(entry.patterns[-2:]) for entry in baseline.entries):
        return
    if mark is None:
        why = "holds pseudonyms (--redact), which this run does not have"
    elif made_with is None:
        why = "holds names, and this run has pseudonyms (--redact) in their place"
    else:
        why = "holds the pseudonyms of another --redact-key"
    raise UsageError(f"{baseline.path}: {why}; write it anew with --write-baseline")


def _entry(path: str, number: int, item: Any) -> Entry:
    where = f"{path}: entry {number}"
    if not isinstance(item, dict):
        raise UsageError(f"{where}: must be an object")
    strange = sorted(set(item) - {*_FIELDS, "count"})
    if strange:
        raise UsageError(f"{where}: no field {strange[0]!r}; there are: {', '.join(_FIELDS)}, count")
    for name in _TEXTS:
        if name in item and not isinstance(item[name], str):
            raise UsageError(f"{where}: {name!r} must be a text")
    if "rule" not in item:
        raise UsageError(f"{where}: 'rule' is missing")
    if "severity" in item and item["severity"] not in {str(severity) for severity in Severity}:
        raise UsageError(f"{where}: 'severity' must be notice, warning or error")
    for name, most in (("status", 999), ("count", ANY_NUMBER)):
        value = item.get(name, 0)
        if type(value) is not int or not 0 <= value <= most:
            raise UsageError(f"{where}: {name!r} must be a number from 0 to {most}")
    return Entry(number, tuple(item.get(name) for name in _FIELDS), item.get("count", ANY_NUMBER))


def write_baseline(stream: TextIO, tallies: Iterable[Tally], mark: str | None = None) -> int:
    """Write what was found as a baseline, of a redacted run with the mark of its key; how many entries it has."""
    redacted = "" if mark is None else f'"redacted": {json.dumps(mark)}, '
    lines = [json.dumps(item, ensure_ascii=False) for item in _items(tallies)]
    stream.write(f'{{"baseline": "sip-analyser", "schema": "{SCHEMA}", {redacted}"known": [\n')
    stream.write(",\n".join(lines) + ("\n" if lines else ""))
    stream.write("]}\n")
    return len(lines)


def _items(tallies: Iterable[Tally]) -> Iterator[dict[str, Any]]:
    found = {tally.fingerprint: tally.count for tally in tallies}
    people: Counter[tuple[str | int, ...]] = Counter(mark[:5] for mark in found)
    counts: Counter[tuple[str | int, ...]] = Counter()
    for mark, count in found.items():
        counts[tuple(mark) if people[mark[:5]] <= MAX_PEOPLE else mark[:5]] += count
    for key in sorted(counts, key=str):
        item: dict[str, Any] = {
            name: as_pattern(value) if isinstance(value, str) else value
            for name, value in zip(_FIELDS, key, strict=False)
        }
        yield {**item, "count": counts[key]}
