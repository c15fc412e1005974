"""Reads the files of one catalogue folder: each once, and of a long one only the entry that is asked for.

`tomllib` takes some ten milliseconds for a long file, and `explain 412` wants one table of it. So a file is first cut
at the lines that begin a top-level table, and only that piece is parsed. For that the files keep two habits, which a
test holds them to: a table's header starts its line, and nothing else starts a line with `[`.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from analyser.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HEADER: Final = re.compile(r'\[?(?:"([^"\n]+)"|([A-Za-z0-9_-]+))')
_STRING: Final = re.compile(r'"([^"\n]*)"')
_BETWEEN: Final = re.compile(r"[\s,]+")
_FIELD_END: Final = re.compile(r"^(?:[\w\"-]+ *=|\[|#)", re.MULTILINE)


class Files:
    """The TOML files under one folder. What cannot be read is a CatalogueError that names the file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[str, str] = {}
        self._tables: dict[str, dict[str, Any]] = {}
        self._pieces: dict[str, dict[str, str]] = {}
        self._entries: dict[tuple[str, str], Any] = {}

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._texts or (self.root / name).is_file()

    def table(self, name: str) -> dict[str, Any]:
        """A whole file as TOML gives it; its name is relative to the root."""
        if name not in self._tables:
            self._tables[name] = _parsed(self._text(name), name)
        return self._tables[name]

    def keys(self, name: str) -> tuple[str, ...]:
        """The names of its top-level tables, in order."""
        return tuple(self._cut(name))

    def entry(self, name: str, key: str) -> Any:
        """One top-level table; None where there is none of that name."""
        known = self._entries.get((name, key))
        if known is None:
            piece = self._cut(name).get(key)
            if piece is None:
                return None
            known = self._entries[name, key] = _parsed(piece, name).get(key)
        return known

    def field(self, name: str, field: str) -> dict[str, Any]:
        """One field of each top-level table that has it, without parsing the rest."""
        start = f"\n{field} = "
        found: dict[str, Any] = {}
        if start not in self._text(name):
            return found
        for key, piece in self._cut(name).items():
            begin = piece.find(start)
            if begin >= 0:
                end = _FIELD_END.search(piece, begin + len(start))
                line = piece[begin + 1 : end.start() if end else len(piece)]
                plain = _plain(line[len(start) - 1 :])
                found[key] = _parsed(line, name)[field] if plain is None else plain
        return found

    def _cut(self, name: str) -> Mapping[str, str]:
        if name not in self._pieces:
            pieces: dict[str, str] = {}
            for part in f"\n{self._text(name)}".split("\n[")[1:]:
                header = _HEADER.match(part)
                key = "" if header is None else header[1] or header[2]
                pieces[key] = f"{pieces.get(key, '')}[{part}\n"
            self._pieces[name] = pieces
        return self._pieces[name]

    def _text(self, name: str) -> str:
        if name not in self._texts:
            try:
                self._texts[name] = (self.root / name).read_bytes().decode("utf-8")
            except OSError as error:
                raise CatalogueError(f"catalogue/{name}: {error.strerror}") from error
            except UnicodeDecodeError as error:
                raise CatalogueError(f"catalogue/{name}: not UTF-8 at byte {error.start}") from error
        return self._texts[name]


def _plain(value: str) -> str | list[str] | None:
    """A string or a list of strings without escapes, which most are, without the parser; None for anything else."""
    if "\\" in value or '""' in value:
        return None
    texts = _STRING.findall(value)
    rest = _BETWEEN.sub("", _STRING.sub("s", value))
    if rest == "s":
        return str(texts[0])
    return texts if rest == f"[{'s' * len(texts)}]" else None


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"catalogue/{name}: {error}") from error
