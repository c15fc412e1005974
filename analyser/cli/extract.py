"""`sip-analyser extract CAPTURE... -o OUT.pcapng`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import click

from analyser.annotate import Finding, Severity
from analyser.capture import inputs_of, is_pipe
from analyser.capture.at_hand import spooled
from analyser.cli.captures import check_names, collect_seldom
from analyser.cli.options import (
    SEVERITIES,
    call_options,
    choice_options,
    key_options,
    redact_options,
    redactor_of,
    subject_options,
    time_options,
    with_options,
)
from analyser.cli.output import is_standard_output, packets_to, refuse_capture
from analyser.cli.rule_choice import chosen_rules, thresholds
from analyser.cli.selection import Selection, keep
from analyser.errors import UsageError
from analyser.report.wire_text import escape
from analyser.track import Call, Publication, Registration, Subscription, Transaction
from analyser.version import __version__
from analyser.wire import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from analyser.annotate import Event
    from analyser.excerpt import Captured, Choice, Written
    from analyser.redact import Redactor

_LONGEST_COMMENT: Final = 500
_SUBJECTS: Final = (Call, Registration, Subscription, Publication, Transaction)
_CRITERIA: Final = (
    *("call_ids", "numbers", "statuses", "methods", "findings", "min_severity", "since", "until"),
)


@click.command(
    "extract",
    epilog="Filters may be repeated; different filters must all match. Exit status: 0 written, 1 nothing matches and nothing is "
    "written, 2 could not run.",
)
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write to FILE: pcapng, or pcap where its name ends in .pcap; '-' for standard output.",
)
@with_options(*call_options)
@with_options(*subject_options)
@click.option(
    "--finding", "findings", multiple=True, metavar="RULE|FAMILY", help="Only calls with such a finding."
)
@click.option(
    "--min-severity",
    type=click.Choice(list(SEVERITIES)),
    help="Only calls with a finding at least so severe.",
)
@with_options(*time_options)
@click.option("--media", is_flag=True, help="Also what passed between the media endpoints of the calls.")
@with_options(*choice_options)
@with_options(*key_options)
@with_options(*redact_options)
def extract(captures: tuple[str, ...], **options: Any) -> int:
    """Cut the packets of some calls out of captures, so that a ticket carries 20 packets and not 2 GB.

    Whole calls, registrations and so on, each with all messages of its Call-ID on all hops, and whole packets as they were captured, with all their
    fragments and segments. Of a TCP connection its opening and end come along, of TLS and WebSocket all that came before, as
    it cannot be read without. TLS keys in a pcapng file are left out.

    With --redact new packets are made of the messages, with pseudonyms in them, and nothing else is written; what was decrypted is written
    as TCP. They give the findings of the excerpt, but for those that are about TLS.

    CAPTURE is what `read` takes.
    """
    collect_seldom()
    check_names(captures)
    if not any(options[name] for name in _CRITERIA):
        raise UsageError(
            "say what to extract: --call-id, --number, --status, --method, --finding, --min-severity, --since or --until"
        )
    redactor = redactor_of(options)
    if redactor is not None and options["media"]:
        raise UsageError("--media: a voice has no pseudonym, so media never go into a redacted excerpt")
    by_finding = bool(options["findings"] or options["min_severity"])
    rules = chosen_rules((*options["select"], *options["findings"]), options["ignore"])
    if options["findings"]:
        asked = {rule.id for rule in chosen_rules(options["findings"], ())}
        rules = tuple(rule for rule in rules if rule.id in asked)
    selection = Selection(
        options["methods"],
        options["statuses"],
        SEVERITIES[options["min_severity"]] if options["min_severity"] else Severity.NOTICE,
    )
    with _at_hand(captures) as inputs:
        target = Path(options["output"])
        refuse_capture(target, inputs, "write the excerpt")
        if not target.parent.is_dir():  # rather now than when everything has been read
            raise UsageError(f"{target}: there is no folder {target.parent}")
        from analyser.excerpt import choose  # noqa: PLC0415 - not for --help

        choice = choose(
            inputs,
            keep(options["call_ids"], options["numbers"], options["since"], options["until"]),
            _wanted(selection, by_finding=by_finding),
            media=options["media"],
            connections=by_finding and any(rule.family == "tls" for rule in rules),
            rules=rules if by_finding else (),
            parameters=thresholds(options["settings"]),
            progress=_progress(),
            **{name: options[name] for name in ("engine", "keylog", "tls_key")},
        )
        for note in choice.notes:
            if redactor is not None:
                redactor.inputs(inputs)
                note = redactor.note(note)  # noqa: PLW2901
            click.echo(f"sip-analyser: {escape(note)}", err=True)
        if not choice or (redactor is not None and not any(map(len, choice.frames.values()))):
            click.echo("sip-analyser: nothing matches, so no file was written", err=True)
            return 1
        packets = _packets(inputs, choice, redactor, options)
        written = _write(options["output"], inputs, choice, packets, _comment(captures, options))
    _tell(options["output"], choice, written, redacted=redactor is not None)
    return 0


@contextmanager
def _at_hand(captures: Sequence[str]) -> Iterator[list[str]]:
    """The captures as files that can be read twice: what comes through a pipe is copied first."""
    inputs = inputs_of(captures)
    pipes = list(dict.fromkeys(path for path in inputs if is_pipe(path)))
    if not pipes:
        yield inputs
        return
    with TemporaryDirectory(prefix="sip-analyser-") as folder:
        copies = {
            path: str(spooled(path, Path(folder) / str(number), Coverage()))
            for number, path in enumerate(pipes)
        }
        yield [copies.get(path, path) for path in inputs]


def _wanted(selection: Selection, *, by_finding: bool) -> Callable[[Event], bool] | None:
    """A test for the subjects and findings that are wanted; None where all are."""
    if by_finding:
        return lambda event: isinstance(event, Finding) and selection.shows(event)
    if selection.all:
        return None
    return lambda event: isinstance(event, _SUBJECTS) and selection.shows(event)


def _packets(
    inputs: Sequence[str], choice: Choice, redactor: Redactor | None, options: dict[str, Any]
) -> Iterable[Captured]:
    from analyser.excerpt import pick, pick_redacted  # noqa: PLC0415 - as above

    if redactor is None:
        return pick(inputs, choice, _progress())
    keys = {name: options[name] for name in ("engine", "keylog", "tls_key")}
    return pick_redacted(inputs, choice, redactor, _progress(), **keys)


def _write(
    path: str, inputs: Sequence[str], choice: Choice, packets: Iterable[Captured], comment: str
) -> Written:
    from analyser.excerpt import write_pcap, write_pcapng  # noqa: PLC0415 - as above

    write = (
        write_pcap
        if path.lower().endswith(".pcap")
        else partial(write_pcapng, comment=comment, watched_until=choice.watched_until)
    )
    with packets_to(path, inputs) as file:
        return write(file, packets)


def _comment(captures: Sequence[str], options: dict[str, Any]) -> str:
    """What was chosen, in the words of the command line."""
    words = [
        f"{'redacted ' if options['redact'] else ''}excerpt of {len(captures)} capture{'s' if len(captures) > 1 else ''} by sip-analyser {__version__}:"
    ]
    hidden = {"call_ids", "numbers"} if options["redact"] else set()
    for name in (*_CRITERIA, "media"):
        value = options[name]
        for each in value if isinstance(value, tuple) else (value,):
            if each and name not in hidden:
                word = f"--{_OPTION_NAMES.get(name, name.replace('_', '-'))}"
                words.append(word if each is True else f"{word} {escape(str(each))}")
    return " ".join(words)[:_LONGEST_COMMENT]


_OPTION_NAMES: Final = {
    "call_ids": "call-id",
    "numbers": "number",
    "statuses": "status",
    "methods": "method",
    "findings": "finding",
}


def _tell(path: str, choice: Choice, written: Written, *, redacted: bool) -> None:
    """One line of what there is now; not into the file, where that is standard output."""
    messages = "1 message" if choice.messages == 1 else f"{choice.messages:,} messages"
    calls = "1 Call-ID" if choice.call_ids == 1 else f"{choice.call_ids:,} Call-IDs"
    packets = f"{written.packets:,} of {choice.all_frames:,} packets, {written.octets:,} of {choice.all_octets:,} octets"
    if redacted:  # they are new ones, and may be more than there were
        packets = f"{written.packets:,} new packets, {written.octets:,} octets"
    name = "standard output" if is_standard_output(path) else escape(path)
    aside = is_standard_output(path) or not Path(path).is_file()
    click.echo(f"{name}: {messages} of {calls}; {packets}", err=aside)


def _progress() -> Any:
    if not sys.stderr.isatty():
        return None
    from analyser.report.progress import progress_for  # noqa: PLC0415 - only where somebody looks

    return progress_for(sys.stderr)
