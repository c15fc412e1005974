"""-o: the screen, or a file that is there only once it is whole."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, cast

import click

from analyser.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

output_option = click.option(
    "-o", "--output", type=click.Path(dir_okay=False), help="Write to FILE, not to the screen."
)


@contextmanager
def output_to(path: str | None, captures: Sequence[str]) -> Iterator[TextIO]:
    """The screen, or a file that is there only once the report is whole, and never in place of a capture. A device or a pipe is
    written to as it is. Raises UsageError for a file that is one of the captures, or that cannot be made."""
    if path is None:
        yield sys.stdout
        return
    target = Path(path)
    if target.exists() and not target.is_file():  # a device or a pipe
        with target.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        return
    if target.exists() and any(Path(name).exists() and target.samefile(name) for name in captures):
        raise UsageError(f"{path}: is the capture itself; write the report to another file")
    try:
        unfinished = NamedTemporaryFile(  # noqa: SIM115 - renamed when whole, removed when not
            "w", encoding="utf-8", newline="\n", dir=target.parent, prefix=f".{target.name}.", delete=False
        )
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    place = Path(unfinished.name)
    try:
        with unfinished:
            yield cast("TextIO", unfinished)
        place.chmod(0o666 & ~_umask())
        place.replace(target)
    except BaseException:
        place.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
