"""The language of --expect: what it means, what it refuses and where, and that no text gets the better of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.report.check.expression import evaluate
from analyser.report.check.names import COUNTS, DELAYS, DURATION, RATIOS, Kind
from analyser.report.check.parser import MAX_DEPTH, parse_expression
from analyser.report.check.tokens import MAX_LENGTH, ExpressionError

RULES = {"stuck-on-trying", "calls"}


def parse(text):
    return parse_expression(text, RULES)


def value(text, **figures):
    known = {name.lower().replace("srd_f", "srd-f"): number for name, number in figures.items()}
    return evaluate(parse(text), lambda figure: known[str(figure).lower()])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 == 7", True),
        ("(1 + 2) * 3 == 9", True),
        ("10 - 3 - 2 == 5", True),
        ("8 / 4 / 2 == 1", True),
        ("-2 * -3 == 6", True),
        ("- (1 + 1) == -2", True),
        ("1 < 2 and 2 < 1", False),
        ("1 < 2 or 2 < 1", True),
        ("1 > 2 or 2 > 1 and 3 > 4", False),
        ("not 1 > 2", True),
        ("not not 1 > 2", False),
        ("NOT 1 > 2 AND 1 < 2", True),
        ("250ms == 0.25s", True),
        ("2 min == 120s", True),
        ("0.1 + 0.2 == 0.3", True),
        ("0.1 + 0.2 > 0.3", False),
        ("0.1 + 0.2 <= 0.3", True),
        ("1 != 2", True),
        ("95% >= 95", True),
    ],
)
def test_arithmetic_and_logic(text, expected):
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "figures", "expected"),
    [
        ("SER >= 95", {"SER": 95.0}, True),
        ("ser >= 95 %", {"SER": 94.9}, False),
        ("PDD < 3", {"PDD": 2.5}, True),
        ("pdd < 3000 ms", {"PDD": 3.0}, False),
        ("srd-f < 1s", {"SRD_F": 0.2}, True),
        ("SRD-F-1s < 1s", {"SRD_F": 1.5}, True),
        ("100 * errors / calls < 5%", {"errors": 1, "calls": 100}, True),
        ("calls / duration > 4", {"calls": 10, "duration": 2.0}, True),
    ],
)
def test_figures_have_units(text, figures, expected):
    assert value(text, **figures) is expected


@pytest.mark.parametrize(
    ("text", "figures", "expected"),
    [
        ("SER >= 95", {"SER": None}, None),
        ("not SER >= 95", {"SER": None}, None),
        ("SER >= 95 or calls == 0", {"SER": None, "calls": 0}, True),
        ("SER >= 95 or calls == 0", {"SER": None, "calls": 1}, None),
        ("SER >= 95 and calls == 0", {"SER": None, "calls": 1}, False),
        ("SER >= 95 and calls == 1", {"SER": None, "calls": 1}, None),
        ("errors / calls < 1", {"errors": 0, "calls": 0}, None),
        ("-SER + 5 < 1", {"SER": None}, None),
    ],
)
def test_what_was_not_measured_is_neither_true_nor_false(text, figures, expected):
    assert value(text, **figures) is expected


def test_a_number_beyond_all_bounds_is_no_value():
    assert value(" * ".join(["999999999999"] * 30) + " > 1") is None


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("SRE >= 95", 0, "did you mean SER?"),
        ("calls > 1 and SERE > 2", 14, "did you mean SEER?"),
        ("SER", 0, "compares nothing"),
        ("calls + 5", 0, "compares nothing"),
        ("", 0, "ends too early"),
        ("SER >=", 6, "ends too early"),
        ("SER = 95", 4, "write == to compare"),
        ("SER > 9 && PDD < 3", 8, "write 'and'"),
        ("SER > 9 || PDD < 3", 8, "write 'or'"),
        ("! SER > 9", 0, "write 'not'"),
        ("SER \u2265 9", 4, "write >="),
        ("calls > 1,000", 9, "without commas"),
        ("calls > 1e3", 9, "'e3' is no unit; there are: %, ms, s, min"),
        ("calls > 1 2", 10, "'2' is not expected here"),
        ("1 < calls < 5", 10, "join two of them by 'and'"),
        ("(calls > 5", 0, "not closed"),
        ("calls > 5)", 9, "')' is not expected here"),
        ("p95(PDD < 3", 3, "not closed"),
        ("p95 < 3", 0, "wants something in parentheses"),
        ("p95(SER) < 3", 4, "p95 is of PDD"),
        ("count(calls) < 3", 6, "count is of PDD"),
        ("p0(PDD) < 3", 0, "'p0' is no function"),
        ("p100(PDD) < 3", 0, "'p100' is no function"),
        ("maximum(PDD) < 3", 0, "is no function"),
        ("finding(stuck-on-tryin) == 0", 8, "did you mean stuck-on-trying?"),
        ("code(700) == 0", 5, "no status code"),
        ("code(48) == 0", 5, "no status code"),
        ("code(INVTE:486) == 0", 5, "did you mean INVITE?"),
        ("method(REGISTRE) > 0", 7, "did you mean REGISTER?"),
        ("method(a b) > 0", 7, "is no method"),
        ("errors < 5%", 7, "a count and a percentage"),
        ("PDD < SER", 4, "a length of time and a percentage"),
        ("SER + PDD < 3", 4, "a percentage and a length of time"),
        ("calls * 5% < 3", 6, "write 0.05 for 5 %"),
        ("PDD * PDD < 3", 4, "means nothing"),
        ("SER and calls > 1", 0, "'and' wants comparisons, and this is a percentage"),
        ("not calls", 4, "'not' wants comparisons"),
        ("(calls > 1) + 1 > 1", 12, "'+' wants numbers"),
        ("(calls > 1) == 1", 12, "'==' wants numbers"),
        ("-(calls > 1) > 1", 1, "'-' wants a number"),
        ("1234567890123 > 1", 0, "at most 12 digits"),
        ("__import__('os') == 1", 0, "is no function"),
        ("calls.__class__ == 1", 5, "means nothing here"),
        ("\u0661 < 2", 0, "means nothing here"),
        ("calls\x1b[2J > 1", 5, "means nothing here"),
        ("and > 1", 0, "'and' is not expected here"),
    ],
)
def test_a_mistake_is_told_with_its_place(text, at, message):
    with pytest.raises(ExpressionError) as caught:
        parse(text)

    assert message in str(caught.value)
    assert (caught.value.text, caught.value.at) == (text, at)


def test_length_and_depth_are_bounded():
    assert parse("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH + " > 0")
    for nested in ("(" * 400 + "1" + ")" * 400 + ">0", "-" * 900 + "1 > 0", "not " * 200 + "1 > 0"):
        with pytest.raises(ExpressionError, match="deep"):
            parse(nested)
    with pytest.raises(ExpressionError, match=f"longer than {MAX_LENGTH}"):
        parse("1" + " " * MAX_LENGTH + "> 0")
    assert value("+".join(["1"] * 490) + " > 489") is True


NUMBERS = st.builds(
    lambda digits, unit: digits + unit,
    st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,3})?", fullmatch=True),
    st.just(""),
)
SECONDS = st.sampled_from(
    [*DELAYS, DURATION, *(f"p95({name})" for name in DELAYS), "3s", "250ms", "max(PDD)"]
)
PLAIN = st.sampled_from(
    [*COUNTS, "code(486)", "code(INVITE:4xx)", "method(BYE)", "finding(calls)", "count(SER)"]
)


def sums(leaves):
    joined = st.builds(
        lambda left, sign, right: f"({left} {sign} {right})", leaves, st.sampled_from("+-"), leaves
    )
    return st.one_of(leaves, joined, leaves.map(lambda text: f"-{text}"))


COMPARISONS = st.one_of(
    *(
        st.builds(
            lambda left, sign, right: f"{left} {sign} {right}",
            sums(leaves),
            st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
            sums(st.one_of(leaves, NUMBERS)),
        )
        for leaves in (st.sampled_from(RATIOS), SECONDS, PLAIN)
    )
)
EXPRESSIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds(
            lambda one, word, other: f"({one}) {word} ({other})", inner, st.sampled_from(["and", "or"]), inner
        ),
        inner.map(lambda text: f"not ({text})"),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS)
def test_its_own_spelling_means_the_same(text):
    tree = parse(text)

    assert tree.kind is Kind.TRUTH
    assert parse(str(tree)) == tree
    assert str(parse(str(tree))) == str(tree)


@given(EXPRESSIONS, st.integers(0, 200), st.sampled_from([None, 0.0, 1.0, 50.0]))
def test_every_expression_has_a_value_or_none(text, seed, other):
    values = iter(range(seed, seed + 1000))

    assert evaluate(parse(text), lambda _: other if next(values) % 3 else float(seed)) in (True, False, None)


PIECES = [
    "SER",
    "calls",
    "p95(PDD)",
    "finding(",
    "code(486)",
    ")",
    "(",
    "and",
    "or",
    "not",
    "-",
    "*",
    "/",
    "<",
    ">=",
    "==",
    "=",
    "5",
    "3s",
    "95%",
    ".",
    "p95(",
    "SRD-F",
    "%",
    "ms",
    "\x00",
    "\u202e",
]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)))
def test_no_text_crashes_the_parser(text):
    try:
        tree = parse(text)
    except ExpressionError as mistake:
        place = mistake.at
    else:
        place = 0
        assert parse(str(tree)) == tree
    assert 0 <= place <= len(text)
