"""What the languages of a catalogue say apart from its entries: the sentences of the pages, and those of the rules.

A language is a folder that has every file of English. Its sentences are held against the English ones when a file is read,
so that a field which nobody fills is a CatalogueError with file and key, and not a crash on the page that needs it.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from analyser.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyser.codes.files import Files

SOURCE: Final = "en"
DIGESTS: Final = "digests.toml"
SENTENCES: Final = frozenset(
    {"report", "explain", "compare", "tui", "html", "document", "excerpt", "redact", "check", "diff"}
)
"""Files of single sentences, found by dotted key."""
WIRE: Final = "wire"
"""The file whose keys are English texts, those of the decoders."""
OWN: Final = frozenset({DIGESTS, f"{WIRE}.toml"})
"""Files that a translation has and English has not."""
_NAME: Final = re.compile(r"[a-z_]+[!:]")
_OF_A_RULE: Final = ("summary", "remedy", "explanation")


class Sentences:
    """The languages of the catalogue in one folder."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._languages: tuple[str, ...] = ()
        self._files: dict[tuple[str, str], Mapping[str, str]] = {}
        self._rules: dict[tuple[str, str], Mapping[str, Any]] = {}

    def languages(self) -> tuple[str, ...]:
        """The languages that have every file of English, English first."""
        if not self._languages:
            needed = word_files(self.files, SOURCE)
            others = (lang for lang in self.begun() if lang != SOURCE)
            self._languages = (
                SOURCE,
                *(lang for lang in others if all(self.files.exists(f"{lang}/{name}") for name in needed)),
            )
        return self._languages

    def begun(self) -> tuple[str, ...]:
        """The folders of words, those that lack files as well."""
        folders = (path for path in self.files.root.glob("*") if path.is_dir() and path.name != "codes")
        return tuple(sorted(path.name for path in folders if any(path.rglob("*.toml"))))

    def check_language(self, lang: str) -> None:
        """Raise CatalogueError for a language without a folder, or whose folder lacks a file."""
        if lang == SOURCE or lang in self.languages():
            return
        if lang in self.begun():
            missing = min(word_files(self.files, SOURCE) - word_files(self.files, lang))
            raise CatalogueError(f"catalogue/{lang}/{missing}: is missing")
        raise CatalogueError(f"catalogue/{lang}: no such language; there are: {', '.join(self.languages())}")

    def all_of(self, name: str, lang: str = SOURCE) -> Mapping[str, str]:
        """The sentences of one file of a language by dotted key. To ask for one that is not there is a CatalogueError."""
        known = self._files.get((name, lang))
        if known is None:
            self.check_language(lang)
            known = self._files[name, lang] = self._read(name, lang)
        return known

    def one(self, key: str, lang: str = SOURCE) -> str:
        """A sentence of the report, by its dotted key in `<lang>/report.toml`."""
        return self.all_of("report", lang)[key]

    def wire_words(self, lang: str) -> Mapping[str, str]:
        """What a language says for the texts of the decoders, by group and English text; nothing where it has no file for it."""
        return self.all_of(WIRE, lang) if self.files.exists(f"{lang}/{WIRE}.toml") else {}

    def translated(self, text: str, family: str, lang: str) -> str:
        """A sentence of a rule in another language, found by its English text; the English one where that language
        lacks it."""
        if lang == SOURCE:
            return text
        for name in (family, "shared"):
            known = self.rule_table(name, lang).get("sentences", {}).get(text)
            if known is not None:
                return str(known)
        return text

    def rule_words(self, rule_id: str, family: str, lang: str) -> tuple[str, str, str]:
        """Summary, remedy and explanation of a rule in another language than English; empty where it lacks them."""
        words = self.rule_table(family, lang).get(rule_id, {})
        summary, remedy, explanation = (words.get(key, "") for key in _OF_A_RULE)
        return summary, remedy, explanation.strip()

    def rule_table(self, family: str, lang: str) -> Mapping[str, Any]:
        """What a language says for the rules of a family; nothing where it has no file for it."""
        known = self._rules.get((family, lang))
        if known is None:
            name = f"{lang}/rules/{family}.toml"
            known = self._rules[family, lang] = self.files.table(name) if self.files.exists(name) else {}
            _check_rules(known, f"catalogue/{name}")
        return known

    def _read(self, name: str, lang: str) -> Mapping[str, str]:
        where = f"catalogue/{lang}/{name}.toml"
        found = _Texts(where)
        found.update(_flattened(self.files.table(f"{lang}/{name}.toml"), where))
        if name == WIRE:
            for key, said in found.items():
                check_fields(said, key.partition(".")[2], f"{where}: {key}")
        else:
            english = found if lang == SOURCE else self.all_of(name)
            for key, said in found.items():
                check_fields(said, english.get(key, ""), f"{where}: {key}")
        return found


class _Texts(dict[str, str]):
    """Sentences by key."""

    __slots__ = ("_where",)

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where

    def __missing__(self, key: str) -> str:
        raise CatalogueError(f"{self._where}: {key}: no such key")


def word_files(files: Files, lang: str) -> set[str]:
    """The files of a language by their names below its folder; those of the rules have their source in the rules."""
    folder = files.root / lang
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.toml")}
    return {name for name in names if name not in OWN and not name.startswith("rules/")}


def placeholders(text: str) -> list[str]:
    """The fields of a template with their formats, in alphabetical order; ValueError for a text that is no template."""
    return sorted(
        {
            f"{name}{f'!{conversion}' if conversion else ''}:{form}"
            for _, name, form, conversion in Formatter().parse(text)
            if name is not None
        }
    )


def check_fields(said: str, english: str, where: str) -> None:
    """Raise CatalogueError where a sentence has fields that its English has not, or that nobody could fill."""
    if not any(brace in text for brace in "{}" for text in (said, english)):
        return
    try:
        fields = placeholders(said)
        spare = set(fields).difference(placeholders(english))
    except ValueError as error:
        raise CatalogueError(f"{where}: {error}") from error
    for field in fields:
        shown = f"{{{field.removesuffix(':')}}}"
        if field in spare:
            raise CatalogueError(f"{where}: has {shown}, which English has not")
        if not _NAME.match(field):
            raise CatalogueError(f"{where}: has {shown}, which has no name")


def _check_rules(table: Mapping[str, Any], where: str) -> None:
    """The words of each rule are texts, and its sentences have no fields but those of the English."""
    for rule_id, words in table.items():
        if not isinstance(words, dict):
            raise CatalogueError(f"{where}: [{rule_id}]: must be a table")
        for key, said in words.items():
            if not isinstance(said, str):
                raise CatalogueError(f"{where}: [{rule_id}].{key}: must be a text")
            if rule_id == "sentences":
                check_fields(said, key, f"{where}: [sentences].{key}")


def _flattened(table: Mapping[str, Any], where: str, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flattened(value, where, f"{prefix}{key}.")
        elif isinstance(value, str):
            flat[prefix + key] = value
        else:
            raise CatalogueError(f"{where}: {prefix}{key}: must be a text")
    return flat
