"""`sip-analyser tui CAPTURE... | -i IFACE`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from analyser.cli.language import language
from analyser.cli.options import (
    call_options,
    choice_options,
    colour_option,
    filter_options,
    key_options,
    time_options,
    with_options,
)
from analyser.cli.rule_choice import chosen_rules, thresholds
from analyser.cli.selection import keep
from analyser.cli.topics import Finder
from analyser.errors import UsageError
from analyser.wire import Coverage

if TYPE_CHECKING:
    from analyser.cli.tui_sources import FileSource, LiveSource
    from analyser.tui.app import Room


@click.command(
    "tui", epilog="Press F1 or ? for the keys; they are those of sngrep where the two do the same."
)
@click.argument("captures", nargs=-1, metavar="[CAPTURE]...")
@click.option("-i", "--interface", "interfaces", multiple=True, metavar="IFACE", help="Listen here instead.")
@with_options(*filter_options, *call_options, *time_options, *choice_options, *key_options, colour_option)
@click.option(
    "--lang",
    metavar="LANGUAGE",
    callback=lambda _context, _option, value: language(value),
    help="Language of the text: en or ja. Without it that of the locale, else English.",
)
def tui(captures: tuple[str, ...], **options: Any) -> int:
    """Look through calls interactively: the list, the annotated ladder, each message with what it means.

    CAPTURE is what `read` takes; '-' for standard input. With -i the calls of an interface, as they happen; --rtp, --bpf,
    --tunnels and --port are for that.
    """
    if bool(captures) == bool(options["interfaces"]):
        raise UsageError("give a CAPTURE to read, or an interface with -i")
    rules = chosen_rules(options["select"], options["ignore"])
    wanted = {
        "rules": rules,
        "parameters": thresholds(options["settings"]),
        "keep": keep(options["call_ids"], options["numbers"], options["since"], options["until"]),
    }
    if options["no_color"]:
        os.environ["NO_COLOR"] = "1"
    source = _file_source(captures, wanted, options) if captures else _live_source(wanted, options)
    try:
        _needs_a_terminal()
        room = _room(source, options["lang"])
        room.run()
    finally:
        source.close()
    return room.return_code or 0


def _file_source(captures: tuple[str, ...], wanted: dict[str, Any], options: dict[str, Any]) -> FileSource:
    from analyser.cli.tui_sources import FileSource  # noqa: PLC0415 - once it is known that it is needed

    return FileSource(captures, wanted, {name: options[name] for name in ("engine", "keylog", "tls_key")})


def _live_source(wanted: dict[str, Any], options: dict[str, Any]) -> LiveSource:
    """Opened with the privilege that there is, which is then given up."""
    _needs_a_terminal()
    from analyser.capture.network import open_live  # noqa: PLC0415 - not for files
    from analyser.capture.privilege import drop_privilege  # noqa: PLC0415 - as above
    from analyser.cli.tui_sources import LiveSource  # noqa: PLC0415 - as above

    coverage = Coverage()
    live = open_live(
        options["interfaces"],
        bpf=options["bpf"],
        rtp=options["rtp"],
        tunnels=options["tunnels"],
        ports=options["ports"],
        coverage=coverage,
    )
    try:
        drop_privilege()
        return LiveSource(live, wanted, coverage)
    except BaseException:
        live.close()
        raise


def _room(source: FileSource | LiveSource, lang: str) -> Room:
    from analyser.tui.app import Room  # noqa: PLC0415 - Textual takes long to import
    from analyser.tui.memory import Collector  # noqa: PLC0415 - as above

    finder = Finder(lang)
    return Room(source, lambda topic: [page.document() for page in finder.pages(topic)], lang, Collector())


def _needs_a_terminal() -> None:
    if not sys.stdout.isatty():
        raise UsageError("tui needs a terminal; for a pipe there is: sip-analyser read")
