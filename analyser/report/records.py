"""Subjects -> records of the report as one document (`shapes.SubjectRecord`), each within a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.annotate import Role, annotate, answer_passed_on
from analyser.report.calls import opening, outcome_of, silence_of, title_of, who
from analyser.report.columns import Columns
from analyser.report.json_times import iso_time, seconds
from analyser.report.media import Ports, ports_of
from analyser.report.remarks import remark
from analyser.report.secrets import without_passwords, without_secrets
from analyser.sip import Request, Response
from analyser.track import Call, Publication, Transaction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyser.report.cases import Drawable
    from analyser.report.rows import Mark
    from analyser.report.setting import Setting
    from analyser.report.shapes import MessageRecord, SubjectRecord
    from analyser.track import Sighting

MAX_MESSAGES: Final = 400
"""Messages of one subject: the first, the last and those that findings cite stay, the rest is counted."""
FIRST_MESSAGES: Final = 200
LAST_MESSAGES: Final = 60
MAX_RAW: Final = 4_096
"""Octets of one message that are held as text."""
MAX_RAW_OF_SUBJECT: Final = 128 * 1024
"""The same of all messages of a subject."""
MAX_ELEMENTS: Final = 12
"""Columns of a ladder, from which on the endpoints of one host share a column."""
MAX_NAMES: Final = 40
"""Methods and codes of a subject that are listed."""
MAX_FRAMES: Final = 100
"""Frames of a finding that are listed, and of a message in any case."""
MAX_FRAMES_OF_SUBJECT: Final = 10_000
"""Frames of its messages that are listed as long as there are that few: a large message in small segments is whole."""
MAX_TEXT: Final = 2_000
"""Characters of one value from the wire; what is longer ends with an ellipsis."""


class Made(NamedTuple):
    """A record, and where RTP of the subject may be met."""

    record: SubjectRecord
    ports: Ports


def record(
    subject: Drawable, sightings: Sequence[Sighting], marks: Mapping[int, Sequence[Mark]], setting: Setting
) -> Made:
    """All that the document says of a subject; `finding` of its marks and its media are still to be filled in."""
    first = opening(sightings)
    call = subject if isinstance(subject, Call) else None
    transactions = [subject] if isinstance(subject, Transaction) else subject.transactions
    shown = _chosen(sightings, marks)
    columns = Columns(shown)
    if len(columns) > MAX_ELEMENTS:
        columns = Columns(shown, by_host=True)
    leg = call.first_leg if call is not None else []
    severity, rules = _found(marks)
    ports = ports_of(subject, shown, columns)
    made: SubjectRecord = {
        "key": sightings[0].number,
        "kind": type(subject).__name__.lower(),
        "title": title_of(subject, sightings, setting.words),
        "call_id": cut(first.call_id),
        "source": cut(who(first.from_)),
        "target": cut(who(first.to)),
        "uri": cut(without_passwords(_uri(subject, first))),
        "methods": list(dict.fromkeys(cut(each.method) for each in transactions))[:MAX_NAMES],
        "codes": list(dict.fromkeys(each.status for each in transactions if each.status))[:MAX_NAMES],
        "state": call.state if call is not None else "",
        "outcome": outcome_of(subject, setting.words),
        "status": leg[-1].status if leg else 0,
        "started": iso_time(sightings[0].time),
        "duration": duration_of(call) if call is not None else None,
        "setup": setup_of(leg),
        "severity": severity,
        "rules": rules,
        "elements": columns.names,
        "messages": _messages(shown, sightings[0].time, columns, marks, setting),
        "messages_left_out": len(sightings) - len(shown),
        "transactions_left_out": 0 if isinstance(subject, Transaction) else subject.dropped,
        "silence": silence_of(subject, sightings[-1].time, setting),
        "media": [],
    }
    return Made(made, ports)


def cut(text: str) -> str:
    """At most `MAX_TEXT` characters of a value from the wire."""
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _uri(subject: Drawable, first: Request | Response) -> str:
    if isinstance(subject, Publication):
        return subject.uri
    return first.uri if isinstance(first, Request) else ""


def _found(marks: Mapping[int, Sequence[Mark]]) -> tuple[str, list[str]]:
    """The worst severity, and the rules, worst first."""
    every = sorted(
        {mark for cited in marks.values() for mark in cited}, key=lambda mark: (-mark.severity, mark.rule)
    )
    return (str(every[0].severity) if every else "", list(dict.fromkeys(mark.rule for mark in every)))


def duration_of(call: Call) -> float | None:
    """Seconds from the answer to the first BYE; None where the BYE came first, or the clock was set back."""
    answered = call.answered
    bye = next((each.first for each in call.byes), None)
    if bye is None or answered is None or bye.time < answered.time:
        return None
    return seconds(bye.time - answered.time)


def setup_of(leg: Sequence[Transaction]) -> float | None:
    """Seconds from the first INVITE to the first 18x or 2xx; None where the clock was set back between them."""
    if not leg or leg[0].request is None:
        return None
    start = leg[0].request.time
    for invite in leg:
        for seen in invite.responses:
            if isinstance(seen.message, Response) and 180 <= seen.message.status < 300:
                return seconds(seen.time - start) if seen.time >= start else None
    return None


def _chosen(sightings: Sequence[Sighting], marks: Mapping[int, Sequence[Mark]]) -> Sequence[Sighting]:
    if len(sightings) <= MAX_MESSAGES:
        return sightings
    keep = set(range(FIRST_MESSAGES)) | set(range(len(sightings) - LAST_MESSAGES, len(sightings)))
    for index, seen in enumerate(sightings):
        if seen.number in marks and len(keep) < MAX_MESSAGES:
            keep.add(index)
    return [sightings[index] for index in sorted(keep)]


def _messages(
    shown: Sequence[Sighting],
    start: int,
    columns: Columns,
    marks: Mapping[int, Sequence[Mark]],
    setting: Setting,
) -> list[MessageRecord]:
    room, places = MAX_RAW_OF_SUBJECT, MAX_FRAMES_OF_SUBJECT
    records: list[MessageRecord] = []
    for seen in shown:
        octets = len(seen.message.raw)
        take = min(octets, MAX_RAW, room)
        room -= take
        made = _message(seen, start, columns, marks.get(seen.number, ()), take, setting)
        made["frames"] = list(seen.frames[-max(places, MAX_FRAMES) :])
        made["frames_left_out"] = len(seen.frames) - len(made["frames"])
        places -= len(made["frames"])
        records.append(made)
        seen.message.kept = None  # what was parsed for this
    return records


def _message(
    seen: Sighting, start: int, columns: Columns, cited: Sequence[Mark], take: int, setting: Setting
) -> MessageRecord:
    message = seen.message
    request = isinstance(message, Request)
    annotation = annotate(seen, setting.words.lang)
    note, verdict = remark(seen, setting.words)
    earlier = _earlier(seen)
    if annotation is not None:
        role = str(annotation.role)
    elif seen.retransmission:
        role = "retransmission"
    else:
        role = "forward" if earlier is not None else "request"
    if role in (Role.RETRANSMISSION, Role.STRAY, Role.DUPLICATE):
        earlier = None
    return {
        "number": seen.number,
        "frame": seen.frame,
        "frames": [],
        "frames_left_out": 0,
        "input": seen.input,
        "place": setting.frame(seen),
        "time": iso_time(seen.time),
        "offset": seconds(seen.time - start) or 0.0,
        "source": columns.number(seen.hop.source),
        "target": columns.number(seen.hop.target),
        "transport": seen.hop.transport,
        "kind": "request" if request else "response",
        "label": cut(message.method) if isinstance(message, Request) else str(message.status),
        "phrase": cut(message.reason) if isinstance(message, Response) else "",
        "method": cut(message.method if isinstance(message, Request) else message.cseq_method),
        "status": message.status if isinstance(message, Response) else 0,
        "sdp": message.raw.startswith(b"v=0", message.body_at),
        "role": role,
        "forward_of": earlier,
        "verdict": verdict,
        "elapsed": seconds(annotation.elapsed) if annotation is not None else None,
        "note": note,
        "marks": [{"rule": mark.rule, "severity": str(mark.severity), "finding": 0} for mark in cited],
        "defects": [defect.value for defect in message.defects],
        "raw": raw_text(message, take),
        "raw_left_out": len(message.raw) - take,
    }


def raw_text(message: Request | Response, most: int) -> str:
    """At most so many octets of a message as text, without its secrets."""
    text = message.raw[:most].decode("utf-8", "replace")
    if most >= len(message.raw):
        return without_secrets(text)
    return without_secrets(f"{text}@").removesuffix(
        "@"
    )  # a password may have been cut off from the @ that tells it


def _earlier(seen: Sighting) -> int | None:
    """The number of the message that this one passes on: of a request, one hop earlier; of a response, one hop
    further."""
    transaction, message = seen.transaction, seen.message
    if transaction is None:
        return None
    if isinstance(message, Request):
        before = transaction.forward_of
        if before is None:
            return None
        passed = before.ack if message.method == "ACK" else before.request
        return passed.number if passed is not None and passed.number < seen.number else None
    answer = answer_passed_on(seen, message, transaction)
    return answer.number if answer is not None else None
