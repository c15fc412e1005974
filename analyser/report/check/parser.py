"""Text -> expectation, by recursive descent; nothing is ever run as code.

either     = both { "or" both }
both       = truth { "and" truth }
truth      = "not" truth | comparison
comparison = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum ]
sum        = product { ("+" | "-") product }
product    = factor { ("*" | "/") factor }
factor     = "-" factor | NUMBER [UNIT] | FIGURE | FUNCTION "(" … ")" | "(" either ")"
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.codes import METHODS
from analyser.report.check.expression import Chain, Comparison, Figure, Junction, Negative, Node, Not, Number
from analyser.report.check.names import (
    CODE,
    COUNT,
    DELAYS,
    FIGURES,
    FUNCTIONS,
    OF_A_DELAY,
    PERCENTILE,
    RATIOS,
    WORDS,
    Kind,
)
from analyser.report.check.tokens import ExpressionError, Token, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MAX_DEPTH: Final = 24
"""Parentheses, minus signs and `not`s within each other."""

_COMPARING: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_SHOWN: Final = 40


class _Part(NamedTuple):
    """A piece of the tree and where it begins."""

    node: Node
    at: int


def parse_expression(text: str, rules: Collection[str]) -> Node:
    """The tree of an expectation, which is true or false; `rules` are the ids and families that `finding(…)` may name. Raises
    ExpressionError with the place of the mistake."""
    parser = _Parser(text, rules)
    part = parser.either()
    parser.expect_end()
    if part.node.kind is not Kind.TRUTH:
        raise ExpressionError("compares nothing; write for example: SER >= 95", text, part.at)
    return part.node


class _Parser:
    def __init__(self, text: str, rules: Collection[str]) -> None:
        self._text = text
        self._rules = rules
        self._tokens = list(tokens(text))
        self._place = 0
        self._depth = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        self._place += 1
        return token

    def _wrong(self, message: str, at: int) -> ExpressionError:
        return ExpressionError(message, self._text, at)

    def _is_word(self, word: str) -> bool:
        return self._next.kind == "name" and self._next.text.lower() == word

    def expect_end(self) -> None:
        token = self._next
        if token.kind == "end":
            return
        if token.text in _COMPARING:
            raise self._wrong("a second comparison: join two of them by 'and'", token.at)
        raise self._wrong(f"{token.text[:_SHOWN]!r} is not expected here", token.at)

    def either(self) -> _Part:
        return self._junction("or", self._both)

    def _both(self) -> _Part:
        return self._junction("and", self._truth)

    def _junction(self, word: str, part: Callable[[], _Part]) -> _Part:
        first = part()
        parts = [first]
        while self._is_word(word):
            self._take()
            parts.append(part())
        if len(parts) == 1:
            return first
        for each in parts:
            self._want_truth(each, word)
        return _Part(Junction(word, tuple(each.node for each in parts)), first.at)

    def _truth(self) -> _Part:
        if not self._is_word("not"):
            return self._comparison()
        at = self._take().at
        part = self._deeper(self._truth, at)
        self._want_truth(part, "not")
        return _Part(Not(part.node), at)

    def _want_truth(self, part: _Part, word: str) -> None:
        if part.node.kind is not Kind.TRUTH:
            raise self._wrong(f"'{word}' wants comparisons, and this is {part.node.kind.value}", part.at)

    def _comparison(self) -> _Part:
        left = self._sum()
        token = self._next
        if token.text not in _COMPARING:
            return left
        self._take()
        right = self._sum()
        self._common_kind(left, right, token)
        return _Part(Comparison(left.node, token.text, right.node), left.at)

    def _sum(self) -> _Part:
        return self._chain("+-", self._product, self._common_kind)

    def _product(self) -> _Part:
        return self._chain("*/", self._factor, self._kind_of_product)

    def _chain(
        self, signs: str, part: Callable[[], _Part], kind_of: Callable[[_Part, _Part, Token], Kind]
    ) -> _Part:
        first = part()
        whole = first
        rest: tuple[tuple[str, Node], ...] = ()
        while self._next.kind == "sign" and self._next.text in signs:
            sign = self._take()
            further = part()
            kind = kind_of(whole, further, sign)
            rest = (*rest, (sign.text, further.node))
            whole = _Part(Chain(first.node, rest, kind), first.at)
        return whole

    def _common_kind(self, left: _Part, right: _Part, sign: Token) -> Kind:
        """What two values come to that are added or compared."""
        kinds = {left.node.kind, right.node.kind}
        if Kind.TRUTH in kinds:
            raise self._wrong(f"'{sign.text}' wants numbers, and one of these is a comparison", sign.at)
        more = kinds - {Kind.NUMBER}
        if len(more) > 1:
            one, other = left.node.kind.value, right.node.kind.value
            raise self._wrong(f"{one} and {other} cannot go together", sign.at)
        return more.pop() if more else Kind.NUMBER

    def _kind_of_product(self, left: _Part, right: _Part, sign: Token) -> Kind:
        """Of a product or quotient: a count is as good as a number, and like divided by like is a number."""
        plain = {Kind.NUMBER, Kind.COUNT}
        one, other = left.node.kind, right.node.kind
        if Kind.TRUTH in (one, other):
            raise self._wrong(f"'{sign.text}' wants numbers, and one of these is a comparison", sign.at)
        if sign.text == "/":
            if one is other or (one in plain and (other in plain or other is Kind.SECONDS)):
                return Kind.NUMBER
        elif one in plain and other in plain:
            return Kind.NUMBER
        elif one in plain and not _is_share(right.node):
            return other
        if other in plain and not _is_share(left.node):
            return one
        share = "; write 0.05 for 5 %" if Kind.PERCENT in (one, other) else ""
        raise self._wrong(f"{one.value} {sign.text} {other.value} means nothing{share}", sign.at)

    def _factor(self) -> _Part:
        token = self._take()
        match token.kind:
            case "number":
                return _Part(Number(token.text, token.argument), token.at)
            case "name" if token.text.lower() not in WORDS:
                return _Part(Figure("", self._figure(token.text, token.at)), token.at)
            case "call":
                return _Part(self._call(token), token.at)
            case "end":
                raise self._wrong("ends too early", token.at)
        if token.text == "-":
            part = self._deeper(self._factor, token.at)
            if part.node.kind is Kind.TRUTH:
                raise self._wrong("'-' wants a number, and this is a comparison", part.at)
            return _Part(Negative(part.node), token.at)
        if token.text == "(":
            part = self._deeper(self.either, token.at)
            if self._next.text != ")":
                raise self._wrong("the parenthesis is not closed", token.at)
            self._take()
            return _Part(part.node, token.at)
        raise self._wrong(f"{token.text!r} is not expected here", token.at)

    def _deeper(self, part: Callable[[], _Part], at: int) -> _Part:
        if self._depth >= MAX_DEPTH:
            raise self._wrong(f"nested more than {MAX_DEPTH} deep", at)
        self._depth += 1
        inner = part()
        self._depth -= 1
        return inner

    def _figure(self, word: str, at: int) -> str:
        name = FIGURES.get(word.lower())
        if name is not None:
            return name
        if word.lower() in FUNCTIONS:
            raise self._wrong(f"{word} wants something in parentheses", at)
        near = _near(word, FIGURES) or " (see 'sip-analyser check --help')"
        raise self._wrong(f"{word[:_SHOWN]!r} is no figure{near}", at)

    def _call(self, token: Token) -> Figure:
        function, argument, at = token.text.lower(), token.argument, token.argument_at
        match function:
            case "finding":
                if argument not in self._rules:
                    near = _near(argument, self._rules)
                    raise self._wrong(f"{argument[:_SHOWN]!r} is no rule or family{near}", at)
                return Figure(function, argument)
            case "code":
                return Figure(function, self._code(argument, at))
            case "method":
                return Figure(function, self._method(argument, at))
        percentile = PERCENTILE.match(function)
        if percentile is None and function not in FUNCTIONS:
            raise self._wrong(f"{function[:_SHOWN]!r} is no function{_near(function, FUNCTIONS)}", token.at)
        name = self._figure(argument, at)
        if name not in DELAYS and (function != COUNT or name not in RATIOS):
            kinds = ", ".join((*DELAYS, *RATIOS) if function == COUNT else DELAYS)
            raise self._wrong(f"{function} is of {kinds}", at)
        assert percentile or function in (*OF_A_DELAY, COUNT)
        return Figure(function, name)

    def _code(self, argument: str, at: int) -> str:
        code = parse_code(argument)
        if code is None:
            raise self._wrong(f"{argument[:_SHOWN]!r} is no status code: write 486, 4xx or INVITE:486", at)
        method, status = code
        return f"{self._method(method, at)}:{status}" if method else status

    def _method(self, argument: str, at: int) -> str:
        method = known_method(argument)
        if CODE.match(f"{argument}:200") is None or mistyped(method):
            raise self._wrong(f"{argument[:_SHOWN]!r} is no method{mistyped(method)}", at)
        return method


def parse_code(text: str) -> tuple[str, str] | None:
    """`INVITE:486`, `486` or `4xx` as method (empty for any) and status; None for anything else."""
    method, colon, status = text.strip().rpartition(":")
    found = CODE.match(method + colon + status.lower())
    return None if found is None else (known_method(found[1] or ""), found[2])


def known_method(name: str) -> str:
    """As the standards write it; others are what they are, for methods are told apart by case (RFC 3261 §7.1)."""
    return name.upper() if name.upper() in METHODS else name


def mistyped(method: str) -> str:
    """Which method of the standards was likely meant; empty for those, and for one that is like none of them."""
    return "" if method in METHODS else _near(method, METHODS)


def _is_share(node: Node) -> bool:
    """Whether it is a percentage that was meant as a share, such as the 5 % of `calls * 5%`."""
    return isinstance(node, Number) and node.kind is Kind.PERCENT


def _near(word: str, names: Collection[str]) -> str:
    known = {name.lower(): name for name in names}
    meant = word[:_SHOWN].lower()
    near = [name for name in known if sorted(name) == sorted(meant)] or get_close_matches(meant, known, 1)
    if not near:
        return ""
    return f"; did you mean {FIGURES.get(near[0], known[near[0]])}?"
