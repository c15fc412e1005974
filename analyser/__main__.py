"""`python -m analyser` and the `sip-analyser` command."""

import gc
import os
import sys


def main() -> None:
    """Run the command line; the exit status is the process's."""
    gc.disable()  # imports make no garbage; `read` sets the collector as it needs it
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # numpy starts threads for algebra, which nobody needs here
    from analyser.cli import run  # noqa: PLC0415 - `import analyser.__main__` must cost nothing

    status = run(sys.argv[1:])
    gc.freeze()  # what is still held is about to go with the process; nobody need look through it for garbage
    sys.exit(status)


if __name__ == "__main__":
    main()
