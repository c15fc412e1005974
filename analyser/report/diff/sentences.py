"""The first lines: what changed, in plain words, the weightiest first; and why the two may not be comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.codes import status_code
from analyser.report.diff.numbers import BETTER, CHANCE, CHANGED, FEW, GONE, NEW, SAME, WORSE, too_few

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analyser.report.diff.said import Said
    from analyser.report.diff.shapes import Comparison, CountChange, FigureChange, FindingChange, PeerChange

MAX_SENTENCES: Final = 8
MAX_FIGURES: Final = 2
"""Key figures that got worse, or better, and have a sentence of their own."""
MAX_PEERS: Final = 3
"""Hosts that fare worse, or better, and have a sentence of their own; the table has all."""
MAX_OUTCOMES: Final = 6
"""Outcomes of calls that are named."""
_MOST_TIMES: Final = 2.0
"""How many times longer one capture may be than the other before that is said."""
_FIRST_REFUSAL: Final = 300


def sentences(document: Comparison, said: Said) -> list[str]:
    """At most `MAX_SENTENCES` and one that says how many more there are."""
    call = document["call"]
    every = list(call["sentences"]) if call is not None else []
    every += _changes(document, said)
    if call is not None and not document["captures"] and not document["different"]:
        return every
    if not document["different"]:
        if not (_holds_messages(document) or document["findings"]):
            return [*every, said("first.empty")]
        every.insert(0, said(f"first.{_sameness(document)}"))
        ended = [_outcomes(document[side]["outcomes"], said) for side in ("a", "b")]
        if ended[0] != ended[1]:
            every.insert(1, said("first.outcomes", a=ended[0], b=ended[1]))
    more = len(every) - MAX_SENTENCES
    if more > 0:
        return [*every[:MAX_SENTENCES], said.count("first.more", more)]
    return every


def reassures(document: Comparison) -> bool:
    """Whether it is good news that nothing is different: enough was captured to tell."""
    return not document["different"] and _holds_messages(document) and _sameness(document) != "few"


def _holds_messages(document: Comparison) -> bool:
    return bool(document["a"]["messages"] or document["b"]["messages"])


def _sameness(document: Comparison) -> str:
    """Of what is not different: "nothing" where all is the same, "few" where too little was captured to tell, else "chance"."""
    if _all_same(document):
        return "nothing"
    totals = (sum(document[side]["subjects"].values()) for side in ("a", "b"))
    return "few" if too_few(*totals) else "chance"


def _outcomes(outcomes: Mapping[str, int], said: Said) -> str:
    """How the calls of one side ended."""
    texts = []
    for name, count in list(outcomes.items())[:MAX_OUTCOMES]:
        state, _, status = name.partition(" ")
        answer = f"{status} {status_code(int(status)).phrase}".rstrip() if status else ""
        texts.append(said.words(f"outcome.{state}", number=f"{count:,}", answer=answer))
    return said.words("list.comma").join(texts) or said("side.no-call")


def _changes(document: Comparison, said: Said) -> Iterator[str]:
    findings = document["findings"]
    if not document["captures"]:  # of two calls chance says nothing: what is in one only is told
        yield from (_only(finding, said) for finding in findings if finding["verdict"] in (NEW, GONE))
        return
    sure = [finding for finding in findings if finding["certain"]]
    grown = [finding for finding in sure if finding["verdict"] in (NEW, "more")]
    yield from (_finding(finding, said) for finding in grown)
    figures = [figure for figure in document["figures"] if figure["verdict"] == CHANGED]
    yield from _figures([figure for figure in figures if figure["judged"] == WORSE], "worse", said)
    peers = [peer for peer in document["peers"] if peer["verdict"] == CHANGED]
    worse, better = ([peer for peer in peers if peer["judged"] == judged] for judged in (WORSE, BETTER))
    yield from (_peer(peer, said) for peer in worse[:MAX_PEERS])
    yield from (_code(code, said) for code in document["codes"] if _refusals_moved(code))
    yield from (_finding(finding, said) for finding in sure if finding not in grown)
    yield from _figures([figure for figure in figures if figure["judged"] == BETTER], "better", said)
    yield from _figures([figure for figure in figures if not figure["judged"]], "changed", said)
    yield from (_peer(peer, said) for peer in better[:MAX_PEERS])
    yield from (_count(count, "method", said) for count in document["methods"] if count["verdict"] == CHANGED)
    yield from (
        _count(count, "product", said) for count in document["products"] if count["verdict"] == CHANGED
    )
    for finding in findings:
        if finding["verdict"] in (NEW, GONE) and not finding["certain"] and finding["severity"] != "notice":
            yield _only(finding, said)


def _refusals_moved(code: CountChange) -> bool:
    return code["verdict"] == CHANGED and int(code["name"]) >= _FIRST_REFUSAL


def _all_same(document: Comparison) -> bool:
    """Whether not even chance made a difference."""
    changes = (
        *document["findings"],
        *document["figures"],
        *document["codes"],
        *document["methods"],
        *document["peers"],
        *document["products"],
    )
    return all(change["verdict"] == SAME for change in changes)


def _only(finding: FindingChange, said: Said) -> str:
    side = "b" if finding["verdict"] == NEW else "a"
    count = finding["b"] if side == "b" else finding["a"]
    return said.count(f"first.only-{side}", count, summary=finding["summary"])


def _finding(finding: FindingChange, said: Said) -> str:
    return said(
        f"first.finding-{finding['verdict']}",
        summary=finding["summary"],
        a=f"{finding['a']:,}",
        b=f"{finding['b']:,}",
    )


def _figures(figures: Sequence[FigureChange], judged: str, said: Said) -> Iterator[str]:
    """The first in full; one refused call more moves most of the ratios at once, so the others by name."""
    yield from (_figure(figure, said) for figure in figures[:MAX_FIGURES])
    if names := [figure_name(figure, said) for figure in figures[MAX_FIGURES:]]:
        yield said(f"first.also-{judged}", names=said.words.listing(names))


def _figure(figure: FigureChange, said: Said) -> str:
    one, other, moved = figure["a"], figure["b"], figure["change"]
    assert one is not None
    assert other is not None
    assert moved is not None
    unit = figure["unit"]
    return said(
        f"first.figure-{'up' if moved > 0 else 'down'}",
        id=figure_name(figure, said),
        name=figure["name"],
        a=said.number(one["value"], unit),
        b=said.number(other["value"], unit),
        judged=said(f"judged.{figure['judged']}") if figure["judged"] else "",
    )


def figure_name(figure: FigureChange, said: Said) -> str:
    """`PDD`, or what the percentile of it is called."""
    name, _, percentile = figure["id"].partition(" ")
    return said("figure.p95", id=name) if percentile else name


def _peer(peer: PeerChange, said: Said) -> str:
    return said(
        f"first.peer-{peer['judged']}",
        host=peer["host"],
        failures_a=f"{peer['failures_a']:,}",
        attempts_a=f"{peer['attempts_a']:,}",
        failures_b=f"{peer['failures_b']:,}",
        attempts_b=f"{peer['attempts_b']:,}",
    )


def _code(code: CountChange, said: Said) -> str:
    name = f"{code['name']} {code['label']}".rstrip()
    return _moved(code, name, "code", said)


def _count(count: CountChange, kind: str, said: Said) -> str:
    return _moved(count, count["name"], kind, said)


def _moved(count: CountChange, name: str, kind: str, said: Said) -> str:
    key = "new" if not count["a"] else "gone" if not count["b"] else "moved"
    return said(
        f"first.{kind}-{key}",
        name=name,
        a=f"{count['a']:,}",
        b=f"{count['b']:,}",
        share_a=said.number(count["share_a"], "%"),
        share_b=said.number(count["share_b"], "%"),
    )


def cautions(document: Comparison, said: Said) -> list[str]:
    """What to bear in mind: losses, lengths that are far apart, too few calls."""
    return list(_cautions(document, said))


def _cautions(document: Comparison, said: Said) -> Iterator[str]:
    one, other = document["a"], document["b"]
    for name, side, beside in (("A", one, other), ("B", other, one)):
        if not side["messages"]:
            yield said("caution.no-sip", side=name)
        elif side["gaps"]:
            key = "caution.gaps-both" if beside["gaps"] else "caution.gaps"
            yield said(key, side=name, other="B" if name == "A" else "A", gaps=" ".join(side["gaps"]))
    if not document["captures"]:
        return
    spans = sorted((one["span"], other["span"]))
    if spans[1] >= 1 and spans[1] > spans[0] * _MOST_TIMES:
        lengths = [said.words.duration(int(side["span"] * 1_000_000_000)) for side in (one, other)]
        yield said("caution.lengths", a=lengths[0], b=lengths[1])
    calls = [side["subjects"].get("call", 0) for side in (one, other)]
    if any(calls) and too_few(*calls):
        yield said("caution.few-calls", a=f"{calls[0]:,}", b=f"{calls[1]:,}")
    few = any(figure["verdict"] in (CHANCE, FEW) for figure in document["figures"])
    if few or any(finding["verdict"] != SAME and not finding["certain"] for finding in document["findings"]):
        yield said("caution.chance", confidence=f"{100 * document['confidence']:g} %")
