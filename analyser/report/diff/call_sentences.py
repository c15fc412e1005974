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
    """Messages that differ before the two part and are worth a sentence: the first with another SDP, and what the message
    that parts them answers; else the first of all."""
    before = range(len(steps) if divergence is None else divergence + 1)
    differing = [
        number for number in before if steps[number]["verdict"] == "same" and steps[number]["fields"]
    ]
    of_sdp = (
        number for number in differing if any(field["part"] == "sdp" for field in steps[number]["fields"])
    )
    chosen = {next(of_sdp, None), _answered(pairs, differing, divergence)} - {None}
    for number in differing:
        if number in chosen or (not chosen and number == differing[0]):
            yield steps[number]


def _answered(pairs: Sequence[Pair], differing: Sequence[int], divergence: int | None) -> int | None:
    """Of those that differ the latest that is answered by the message that parts them: the request of a response, the final
    response of an ACK."""
    if divergence is None:
        return None
    step = pairs[divergence].one or pairs[divergence].other
    assert step is not None
    for number in reversed(differing):
        before = pairs[number].one
        assert before is not None
        method, status = before.kind
        if status >= 200 if step.kind[0] == "ACK" else (method, status) == (step.kind[0], 0):
            return number
    return None


def _rank(field: FieldChange) -> int:
    """What the media are made of decides more calls than how a message is addressed."""
    return 0 if field["part"] == "sdp" else 2 if field["name"] in _WHO else 1


def _parting(pairs: Sequence[Pair], divergence: int, told: tuple[Told, Told], said: Said) -> str:
    rest = pairs[divergence:]
    following = [next((pair for pair in rest if pair[number] is not None), None) for number in (0, 1)]
    steps = [pair[number] if pair is not None else None for number, pair in enumerate(following)]
    alike = steps[0] is not None and steps[1] is not None and steps[0].kind == steps[1].kind
    texts = []
    for number, (step, pair) in enumerate(zip(steps, following, strict=True)):
        setting = told[number].setting
        if step is None or pair is None:
            before = (earlier[number] for earlier in reversed(pairs[:divergence]))
            last = next((earlier for earlier in before if earlier is not None), None)
            texts.append(
                said("call.nothing-more", place=setting.frame(last.seen) if last is not None else "-")
            )
            continue
        message = _meaning(step, said)
        if alike:
            message = said("call.sent" if step.sent else "call.got", message=message)
        # What stands beside something of the other further on has only come earlier.
        jumps = pair is not rest[0] and pair.one is not None and pair.other is not None
        texts.append(
            said("call.directly" if jumps else "call.at", message=message, place=setting.frame(step.seen))
        )
    return said("call.parting", a=texts[0], b=texts[1])


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
