"""What is demanded of a capture, understood before it is read: a mistake is told at once, and a demand that could never fail is
one."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from analyser.errors import UsageError
from analyser.report.check.expression import Chain, Comparison, Figure, Junction, Negative, Node, Not
from analyser.report.check.parser import mistyped, parse_code, parse_expression
from analyser.report.check.tokens import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyser.annotate import Rule, Severity

FAIL_ON: Final = "fail-on"
EXPECT: Final = "expect"
EXPECT_CODE: Final = "expect-code"
FORBID: Final = "forbid"
REQUIRE: Final = "require"

MAX_DEMANDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Demand:
    """One assertion."""

    kind: str
    name: str
    """What is demanded, in one spelling: an expression, a code, a rule or family, a severity."""
    node: Node | None = None
    """Of an expectation."""
    severity: Severity | None = None
    """Of FAIL_ON."""

    @property
    def methods(self) -> frozenset[str]:
        """Methods whose responses are to be counted by code: a summary counts codes without their methods."""
        codes = [self.name] if self.kind == EXPECT_CODE else []
        if self.node is not None:
            codes += [figure.name for figure in figures_of(self.node) if figure.function == "code"]
        return frozenset(code.rpartition(":")[0] for code in codes) - {""}


def figures_of(node: Node) -> Iterator[Figure]:
    """The figures in an expression, from the left; one that is there twice comes twice."""
    match node:
        case Figure():
            yield node
        case Negative() | Not():
            yield from figures_of(node.of)
        case Chain():
            yield from figures_of(node.first)
            for _, further in node.rest:
                yield from figures_of(further)
        case Comparison():
            yield from figures_of(node.left)
            yield from figures_of(node.right)
        case Junction():
            for part in node.parts:
                yield from figures_of(part)


def demands(
    rules: Sequence[Rule],
    every: Sequence[Rule],
    *,
    fail_on: Severity | None = None,
    expect: Sequence[str] = (),
    codes: Sequence[str] = (),
    forbid: Sequence[str] = (),
    require: Sequence[str] = (),
) -> list[Demand]:
    """All of them, each once, in the order in which they are reported. `rules` are those that will run, `every` all there are.
    Raises UsageError for what cannot be understood, and for a rule that will not run."""
    found = [] if fail_on is None else [Demand(FAIL_ON, str(fail_on), severity=fail_on)]
    for kind, names in ((FORBID, forbid), (REQUIRE, require)):
        for name in names:
            _runs(name, rules, every, f"--{kind}")
            found.append(Demand(kind, name))
    for text in codes:
        code = parse_code(text)
        if code is None:
            raise UsageError(f"--expect-code {text!r}: write 486, 4xx or INVITE:486")
        if mistyped(code[0]):
            raise UsageError(f"--expect-code {text!r}: no such method{mistyped(code[0])}")
        found.append(Demand(EXPECT_CODE, ":".join(filter(None, code))))
    names_of_rules = {name for rule in every for name in (rule.id, rule.family)}
    for text in expect:
        node = parse_expression(text, names_of_rules)
        for figure in figures_of(node):
            if figure.function == "finding":
                try:
                    _runs(figure.name, rules, every, "finding")
                except UsageError as error:
                    raise ExpressionError(str(error), text, text.find(figure.name)) from None
        found.append(Demand(EXPECT, str(node), node))
    if len(found) > MAX_DEMANDS:
        raise UsageError(f"more than {MAX_DEMANDS} assertions")
    return list(dict.fromkeys(found))


def _runs(name: str, rules: Sequence[Rule], every: Sequence[Rule], where: str) -> None:
    """Raise UsageError for a name that no rule and no family has, or whose rules do not run."""
    known = {each for rule in every for each in (rule.id, rule.family)}
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else " (see 'sip-analyser list rules')"
        raise UsageError(f"{where}: {name!r} is no rule or family{hint}")
    if not any(name in (rule.id, rule.family) for rule in rules):
        raise UsageError(f"{where}: {name} does not run (--select, --ignore), so nothing could be found")
