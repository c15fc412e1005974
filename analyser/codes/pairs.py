"""Pairs of status codes that people confuse, with a contrast in words; and the documents that define codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.codes.schema import Key, check_table, number, references, text, texts
from analyser.codes.store import ours
from analyser.errors import CatalogueError

if TYPE_CHECKING:
    from analyser.codes.store import Catalogue

_PAIR: Final = re.compile(r"([1-6][0-9]{2})-([1-6][0-9]{2})")
PAIR: Final = {"refs": Key(references)}
PAIR_WORDS: Final = {"contrast": Key(text), "differences": Key(texts), "which": Key(text)}
RFC: Final = {"title": Key(text), "year": Key(number)}


class Pair(NamedTuple):
    """A curated comparison; its sentences name the codes themselves."""

    contrast: str
    differences: tuple[str, ...]
    which: str
    refs: tuple[str, ...]


class Rfc(NamedTuple):
    """A document of the IETF."""

    number: int
    title: str
    year: int


def pair(one: int, other: int, lang: str = "en", catalogue: Catalogue | None = None) -> Pair | None:
    """What the catalogue says of two codes, in either order; None where it says nothing."""
    files = (catalogue or ours()).files
    key = f"{min(one, other)}-{max(one, other)}"
    facts = files.entry("pairs.toml", key)
    if facts is None:
        return None
    words = files.entry(f"{lang}/pairs.toml", key)
    check_table(facts, PAIR, f"catalogue/pairs.toml: [{key}]")
    check_table(words, PAIR_WORDS, f"catalogue/{lang}/pairs.toml: [{key}]")
    return Pair(words["contrast"], tuple(words["differences"]), words["which"], tuple(facts["refs"]))


def pairs(catalogue: Catalogue | None = None) -> tuple[tuple[int, int], ...]:
    """The pairs that have such words, the lower code first."""
    found = []
    for key in (catalogue or ours()).files.keys("pairs.toml"):
        codes = _PAIR.fullmatch(key)
        if codes is None:
            raise CatalogueError(
                f"catalogue/pairs.toml: [{key}]: must be a table named by two codes, such as 401-407"
            )
        found.append((int(codes[1]), int(codes[2])))
    return tuple(found)


def rfc(document: int, catalogue: Catalogue | None = None) -> Rfc | None:
    """Title and year; None of a document that the catalogue does not list."""
    entry = (catalogue or ours()).files.entry("rfcs.toml", str(document))
    if entry is None:
        return None
    check_table(entry, RFC, f"catalogue/rfcs.toml: [{document}]")
    return Rfc(document, entry["title"], entry["year"])


def rfc_of(reference: str, catalogue: Catalogue | None = None) -> Rfc | None:
    """The document of a reference such as `RFC 3261 §21.4.5`; None where it is no RFC or the catalogue does not list it."""
    series, _, rest = reference.partition(" ")
    number, _, _ = rest.partition(" ")
    return rfc(int(number), catalogue) if series == "RFC" and number.isascii() and number.isdigit() else None
