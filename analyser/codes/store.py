"""Reads the catalogue's files: each one once, and only when a question needs it.

In a wheel they lie in `analyser/_catalogue`, in a checkout in `catalogue` at its root. What is read is
checked against the schema, so a broken file is a CatalogueError that names file and key.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from analyser.codes.files import Files
from analyser.codes.model import HeaderField, StatusCode, Words
from analyser.codes.schema import FACTS, UNREGISTERED, check_table, check_value, check_words, text
from analyser.codes.sentences import SOURCE, Sentences
from analyser.codes.topic_schema import FACTS as TOPIC_FACTS
from analyser.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLASSES: Final = (1, 2, 3, 4, 5, 6)
_CODES_KEPT: Final = 1000
"""A bound on what the wire can make us remember; no capture has more codes of its own than that."""
_UNREGISTERED: Final = "codes/unregistered.toml"

_OF_CLASS: Final = {
    1: ("normal", "wait", 183),
    2: ("normal", "done", 200),
    3: ("attention", "new-target", 300),
    4: ("problem", "after-change", 400),
    5: ("problem", "later", 500),
    6: ("problem", "no", 600),
}
"""Of a code that nobody registered: verdict, retry, and what a client takes it for (RFC 3261 §8.1.3.2)."""


def fallback_code(code: int) -> int:
    """What a client takes a code for that it does not know (RFC 3261 §8.1.3.2); 0 for what is no SIP status code."""
    return _OF_CLASS[code // 100][2] if code // 100 in _OF_CLASS else 0


class Catalogue:
    """The catalogue in one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = Files(root)
        self.sentences = Sentences(self.files)
        self._codes: dict[tuple[int, str], StatusCode] = {}
        self._phrases: dict[int, str] = {}

    def coded(self, name: str) -> tuple[int, ...]:
        """The numbers that name the tables of a file."""
        for key in self.files.keys(name):
            if not (key.isascii() and key.isdigit() and len(key) <= 3):
                raise CatalogueError(f"catalogue/{name}: [{key}]: must be a table named by a number")
        return tuple(map(int, self.files.keys(name)))

    def status_code(self, code: int, lang: str = "en") -> StatusCode:
        """Facts and words of a code; an honest entry for one that is not registered, or no code at all."""
        known = self._codes.get((code, lang))
        if known is None:
            known = self._made(code, lang)
            if len(self._codes) < _CODES_KEPT:
                self._codes[code, lang] = known
        return known

    def all_codes(self) -> tuple[int, ...]:
        """The registered codes in order."""
        return tuple(self.phrases())

    def phrases(self) -> Mapping[int, str]:
        """The reason phrase of each registered code."""
        if self._phrases:
            return self._phrases
        found = dict(self._facts("phrase"))
        for digit in CLASSES:
            name = f"codes/{digit}xx.toml"
            for code in self.coded(name):
                if code not in found:
                    raise CatalogueError(f"catalogue/{name}: [{code}].phrase: is missing")
        self._phrases = found
        return found

    def codes_of_rules(self) -> dict[int, tuple[str, ...]]:
        """Of each registered code that rules judge, their ids."""
        return {code: tuple(ids) for code, ids in self._facts("rules")}

    def codes_of_cause(self, cause: int) -> tuple[int, ...]:
        """The registered codes that RFC 3398 §8.2.6.1 maps to a Q.850 cause."""
        return tuple(code for code, mapped in self._facts("q850") if mapped == cause)

    def codes_with_header(self, header: str) -> tuple[int, ...]:
        """The registered codes that a header field comes with."""
        return tuple(
            code
            for code, fields in self._facts("headers")
            if any(field["name"] == header for field in fields)
        )

    def cause_name(self, cause: int, lang: str = "en") -> str:
        """The name of a Q.850 cause."""
        file, key = "q850.toml", str(cause)
        entry = self.files.entry(file, key)
        check_table({} if entry is None else entry, TOPIC_FACTS["q850"], f"catalogue/{file}: [{key}]")
        name: str = entry["name"]
        if lang == SOURCE:
            return name
        words = self.files.entry(f"{lang}/{file}", key)
        said = words.get("name", name) if isinstance(words, dict) else name
        check_value(said, text, f"catalogue/{lang}/{file}: [{key}].name")
        return str(said)

    def _facts(self, key: str) -> Iterator[tuple[int, Any]]:
        """One key of the facts by code, of all registered codes that have it."""
        for digit in CLASSES:
            name = f"codes/{digit}xx.toml"
            found = self.files.field(name, key)
            for code in self.coded(name):
                if str(code) in found:
                    check_value(found[str(code)], FACTS[key].check, f"catalogue/{name}: [{code}].{key}")
                    yield code, found[str(code)]

    def _made(self, code: int, lang: str) -> StatusCode:
        digit = code // 100
        if digit in CLASSES:
            facts = self.files.entry(f"codes/{digit}xx.toml", str(code))
            if facts is not None:
                return self._registered(code, facts, lang)
        return self._unregistered(code, lang)

    def _registered(self, code: int, facts: dict[str, Any], lang: str) -> StatusCode:
        name = f"codes/{code // 100}xx.toml"
        check_table(facts, FACTS, f"catalogue/{name}: [{code}]")
        words, by_method, conditions = self._words(f"{lang}/{name}", str(code), lang)
        return StatusCode(
            code=code,
            phrase=facts["phrase"],
            words=words,
            by_method=by_method,
            ref=facts["ref"],
            first_ref=facts.get("first_ref", ""),
            more_refs=tuple(facts.get("more_refs", ())),
            status=facts.get("status", "active"),
            methods=tuple(facts["methods"]),
            not_methods=tuple(facts.get("not_methods", ())),
            misused_on=tuple(facts.get("misused_on", ())),
            headers=tuple(
                HeaderField(
                    name=header["name"],
                    level=header["level"],
                    ref=header["ref"],
                    methods=tuple(header.get("methods", ())),
                    conditional=header.get("conditional", False),
                    condition=conditions.get(header["name"], ""),
                )
                for header in facts.get("headers", ())
            ),
            senders=tuple(facts["senders"]),
            not_senders=tuple(facts.get("not_senders", ())),
            reach=facts["reach"],
            retry=facts["retry"],
            retry_refs=tuple(facts["retry_refs"]),
            dialog=facts["dialog"],
            q850=facts.get("q850"),
            kpi=tuple(facts.get("kpi", ())),
            related=tuple(facts["related"]),
            rules=tuple(facts.get("rules", ())),
            http=facts.get("http"),
            likeness=facts.get("likeness", ""),
            default_verdict=facts["verdict"],
        )

    def _unregistered(self, code: int, lang: str) -> StatusCode:
        digit = code // 100
        verdict, retry, treat_as = _OF_CLASS.get(digit, ("problem", "no", None))
        name, facts = self._met_on_the_wire(code)
        words, by_method, _ = self._words(
            f"{lang}/{_UNREGISTERED}", name or f"class.{digit if digit in CLASSES else 0}", lang, code
        )
        return StatusCode(
            code=code,
            phrase=facts.get("phrase", ""),
            words=words,
            by_method=by_method,
            registered=False,
            retry=retry,
            default_verdict=verdict,
            treat_as=facts.get("treat_as", treat_as) or None,
        )

    def _met_on_the_wire(self, code: int) -> tuple[str, dict[str, Any]]:
        for first in self.coded(_UNREGISTERED):
            facts = self.files.table(_UNREGISTERED)[str(first)]
            check_table(facts, UNREGISTERED, f"catalogue/{_UNREGISTERED}: [{first}]")
            if first <= code <= facts.get("last", first):
                return str(first), facts
        return "", {}

    def _words(
        self, name: str, key: str, lang: str, code: int | None = None
    ) -> tuple[Words, dict[str, Words], Mapping[str, str]]:
        """The words under a dotted key, those per method, and the conditions of header fields."""
        self.sentences.check_language(lang)
        first, _, rest = key.partition(".")
        table: Any = self.files.entry(name, first)
        if rest and isinstance(table, dict):
            table = table.get(rest)
        if table is None:
            raise CatalogueError(f"catalogue/{name}: [{key}] is missing")
        check_words(table, f"catalogue/{name}: [{key}]")
        general = {field: value for field, value in table.items() if not isinstance(value, dict)}
        by_method = {
            method: _words_of(general | own, code)
            for method, own in table.items()
            if isinstance(own, dict) and method != "headers"
        }
        return _words_of(general, code), by_method, table.get("headers", {})


def _words_of(table: Mapping[str, Any], code: int | None) -> Words:
    def filled(sentence: str) -> str:
        return sentence if code is None else sentence.replace("{code}", str(code))

    return Words(
        short=filled(table["short"]),
        meaning=filled(table["meaning"]),
        when=tuple(map(filled, table["when"])),
        fix=tuple(map(filled, table["fix"])),
        retry=filled(table["retry"]),
        pitfalls=filled(table.get("pitfalls", "")),
        choose=table.get("choose", ""),
        origin=table.get("origin", ""),
        http=table.get("http", ""),
    )


@functools.cache
def ours() -> Catalogue:
    """The catalogue that this installation carries."""
    package = Path(__file__).parents[1]
    in_wheel = package / "_catalogue"
    return Catalogue(in_wheel if in_wheel.is_dir() else package.parent / "catalogue")


# The functions that everybody imports are those of the catalogue that this installation carries.
all_codes = ours().all_codes
cause_name = ours().cause_name
codes_of_cause = ours().codes_of_cause
codes_of_rules = ours().codes_of_rules
codes_with_header = ours().codes_with_header
languages = ours().sentences.languages
phrases = ours().phrases
rule_words = ours().sentences.rule_words
sentence = ours().sentences.one
sentences = ours().sentences.all_of
status_code = ours().status_code
translated = ours().sentences.translated
wire_words = ours().sentences.wire_words
