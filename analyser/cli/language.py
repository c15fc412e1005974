"""The language of what is printed: `--lang`, else the locale, else English."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from analyser.codes import languages
from analyser.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_Command = TypeVar("_Command", bound="Callable[..., Any]")

_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first of them that is set decides (POSIX.1-2017 §8.2)."""
_ENGLISH: Final = frozenset({"", "c", "posix", "en"})
"""Locales for which nobody needs to look what other languages there are."""


def language_option(command: _Command) -> _Command:
    """`--lang`; the command is given the language itself."""
    return click.option(
        "--lang",
        metavar="LANGUAGE",
        callback=lambda _context, _option, value: language(value),
        help="Language of the text: en or ja. Without it that of the locale, else English.",
    )(command)


def language(chosen: str | None) -> str:
    """The language asked for, else that of the locale where the catalogue has it, else English."""
    if chosen is not None:
        known = chosen.lower()
        if known not in languages():
            raise UsageError(f"unknown language '{chosen}'; there are: {', '.join(languages())}")
        return known
    locale = next((os.environ[name] for name in _LOCALE if os.environ.get(name)), "")
    first = re.split(r"[_.@-]", locale.lower(), maxsplit=1)[0]
    return first if first not in _ENGLISH and first in languages() else "en"
