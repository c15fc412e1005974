"""Pages of the catalogue for what somebody typed, and near names where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from analyser.cli.lookup import Lookup, rule_ids
from analyser.codes import Link, our_topics, phrases, sentences, status_code
from analyser.codes.topics import FILES
from analyser.errors import UnknownTopicError, UsageError
from analyser.report.document import Document, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyser.cli.lookup import Found

_SUGGESTIONS: Final = 3
_SHOWN: Final = 60
"""Characters of an unknown topic that are worth repeating, and that are compared with what is known."""


class Page(NamedTuple):
    """One entry, ready to be shown in any form."""

    link: Link
    document: Callable[[], Document]
    object: Callable[[], dict[str, Any]]


class Finder:
    """Finds pages in one language, for one method or any."""

    def __init__(self, lang: str, method: str | None = None) -> None:
        self.lang = lang
        self.lookup = Lookup(lang, method)

    def pages(self, topic: str) -> list[Page]:
        """The pages for a topic; UnknownTopicError with near names if there is none."""
        found = self.lookup.found(topic)
        if found.links:
            return self._shown(found)
        text = " ".join(topic.split())
        near = self._near(text)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; try: sip-analyser list terms"
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise UnknownTopicError(f"nothing is known about '{shown}'{hint}")

    def _shown(self, found: Found) -> list[Page]:
        """The first page, with a line on the others; all of them where they are status codes."""
        links = found.links
        if found.method is not None and all(link.kind != "code" for link in links):
            raise UsageError("--method belongs to status codes; nothing else has variants")
        if all(link.kind == "code" for link in links):
            return [self._made(link, found.method) for link in links]
        page = self._made(links[0], found.method)
        said = self._remarks(links[0], links[1:], bare=found.bare)
        if not said:
            return [page]

        def document() -> Document:
            made = page.document()
            return made._replace(lead=[*made.lead, *said])

        return [page._replace(document=document)]

    def _remarks(self, link: Link, others: list[Link], *, bare: bool) -> list[Text]:
        """What else it could be, above all a bare number."""
        say = sentences("explain", self.lang)
        said: list[Text] = []
        if link.kind == "q850" and bare:
            said.append(Text(say["topic.no_code"].format(number=link.key), "faint"))
        if others:
            commands = [f"sip-analyser explain {other.kind} {other.key}" for other in others]
            said.append(
                Text(say["topic.also"].format(commands=say["list.then_also"].join(commands)), "faint")
            )
        return said

    def _made(self, link: Link, method: str | None) -> Page:
        if link.kind == "rule":
            from analyser.report.rule_entry import rule_document, rule_object  # noqa: PLC0415 - a code does without
            from analyser.rules import find_rule  # noqa: PLC0415 - imports what tracks messages

            rule = find_rule(link.key)
            assert rule is not None
            return Page(link, lambda: rule_document(rule, self.lang), lambda: rule_object(rule, self.lang))
        if link.kind in ("code", "class"):
            from analyser.report.entry import ClassPage, CodePage  # noqa: PLC0415 - a term does without

            if link.kind == "class":
                members = ClassPage(int(link.key), self.lang)
                return Page(link, members.document, members.object)
            code = CodePage(status_code(int(link.key), self.lang), method, self.lang)
            return Page(link, code.document, code.object)
        from analyser.report.topic_entry import TopicPage  # noqa: PLC0415 - a code does without

        page = TopicPage(our_topics().topic(link.kind, link.key, self.lang), self.lang)
        return Page(link, page.document, page.object)

    def _near(self, topic: str) -> list[str]:
        """Names that begin as the topic does, then names that are spelt nearly so."""
        from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

        wanted = topic[:_SHOWN].casefold()
        names = {name.casefold(): name for name in self._names() if len(name) > 2}
        begun = sorted((name for name in names if len(wanted) > 2 and name.startswith(wanted)), key=len)
        close = get_close_matches(wanted, names, n=_SUGGESTIONS, cutoff=0.7)
        return [f"'{names[near]}'" for near in list(dict.fromkeys([*begun, *close]))[:_SUGGESTIONS]]

    def _names(self) -> Iterator[str]:
        """Every name that is known, for suggestions."""
        yield from map(str, phrases())
        yield from phrases().values()
        yield from rule_ids()
        for kind in FILES:
            for _, names in our_topics().names(kind, "en", self.lang):
                yield from names
