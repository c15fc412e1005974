"""The report as one HTML page (`--format html`): the verdict, the findings, and each call as a ladder that a script draws.

The page is written as the calls come out of the dossier, so that memory does not grow with their number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from analyser.report.defect_words import sentences_of_all
from analyser.report.dossier import Dossier
from analyser.report.page import frame as frames
from analyser.report.page.charts import charts
from analyser.report.page.enclosed import enclose, enclosed_in_page
from analyser.report.page.packing import Packing, data, gated
from analyser.report.records import MAX_MESSAGES, MAX_RAW, MAX_RAW_OF_SUBJECT
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TextIO

    from analyser.report.page.enclosed import Cut
    from analyser.report.page.frame import PageWords
    from analyser.report.shapes import CaseRecord, Figure, ReportHead, SubjectRecord

MAX_INPUTS: Final = 12
"""Files named in the head of the page."""
MAX_NAME: Final = 300
"""Characters of the name of a file; browsers take seconds to break a line of many thousands."""

MARKS: Final = {"error": "✕", "warning": "▲", "notice": "●", "good": "✓"}
"""What says the severity beside its colour."""

_MILLISECONDS_BELOW: Final = 10_000
"""From here on a delay is told in seconds."""

STYLES: Final = (*frames.STYLES, "report.css", "ladder.css")
SCRIPTS: Final = (
    *frames.SCRIPTS,
    "words.js",
    "dom.js",
    "data.js",
    "filter.js",
    "list.js",
    "measure.js",
    "layout.js",
    "ladder.js",
    "tip.js",
    "message.js",
    "call.js",
    "examples.js",
    "main.js",
)


class HtmlReport:
    """One page: feed it every event, then `finish`."""

    def __init__(
        self,
        stream: TextIO,
        lang: str = "en",
        *,
        narrowed: bool = False,
        redacted: bool = False,
        cut: Cut | None = None,
    ) -> None:
        """`cut` gives the excerpt that the page is to carry."""
        self._stream = stream
        self._cut = cut
        self._lang = lang
        self._dossier = Dossier(lang, narrowed=narrowed, redacted=redacted)
        self.receive = self._dossier.receive

    def finish(self) -> None:
        """Write the page."""
        dossier, enclosed = self._dossier, None
        if self._cut is not None:
            found = enclose(self._cut, dossier.subjects(), dossier.watched_until)
            enclosed = enclosed_in_page(found, self._lang)
        write_page(self._stream, dossier.head(), dossier.subjects(), self._lang, enclosed)


def write_page(
    stream: TextIO,
    head: ReportHead,
    subjects: Iterable[SubjectRecord],
    lang: str,
    enclosed: Mapping[str, Any] | None = None,
) -> None:
    """Write the page of a report; `subjects` are asked for one by one. `enclosed` is what `enclosed_in_page` makes of an excerpt."""
    common = frames.frame(lang, SCRIPTS, STYLES)
    words: PageWords = common["words"]
    known: ReportHead = gated(head)
    packing = Packing()
    page = frames.environment().get_template("report.html")
    pieces = page.generate(
        **common,
        head=known,
        enclosed=enclosed,
        marks=MARKS,
        inputs=[wire_text(name, MAX_NAME) for name in head["inputs"][:MAX_INPUTS]],
        more_inputs=max(0, len(head["inputs"]) - MAX_INPUTS),
        charts=list(charts(known, words)),
        figures=[
            _figure(figure, words)
            for figure in known["figures"]
            if figure["of"] and figure["value"] is not None
        ],
        data=data,
        for_script=_for_script(known, lang),
        groups=packing.groups(subjects),
        index=packing.index,
        budget=lambda: _budget(packing, words),
    )
    stream.writelines(pieces)


def _budget(packing: Packing, words: PageWords) -> str:
    """How much of the page a call takes, and how much it may."""
    return words.count(
        "page.budget",
        packing.calls,
        each=f"{packing.octets_of_each() / 1024:,.1f}",
        messages=MAX_MESSAGES,
        message=MAX_RAW // 1024,
        call=MAX_RAW_OF_SUBJECT // 1024,
    )


def _figure(figure: Figure, words: PageWords) -> dict[str, Any]:
    value, unit = figure["value"], figure["unit"]
    assert value is not None
    return {
        **figure,
        "of": f"{figure['of']:,}",
        "value": _amount(value, unit, words),
        "share": value if unit == "%" else None,
        "p95": "" if figure["p95"] is None or figure["of"] < 2 else _amount(figure["p95"], unit, words),
    }


def _amount(value: float, unit: str, words: PageWords) -> str:
    if unit == "%":
        return f"{value:.1f} %"
    if unit == "ms" and value >= _MILLISECONDS_BELOW:
        value, unit = value / 1000, "s"
    return words(f"time.{unit}", number=f"{value:,.2f}" if value < 10 else f"{value:,.1f}")


def _for_script(head: ReportHead, lang: str) -> Mapping[str, Any]:
    """What the script needs of the head: the words of the catalogue, and what findings say at their arrows."""
    return {
        "lang": lang,
        "severalInputs": head["several_inputs"],
        "catalogue": head["catalogue"],
        "defects": sentences_of_all(lang),
        "findings": [
            {
                "rule": case["rule"],
                "severity": case["severity"],
                "summary": case["summary"],
                "remedy": case["remedy"],
                "refs": case["refs"],
                "notes": _notes(case),
            }
            for case in head["findings"]
        ],
    }


def _notes(case: CaseRecord) -> Mapping[str, list[list[str]]]:
    """What is found and what to do, by the message: a rule may find more than one thing at it."""
    notes: dict[str, list[list[str]]] = {}
    for found in case["occurrences"]:
        if found["message"] is not None:
            said, listed = [found["note"], found["remedy"]], notes.setdefault(str(found["message"]), [])
            if said not in listed:
                listed.append(said)
    return notes
