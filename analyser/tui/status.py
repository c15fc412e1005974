"""What stands above the list: what is read, how far, what was lost or let go, and the gravest of what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from analyser.report.foreign_words import foreign
from analyser.report.layout import cells
from analyser.report.wire_text import wire_text
from analyser.tui.shape import cut

if TYPE_CHECKING:
    from analyser.report.layout import Line
    from analyser.tui.app import Room

_MAX_NAME: Final = 60
_SEVERITIES: Final = ("notice", "warning", "error")


def status_lines(room: Room, width: int, *, shown: int, filtered: bool) -> list[Line]:
    """Two lines, and a third where something is amiss."""
    labels, store, source = room.labels, room.store, room.source
    names = [wire_text(Path(name).name or name, _MAX_NAME) for name in source.names]
    name = names[0] if len(names) == 1 else labels("status.names", first=names[0], number=len(names))
    first: Line = [(labels("status.live" if source.live else "status.file") + " ", ""), (name, "strong")]
    first.append(("  " + _state(room), ""))
    rows = f"{shown:,}"
    if filtered:
        rows = labels("status.of", shown=rows, all=f"{len(store.entries):,}")
    second = [
        labels("status.rows", number=rows),
        labels("status.messages", number=f"{store.messages:,}"),
    ]
    counts = dict.fromkeys(_SEVERITIES, 0)
    for found in store.found.values():
        counts[_SEVERITIES[found.worst - 1]] += found.count
    second += [
        labels(f"status.{severity}", number=f"{counts[severity]:,}")
        for severity in reversed(_SEVERITIES)
        if counts[severity]
    ]
    if store.marked:
        second.append(labels("status.marked", number=f"{len(store.marked):,}"))
    lines: list[Line] = [first, [("  ".join(second), "")]]
    amiss = _amiss(room)
    if amiss:
        lines.append([("  ".join(amiss), "warning")])
    return [_cut(line, width) for line in lines]


def _state(room: Room) -> str:
    labels, feed = room.labels, room.feed
    if feed.failure is not None:
        return labels("status.failed")
    if room.paused:
        return labels("status.paused", number=f"{len(room.store.fresh):,}")
    if feed.ended:
        return labels("status.ended")
    if room.source.live:
        return labels("status.listening")
    done, total = room.source.progress
    return labels("status.reading", percent=100 * done // total) if total else labels("status.reading-on")


def _amiss(room: Room) -> list[str]:
    labels, store = room.labels, room.store
    amiss = []
    if room.feed.failure is not None:
        amiss.append(wire_text(str(room.feed.failure)))
    losses = room.source.losses
    if losses is not None and losses.all:
        amiss.append(
            labels(
                "status.lost",
                kernel=f"{losses.kernel:,}",
                interface=f"{losses.interface:,}",
                queue=f"{losses.queue:,}",
            )
        )
    if store.evicted:
        amiss.append(labels("status.evicted", number=f"{store.evicted:,}"))
    amiss += [wire_text(foreign("note", note, labels.lang)) for note in room.source.notes[-1:]]
    return amiss


def _cut(line: Line, width: int) -> Line:
    made: Line = []
    for text, style in line:
        made.append((cut(text, width), style))
        width -= cells(text)
        if width <= 0:
            break
    return made
