"""--with-excerpt: the packets that a report carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyser.capture import inputs_of, is_pipe
from analyser.errors import UsageError
from analyser.report.page.enclosed import Enclosure
from analyser.version import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from analyser.redact import Redactor
    from analyser.report.page.enclosed import Cut, Place


def readable_again(captures: Sequence[str]) -> list[str]:
    """The files to read. Raises UsageError where one of them can be read only once."""
    inputs = inputs_of(captures)
    if any(map(is_pipe, inputs)):
        raise UsageError(
            "--with-excerpt: reads the capture twice, and what comes through a pipe can be read once; save it to a file"
        )
    return inputs


def excerpt_of(inputs: Sequence[str], redactor: Redactor | None, keys: Mapping[str, Any]) -> Cut:
    """What cuts an excerpt out of these captures, redacted as the report is; `keys` is what decrypts."""

    def cut(groups: Sequence[Collection[Place]], watched_until: int) -> Enclosure:
        from analyser.excerpt import excerpt  # noqa: PLC0415 - only once there is something to cut

        comment = f"packets behind the findings of a report by sip-analyser {__version__}"
        found = excerpt(
            inputs, groups, comment=comment, watched_until=watched_until, redactor=redactor, **keys
        )
        return Enclosure(*found, redacted=redactor is not None)

    return cut
