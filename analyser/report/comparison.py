"""Two status codes side by side: what each says, how they differ, which one applies when.

The differences come from the facts (`differences.py`); pairs that people confuse have a contrast in words on top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyser.codes import pair, rfc_of, sentences, status_code
from analyser.report.differences import Differences
from analyser.report.document import Code, Document, Entries, Entry, Items, Section, Text
from analyser.report.sections import references

if TYPE_CHECKING:
    from analyser.codes import StatusCode, Words
    from analyser.report.document import Block


class Comparison:
    """Two different registered codes, for one method or in general."""

    def __init__(self, one: int, other: int, lang: str, method: str | None = None) -> None:
        self.one = status_code(one, lang)
        self.other = status_code(other, lang)
        self.method = method
        self.lang = lang
        self.say = sentences("compare", lang)
        self.pair = pair(one, other, lang)
        differences = Differences(self.one, self.other, lang, method)
        self.common = differences.common
        self.differences = differences.all()

    @property
    def title(self) -> str:
        """Both codes with their phrases."""
        return self._about("title.codes")

    @property
    def intro(self) -> str:
        """One sentence on both."""
        one, other = self.one.status_class, self.other.status_class
        if one == other:
            return self._about("intro.same_class", **{"class": self.say[f"same.{one}"]})
        return self._about(
            "intro.classes", class_a=self.say[f"class.{one}"], class_b=self.say[f"class.{other}"]
        )

    @property
    def which(self) -> list[str]:
        """By what a person decides: the curated sentences, or the question to ask first and what speaks for each."""
        if self.pair is not None:
            return [self.pair.which]
        first = self._question()
        return [*([self.say[f"which.{first}"]] if first else []), *(self._choices())]

    @property
    def refs(self) -> list[str]:
        """Where both are written, and the contrast where it is."""
        all_refs = [*(self.pair.refs if self.pair else ()), *self.one.refs, *self.other.refs]
        return list(dict.fromkeys(all_refs))

    def document(self) -> Document:
        """The page, ready for a form."""
        say = self.say
        sections = []
        if self.pair is not None:
            sections.append(Section(say["heading.contrast"], [Text(self.pair.contrast)]))
        sections.append(Section(say["heading.differences"], self._differences()))
        sections.append(Section(say["heading.which"], self._which()))
        sections += [self._entry(self.one), self._entry(self.other)]
        sections.append(Section(say["heading.more"], self._more()))
        return Document(self.title, [Text(self.intro), *self._not_allowed()], sections)

    def object(self) -> dict[str, Any]:
        """The page for JSON."""
        return {
            "topic": "comparison",
            "method": self.method,
            "codes": [self._object(self.one), self._object(self.other)],
            "intro": self.intro,
            "contrast": self.pair.contrast if self.pair else "",
            "common_methods": self.common,
            "differences": [
                *({"aspect": "", "text": text} for text in (self.pair.differences if self.pair else ())),
                *({"aspect": each.aspect, "text": each.text} for each in self.differences),
            ],
            "which": self.which,
            "refs": self.refs,
        }

    def words(self, status: StatusCode) -> Words:
        """The words for the method asked for, or for the only one that the code answers."""
        return status.for_method(self.method or status.only_method)

    def _not_allowed(self) -> list[Text]:
        """A word on each that may not answer the method asked for."""
        say = sentences("explain", self.lang)
        return [
            Text(say["code.may_not_answer"].format(code=status.code, method=self.method), "problem")
            for status in (self.one, self.other)
            if self.method is not None and not status.may_answer(self.method)
        ]

    def _entry(self, status: StatusCode) -> Section:
        say, words = self.say, self.words(status)
        return Section(
            f"{status.code} {status.phrase}",
            [],
            [
                Section(say["heading.meaning"], [Text(words.meaning)]),
                Section(say["heading.when"], [Items(words.when)]),
                Section(say["heading.fix"], [Items(words.fix, numbered=True)]),
            ],
        )

    def _differences(self) -> list[Block]:
        blocks: list[Block] = []
        if self.pair is not None:
            blocks.append(Items(self.pair.differences, numbered=True))
        if self.differences:
            blocks.append(Entries([Entry(each.aspect, "", "", each.text) for each in self.differences]))
        return blocks

    def _which(self) -> list[Block]:
        if self.pair is not None:
            return [Text(self.pair.which)]
        first = self._question()
        return [*([Text(self.say[f"which.{first}"])] if first else []), Items(self._choices())]

    def _more(self) -> list[Block]:
        """Each document once with its sections and its title; then the pages of the two."""
        documents: dict[str, list[str]] = {}
        for reference in self.refs:
            documents.setdefault(reference.partition(" §")[0], []).append(reference)
        listed = []
        for document, sections in documents.items():
            known = rfc_of(document)
            text = references(sections)
            listed.append(text if known is None else f"{text}: {known.title}")
        commands = [f"sip-analyser explain {status.code}" for status in (self.one, self.other)]
        return [Items(listed), *map(Code, commands)]

    def _question(self) -> str:
        """What to ask before anything else; nothing where the two are of one kind."""
        one, other = sorted((self.one, self.other), key=lambda status: status.code)
        if not self.common:
            return "methods"
        if one.final != other.final:
            return "provisional"
        if one.status_class == other.status_class:
            return ""
        return {2: "success", 3: "redirection"}.get(
            one.status_class, "scope" if other.status_class == 6 else "server"
        )

    def _choices(self) -> tuple[str, str]:
        return self.words(self.one).choose, self.words(self.other).choose

    def _about(self, key: str, **more: str) -> str:
        return self.say[key].format(
            a=self.one.code,
            phrase_a=self.one.phrase,
            short_a=self.words(self.one).short,
            b=self.other.code,
            phrase_b=self.other.phrase,
            short_b=self.words(self.other).short,
            **more,
        )

    def _object(self, status: StatusCode) -> dict[str, Any]:
        words = self.words(status)
        return {
            "code": status.code,
            "phrase": status.phrase,
            "kind": status.kind,
            "meaning": words.meaning,
            "when": list(words.when),
            "fix": list(words.fix),
            "choose": words.choose,
        }
