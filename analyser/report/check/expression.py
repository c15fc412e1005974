"""An expectation as a tree: its text in one spelling, and its value.

A value is None where it could not be measured, and so is all that depends on it: neither true nor false (as in the logic of
Kleene: `calls == 0 or SER >= 95` is true where there are no calls).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from analyser.report.check.names import UNITS, Kind, kind_of

Value = float | bool | None

_CLOSE: Final = 1e-9
"""Numbers that differ by less, in proportion, are equal: `250ms` is 0.25."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    digits: str
    unit: str = ""

    @property
    def kind(self) -> Kind:
        return UNITS[self.unit][0]

    @property
    def value(self) -> float:
        return float(self.digits) * UNITS[self.unit][1]

    def __str__(self) -> str:
        return self.digits + self.unit


@dataclass(frozen=True, slots=True)
class Figure:
    """`SER`, or `p95(PDD)`, `code(486)`."""

    function: str
    """Empty for the figure itself."""
    name: str

    @property
    def kind(self) -> Kind:
        return kind_of(self.function, self.name)

    def __str__(self) -> str:
        return f"{self.function}({self.name})" if self.function else self.name


@dataclass(frozen=True, slots=True)
class Negative:
    """`-x`."""

    of: Node

    @property
    def kind(self) -> Kind:
        return self.of.kind

    def __str__(self) -> str:
        return f"-{_inside(self.of, 7)}"


@dataclass(frozen=True, slots=True)
class Chain:
    """`a + b - c`, or `a * b / c`: from the left."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    kind: Kind

    def __str__(self) -> str:
        level = _level(self) + 1
        return _inside(self.first, level) + "".join(
            f" {sign} {_inside(node, level)}" for sign, node in self.rest
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a < b`."""

    left: Node
    sign: str
    right: Node
    kind: Kind = Kind.TRUTH

    def __str__(self) -> str:
        return f"{_inside(self.left, 5)} {self.sign} {_inside(self.right, 5)}"


@dataclass(frozen=True, slots=True)
class Not:
    """`not a`."""

    of: Node
    kind: Kind = Kind.TRUTH

    def __str__(self) -> str:
        return f"not {_inside(self.of, 3)}"


@dataclass(frozen=True, slots=True)
class Junction:
    """`a and b and c`, or the same with `or`."""

    word: str
    parts: tuple[Node, ...]
    kind: Kind = Kind.TRUTH

    def __str__(self) -> str:
        level = _level(self) + 1
        return f" {self.word} ".join(_inside(part, level) for part in self.parts)


Node = Number | Figure | Negative | Chain | Comparison | Not | Junction
Measure = Callable[[Figure], float | None]


def evaluate(node: Node, measure: Measure) -> Value:
    """The value of a tree; every figure in it is measured, whatever the others come to."""
    match node:
        case Number():
            return node.value
        case Figure():
            return measure(node)
        case Negative():
            value = evaluate(node.of, measure)
            return None if value is None else -value
        case Chain():
            return _chain(node, measure)
        case Comparison():
            left, right = evaluate(node.left, measure), evaluate(node.right, measure)
            return None if left is None or right is None else _compare(left, node.sign, right)
        case Not():
            value = evaluate(node.of, measure)
            return None if value is None else not value
        case Junction():
            values = [evaluate(part, measure) for part in node.parts]
            decides = node.word == "or"
            if decides in values:
                return decides
            return None if None in values else not decides


def _chain(chain: Chain, measure: Measure) -> float | None:
    values = [evaluate(node, measure) for node in (chain.first, *(node for _, node in chain.rest))]
    result = values[0]
    for (sign, _), value in zip(chain.rest, values[1:], strict=True):
        if result is None or value is None or (sign == "/" and value == 0):
            return None
        match sign:
            case "+":
                result += value
            case "-":
                result -= value
            case "*":
                result *= value
            case _:
                result /= value
    return result if result is not None and math.isfinite(result) else None


def _compare(left: float, sign: str, right: float) -> bool:
    equal = math.isclose(left, right, rel_tol=_CLOSE)
    match sign:
        case "==":
            return equal
        case "!=":
            return not equal
        case "<":
            return left < right and not equal
        case ">":
            return left > right and not equal
        case "<=":
            return left < right or equal
        case _:
            return left > right or equal


def _level(node: Node) -> int:
    """How tightly it binds."""
    match node:
        case Junction():
            return 1 if node.word == "or" else 2
        case Not():
            return 3
        case Comparison():
            return 4
        case Chain():
            return 5 if node.rest[0][0] in "+-" else 6
        case _:
            return 7


def _inside(node: Node, level: int) -> str:
    """Its text where something that binds so tightly is wanted."""
    return str(node) if _level(node) >= level else f"({node})"
