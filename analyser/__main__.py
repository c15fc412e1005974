"""`python -m analyser` and the `sip-analyser` command."""

import gc
import sys


def main() -> None:
    """Run the command line; the exit status is the process's."""
    gc.disable()  # imports make no garbage; `read` sets the collector as it needs it
    from analyser.cli import run  # noqa: PLC0415 - `import analyser.__main__` must cost nothing

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
