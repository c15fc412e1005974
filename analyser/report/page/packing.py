"""Calls and other subjects as they lie in the page: whole records in compressed groups, and one short row each for the list.

A group is a list of records as JSON, deflated (zlib), in base64: a block of data that the browser neither runs nor lays out.
The script inflates a group when one of its calls is looked at, so that the page opens as fast with thousands of calls as with one.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from analyser.report.wire_text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyser.report.shapes import SubjectRecord

MAX_GROUP: Final = 200_000
"""Characters of JSON in a group, unless one record alone has more: what a browser inflates in a few milliseconds."""
MAX_TEXT: Final = 160
"""Characters of one value in a row of the list; the record has all of it."""
_LEVEL: Final = 6

_SEVERAL_LINES: Final = frozenset({"raw", "explanation"})
"""Texts whose line breaks mean what they say."""

_IN_SCRIPT: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
"""JSON in a script element ends where HTML sees `</script>` or `<!--`."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def gated(value: Any) -> Any:
    """The same with every text passed through the gate of `wire_text`: nothing in it reorders, hides or moves what stands
    around it, and all of it is UTF-8."""
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, Mapping):
        return {
            (escape(key) if isinstance(key, str) else key): (
                _lines(item) if key in _SEVERAL_LINES and isinstance(item, str) else gated(item)
            )
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [gated(item) for item in value]
    return value


def data(value: Any) -> Markup:
    """JSON for a script element."""
    return Markup(_encode(value).translate(_IN_SCRIPT))  # noqa: S704 - nothing in it ends the element


class Packing:
    """Takes the records one after the other and keeps of each what its row in the list needs."""

    def __init__(self) -> None:
        self.calls = 0
        self.octets = 0
        """Of all groups, as they lie in the page."""
        self._columns: dict[str, list[Any]] = {name: [] for name in _row(None)}
        self._group: list[str] = []
        self._length = 0
        self._groups = 0

    def groups(self, subjects: Iterable[SubjectRecord]) -> Iterator[str]:
        """The groups, each as soon as it is full."""
        for subject in subjects:
            record = gated(subject)
            text = _encode(record)
            if self._group and self._length + len(text) > MAX_GROUP:
                yield self._packed()
            self.calls += 1
            for name, value in _row(record).items():
                self._columns[name].append(value)
            self._columns["group"][-1] = self._groups
            self._columns["place"][-1] = len(self._group)
            self._group.append(text)
            self._length += len(text)
        if self._group:
            yield self._packed()

    def index(self) -> Markup:
        """The rows of the list, column by column; whole once every group has been taken."""
        return data(self._columns)

    def octets_of_each(self) -> int:
        """How much a call takes in the page, on average."""
        return self.octets // max(1, self.calls)

    def _packed(self) -> str:
        text = f"[{','.join(self._group)}]"
        packed = base64.b64encode(zlib.compress(text.encode(), _LEVEL)).decode("ascii")
        self._group.clear()
        self._length = 0
        self._groups += 1
        self.octets += len(packed)
        return packed


def _row(record: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the list shows of a record and what it is found by; lists of words are one text."""
    known = record or {}
    texts = {name: _cut(known.get(name, "")) for name in ("source", "target", "uri", "call_id", "outcome")}
    return {
        "key": known.get("key"),
        "kind": known.get("kind"),
        "source": texts["source"],
        "target": texts["target"],
        "uri": texts["uri"],
        "callId": texts["call_id"],
        "methods": " ".join(map(_cut, known.get("methods", ()))),
        "codes": " ".join(map(str, known.get("codes", ()))),
        "hosts": " ".join(known.get("elements", ())),
        "outcome": texts["outcome"],
        "status": known.get("status"),
        "started": known.get("started"),
        "duration": known.get("duration"),
        "severity": known.get("severity"),
        "rules": " ".join(known.get("rules", ())),
        "messages": len(known.get("messages", ())) + known.get("messages_left_out", 0),
        "group": 0,
        "place": 0,
    }


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _lines(text: str) -> str:
    return "\n".join(escape(line.removesuffix("\r")) for line in text.split("\n"))
