"""`python -m tests.support.show PAGE [CASE]`: the messages of a page's ladders, and what the pipeline finds.

With `--pcap FILE` the capture of the (last) ladder is kept.
"""

import sys
from pathlib import Path

from tests.support.page import cases_of, differences, findings_of
from tests.support.pcap import capture


def main(arguments: list[str]) -> None:
    kept = None
    if "--pcap" in arguments:
        at = arguments.index("--pcap")
        kept = Path(arguments[at + 1])
        del arguments[at : at + 2]
    for case in cases_of(Path(arguments[0])):
        if arguments[1:] and " ".join(arguments[1:]).lower() not in case.name.lower():
            continue
        ladder = case.compile()
        print(f"==== {case.name}")
        for arrow in ladder.arrows:
            print(f"-- line {arrow.line}: {arrow.time / 1e9:.3f} {arrow.source.name} -> {arrow.target.name}")
            print(arrow.data.decode(errors="replace").replace("\r\n", "\n").rstrip("\n"))
        shown = capture(ladder)
        if kept is not None:
            kept.write_bytes(shown.data)
        found = findings_of(ladder)
        for one in found:
            print(f"found: line {one.line}: {one.rule}({one.severity})")
        print(differences(case, ladder, found) or "as marked")


if __name__ == "__main__":
    main(sys.argv[1:])
