"""The list of network interfaces that `live` can listen to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyser.codes import sentences
from analyser.report.layout import cells, hang, paragraph
from analyser.report.sections import GAP, INDENT
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.capture.interfaces import Described
    from analyser.report.layout import Line


def interface_object(interface: Described) -> dict[str, Any]:
    """The interface for JSON."""
    return {
        "interface": interface.name,
        "kind": interface.kind,
        "state": interface.state,
        "addresses": list(interface.addresses),
        "description": interface.description,
    }


def interface_list(interfaces: Sequence[Described], lang: str, width: int) -> list[Line]:
    """The interfaces, one a line: name, state, kind, addresses."""
    say = sentences("explain", lang)
    names = [wire_text(each.name) for each in interfaces]
    column = min(max(map(cells, names), default=0) + INDENT + GAP, width // 2)
    lines: list[Line] = []
    for name, each in zip(names, interfaces, strict=True):
        parts = [say[f"interface_kind.{each.kind}"], *each.addresses]
        if each.description:
            parts.append(each.description)
        up = each.state == "up"
        state = say[f"interface_state.{each.state.replace(' ', '_')}"] + say["list.then"]
        text: Line = [(state, "" if up else "faint"), (wire_text(say["code.comma"].join(parts)), "")]
        lines += hang([(" " * INDENT + name, "strong" if up else "faint")], text, width, column)
    return [*lines, [], *paragraph(say["list.interfaces"].format(count=len(interfaces)), width, "faint")]
