"""A call beside another: which messages both have, where they part first, and what differs in those that both have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.annotate import annotate
from analyser.codes import status_code
from analyser.report.cases import sightings_of
from analyser.report.diff.alignment import align, first_divergence
from analyser.report.diff.steps import steps_of
from analyser.report.diff.taken import call_id_of, kind_of
from analyser.report.message_difference import message_differences, passed_over
from analyser.sip import Request, Response
from analyser.track import Call, Transaction
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyser.report.cases import Drawable
    from analyser.report.diff.alignment import Pair
    from analyser.report.diff.said import Said
    from analyser.report.diff.shapes import CallComparison, CallSide, FieldChange, StepPair, StepRecord
    from analyser.report.diff.steps import Step, Steps
    from analyser.report.message_difference import FieldDifference
    from analyser.report.rows import Marks
    from analyser.report.setting import Setting

MAX_NAMED: Final = 4
"""Fields that a sentence names."""
_EXPLAINING: Final = frozenset({"Reason", "Warning", "Retry-After", "Unsupported", "Error-Info", "Server"})
"""What is worth seeing where one response stands in the place of another: all else differs with the code."""
_OF_THE_PAIR: Final = frozenset({"method", "status"})
"""Fields that the pair itself shows."""


class Told(NamedTuple):
    """One of the two calls, and what its side of the comparison knows of it."""

    subject: Drawable
    marks: Marks
    setting: Setting


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
        "sentences": list(_sentences(pairs, steps, divergence, (one, other), said)),
        "divergence": divergence,
        "steps": steps,
        "differ_always": list(dict.fromkeys(always)),
    }


def _all_fields(pairs: Sequence[Pair], both: tuple[Steps, Steps]) -> list[list[FieldChange]]:
    """The differences of each pair; one that an earlier pair has told is counted there and not repeated."""
    told: dict[tuple[object, ...], FieldChange] = {}
    every: list[list[FieldChange]] = []
    for pair in pairs:
        fields: list[FieldChange] = []
        for found in _fields(pair, both):
            known = told.get(found)
            if known is not None:
                known["repeats"] += 1
                continue
            part, name, a, b, members = found
            told[found] = change = {
                "part": part,
                "name": name,
                "a": a,
                "b": b,
                "members": members,
                "repeats": 0,
            }
            fields.append(change)
        every.append(fields)
    return every


def _fields(pair: Pair, both: tuple[Steps, Steps]) -> list[FieldDifference]:
    if pair.one is None or pair.other is None:
        return []
    found = message_differences(
        pair.one.seen.message, pair.other.seen.message, both[0].roles, both[1].roles
    )
    if pair.same:
        return [field for field in found if field.name not in _OF_THE_PAIR]
    return [field for field in found if field.name in _EXPLAINING]


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
    records = [
        _step(step, steps, side) for step, steps, side in zip(pair, both, told, strict=True)
    ]
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
        "source": source.uri.text if source is not None else "",
        "target": target.uri.text if target is not None else "",
        "outcome": outcome_of(subject, said),
        "caller": steps.caller,
        "callee": steps.callee,
        "messages": len(sightings_of(subject)),
        "other_hops": steps.other_hops,
        "left_out": steps.left_out,
    }


def outcome_of(subject: Drawable, said: Said) -> str:
    """How it ended, in words."""
    if isinstance(subject, Call):
        state = subject.state
        answer = _answer(subject.first_leg[-1].status, said) if state == "failed" else ""
        return said.words(f"outcome.only.{'answered' if state == 'ended' else state}", answer=answer)
    transactions = [subject] if isinstance(subject, Transaction) else subject.transactions
    final = Counter(seen.status for seen in transactions if seen.forward_of is None)
    texts = [
        said.count("call.final" if status else "call.unanswered", count, answer=_answer(status, said))
        for status, count in sorted(final.items())
    ]
    return said.words("list.comma").join(texts)


def _answer(status: int, said: Said) -> str:
    return f"{status} {status_code(status, said.lang).phrase}".rstrip() if status else ""


def _sentences(
    pairs: Sequence[Pair],
    steps: Sequence[StepPair],
    divergence: int | None,
    told: tuple[Told, Told],
    said: Said,
) -> Iterator[str]:
    """Where they part, what came of each, and what differed before."""
    outcomes = [outcome_of(side.subject, said) for side in told]
    if outcomes[0] != outcomes[1]:
        yield said("call.outcomes", a=outcomes[0], b=outcomes[1])
    if divergence is None:
        different = any(step["fields"] for step in steps)
        yield said.count("call.same-but" if different else "call.same", len(pairs))
    else:
        yield _parting(pairs, divergence, told, said)
        if pairs[divergence].provisional:
            yield said("call.only-provisional")
    before = [
        (step, step["fields"])
        for step in steps[: len(steps) if divergence is None else divergence + 1]
        if step["verdict"] == "same" and step["fields"]
    ]
    if before:
        # What the media are made of decides more calls than how a message is addressed.
        step, fields = next(((one, fs) for one, fs in before if _of_sdp(fs)), before[0])
        ranked = [*_of_sdp(fields), *(field for field in fields if field["part"] != "sdp")]
        names = said.words.listing([field["name"] for field in ranked[:MAX_NAMED]])
        if len(ranked) > MAX_NAMED:
            names = said.count("call.and-more", len(ranked) - MAX_NAMED, names=names)
        key = "call.differs-before" if divergence is not None else "call.differs"
        a, b = step["a"], step["b"]
        assert a is not None
        assert b is not None
        yield said(key, message=text_of(a), fields=names, place_a=a["place"], place_b=b["place"])


def _of_sdp(fields: Sequence[FieldChange]) -> list[FieldChange]:
    return [field for field in fields if field["part"] == "sdp"]


def _parting(pairs: Sequence[Pair], divergence: int, told: tuple[Told, Told], said: Said) -> str:
    one, other = pairs[divergence]
    texts, places = [], []
    for number, (step, side) in enumerate(zip((one, other), told, strict=True)):
        following = next((pair[number] for pair in pairs[divergence:] if pair[number] is not None), None)
        if following is None:
            last = next(
                (pair[number] for pair in reversed(pairs[:divergence]) if pair[number] is not None), None
            )
            texts.append(said("call.nothing-more"))
            places.append(side.setting.frame(last.seen) if last is not None else "-")
        else:
            texts.append(_meaning(following, said))
            places.append(side.setting.frame(following.seen))
            if step is None and _comes_later(pairs, divergence, number):
                texts[-1] = said("call.goes-on", message=texts[-1])
    return said("call.parting", a=texts[0], b=texts[1], place_a=places[0], place_b=places[1])


def _comes_later(pairs: Sequence[Pair], divergence: int, number: int) -> bool:
    """Whether what a call goes on with stands beside something of the other, further on."""
    following = next(pair for pair in pairs[divergence:] if pair[number] is not None)
    return following.one is not None and following.other is not None


def _meaning(step: Step, said: Said) -> str:
    """The start line, and of a response that is no success what it says."""
    message = step.seen.message
    if isinstance(message, Request):
        return message.method
    text = f"{message.status} {message.reason}".rstrip()
    if step.kind[0] != "INVITE":
        text += f" ({step.kind[0]})"
    annotation = annotate(step.seen, said.lang)
    if annotation is None or message.status < 300:
        return text
    return said("call.meaning", answer=text, meaning=annotation.short)


def text_of(step: StepRecord) -> str:
    """`INVITE`, `180 Ringing`, `200 OK (BYE)`."""
    text = f"{step['label']} {step['phrase']}".rstrip()
    if step["label"] != step["method"] and step["method"] != "INVITE":
        text += f" ({step['method']})"
    return text
