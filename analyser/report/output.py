"""Where the lines go: plain text to a file, coloured text to a terminal through rich, a picture as SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from analyser.report.layout import Line

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console

Write = Callable[[Iterable[Line]], None]

STYLES: Final = {
    "": "",
    "heading": "bold",
    "strong": "bold",
    "faint": "dim",
    "error": "bold red",
    "warning": "bold yellow",
    "notice": "bold cyan",
    "good": "bold green",
    "request": "bold",
    "normal": "green",
    "attention": "yellow",
    "problem": "red",
}
"""Style names of the report and how rich draws them. Each of them stands beside a word or a mark that says
the same, so nothing is lost where there is no colour."""

_IN_ASCII: Final = str.maketrans(
    {
        "§": "section ",
        "\u00d7": "x",
        "…": "...",
        "\u2013": "-",
        "\u2019": "'",
        "→": "->",
        "←": "<-",
        "▌": "|",
    }
)


def plain_writer(stream: TextIO) -> Write:
    """Writes lines without any style, in what the stream can encode."""
    encoding = encoding_of(stream)

    def write(lines: Iterable[Line]) -> None:
        text = "".join("".join(part for part, _ in line).rstrip() + "\n" for line in lines)
        stream.write(in_encoding(text, encoding))

    return write


def encoding_of(stream: TextIO) -> str:
    """What the stream encodes to."""
    return getattr(stream, "encoding", None) or "utf-8"


def in_encoding(text: str, encoding: str) -> str:
    """The text in what an encoding has: marks of ours in ASCII, what else it lacks as escapes."""
    if encoding.lower().replace("-", "").startswith("utf"):
        return text
    return text.translate(_IN_ASCII).encode(encoding, "backslashreplace").decode(encoding)


def console_writer(console: Console) -> Write:
    """Writes lines to a rich console, one print a section: the text is laid out already."""
    from rich.text import Text  # noqa: PLC0415 - only colour needs it

    def write(lines: Iterable[Line]) -> None:
        text = Text(end="")
        for line in lines:
            for part, style in line:
                text.append(part, STYLES[style] or None)
            text.append("\n")
        console.print(text, end="", soft_wrap=True, markup=False, highlight=False, emoji=False)

    return write


def terminal_console(stream: TextIO, width: int) -> Console:
    """A console that colours whatever the stream is: whether to is the caller's decision."""
    from rich.console import Console  # noqa: PLC0415 - 50 ms that plain output must not pay

    return Console(file=stream, width=width, force_terminal=True, legacy_windows=False)


def svg_of(write_report: Callable[[Write], None], width: int, title: str) -> str:
    """The picture of a report, for documentation: `write_report` is given a writer."""
    import io  # noqa: PLC0415 - documentation only

    from rich.console import Console  # noqa: PLC0415 - documentation only

    console = Console(
        file=io.StringIO(), width=width, record=True, force_terminal=True, color_system="truecolor"
    )
    write_report(console_writer(console))
    return console.export_svg(title=title)
