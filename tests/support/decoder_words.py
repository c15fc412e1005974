"""What the rooms that read, decode and track say in English, read from their sources: each text with `{}` for its fields."""

import ast
import re
from pathlib import Path

from analyser.sip import Defect

ANALYSER = Path(__file__).parents[2] / "analyser"
ROOMS = ("capture", "decode", "track", "sip")
OWNERS = ("calls", "registrations", "subscriptions", "publications")
"""What the tracker lets go by the name of its class."""
UNNAMED = frozenset({"{}", "{}: {}", "{}s"})
"""Nothing of ours: what the system says, and texts that are put together from those found elsewhere."""

SAID_ELSEWHERE = frozenset({"packet.reason", "name"})
"""Expressions that only pass a text on: the reason of a packet, and what `_bound` is called with."""


def template(text):
    """A key of a catalogue in the same spelling."""
    return re.sub(r"\{.*?\}", "{}", text)


def texts():
    """Group of `wire.toml` -> texts."""
    found = {"reason": set(), "evicted": set(OWNERS), "note": set(), "defect": {str(d) for d in Defect}}
    for path in [
        ANALYSER / "pipeline.py",
        ANALYSER / "merge.py",
        *(path for room in ROOMS for path in (ANALYSER / room).glob("*.py")),
    ]:
        module = _Module(ast.parse(path.read_text(encoding="utf-8")))
        for group, expression in module.said(reasons=path.parent.name == "decode"):
            found[group] |= {text.removeprefix("{}: ") for text in module.templates(expression) - UNNAMED}
    return found


class _Module:
    def __init__(self, tree):
        self._tree = tree
        self._assigned = {}
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(targets[0], ast.Name):
                self._assigned.setdefault(targets[0].id, []).append(node.value)

    def said(self, *, reasons):
        for node in ast.walk(self._tree):
            match node:
                case ast.Assign(targets=[ast.Attribute(attr="reason")], value=value) if reasons:
                    yield "reason", value
                case ast.Subscript(value=ast.Attribute(attr="not_decoded"), slice=key):
                    yield "reason", key
                case ast.Subscript(value=ast.Attribute(attr="evicted"), slice=key):
                    yield "evicted", key
                case ast.Call(func=ast.Attribute(attr="_bound"), args=[_, _, name]):
                    yield "evicted", name
                case ast.Call(func=ast.Name(id="note" | "CaptureError"), args=[text]):
                    yield "note", text
                case ast.Call(func=ast.Attribute(attr="_note" | "note_once"), args=[text]):
                    yield "note", text
                case ast.Call(
                    func=ast.Attribute(value=ast.Attribute(attr="notes"), attr="append"), args=[text]
                ):
                    yield "note", text

    def templates(self, expression):
        """The texts that an expression can be, with `{}` for each field."""
        match expression:
            case ast.Constant(value=None):
                return set()
            case ast.Constant(value=str(text)):
                return {text}
            case ast.JoinedStr(values=parts):
                return {"".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)}
            case ast.IfExp(body=one, orelse=other):
                return self.templates(one) | self.templates(other)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return {a + b for a in self.templates(left) for b in self.templates(right)}
            case ast.Name(id=name) if name in self._assigned:
                return set().union(*(self.templates(value) for value in self._assigned[name]))
            case _ if ast.unparse(expression) in SAID_ELSEWHERE:
                return set()
            case _:
                raise AssertionError(f"line {expression.lineno}: not understood: {ast.unparse(expression)}")
