"""The excerpt of the capture inside a page: which frames it is to hold, and what the page says of it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from analyser.codes import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from analyser.report.shapes import SubjectRecord

Place: TypeAlias = "tuple[int, int]"
"""Which of the inputs, from 0, and which of its frames, from 1."""


class Enclosure(NamedTuple):
    """A capture file, and how much of what was asked for is in it."""

    octets: bytes
    packets: int
    groups: int
    left_out: int
    cut_short: frozenset[int] = frozenset()
    """Which of the groups, from 0, are not whole in it."""
    redacted: bool = False
    """Whether its packets were made of redacted messages."""


Cut: TypeAlias = "Callable[[Sequence[Collection[Place]], int], Enclosure]"
"""Gives the packets of groups of frames, the most important group first; the number is up to when the captures listened (ns)."""


class Frames(NamedTuple):
    """Those of a subject."""

    places: set[Place]
    whole: bool
    """Whether the record of the subject lists all of them."""


def frames_of(subjects: Iterable[SubjectRecord]) -> Iterator[Frames]:
    """The frames of each subject in which something was found; these are the first of them all."""
    for subject in subjects:
        if not subject["severity"]:
            return
        messages = subject["messages"]
        yield Frames(
            {(message["input"], frame) for message in messages for frame in message["frames"]},
            not subject["messages_left_out"] and not any(message["frames_left_out"] for message in messages),
        )


def enclose(cut: Cut, subjects: Iterable[SubjectRecord], watched_until: int) -> Enclosure:
    """The packets of the subjects in which something was found."""
    groups = list(frames_of(subjects))
    found = cut([group.places for group in groups], watched_until)
    unlisted = {number for number, group in enumerate(groups[: found.groups]) if not group.whole}
    return found._replace(cut_short=found.cut_short | unlisted)


def enclosed_in_page(found: Enclosure, lang: str) -> Mapping[str, Any]:
    """What the template says of an excerpt."""
    known = sentences("excerpt", lang)

    def said(key: str, number: int, **values: str) -> str:
        template = known[f"{key}.{'one' if number == 1 else 'many'}"]
        return template.format(number=f"{number:,}", **values)

    if found.redacted:
        known = {
            **known,
            **{key: text for key, text in sentences("redact", lang).items() if key.startswith("holds.")},
        }
    lines = [said("holds", found.groups, packets=f"{found.packets:,}") if found.packets else known["empty"]]
    if found.cut_short:
        lines.append(said("cut-short", len(found.cut_short)))
    if found.left_out:
        lines.append(said("left-out", found.left_out))
    return {
        "title": known["title"],
        "save": known["save"],
        "lines": lines,
        "octets": base64.b64encode(found.octets).decode("ascii"),
    }
