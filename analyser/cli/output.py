"""-o: the screen, or a file that is there only once it is whole."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final, cast

import click

from analyser.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO, TextIO

_STANDARD_OUTPUT: Final = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
_OPEN_ALREADY: Final = ("/dev/fd/", "/dev/std", "/proc/")
"""Where the system names what is open. A file put in the place of such a name would take it from every other program."""


def is_standard_output(path: str) -> bool:
    """Whether it is a name of standard output."""
    return path in _STANDARD_OUTPUT


def named(_context: click.Context, _parameter: click.Parameter, path: str | None) -> str | None:
    """Where to write; None for standard output."""
    return None if path is None or is_standard_output(path) else path


output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    callback=named,
    help="Write to FILE, not to the screen.",
)


@contextmanager
def output_to(path: str | None, captures: Sequence[str]) -> Iterator[TextIO]:
    """The screen, or a file that is there only once the report is whole, and never in place of a capture. A device or a pipe is
    written to as it is. Raises UsageError for a file that is one of the captures, or that cannot be made."""
    if path is None:
        yield sys.stdout
        return
    with _opened(Path(path), captures, "w", "write the report", encoding="utf-8", newline="\n") as stream:
        yield cast("TextIO", stream)


@contextmanager
def packets_to(path: str, captures: Sequence[str]) -> Iterator[BinaryIO]:
    """The same for a capture file, which a terminal is no place for."""
    if is_standard_output(path):
        if sys.stdout.isatty():
            raise UsageError("packets are nothing for a terminal; write them to a file or through a pipe")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with _opened(Path(path), captures, "wb", "write the excerpt") as stream:
        yield cast("BinaryIO", stream)


def refuse_capture(target: Path, captures: Sequence[str], what: str) -> None:
    """Raise UsageError for a file that is one of the captures."""
    if target.is_file() and any(Path(name).exists() and target.samefile(name) for name in captures):
        raise UsageError(f"{target}: is the capture itself; {what} to another file")


@contextmanager
def _opened(target: Path, captures: Sequence[str], mode: str, what: str, **how: str) -> Iterator[IO[Any]]:
    refuse_capture(target, captures, what)
    if target.exists() and (not target.is_file() or str(target.absolute()).startswith(_OPEN_ALREADY)):
        with target.open(mode, **how) as stream:  # type: ignore[call-overload]
            yield stream  # a device or a pipe
        return
    place = Path(os.path.realpath(target))  # a link stays, and what it names is written
    try:
        unfinished = NamedTemporaryFile(  # type: ignore[call-overload]  # noqa: SIM115 - renamed when whole, removed when not
            mode, dir=place.parent, prefix=f".{place.name}.", delete=False, **how
        )
    except OSError as error:
        raise UsageError(f"{target}: {error.strerror}") from None
    made = Path(unfinished.name)
    try:
        with unfinished:
            yield unfinished
        made.chmod(0o666 & ~_umask())
        made.replace(place)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
