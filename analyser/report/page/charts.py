"""What people would rather look at than read: charts as SVG, drawn by pygal, coloured by the style of the page.

Nothing of pygal's own style or script goes into the page, and no chart is drawn of what a sentence says as well.
"""

from __future__ import annotations

import re
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pygal
from markupsafe import Markup
from pygal.etree import etree

# pygal looks for its plug-in maps at every import that comes after it, in a way that Python 3.11 warns of.
sys.meta_path = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyser.report.page.frame import PageWords
    from analyser.report.shapes import Histogram, PeerRecord, ReportHead, Series

MIN_RESPONSES: Final = 40
"""Fewer are read sooner than drawn."""
MIN_STEPS: Final = 3
MIN_TIMES: Final = 20
MAX_PEERS: Final = 12
"""Hosts in the chart, those with most attempts; the table below it has them all."""
MAX_METHODS: Final = 4
"""Histograms of response times."""

_CLASSES: Final = ("1xx", "2xx", "3xx", "4xx", "5xx", "6xx")
_COLOUR: Final = re.compile(r"color-(\d+)")
_LABELS_OF_TIME: Final = 6
_LEFT_OUT: Final = frozenset({"defs", "desc", "script", "style"})
_GOOD, _BAD = 2, 5


class Chart(NamedTuple):
    """A picture, and the same as a table."""

    name: str
    title: str
    svg: Markup
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: Sequence[tuple[int, str]]
    """Number of the colour and what it stands for."""


def charts(head: ReportHead, words: PageWords) -> Iterator[Chart]:
    """Those that have something to show."""
    if head["series"] is not None:
        yield from _over_time(head["series"], words)
    for histogram in head["response_times"][:MAX_METHODS]:
        yield from _response_times(histogram, words)
    yield from _peers(head["peers"], words)


def _over_time(series: Series, words: PageWords) -> Iterator[Chart]:
    classes = [name for name in _CLASSES if any(series["classes"].get(name, ()))]
    steps = len(series["requests"])
    busy = sum(any(series["classes"][name][step] for name in classes) for step in range(steps))
    if busy < MIN_STEPS or sum(sum(series["classes"][name]) for name in classes) < MIN_RESPONSES:
        return
    times = [duration(step * series["step"], words) for step in range(steps)]
    chart = pygal.StackedBar(**_common(), width=620, height=280)
    chart.x_labels = times
    chart.x_labels_major_every = -(-steps // _LABELS_OF_TIME)
    chart.show_minor_x_labels = False
    for name in classes:
        chart.add(name, series["classes"][name])
    title = words("chart.codes", step=duration(series["step"], words))
    yield Chart(
        "codes",
        title,
        _drawn(chart, title, [int(name[0]) for name in classes]),
        [words("chart.time"), words("chart.requests"), *classes],
        [
            [
                time,
                f"{series['requests'][step]:,}",
                *(f"{series['classes'][name][step]:,}" for name in classes),
            ]
            for step, time in enumerate(times)
        ],
        [(int(name[0]), name) for name in classes],
    )


def _response_times(histogram: Histogram, words: PageWords) -> Iterator[Chart]:
    if histogram["total"] < MIN_TIMES:
        return
    bounds = [duration(bound, words) for bound in histogram["bounds"]]
    labels = [words("chart.below", time=bounds[0])] if bounds else []
    labels += [words("chart.between", low=low, high=high) for low, high in pairwise(bounds)]
    labels.append(words("chart.above", time=bounds[-1] if bounds else "0"))
    counts = histogram["counts"]
    full = [place for place, count in enumerate(counts) if count]
    shown = slice(max(0, full[0] - 1), full[-1] + 2)
    chart = pygal.Bar(**_common(), width=620, height=280)
    chart.x_labels = [*bounds, words("chart.longer")][shown]
    chart.add(histogram["method"], counts[shown])
    key = "chart.progress" if histogram["until"] == "progress" else "chart.times"
    title = words(key, method=histogram["method"], number=f"{histogram['total']:,}")
    yield Chart(
        "times",
        title,
        _drawn(chart, title, [3]),
        [words("chart.time"), words("chart.responses")],
        [[label, f"{count:,}"] for label, count in zip(labels, counts, strict=False)],
        (),
    )


def _peers(peers: Sequence[PeerRecord], words: PageWords) -> Iterator[Chart]:
    shown = sorted(peers, key=lambda peer: -peer["attempts"])[:MAX_PEERS]
    if len(shown) < 2 or sum(peer["attempts"] for peer in shown) < MIN_TIMES:
        return
    upwards = shown[::-1]
    chart = pygal.HorizontalStackedBar(**_common(), width=620, height=60 + 26 * len(shown))
    chart.x_labels = [peer["host"] for peer in upwards]
    legend = [(_GOOD, words("chart.went-well")), (_BAD, words("chart.failed"))]
    chart.add(legend[0][1], [peer["attempts"] - peer["failures"] for peer in upwards])
    chart.add(legend[1][1], [peer["failures"] for peer in upwards])
    title = words("chart.peers")
    yield Chart("peers", title, _drawn(chart, title, [_GOOD, _BAD]), (), (), legend)


def duration(seconds: float, words: PageWords) -> str:
    """A round length of time, as short as it can be said."""
    if 0 < seconds < 0.1:
        return words("tick.ms", number=f"{seconds * 1000:g}")
    if seconds < 120:
        return words("tick.s", number=f"{seconds:g}")
    if seconds < 7200:
        return words("tick.min", number=f"{seconds / 60:.3g}")
    return words("tick.h", number=f"{seconds / 3600:.3g}")


def _common() -> dict[str, Any]:
    font = {f"{part}_font_size": 12 for part in ("label", "major_label", "legend")}
    return {
        "style": pygal.style.Style(**font),
        "js": (),
        "no_prefix": True,
        "disable_xml_declaration": True,
        "show_legend": False,
        "truncate_label": -1,
        "margin": 8,
        "spacing": 8,
        "print_zeroes": False,
        "formatter": lambda value: f"{value:,g}",
        "max_scale": 8,
    }


def _drawn(chart: Any, title: str, colours: Sequence[int]) -> Markup:
    """The SVG with classes for the style of the page in place of colours, and a name for those who hear it."""
    tree = chart.render_tree()
    tree.set("class", "chart")
    _clean(tree, colours)
    tree.set("role", "img")
    tree.set("aria-label", title)
    tree.attrib.pop("id", None)
    return Markup(etree.tostring(tree, encoding="unicode"))  # noqa: S704 - serialised from a tree


def _clean(element: Any, colours: Sequence[int]) -> None:
    """Without scripts, styles, tooltips and remarks."""
    for child in list(element):
        name = child.tag if isinstance(child.tag, str) else ""  # a remark has a function for a tag
        given = child.get("class", "") if name else ""
        unwanted = not name or name in _LEFT_OUT or "text-overlay" in given
        if unwanted or (name == "title" and element.get("class") == "chart"):
            element.remove(child)
            continue
        child.attrib.pop("style", None)
        if given:
            child.set("class", _COLOUR.sub(lambda found: f"chart-{colours[int(found[1])]}", given))
        _clean(child, colours)
