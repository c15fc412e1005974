"""What changed in the numbers of two captures, and whether chance alone gives it (see `intervals`)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from analyser.codes import status_code
from analyser.report.diff.intervals import (
    Estimate,
    change,
    mean,
    percentile,
    rates_differ,
    ratio,
    shares_differ,
)
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from analyser.annotate import Kpis, Summary
    from analyser.annotate.kpi import Delays
    from analyser.report.diff.intervals import Change
    from analyser.report.diff.shapes import CountChange, FigureChange, PeerChange, Value
    from analyser.report.diff.taken import Fared, Taken

_Key = TypeVar("_Key", int, str)

CHANGED, CHANCE, FEW, SAME, ABSENT = "changed", "chance", "few", "same", "absent"
NEW, GONE, MORE, FEWER = "new", "gone", "more", "fewer"
BETTER, WORSE = "better", "worse"

MAX_PEERS: Final = 50
"""Hosts listed, the weightiest first."""

RETRANSMISSIONS: Final = "RTX"
"""A figure that is no key figure of a report: messages sent again, of all messages."""

_PERCENTILE: Final = 0.95
_BETTER_MORE: Final = frozenset({"SER", "SEER", "SCR", "ASR", "NER"})
_NEITHER: Final = frozenset({"ACD"})
_DELAYS: Final = {
    "PDD": ("post_dial", "s"),
    "SRD": ("session_request", "ms"),
    "SRD-F": ("failed_session_request", "ms"),
    "SDD": ("session_disconnect", "ms"),
    "ACD": ("session_duration", "s"),
    "RRD": ("registration", "ms"),
}
"""Attribute of `Kpis` and unit; SDT is ACD by another name."""
_ORDER: Final = {CHANGED: 0, NEW: 0, GONE: 1, CHANCE: 2, FEW: 3, ABSENT: 4, SAME: 5}


def figure_changes(one: Summary, other: Summary, names: Mapping[str, str]) -> list[FigureChange]:
    """Every key figure that one of the two has: those that changed first, else as a report lists them."""
    found = [*_ratios(one.kpis, other.kpis, names), *_delays(one.kpis, other.kpis, names)]
    again = [
        ratio(summary.retransmissions, summary.messages) if summary.messages else None
        for summary in (one, other)
    ]
    if one.retransmissions or other.retransmissions:
        found.append(_figure(RETRANSMISSIONS, names[RETRANSMISSIONS], "%", *again, scale=100))
    found.sort(key=lambda figure: _ORDER[figure["verdict"]])
    return found


def _ratios(one: Kpis, other: Kpis, names: Mapping[str, str]) -> Iterator[FigureChange]:
    for mine, theirs in zip(one.figures(), other.figures(), strict=True):
        if mine.unit != "%" or not (mine.of or theirs.of):
            continue
        estimates = [
            ratio(round((kpi.value or 0) * kpi.of / 100), kpi.of) if kpi.of else None
            for kpi in (mine, theirs)
        ]
        yield _figure(mine.id, names[mine.id], "%", *estimates, scale=100)


def _delays(one: Kpis, other: Kpis, names: Mapping[str, str]) -> Iterator[FigureChange]:
    for name, (attribute, unit) in _DELAYS.items():
        both: list[Delays] = [getattr(kpis, attribute) for kpis in (one, other)]
        if not any(delays.count for delays in both):
            continue
        scale = 1 / (SECOND if unit == "s" else SECOND // 1000)
        means = (_estimate(mean, delays) if delays.count else None for delays in both)
        yield _figure(name, names[name], unit, *means, scale=scale)
        if all(delays.count > 1 for delays in both):
            ordered = (_estimate(partial(percentile, share=_PERCENTILE), delays) for delays in both)
            yield _figure(f"{name} p95", names[name], unit, *ordered, scale=scale)


def _estimate(of: Callable[[Sequence[int]], Estimate], delays: Delays) -> Estimate:
    """An estimate of delays, which are one at least. Of very many it rests on an even choice of them, which makes its interval too wide and never too
    narrow."""
    return of(delays.spread())._replace(of=delays.count)


def _figure(
    name: str, words: str, unit: str, one: Estimate | None, other: Estimate | None, *, scale: float
) -> FigureChange:
    if one is None or other is None:
        known, verdict = None, ABSENT
    else:
        known = change(one, other)
        verdict = _verdict(one, other, known, share=unit == "%")
    judged = ""
    if verdict == CHANGED and known is not None and name.split(maxsplit=1)[0] not in _NEITHER:
        judged = BETTER if (known.value > 0) == (name in _BETTER_MORE) else WORSE
    return {
        "id": name,
        "name": words,
        "unit": unit,
        "a": _value(one, scale),
        "b": _value(other, scale),
        "change": _scaled(known.value if known else None, scale),
        "low": _scaled(known.low if known else None, scale),
        "high": _scaled(known.high if known else None, scale),
        "verdict": verdict,
        "judged": judged,
    }


def _verdict(one: Estimate, other: Estimate, known: Change, *, share: bool) -> str:
    if one.value == other.value:
        return SAME
    if known.low is None or (share and too_few(one.of, other.of)):
        return FEW
    if known.certain and (not share or shares_differ(*_parts(one), *_parts(other))):
        return CHANGED
    return CHANCE


def _parts(share: Estimate) -> tuple[int, int]:
    return round(share.value * share.of), share.of


def too_few(one: int, other: int) -> bool:
    """Whether of so many on either side not even `none` and `all` could be told apart."""
    return not shares_differ(0, one, other, other)


def _value(estimate: Estimate | None, scale: float) -> Value | None:
    if estimate is None:
        return None
    value = round(estimate.value * scale, 6)
    return {
        "value": value,
        "low": _scaled(estimate.low, scale),
        "high": _scaled(estimate.high, scale),
        "of": estimate.of,
    }


def _scaled(value: float | None, scale: float) -> float | None:
    return None if value is None else round(value * scale, 6)


def code_changes(one: Counter[int], other: Counter[int], lang: str) -> list[CountChange]:
    """Status codes by their share of all responses: refusals first among what changed."""
    labels = {code: status_code(code, lang).phrase for code in {*one, *other}}
    found = _counts({code: str(code) for code in labels}, labels, one, other)
    found.sort(key=lambda code: (_ORDER[code["verdict"]], -int(code["name"]) // 100, -_moved(code)))
    return found


def count_changes(one: Counter[str], other: Counter[str]) -> list[CountChange]:
    """Methods or products by their share; what moved most first."""
    found = _counts({name: name for name in {*one, *other}}, {}, one, other)
    found.sort(key=lambda count: (_ORDER[count["verdict"]], -_moved(count), count["name"]))
    return found


def _moved(count: CountChange) -> float:
    return abs(count["share_b"] - count["share_a"])


def _counts(
    names: Mapping[_Key, str], labels: Mapping[_Key, str], one: Counter[_Key], other: Counter[_Key]
) -> list[CountChange]:
    totals = one.total(), other.total()
    found: list[CountChange] = []
    for key, name in names.items():
        counts = one[key], other[key]
        shares = [ratio(count, total) if total else None for count, total in zip(counts, totals, strict=True)]
        values = [share.value if share is not None else 0.0 for share in shares]
        verdict = FEW
        if values[0] == values[1]:
            verdict = SAME
        elif shares[0] is not None and shares[1] is not None:
            verdict = _verdict(shares[0], shares[1], change(shares[0], shares[1]), share=True)
        found.append(
            {
                "name": name,
                "label": labels.get(key, ""),
                "a": counts[0],
                "b": counts[1],
                "share_a": round(100 * values[0], 4),
                "share_b": round(100 * values[1], 4),
                "verdict": verdict,
            }
        )
    return found


def peer_changes(one: Taken, other: Taken) -> list[PeerChange]:
    """Hosts: those that fail otherwise than before first, then new ones and those that are gone, by how much they do."""
    found = [_peer(host, one.hosts.get(host), other.hosts.get(host)) for host in {*one.hosts, *other.hosts}]
    found.sort(
        key=lambda peer: (
            _ORDER[peer["verdict"]],
            peer["judged"] != WORSE,
            -(peer["attempts_a"] + peer["attempts_b"]),
            peer["host"],
        )
    )
    return found


def _peer(host: str, mine: Fared | None, theirs: Fared | None) -> PeerChange:
    judged = ""
    if mine is None or theirs is None:
        verdict = NEW if mine is None else GONE
    else:
        before = ratio(mine.failures, mine.attempts)
        after = ratio(theirs.failures, theirs.attempts)
        known = change(before, after)
        verdict = _verdict(before, after, known, share=True)
        if verdict == CHANGED:
            judged = WORSE if known.value > 0 else BETTER
    return {
        "host": host,
        "attempts_a": mine.attempts if mine else 0,
        "failures_a": mine.failures if mine else 0,
        "attempts_b": theirs.attempts if theirs else 0,
        "failures_b": theirs.failures if theirs else 0,
        "codes_a": _codes(mine),
        "codes_b": _codes(theirs),
        "verdict": verdict,
        "judged": judged,
    }


def _codes(fared: Fared | None) -> dict[str, int]:
    return {} if fared is None else {str(code): count for code, count in sorted(fared.codes.items())}


def finding_verdict(one: int, other: int, exposure: int, other_exposure: int) -> tuple[str, bool]:
    """`new`, `gone`, `more`, `fewer`, `same` by the count for each call (or other subject), and whether it is beyond chance."""
    rate, other_rate = one / max(1, exposure), other / max(1, other_exposure)
    if rate == other_rate:
        return SAME, False
    certain = rates_differ(one, exposure, other, other_exposure)
    if not one or not other:
        return (NEW if other else GONE), certain
    return (MORE if other_rate > rate else FEWER), certain
