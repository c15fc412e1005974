"""Races the analyser against other tools on the same captures, in one sitting.

Takes nothing; gives a Markdown page: processor time (user and system), wall time and peak memory of each tool with all its
processes, and the ratio of processor times to a yardstick: sngrep where there is SIP to read, tcpdump, which only reads and writes
packets, where there is none. The tools take turns, so that whatever else the machine does meets all of them; medians are
compared, the fastest round stands beside. A tool that is not installed is named, not raced. Captures that are missing
are generated first. Needs Linux or another system with `wait4`.
"""

import argparse
import datetime as dt
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from generate import capture_path, crowd_path
from measure import FailedRunError, Run, run

HERE = Path(__file__).parent
OWN, PARALLEL, SNGREP, TCPDUMP = "sip-analyser", "sip-analyser --jobs 2", "sngrep", "tcpdump"
SMALL = capture_path(50, 0, 50)
CALLS, MANY_CALLS = capture_path(50_000, 0), capture_path(500_000, 0)
SHORT_ROUNDS = 11
"""Rounds for commands that take a fraction of a second."""


class Tool(NamedTuple):
    """A contestant: how to read a capture with it, how to get it, and how it gives its version."""

    name: str
    read: tuple[str, ...]
    source: str
    version: str = "--version"
    behind: tuple[str, ...] = ()
    """What follows the name of the capture."""
    most: int = 99
    """Rounds, where each takes very long."""


TOOLS = (
    Tool(OWN, (OWN, "read"), "this project: `pip install .`"),
    Tool(PARALLEL, (OWN, "read", "--jobs", "2"), "this project, where `read` has the option"),
    Tool(SNGREP, ("sngrep", "-N", "-q", "-l", "1000000", "-I"), "`apt install sngrep`", "-V"),
    Tool("tshark", ("tshark", "-q", "-z", "sip,stat", "-r"), "`apt install tshark`"),
    Tool("sipgrep", ("sipgrep", "-C", "-I"), "`apt install sipgrep`", "-V"),
    Tool("sip-doctor", ("sip-doctor", "read", "--no-color"), "`pip install sip-doctor`", most=1),
    Tool(TCPDUMP, ("tcpdump", "-r"), "`apt install tcpdump`", behind=("-w", "/dev/null")),
)


class Course(NamedTuple):
    """A capture, who reads it, and against whom they are measured."""

    title: str
    path: Path
    generate: tuple[str, ...]
    yardstick: str
    only: tuple[str, ...] = tuple(tool.name for tool in TOOLS)


COURSES = (
    Course("50,000 calls, SIP only", CALLS, ("--calls", "50000", "--rtp", "0"), SNGREP),
    Course(
        "10,000 calls with 200 RTP packets each",
        capture_path(10_000, 200),
        ("--calls", "10000", "--rtp", "200"),
        SNGREP,
    ),
    Course(
        "A million packets of TCP without SIP",
        crowd_path("tcp", 1_000_000),
        ("--tcp", "1000000"),
        TCPDUMP,
        (OWN, TCPDUMP),
    ),
    Course(
        "A million packets of RTP",
        crowd_path("voices", 1_000_000),
        ("--voices", "1000000"),
        TCPDUMP,
        (OWN, TCPDUMP),
    ),
)


def find(name: str) -> str | None:
    """A command beside this interpreter or on the PATH."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.is_file() else shutil.which(name)


def present(tool: Tool) -> bool:
    """Whether it can be raced here."""
    if tool.name != PARALLEL:
        return find(tool.name) is not None
    own = find(OWN)
    return (
        own is not None
        and "--jobs"
        in subprocess.run([own, "read", "--help"], capture_output=True, text=True, check=False).stdout
    )


def command(tool: Tool, path: Path) -> list[str]:
    """How to read the capture."""
    return [find(tool.read[0]) or tool.read[0], *tool.read[1:], str(path), *tool.behind]


def version(tool: Tool) -> str:
    """The first line of what the tool says about its version."""
    asked = [find(tool.read[0]) or tool.read[0], tool.version]
    told = subprocess.run(asked, capture_output=True, text=True, errors="replace", check=False)
    lines = (told.stdout.strip() or told.stderr.strip()).splitlines()
    return lines[0].strip(" .") if lines else "version unknown"


def rounds(
    commands: dict[str, tuple[list[str], int]], count: int, say: Callable[[str], None]
) -> dict[str, list[Run]]:
    """Run the commands `count` times, in turns, each no more often than its own limit; one that fails drops out."""
    taken: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(count):
        for name in list(taken):
            arguments, most = commands[name]
            if turn >= most:
                continue
            try:
                taken[name].append(run(arguments))
            except FailedRunError as failure:
                del taken[name]
                say(f"{name} failed: {failure}")
                continue
            if taken[name][-1].cpu > 1:
                print(f"  round {turn + 1}: {name} {taken[name][-1].cpu:.2f} s", file=sys.stderr)
    return taken


def middle(runs: list[Run]) -> float:
    """The median of the processor time."""
    return statistics.median(each.cpu for each in runs)


def race(course: Course, tools: list[Tool], count: int, say: Callable[[str], None]) -> None:
    """Each tool on one capture, as a table."""
    print(f"{course.title}: {course.path}", file=sys.stderr)
    commands = {
        tool.name: (command(tool, course.path), tool.most) for tool in tools if tool.name in course.only
    }
    say(f"\n## {course.title}\n")
    failures: list[str] = []
    taken = rounds(commands, count, failures.append)
    yardstick = middle(taken[course.yardstick]) if course.yardstick in taken else None
    say(f"| tool | CPU time | against {course.yardstick} | fastest | wall time | peak memory | printed |")
    say("|---|--:|--:|--:|--:|--:|--:|")
    for name, runs in sorted(taken.items(), key=lambda item: middle(item[1])):
        ratio = f"{middle(runs) / yardstick:.2f}" if yardstick else ""
        shown = f"**{name}**" if name == OWN else name
        fastest = min(each.cpu for each in runs)
        wall = statistics.median(each.wall for each in runs)
        peak = max(each.memory for each in runs) / 1e6
        say(
            f"| {shown} | {middle(runs):.2f} s | {ratio} | {fastest:.2f} s | {wall:.2f} s | {peak:.0f} MB "
            f"| {runs[-1].printed / 1e3:,.0f} kB |"
        )
    for failure in failures:
        say(f"\n{failure}")


def memory(tools: list[Tool], say: Callable[[str], None]) -> None:
    """Whether memory grows with the number of calls: one round each."""
    say("\n## Peak memory by the number of calls\n\nOne round each.\n")
    say("| tool | 50,000 calls | 500,000 calls | times | CPU time at 500,000 |\n|---|--:|--:|--:|--:|")
    for tool in tools:
        if tool.name not in {OWN, SNGREP}:
            continue
        try:
            few, many = run(command(tool, CALLS)), run(command(tool, MANY_CALLS))
        except FailedRunError as failure:
            say(f"| {tool.name} | failed: {failure} | | | |")
            continue
        times = many.memory / few.memory
        say(
            f"| {tool.name} | {few.memory / 1e6:.0f} MB | {many.memory / 1e6:.0f} MB | {times:.1f} "
            f"| {many.cpu:.1f} s |"
        )


PAGES = (
    ("explain", "412"),
    ("explain", "dialog"),
    ("explain", "stuck-on-trying"),
    ("compare", "100", "412"),
    ("compare", "401", "407", "--lang", "ja"),
)
"""Pages of the catalogue that a person waits for."""


def start_up(tools: list[Tool], say: Callable[[str], None]) -> None:
    """Commands that a person waits for: pages of the catalogue, and a capture of 50 packets."""
    names = {tool.name for tool in tools}
    own = find(OWN) or OWN
    pairs = {
        "python3 -c pass": [sys.executable, "-c", "pass"],
        **{" ".join(page): [own, *page] for page in PAGES},
        "tshark -q -z sip,stat": ["tshark", "-q", "-z", "sip,stat", "-r", str(SMALL)],
        "read, 50 packets": [own, "read", str(SMALL)],
    }
    if OWN not in names:
        for name in ("read, 50 packets", *map(" ".join, PAGES)):
            del pairs[name]
    if "tshark" not in names:
        del pairs["tshark -q -z sip,stat"]
    say(f"\n## Start-up\n\nMedian of {SHORT_ROUNDS} rounds.\n")
    failures: list[str] = []
    commands = {name: (arguments, SHORT_ROUNDS) for name, arguments in pairs.items()}
    rounds(commands, 1, lambda _: None)  # warms the disk cache and lets Python write its bytecode
    taken = rounds(commands, SHORT_ROUNDS, failures.append)
    bare = middle(taken["python3 -c pass"])
    say("| command | CPU time | against a bare Python |\n|---|--:|--:|")
    for name, runs in taken.items():
        say(f"| `{name}` | {middle(runs) * 1000:.0f} ms | {middle(runs) / bare:.1f} |")
    for failure in failures:
        say(f"\n{failure}")


def machine() -> str:
    """One line about the machine."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        model = named[0] if named else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def prepare() -> None:
    """Generate the captures that are not there yet, in processes of their own."""
    wanted = [(course.path, course.generate) for course in COURSES]
    wanted += [(MANY_CALLS, ("--calls", "500000")), (SMALL, ("--calls", "50", "--packets", "50"))]
    for path, arguments in wanted:
        if not path.is_file():
            subprocess.run(
                [sys.executable, str(HERE / "generate.py"), *arguments], check=True, stdout=sys.stderr
            )


def main() -> None:
    options = argparse.ArgumentParser(description="Race the analyser against other tools.")
    options.add_argument("--rounds", type=int, default=3, help="rounds on each big capture")
    options.add_argument("--only", help="names of tools, with commas")
    options.add_argument("--save", action="store_true", help="write RESULTS.md as well")
    chosen = options.parse_args()
    wanted = set(chosen.only.split(",")) if chosen.only else {tool.name for tool in TOOLS}
    tools = [tool for tool in TOOLS if tool.name in wanted and present(tool)]
    prepare()
    lines: list[str] = []

    def say(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    say("# Results\n")
    say(
        "Processor time is user and system together, of a tool and all processes that it starts; the median of up to"
    )
    say(
        f"{chosen.rounds} rounds in turns, beside it the fastest. Memory is the highest resident set of them together."
    )
    say("A megabyte is 10^6 octets.\n")
    say(f"- date: {dt.datetime.now(dt.UTC):%Y-%m-%d}")
    say(f"- machine: {machine()}; load before the race {os.getloadavg()[0]:.1f}")
    for tool in TOOLS:
        if tool in tools:
            say(f"- {tool.name}: {version(tool)}; `{' '.join((*tool.read, 'FILE', *tool.behind))}`")
        elif tool.name in wanted:
            say(f"- {tool.name}: not here, not raced ({tool.source})")
    for course in COURSES:
        race(course, tools, chosen.rounds, say)
    memory(tools, say)
    start_up(tools, say)
    if chosen.save:
        (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
