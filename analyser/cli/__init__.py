"""The command line: one module a command. The only room that prints errors or exits.

Exit status: 0 done, 1 a finding at or above --fail-on, 2 could not run (one line on stderr says why).
"""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from analyser.compiled import FORM
from analyser.errors import AnalyserError, UsageError
from analyser.version import __version__

# numpy would start a thread for each processor, for a linear algebra that nothing here has a use for.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_COMMANDS = {
    "read": ("analyser.cli.read", "read_command", "Annotate a capture file."),
    "live": ("analyser.cli.live", "live_command", "Watch SIP as it passes an interface."),
    "tui": ("analyser.cli.tui", "tui", "Look through calls interactively, in a file or live."),
    "diff": ("analyser.cli.diff", "diff_command", "Say what changed between two captures, or two calls."),
    "extract": ("analyser.cli.extract", "extract", "Cut calls out of a capture, into a small one."),
    "check": ("analyser.cli.check", "check_command", "Hold captures against assertions, for CI."),
    "explain": (
        "analyser.cli.explain",
        "explain",
        "Explain a status code, a rule, a timer, a header field …",
    ),
    "compare": ("analyser.cli.compare", "compare", "Compare two status codes."),
    "list": ("analyser.cli.list_", "list_command", "List what the catalogue holds."),
}
"""Name -> module, attribute, help: a command is imported when it is run, so that `explain` stays instant."""


_SHOWN = 60
"""Characters of a mistake that are worth repeating."""


class LazyGroup(click.Group):
    """Commands that are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named first; a mistyped one, or a topic without a command, is told what was likely meant."""
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            raise UsageError(_unknown_command(args[0]))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


def _unknown_command(word: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    shown = word[:_SHOWN]
    near = get_close_matches(shown, _COMMANDS, n=1)
    if near:
        return f"no command '{shown}'; did you mean {near[0]}?"
    meant = "read" if Path(word).exists() else "explain"
    return f"no command '{shown}'; try: sip-analyser {meant} {shown}"


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: sip-analyser read CAPTURE",
)
@click.version_option(f"{__version__} ({FORM})", prog_name="sip-analyser")
def main() -> None:
    """Reads SIP from captures, annotates every status line, and says what went wrong, in which frame,
    what the standard says about it, and what to do next."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line with these arguments and give the exit status."""
    try:
        status = main.main(args=list(arguments), prog_name="sip-analyser", standalone_mode=False)
        sys.stdout.flush()
    except AnalyserError as error:
        return _failed(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 2
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" (see '{context.command_path} --help')" if context is not None else ""
        return _failed(" ".join(error.format_message().split()) + hint)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except (BrokenPipeError, SystemExit):  # click makes the one of the other
        # The reader has gone (`| head`): nothing to say, and nothing more to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _failed(f"{error.filename or 'output'}: {error.strerror}")
    return status if isinstance(status, int) else 0


def _failed(message: str) -> int:
    from analyser.report.wire_text import escape  # noqa: PLC0415 - file names may hold anything

    click.echo(f"sip-analyser: {escape(message)}", err=True)
    return 2
