"""Options that several of `read`, `live` and `tui` have in common, and what they come to."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from analyser.annotate import Severity
from analyser.cli.language import language
from analyser.codes import METHODS
from analyser.errors import UsageError
from analyser.merge import ENGINES
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from analyser.redact import Redactor

_Command = TypeVar("_Command", bound="Callable[..., Any]")

SEVERITIES: Final = {str(severity): severity for severity in Severity}
REDACT_KEY: Final = "SIP_ANALYSER_REDACT_KEY"
LEAST_WIDTH: Final = 60
_MOST_WIDTH: Final = 400
_WIDTH_WITHOUT_TERMINAL: Final = 100


def _methods(_context: click.Context, _option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """As they are, for SIP can be extended; one that only looks like a method is told."""
    for name in names:
        if name.upper() not in METHODS:
            from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

            near = get_close_matches(name.upper(), METHODS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            click.echo(f"--method {wire_text(name, 40)}: no method of any standard{hint}", err=True)
    return names


call_options = (
    click.option("--call-id", "call_ids", multiple=True, metavar="TEXT", help="Only Call-IDs that begin so."),
    click.option(
        "--number",
        "numbers",
        multiple=True,
        metavar="NUMBER",
        help="Only calls with it in From, To or Request-URI, however it is spelt: 0312345678 is also "
        "+81312345678. Or a pattern for the whole of it: 0312*, *5678.",
    ),
)
"""Which messages are looked at at all."""

shown_options = (
    click.option(
        "--method",
        "methods",
        multiple=True,
        metavar="METHOD",
        callback=_methods,
        help="Show only these methods.",
    ),
    click.option("--status", "statuses", multiple=True, metavar="CODE", help="Show only 486, or 4xx."),
)
"""What of the result is shown."""

subject_options = (
    click.option(
        "--method",
        "methods",
        multiple=True,
        metavar="METHOD",
        callback=_methods,
        help="Only calls with this method.",
    ),
    click.option("--status", "statuses", multiple=True, metavar="CODE", help="Only calls with 486, or 4xx."),
)
"""The same of whole calls."""

time_options = (
    click.option("--since", metavar="TIME", help="From 2026-01-05T09:00:00 (UTC) or +SECONDS on."),
    click.option("--until", metavar="TIME", help="Up to that time."),
)
"""When, in a capture."""

choice_options = (
    click.option("--select", multiple=True, metavar="RULE|FAMILY", help="Run only these rules."),
    click.option("--ignore", multiple=True, metavar="RULE|FAMILY", help="Do not run these rules."),
    click.option("--set", "settings", multiple=True, metavar="RULE.PARAMETER=VALUE", help="Set a threshold."),
)
"""Which rules run."""

rule_options = (
    *choice_options,
    click.option(
        "--min-severity", type=click.Choice(list(SEVERITIES)), default="notice", help="Show from this on."
    ),
    click.option(
        "--fail-on",
        type=click.Choice(list(SEVERITIES)),
        help="Exit with 1 if a finding is at least so severe.",
    ),
)
"""Which rules run, and what their findings come to."""

key_options = (
    click.option(
        "--engine",
        type=click.Choice(ENGINES),
        help="tshark also reads what the native decoder cannot. Default: native, or tshark where there are keys.",
    ),
    click.option("--keylog", metavar="FILE", help="TLS keys in an NSS key log (as SSLKEYLOGFILE makes)."),
    click.option(
        "--tls-key", metavar="FILE", help="The server's RSA private key (PEM), for RSA key exchange."
    ),
)
"""What reads a capture file, and keys for what is encrypted."""

filter_options = (
    click.option("--rtp", is_flag=True, help="Let the headers of media in as well."),
    click.option("--bpf", metavar="FILTER", help="Only what this filter of tcpdump lets through, too."),
    click.option("--tunnels", is_flag=True, help="Look into tunnels: GRE, VXLAN, GTP, IP in IP …"),
    click.option(
        "--port",
        "ports",
        multiple=True,
        type=click.IntRange(1, 65_535),
        metavar="PORT",
        help="A port of SIP over TCP beside the usual ones; over UDP every port is looked at.",
    ),
)
"""What of an interface comes in."""

colour_option = click.option("--no-color", is_flag=True, help="No colour (as with NO_COLOR set).")

look_options = (
    colour_option,
    click.option(
        "--width", type=click.IntRange(LEAST_WIDTH, _MOST_WIDTH), help="Columns; default: the terminal's."
    ),
    click.option(
        "--lang",
        metavar="LANGUAGE",
        callback=lambda _context, _option, value: None if value is None else language(value),
        help="Language of the text: en or ja. Without it a report speaks that of the locale, else English; "
        "JSON lines are English on every machine.",
    ),
)
"""How it looks."""


redact_options = (
    click.option(
        "--redact",
        is_flag=True,
        help="Put pseudonyms in the place of users, numbers, names, hosts, addresses and digests; overwrite bodies.",
    ),
    click.option(
        "--redact-key",
        metavar="FILE|TEXT",
        help="With --redact: the same key gives the same pseudonyms in every report. Without it each run has its own. "
        f"Also as {REDACT_KEY} in the environment, where other users do not see it.",
    ),
)
"""Whether what is shown may be handed to others."""


def redactor_of(options: dict[str, Any], call_ids: Sequence[str] = ()) -> Redactor | None:
    """What puts pseudonyms into all that is shown; None where nothing is asked for. Calls can still be chosen by how their `call_ids`
    began."""
    given = options["redact_key"]
    if not options["redact"]:
        if given is not None:
            raise UsageError("--redact-key belongs to --redact")
        return None
    from analyser.redact import Redactor  # noqa: PLC0415 - only --redact needs it
    from analyser.redact.key import key_of  # noqa: PLC0415

    given = given if given is not None else os.environ.get(REDACT_KEY)
    return Redactor(None if given is None else key_of(given), call_ids)


def with_options(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """All these options, in this order in the help."""

    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def in_colour(stream: TextIO, options: dict[str, Any]) -> bool:
    """Whether what goes to the stream is coloured."""
    return stream.isatty() and not options["no_color"] and not os.environ.get("NO_COLOR")


def width_for(stream: TextIO, options: dict[str, Any]) -> int:
    """Columns of a report that goes to the stream."""
    width: int = options["width"] or (columns() if stream is sys.stdout else _WIDTH_WITHOUT_TERMINAL)
    return max(width, LEAST_WIDTH)


def columns() -> int:
    """The width of the screen that the report will be read on: also behind `| less`."""
    width = os.environ.get("COLUMNS", "")
    if width.isdecimal() and int(width) > 0:
        return min(int(width), _MOST_WIDTH)
    for stream in (sys.stdout, sys.stderr, sys.stdin):
        try:
            return os.get_terminal_size(stream.fileno()).columns or _WIDTH_WITHOUT_TERMINAL
        except (OSError, ValueError, AttributeError):
            continue
    return _WIDTH_WITHOUT_TERMINAL
