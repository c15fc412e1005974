"""`sip-analyser list codes|rules|timers|…`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import click

from analyser.cli.language import language_option
from analyser.cli.page import print_json, print_lines
from analyser.codes import all_codes, our_topics, status_code
from analyser.codes.topics import folded
from analyser.errors import UsageError
from analyser.report.entry import CodePage, code_list
from analyser.report.interface_entry import interface_list, interface_object
from analyser.report.rule_entry import rule_list, rule_object
from analyser.report.topic_entry import TopicPage, topic_list

if TYPE_CHECKING:
    from analyser.codes import Topic

_TOPICS: Final = {
    "methods": "method",
    "timers": "timer",
    "headers": "header",
    "option-tags": "option-tag",
    "event-packages": "event-package",
    "causes": "q850",
    "warnings": "warning",
    "reasons": "reason",
    "tls-alerts": "tls-alert",
    "terms": "term",
}
_KINDS: Final = ("codes", "rules", *_TOPICS, "interfaces")


@click.command("list")
@click.argument("kind", metavar="KIND")
@click.option("--no-color", is_flag=True, help="No colour (as with NO_COLOR set).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json"]),
    default="terminal",
    show_default=True,
    help="A list to read, or JSON.",
)
@language_option
def list_command(kind: str, lang: str, form: str, no_color: bool) -> None:  # noqa: FBT001 - click's signature
    """List what the catalogue holds, or the network interfaces to listen to.

    KIND is codes, rules, methods, timers, headers, option-tags, event-packages, causes, warnings, reasons,
    tls-alerts, terms or interfaces.
    """
    kind = _known(kind)
    if kind == "codes":
        codes = [status_code(code, lang) for code in all_codes()]
        if form == "json":
            print_json([CodePage(status, None, lang).object() for status in codes])
        else:
            print_lines([partial(code_list, codes, lang)], no_color=no_color)
    elif kind == "rules":
        from analyser.rules import all_rules  # noqa: PLC0415 - imports every rule, which codes do not need

        rules = all_rules()
        if form == "json":
            print_json([rule_object(rule, lang) for rule in rules])
        else:
            print_lines([partial(rule_list, rules, lang)], no_color=no_color)
    elif kind == "interfaces":
        from analyser.capture.interfaces import described  # noqa: PLC0415 - scapy, which nothing else here needs

        interfaces = described()
        if form == "json":
            print_json([interface_object(each) for each in interfaces])
        else:
            print_lines([partial(interface_list, interfaces, lang)], no_color=no_color)
    else:
        topics = _all_topics(_TOPICS[kind], lang)
        if form == "json":
            print_json([TopicPage(topic, lang).object() for topic in topics])
        else:
            print_lines([partial(topic_list, topics, lang)], no_color=no_color)


def _known(word: str) -> str:
    """The kind that a word names, in the singular as well."""
    wanted = folded(word)
    for kind in _KINDS:
        if wanted in (folded(kind), folded(kind.removesuffix("s"))):
            return kind
    raise UsageError(f"'{word[:60]}' is nothing to list; there are: {', '.join(_KINDS)}")


def _all_topics(kind: str, lang: str) -> list[Topic]:
    return [our_topics().topic(kind, key, lang) for key in our_topics().keys(kind)]
