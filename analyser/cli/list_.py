"""`sip-analyser list codes|rules`."""

from __future__ import annotations

from typing import Final

import click

from analyser.cli.page import page_options, print_json, print_pages
from analyser.codes import all_codes, status_code
from analyser.report.entry import CodePage, code_list
from analyser.report.rule_entry import rule_list, rule_object

_LANG: Final = "en"


@click.command("list")
@click.argument("kind", type=click.Choice(["codes", "rules"]))
@page_options
def list_command(kind: str, form: str, no_color: bool) -> None:  # noqa: FBT001 - click's signature
    """List the registered status codes, or the rules."""
    if kind == "codes":
        codes = [status_code(code, _LANG) for code in all_codes()]
        if form == "json":
            print_json([CodePage(status, None, _LANG).object() for status in codes])
        else:
            print_pages([lambda width: code_list(codes, _LANG, width)], no_color=no_color)
        return
    from analyser.rules import all_rules  # noqa: PLC0415 - imports every rule, which codes do not need

    rules = all_rules()
    if form == "json":
        print_json([rule_object(rule) for rule in rules])
    else:
        print_pages([lambda width: rule_list(rules, _LANG, width)], no_color=no_color)
