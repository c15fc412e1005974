"""Two calls in plain words: what came of each, where they part first, and what differed before."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.annotate import annotate
from analyser.codes import status_code
from analyser.report.diff.alignment import first_divergence
from analyser.sip import Request
from analyser.track import Call, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyser.report.cases import Drawable
    from analyser.report.diff.alignment import Pair
    from analyser.report.diff.said import Said
    from analyser.report.diff.shapes import FieldChange, StepPair, StepRecord
    from analyser.report.diff.steps import Step
    from analyser.report.rows import Marks
    from analyser.report.setting import Setting

MAX_NAMED: Final = 5
"""Fields that a sentence names."""
_WHO: Final = frozenset(
    {"Request-URI", "From", "To", "Contact", "Via", "Route", "User-Agent", "Server", "Max-Forwards"}
)
"""Fields that tell who and where, and differ between any two calls: named last."""


class Told(NamedTuple):
    """One of the two calls, and what its side of the comparison knows of it."""

    subject: Drawable
    marks: Marks
    setting: Setting


def call_sentences(
    pairs: Sequence[Pair], steps: Sequence[StepPair], told: tuple[Told, Told], said: Said
) -> list[str]:
    """The weightiest first; `steps` are the records of the pairs."""
    return list(_sentences(pairs, steps, told, said))


def _sentences(
    pairs: Sequence[Pair], steps: Sequence[StepPair], told: tuple[Told, Told], said: Said
) -> Iterator[str]:
    outcomes = [outcome_of(side.subject, said) for side in told]
    if outcomes[0] != outcomes[1]:
        yield said("call.outcomes", a=outcomes[0], b=outcomes[1])
    divergence = first_divergence(pairs)
    if divergence is None:
        different = any(step["fields"] for step in steps)
        yield said.count("call.same-but" if different else "call.same", len(pairs))
    else:
        yield _parting(pairs, divergence, told, said)
        if pairs[divergence].passing:
            yield said("call.only-passing")
    for step in _telling(pairs, steps, divergence):
        a, b = step["a"], step["b"]
        assert a is not None
        assert b is not None
        ranked = sorted(step["fields"], key=_rank)
        names = said.words.listing(
            [said.field_name(field["part"], field["name"]) for field in ranked[:MAX_NAMED]]
        )
        if len(ranked) > MAX_NAMED:
            names = said.count("call.and-more", len(ranked) - MAX_NAMED, names=names)
        key = "call.differs-before" if divergence is not None else "call.differs"
        yield said(key, message=text_of(a), fields=names, place_a=a["place"], place_b=b["place"])


def _telling(pairs: Sequence[Pair], steps: Sequence[StepPair], divergence: int | None) -> Iterator[StepPair]:
    """Messages that differ before the two part and are worth a sentence: the first with another SDP, and the request whose
    response parts them; else the first of all."""
    before = range(len(steps) if divergence is None else divergence + 1)
    differing = [
        number for number in before if steps[number]["verdict"] == "same" and steps[number]["fields"]
    ]
    chosen = {
        number for number in differing if any(field["part"] == "sdp" for field in steps[number]["fields"])
    }
    chosen = {min(chosen)} if chosen else set()
    if divergence is not None:
        chosen |= {number for number in differing if number == _request_of(pairs, divergence)}
    for number in sorted(chosen) or differing[:1]:
        yield steps[number]


def _request_of(pairs: Sequence[Pair], divergence: int) -> int | None:
    """The latest request of both before the divergence that has its method."""
    step = pairs[divergence].one or pairs[divergence].other
    assert step is not None
    for number in range(divergence - 1, -1, -1):
        pair = pairs[number]
        if pair.same and pair.one is not None and pair.one.kind == (step.kind[0], 0):
            return number
    return None


def _rank(field: FieldChange) -> int:
    """What the media are made of decides more calls than how a message is addressed."""
    return 0 if field["part"] == "sdp" else 2 if field["name"] in _WHO else 1


def _parting(pairs: Sequence[Pair], divergence: int, told: tuple[Told, Told], said: Said) -> str:
    texts = [_going_on(pairs, divergence, number, told[number].setting, said) for number in (0, 1)]
    return said("call.parting", a=texts[0], b=texts[1])


def _going_on(pairs: Sequence[Pair], divergence: int, number: int, setting: Setting, said: Said) -> str:
    """What one of the calls goes on with, and in which frame."""
    step = pairs[divergence][number]
    if step is not None:
        return said("call.at", message=_meaning(step, said), place=setting.frame(step.seen))
    following = next((pair for pair in pairs[divergence:] if pair[number] is not None), None)
    if following is None:
        before = (pair[number] for pair in reversed(pairs[:divergence]))
        last = next((step for step in before if step is not None), None)
        return said("call.nothing-more", place=setting.frame(last.seen) if last is not None else "-")
    step = following[number]
    assert step is not None
    both = following.one is not None and following.other is not None
    return said(
        "call.directly" if both else "call.at", message=_meaning(step, said), place=setting.frame(step.seen)
    )


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
