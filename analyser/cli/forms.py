"""The forms that a report takes: what `--format` may be, and who writes it."""

from __future__ import annotations

from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from analyser.cli.enclosed import excerpt_of
from analyser.cli.language import language
from analyser.cli.options import in_colour, width_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    Options = dict[str, Any]


class Form(NamedTuple):
    """One of them."""

    make: Callable[[TextIO, Options], Any]
    """Gives what takes each event with `receive`, and writes the report with `finish`."""
    shared: bool = False
    """Whether several processes can make it (`--jobs`)."""
    brief: bool = False
    """Whether it has no use for single messages."""
    media: bool = False
    """Whether it tells of RTP."""
    readable: bool = True
    """Whether it is anything for a screen."""


def _terminal(stream: TextIO, options: Options) -> Any:
    from analyser.report.terminal import TerminalReport  # noqa: PLC0415 - rich is not needed for JSON

    return TerminalReport(
        stream,
        width_for(stream, options),
        in_colour(stream, options),
        all_calls=options["all_calls"],
        narrowed=narrowed(options),
        lang=options["lang"] or language(None),
    )


def _jsonl(stream: TextIO, options: Options) -> Any:
    from analyser.report.jsonl import JsonLines  # noqa: PLC0415 - each form loads its own

    return JsonLines(stream, options["lang"] or "en")


def _json(stream: TextIO, options: Options) -> Any:
    from analyser.report.json_document import JsonDocument  # noqa: PLC0415

    return JsonDocument(stream, options["lang"] or "en", narrowed=narrowed(options))


def _html(stream: TextIO, options: Options) -> Any:
    from analyser.report.html import HtmlReport  # noqa: PLC0415

    if isinstance(stream, TextIOWrapper):  # standard output: the page says that it is UTF-8
        stream.reconfigure(encoding="utf-8", newline="\n")
    return HtmlReport(
        stream,
        options["lang"] or language(None),
        narrowed=narrowed(options),
        redacted=bool(options["redact"]),
        cut=excerpt_of(options["with_excerpt"], options["redactor"], keys_of(options))
        if options["with_excerpt"]
        else None,
    )


def _csv(stream: TextIO, options: Options) -> Any:
    from analyser.report.csv_tables import CsvTable  # noqa: PLC0415

    return CsvTable(stream, options["table"] or "calls", options["lang"] or "en")


def _markdown(stream: TextIO, options: Options) -> Any:
    from analyser.report.ticket import Ticket  # noqa: PLC0415

    return Ticket(
        stream,
        all_calls=options["all_calls"],
        narrowed=narrowed(options),
        lang=options["lang"] or language(None),
    )


def _ladder(stream: TextIO, _options: Options) -> Any:
    from analyser.report.ladder import LadderText  # noqa: PLC0415

    return LadderText(stream)


FORMS: Final = {
    "terminal": Form(_terminal, shared=True, brief=True),
    "jsonl": Form(_jsonl, shared=True),
    "json": Form(_json, media=True),
    "html": Form(_html, media=True, readable=False),
    "markdown": Form(_markdown, brief=True),
    "csv": Form(_csv),
    "ladder": Form(_ladder),
}


TABLES: Final = ("calls", "messages", "findings")
"""What `--format csv` can write."""


def keys_of(options: Options) -> dict[str, Any]:
    """The engine, and keys for it, as `analyse` takes them."""
    return {name: options[name] for name in ("engine", "keylog", "tls_key")}


def narrowed(options: Options) -> bool:
    """Whether filters choose among the messages."""
    return any(options[name] for name in ("call_ids", "numbers", "since", "until"))
