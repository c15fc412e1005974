"""`sip-analyser explain TOPIC...`: what a status code, a rule, a timer, a header field … means."""

from __future__ import annotations

import click

from analyser.cli.language import language_option
from analyser.cli.page import known_method, page_options, print_pages
from analyser.cli.topics import Finder

_MOST_WORDS = 8
"""Words that may make one topic; a longer line is pasted, and one argument or understood in part."""


@click.command("explain")
@click.argument("topics", nargs=-1, metavar="[TOPIC]...")
@click.option("--method", metavar="METHOD", help="The request that the status code answers, such as PUBLISH.")
@language_option
@page_options
def explain(topics: tuple[str, ...], method: str | None, lang: str, form: str, no_color: bool) -> None:  # noqa: FBT001
    """Explain what you read in a log: a status code, a rule, a cause, a timer, a header field, a term.

    TOPIC is a status code (412), a reason phrase (busy here), a rule (stuck-on-trying), a Q.850 cause (q850
    16), a warn-code (warning 305), an alert of TLS (tls alert 48), a timer (timer B), a method, a header field (SIP-ETag), an option tag, an
    event package, a word (dialog), or a line pasted from a log (Reason: Q.850;cause=16). Without a topic it says
    what there is.
    """
    if not topics:
        from analyser.cli.overview import Overview  # noqa: PLC0415 - a page does without

        overview = Overview(lang)
        print_pages([overview.document], [overview.object], form=form, no_color=no_color)
        return
    finder = Finder(lang, known_method(method))
    pages = {page.link: page for topic in _separate(topics, finder) for page in finder.pages(topic)}
    print_pages(
        [page.document for page in pages.values()],
        [page.object for page in pages.values()],
        form=form,
        no_color=no_color,
    )


def _separate(words: tuple[str, ...], finder: Finder) -> list[str]:
    """Words that together mean something are one topic: `busy here`, `timer B`; else each stands alone.

    From the left, the longest run of words that is understood as a whole is a topic. Where nothing else is, all
    of them are one: a line pasted from a log, of which a part may be understood.
    """
    topics: list[str] = []
    start = 0
    while start < len(words):
        for end in range(min(len(words), start + _MOST_WORDS), start, -1):
            topic = " ".join(words[start:end])
            found = finder.lookup.found(topic)
            if found.links and not found.by_chance:
                break
        else:
            return [" ".join(words)]
        topics.append(topic)
        start = end
    return topics
