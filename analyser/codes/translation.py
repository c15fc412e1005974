"""A language held against English: the same files, keys and placeholders, and nothing older than what it renders.

Beside its words a language keeps `digests.toml`: of each entry the digest of the English that was translated. When the English
changes the digest no longer fits, and the entry is reported until somebody has looked at it and stamped it anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from analyser.codes.sentences import DIGESTS, SENTENCES, SOURCE, placeholders, word_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analyser.codes.files import Files

_FREE: Final = frozenset({"aliases", "found_by"})
"""Keys that a language has or has not: how people there call a thing, and what they type to find it."""
_LATIN: Final = re.compile(r"[A-Za-z]")


def faults(files: Files, lang: str) -> Iterator[str]:
    """What is missing, too much, different in its placeholders or out of date, one sentence each."""
    ours, theirs = word_files(files, SOURCE), word_files(files, lang)
    for name in sorted(ours - theirs):
        yield f"catalogue/{lang}/{name}: is missing"
    for name in sorted(theirs - ours):
        yield f"catalogue/{lang}/{name}: has no counterpart in catalogue/{SOURCE}/"
    for name in sorted(ours & theirs):
        english, words = files.table(f"{SOURCE}/{name}"), files.table(f"{lang}/{name}")
        yield from (f"catalogue/{lang}/{name}: {fault}" for fault in _compared(english, words, ""))
    yield from stale(files, lang, english_entries(files))


def english_entries(files: Files) -> dict[str, str]:
    """The digest of each English entry by its name, such as `codes/4xx.toml:412` or `report.toml:title.call`: in files of
    sentences each sentence is an entry, in the others each table."""
    found: dict[str, str] = {}
    for name in sorted(word_files(files, SOURCE)):
        table = files.table(f"{SOURCE}/{name}")
        entries = _flat(table) if name.removesuffix(".toml") in SENTENCES else table.items()
        found |= {f"{name}:{key}": digest(value) for key, value in entries}
    return found


def stale(files: Files, lang: str, entries: Mapping[str, str]) -> Iterator[str]:
    """Entries whose English is not the one that was translated."""
    stamped = stamps(files, lang)
    for name, current in entries.items():
        if stamped.get(name) != current:
            yield f"catalogue/{lang}/{name}: the English has changed since it was translated"


def stamps(files: Files, lang: str) -> dict[str, str]:
    """The digests that a language keeps, by entry."""
    name = f"{lang}/{DIGESTS}"
    return dict(files.table(name)) if files.exists(name) else {}


def digest(value: Any) -> str:
    """A short digest of an English entry; what a language may leave out does not count."""
    if isinstance(value, dict):
        value = {key: part for key, part in value.items() if key not in _FREE}
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _compared(english: Any, words: Any, where: str) -> Iterator[str]:
    match english, words:
        case dict(), dict():
            for key in sorted(english.keys() - words.keys() - _FREE):
                yield f"{_below(where, key)}: is missing"
            for key in sorted(words.keys() - english.keys() - _FREE):
                yield f"{_below(where, key)}: is not in English"
            for key in sorted(english.keys() & words.keys() - _FREE):
                yield from _compared(english[key], words[key], _below(where, key))
        case list(), list():
            if len(english) != len(words):
                yield f"{where}: has {len(words)} items where English has {len(english)}"
            for number, (ours, theirs) in enumerate(zip(english, words, strict=False), 1):
                yield from _compared(ours, theirs, f"{where}[{number}]")
        case str(), str():
            yield from _text_faults(english, words, where)
        case _:
            yield f"{where}: is of another type than in English"


def _text_faults(english: str, words: str, where: str) -> Iterator[str]:
    if english.strip() and not words.strip() and _LATIN.search(english):
        yield f"{where}: is empty"
    try:
        ours, theirs = placeholders(english), placeholders(words)
    except ValueError:
        return  # a brace that stands for itself: the text is no template
    if ours != theirs:
        yield f"{where}: has the placeholders {theirs}, English {ours}"


def _below(where: str, key: str) -> str:
    return f"{where}.{key}" if where else f"[{key}]"


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
