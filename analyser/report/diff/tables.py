"""The numbers of a comparison as text: what changed in full, what did not by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.report.diff.sentences import figure_name
from analyser.report.layout import cells, hang, pad, paragraph
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyser.report.diff.said import Said
    from analyser.report.diff.shapes import Comparison, CountChange, FigureChange, PeerChange, Value
    from analyser.report.layout import Line

MAX_NAMED: Final = 40
"""Codes and the like without a difference that are named."""
_NAME: Final = 9
"""Cells that the name of a key figure takes, such as `SRD-F p95`."""
MAX_ROWS: Final = 20
"""Rows of one table."""
STYLES: Final = {"worse": "problem", "better": "good", "changed": "attention", "new": "attention"}


def tables(document: Comparison, said: Said, width: int) -> Iterator[Line]:
    """Key figures, responses, requests, hosts, products; of those in which nothing differs the names alone."""
    equal = [
        said(f"heading.{part}").lower()
        for part, changes in _parts(document).items()
        if changes and all(change["verdict"] == "same" for change in changes)
    ]
    if any(figure["verdict"] != "same" for figure in document["figures"]):
        yield from _figures(document, said, width)
    left_out = document["left_out"]
    yield from _counts("codes", document["codes"], left_out["codes"], said, width)
    yield from _counts("methods", document["methods"], left_out["methods"], said, width)
    yield from _peers(document, said, width)
    yield from _counts("products", document["products"], left_out["products"], said, width)
    if equal:
        yield from paragraph(said("table.equal", names=said.words.listing(equal)), width)
        yield []


def _parts(document: Comparison) -> dict[str, Sequence[FigureChange | CountChange | PeerChange]]:
    return {
        "figures": document["figures"],
        "codes": document["codes"],
        "methods": document["methods"],
        "peers": document["peers"],
        "products": document["products"],
    }


def _table(rows: Sequence[tuple[str, str, str, str, str]], width: int, least: int = 0) -> Iterator[Line]:
    """Name, A, B, verdict with its style; the name wraps where it is long."""
    rows = [(name, f"A {one}", f"B {other}", verdict, style) for name, one, other, verdict, style in rows]
    widths = [max([least if not column else 0, *(cells(row[column]) for row in rows)]) for column in range(3)]
    for name, one, other, verdict, style in rows:
        text: Line = [(pad(one, widths[1]) + "  ", ""), (pad(other, widths[2]) + "  ", ""), (verdict, style)]
        label: Line = [(pad(name, min(widths[0], width // 2)) + "  ", "strong")]
        if sum(cells(part) for part, _ in (*label, *text)) <= width:
            yield [*label, *text]
        else:
            yield from hang([], [(name, "strong")], width, 0)
            for value, shown in ((one, ""), (other, ""), (verdict, style)):
                yield from hang([("    ", "")], [(value, shown)], width, 4)


def _figures(document: Comparison, said: Said, width: int) -> Iterator[Line]:
    figures = document["figures"]
    shown = [figure for figure in figures if figure["verdict"] != "same"]
    yield [(said("heading.figures"), "heading")]
    yield []
    for figure in shown:
        yield from _figure(figure, said, width)
    if any(figure["a"] and figure["a"]["low"] is not None for figure in shown):
        yield from paragraph(
            said("table.confidence", confidence=f"{100 * document['confidence']:g} %"), width, "faint"
        )
    yield from _without(
        [figure_name(figure, said) for figure in figures if figure["verdict"] == "same"], said, width
    )
    yield []


def _figure(figure: FigureChange, said: Said, width: int) -> Iterator[Line]:
    name, unit = figure_name(figure, said), figure["unit"]
    style = STYLES.get(figure["judged"] or figure["verdict"], "faint")
    values = [
        (side, value_text(value, unit, said)) for side, value in (("A", figure["a"]), ("B", figure["b"]))
    ]
    head: Line = [(pad(name, _NAME) + "  ", "strong"), (figure_verdict(figure, said), style)]
    if figure["verdict"] in ("few", "absent"):
        text = said.words("list.comma").join(f"{side} {value}" for side, value in values)
        yield from hang(head[:1], [(text, ""), *_then(head[1:], said)], width, _NAME + 2)
        return
    yield from hang(head[:1], [*head[1:], (f"  {figure['name']}", "faint")], width, _NAME + 2)
    for side, value in values:
        yield from hang([(f"    {side}  ", "faint")], [(value, "")], width, 7)


def _then(line: Line, said: Said) -> Line:
    return [(said.words("list.then"), ""), *line]


def figure_verdict(figure: FigureChange, said: Said) -> str:
    """`changed: worse, change +3.0 points, between …`."""
    text = said(f"verdict.{figure['verdict']}")
    if figure["judged"]:
        text = said(f"verdict.{figure['judged']}")
    if figure["verdict"] in ("absent", "few", "same") or figure["change"] is None:
        return text
    change, low, high = (
        said.change(value, figure["unit"]) if value is not None else ""
        for value in (figure["change"], figure["low"], figure["high"])
    )
    key = "table.change" if low else "table.change-unknown"
    return text + said.words("list.comma") + said(key, change=change, low=low, high=high)


def value_text(value: Value | None, unit: str, said: Said) -> str:
    """`93.1 % (90.0 % to 95.2 %) of 400`."""
    if value is None:
        return said("table.nothing")
    low, high = (
        said.number(bound, unit) if bound is not None else "" for bound in (value["low"], value["high"])
    )
    key = "table.value-between" if low and high else "table.value"
    return said(key, value=said.number(value["value"], unit), low=low, high=high, number=f"{value['of']:,}")


def _counts(
    kind: str, counts: Sequence[CountChange], left_out: int, said: Said, width: int
) -> Iterator[Line]:
    shown = [count for count in counts if count["verdict"] != "same"]
    if not shown:
        return
    yield [(said(f"heading.{kind}"), "heading")]
    yield []
    rows = [count_row(count, said) for count in shown[:MAX_ROWS]]
    yield from _table(rows, width)
    yield from _more(left_out + len(shown[MAX_ROWS:]), said, width)
    same = [wire_text(count["name"], 60) for count in counts if count["verdict"] == "same"]
    yield from _without(same, said, width)
    yield []


def _more(number: int, said: Said, width: int) -> Iterator[Line]:
    if number:
        yield from paragraph(said.count("table.more", number), width, "faint")


def count_row(count: CountChange, said: Said) -> tuple[str, str, str, str, str]:
    """Name, A, B, verdict and its style."""
    return (
        wire_text(f"{count['name']} {count['label']}".rstrip(), 80),
        f"{count['a']:,} ({said.number(count['share_a'], '%')})",
        f"{count['b']:,} ({said.number(count['share_b'], '%')})",
        said(f"verdict.{count['verdict']}"),
        STYLES.get(count["verdict"], "faint"),
    )


def _without(names: Sequence[str], said: Said, width: int) -> Iterator[Line]:
    if names:
        listed = said.words("list.comma").join(names[:MAX_NAMED])
        if len(names) > MAX_NAMED:
            listed += f" … (+{len(names) - MAX_NAMED})"
        yield from paragraph(said("table.not-listed", names=listed), width, "faint")


def _peers(document: Comparison, said: Said, width: int) -> Iterator[Line]:
    peers = [peer for peer in document["peers"] if peer["verdict"] != "same"]
    if not peers:
        return
    yield [(said("heading.peers"), "heading")]
    yield []
    yield from _table([peer_row(peer, said) for peer in peers[:MAX_ROWS]], width)
    yield from _more(document["left_out"]["peers"] + len(peers[MAX_ROWS:]), said, width)
    same = [wire_text(peer["host"], 60) for peer in document["peers"] if peer["verdict"] == "same"]
    yield from _without(same, said, width)
    yield []


def peer_row(peer: PeerChange, said: Said) -> tuple[str, str, str, str, str]:
    """The same of a host."""
    texts = [
        said("table.failed", failures=f"{failures:,}", attempts=f"{attempts:,}")
        if attempts
        else said("table.nothing")
        for attempts, failures in (
            (peer["attempts_a"], peer["failures_a"]),
            (peer["attempts_b"], peer["failures_b"]),
        )
    ]
    verdict = peer["judged"] or peer["verdict"]
    style = STYLES.get(verdict, "faint")
    return wire_text(peer["host"], 60), texts[0], texts[1], said(f"verdict.{verdict}"), style
