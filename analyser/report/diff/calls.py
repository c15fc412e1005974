"""A call beside another: which messages both have, where they part first, and what differs in those that both have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.report.cases import sightings_of
from analyser.report.diff.alignment import align, first_divergence
from analyser.report.diff.call_sentences import call_sentences, outcome_of
from analyser.report.diff.steps import steps_of
from analyser.report.diff.taken import call_id_of, kind_of
from analyser.report.message_difference import message_differences, passed_over
from analyser.report.secrets import without_passwords
from analyser.sip import Request, Response
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.report.diff.alignment import Pair
    from analyser.report.diff.call_sentences import Told
    from analyser.report.diff.said import Said
    from analyser.report.diff.shapes import CallComparison, CallSide, FieldChange, StepPair, StepRecord
    from analyser.report.diff.steps import Step, Steps
    from analyser.report.message_difference import FieldDifference

_EXPLAINING: Final = frozenset({"Reason", "Warning", "Retry-After", "Unsupported", "Error-Info", "Server"})
"""What is worth seeing where one response stands in the place of another: all else differs with the code."""
_OF_THE_PAIR: Final = frozenset({"method", "status"})
"""Fields that the pair itself shows."""


def compare_calls(one: Told, other: Told, said: Said) -> CallComparison:
    """Both beside each other, as the element that began each saw it."""
    both = steps_of(one.subject), steps_of(other.subject)
    pairs = align(both[0].steps, both[1].steps)
    divergence = first_divergence(pairs)
    fields = _all_fields(pairs, both)
    steps = [
        _pair(pair, found, (one, other), both, divergence=number == divergence)
        for number, (pair, found) in enumerate(zip(pairs, fields, strict=True))
    ]
    always = [
        name
        for pair in pairs
        if pair.same and pair.one and pair.other
        for name in passed_over(pair.one.seen.message, pair.other.seen.message)
    ]
    return {
        "a": _side(one, both[0], said),
        "b": _side(other, both[1], said),
        "sentences": call_sentences(pairs, steps, (one, other), said),
        "divergence": divergence,
        "steps": steps,
        "differ_always": list(dict.fromkeys(always)),
    }


def _all_fields(pairs: Sequence[Pair], both: tuple[Steps, Steps]) -> list[list[FieldChange]]:
    """The differences of each pair. One that comes again is counted where it was told first and not repeated; what nothing hangs on
    comes after the rest, so that an answer and not the ringing before it tells."""
    told: dict[tuple[str, str], FieldChange] = {}
    every: list[list[FieldChange]] = [[] for _ in pairs]
    for number in sorted(range(len(pairs)), key=lambda number: (pairs[number].passing, number)):
        for found in _fields(pairs[number], both):
            key = found.name, found.meaning
            known = told.get(key)
            if known is not None:
                known["repeats"] += 1
                continue
            told[key] = _change(found)
            every[number].append(told[key])
    return every


def _change(found: FieldDifference) -> FieldChange:
    return {
        "part": found.part,
        "name": found.name,
        "a": found.one,
        "b": found.other,
        "members": found.members,
        "repeats": 0,
    }


def _fields(pair: Pair, both: tuple[Steps, Steps]) -> list[FieldDifference]:
    if pair.one is None or pair.other is None or _acknowledge_otherwise(pair.one, pair.other):
        return []
    found = message_differences(pair.one.seen.message, pair.other.seen.message, both[0].roles, both[1].roles)
    if pair.same:
        return [field for field in found if field.name not in _OF_THE_PAIR]
    return [field for field in found if field.name in _EXPLAINING]


def _acknowledge_otherwise(one: Step, other: Step) -> bool:
    """Whether both are ACKs, one for an answer and one for a refusal: then all of it differs (RFC 3261 §13.2.2.4, §17.1.1.3)."""
    statuses = [step.seen.transaction.status // 100 for step in (one, other) if step.seen.transaction]
    return one.kind[0] == "ACK" and len(statuses) == 2 and (statuses[0] == 2) != (statuses[1] == 2)


def _pair(
    pair: Pair,
    fields: list[FieldChange],
    told: tuple[Told, Told],
    both: tuple[Steps, Steps],
    *,
    divergence: bool,
) -> StepPair:
    if pair.one is None:
        verdict = "only-b"
    elif pair.other is None:
        verdict = "only-a"
    else:
        verdict = "same" if pair.same else "differs"
    records = [_step(step, steps, side) for step, steps, side in zip(pair, both, told, strict=True)]
    return {
        "a": records[0],
        "b": records[1],
        "verdict": verdict,
        "divergence": divergence,
        "fields": fields,
    }


def _step(step: Step | None, steps: Steps, side: Told) -> StepRecord | None:
    if step is None:
        return None
    seen, message = step.seen, step.seen.message
    rules = [mark.rule for copy in (seen, *step.copies) for mark in side.marks.get(copy.number, ())]
    return {
        "sent": step.sent,
        "label": message.method if isinstance(message, Request) else str(message.status),
        "phrase": message.reason if isinstance(message, Response) else "",
        "method": step.kind[0],
        "sdp": message.sdp is not None,
        "frame": seen.frame,
        "place": side.setting.frame(seen),
        "offset": round((seen.time - steps.steps[0].seen.time) / SECOND, 9),
        "copies": [side.setting.frame(copy) for copy in step.copies],
        "rules": list(dict.fromkeys(rules)),
    }


def _side(side: Told, steps: Steps, said: Said) -> CallSide:
    subject = side.subject
    first = steps.steps[0].seen.message if steps.steps else None
    source, target = (first.from_, first.to) if first is not None else (None, None)
    return {
        "kind": kind_of(subject),
        "call_id": call_id_of(subject),
        "source": without_passwords(source.uri.text) if source is not None else "",
        "target": without_passwords(target.uri.text) if target is not None else "",
        "outcome": outcome_of(subject, said),
        "caller": steps.caller,
        "callee": steps.callee,
        "messages": len(sightings_of(subject)),
        "other_hops": steps.other_hops,
        "left_out": steps.left_out,
    }
