"""Prints pages of the catalogue, through click rather than rich: a page has few styles and must be instant."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from analyser.codes import METHODS
from analyser.errors import UsageError
from analyser.report.document import lines_of
from analyser.report.output import plain_writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyser.report.document import Document
    from analyser.report.layout import Line

    Page = Callable[[int], list[Line]]
    """Gives the lines for a width."""

_Command = TypeVar("_Command", bound="Callable[..., Any]")

_WIDTH_WITHOUT_TERMINAL: Final = 80
_LEAST_WIDTH: Final = 60
_MOST_WIDTH: Final = 100
"""Longer lines of text are hard to read."""

_STYLES: Final[dict[str, dict[str, Any]]] = {
    "heading": {"bold": True},
    "strong": {"bold": True},
    "faint": {"dim": True},
    "error": {"bold": True, "fg": "red"},
    "warning": {"bold": True, "fg": "yellow"},
    "notice": {"bold": True, "fg": "cyan"},
    "normal": {"fg": "green"},
    "attention": {"fg": "yellow"},
    "problem": {"fg": "red"},
}
"""The report's styles as click knows them; the others are plain."""


def page_options(command: _Command) -> _Command:
    """The options that every command which prints pages has."""
    command = click.option("--no-color", is_flag=True, help="No colour (as with NO_COLOR set).")(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice(["terminal", "markdown", "json"]),
        default="terminal",
        show_default=True,
        help="A page to read, Markdown, or JSON.",
    )(command)


def known_method(name: str | None) -> str | None:
    """A method as people type it; UsageError for one that IANA does not list."""
    if name is None:
        return None
    if name.upper() not in METHODS:
        raise UsageError(f"unknown method '{name}'; known are {', '.join(METHODS)}")
    return name.upper()


def print_pages(
    documents: Sequence[Callable[[], Document]],
    objects: Sequence[Callable[[], Any]],
    *,
    form: str,
    no_color: bool,
) -> None:
    """Print pages in the form asked for; in JSON several make a list."""
    if form == "json":
        found = [make() for make in objects]
        print_json(found[0] if len(found) == 1 else found)
    elif form == "markdown":
        from analyser.report.page_markdown import markdown  # noqa: PLC0415 - only this form needs it

        click.echo("\n".join(markdown(make()) for make in documents), nl=False)
    else:
        print_lines([partial(lines_of, make()) for make in documents], no_color=no_color)


def print_lines(pages: Iterable[Page], *, no_color: bool) -> None:
    """Print laid-out lines, those of each page below the last with a rule between."""
    width = _width()
    lines: list[Line] = []
    for page in pages:
        lines += [[], [("-" * width, "faint")], []] if lines else []
        lines += page(width)
    if sys.stdout.isatty() and not no_color and not os.environ.get("NO_COLOR"):
        text = "\n".join("".join(_styled(part, style) for part, style in line) for line in lines)
        click.echo(text, color=True)
    else:
        plain_writer(sys.stdout)(lines)


def print_json(value: Any) -> None:
    """Print a JSON document."""
    import json  # noqa: PLC0415 - pages do not need it

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _styled(text: str, style: str) -> str:
    known = _STYLES.get(style)
    return text if known is None else click.style(text, **known)


def _width() -> int:
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 4:
        columns = int(wanted)
    else:
        try:
            columns = os.get_terminal_size(sys.stdout.fileno()).columns
        except (OSError, ValueError):
            columns = _WIDTH_WITHOUT_TERMINAL
    return max(_LEAST_WIDTH, min(columns, _MOST_WIDTH))
