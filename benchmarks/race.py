"""Races the analyser against other tools on the same captures, each alone on one core, in one sitting.

Takes nothing; gives a Markdown page: processor time (user and system) and peak memory of each whole
process, and the ratio to sngrep. Rounds alternate between the tools, so that whatever else the machine
does meets all of them, and the fastest round counts. A tool that is not installed is named, not raced.
Captures that are missing are generated first. Needs Linux or another system with `wait4`.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from generate import capture_path

HERE = Path(__file__).parent
CAPTURES = {
    "50,000 calls, SIP only": capture_path(50_000, 0),
    "10,000 calls with 200 RTP packets each": capture_path(10_000, 200),
}
SMALL = capture_path(50, 0, 50)
YARDSTICK = "sngrep"
OWN = "sip-analyser"
SHORT_ROUNDS = 11
"""Rounds for commands that take a fraction of a second; their median counts."""
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | {
    "TERM": "xterm"
}
"""As a user has it: Python keeps its bytecode. sngrep asks for a terminal even where it draws nothing."""


class Tool(NamedTuple):
    """A contestant: how to read a capture with it, how to get it, and how it gives its version."""

    name: str
    read: tuple[str, ...]
    source: str
    version: str = "--version"


TOOLS = (
    Tool(OWN, (OWN, "read"), "this project: `pip install .`"),
    Tool("sngrep", ("sngrep", "-N", "-q", "-l", "200000", "-I"), "`apt install sngrep`", "-V"),
    Tool("tshark", ("tshark", "-q", "-z", "sip,stat", "-r"), "`apt install tshark`"),
    Tool("sipgrep", ("sipgrep", "-C", "-I"), "`apt install sipgrep`", "-V"),
    Tool("sip-doctor", ("sip-doctor", "read", "--no-color"), "`pip install sip-doctor`"),
)


class Run(NamedTuple):
    """What one process took: seconds of processor time, peak octets of memory, octets printed."""

    cpu: float
    memory: int
    printed: int


class FailedRunError(Exception):
    """A contestant that did not end well."""


def run(command: list[str]) -> Run:
    """Run to the end, output to a file. Resource usage covers the process and whatever it waited for."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            err.seek(0)
            last = err.read()[-500:].decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise FailedRunError(f"exit status {process.returncode}: {last}")
        unit = 1 if sys.platform == "darwin" else 1024
        return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, out.seek(0, os.SEEK_END))


def find(name: str) -> str | None:
    """A command beside this interpreter or on the PATH."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.is_file() else shutil.which(name)


def version(tool: Tool) -> str:
    """The first line of what the tool says about its version."""
    command = [find(tool.name) or tool.name, tool.version]
    told = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    lines = (told.stdout.strip() or told.stderr.strip()).splitlines()
    return lines[0].strip(" .") if lines else "version unknown"


def rounds(commands: dict[str, list[str]], count: int, say: Callable[[str], None]) -> dict[str, list[Run]]:
    """Run every command `count` times, in turns; a command that fails drops out and is named."""
    taken: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(count):
        for name in list(taken):
            try:
                taken[name].append(run(commands[name]))
            except FailedRunError as failure:
                del taken[name]
                say(f"{name} failed: {failure}")
                continue
            if taken[name][-1].cpu > 1:
                print(f"  round {turn + 1}: {name} {taken[name][-1].cpu:.2f} s", file=sys.stderr)
    return taken


def race(captures: dict[str, Path], tools: list[Tool], count: int, say: Callable[[str], None]) -> None:
    """Each tool on each capture, as one table a capture."""
    for title, path in captures.items():
        print(f"{title}: {path}", file=sys.stderr)
        commands = {tool.name: [find(tool.name) or tool.name, *tool.read[1:], str(path)] for tool in tools}
        say(f"\n## {title}\n")
        failures: list[str] = []
        taken = rounds(commands, count, failures.append)
        fastest = {name: min(runs) for name, runs in taken.items()}
        yardstick = fastest.get(YARDSTICK)
        say(f"| tool | CPU time | against {YARDSTICK} | peak memory | printed |\n|---|--:|--:|--:|--:|")
        for name, best in sorted(fastest.items(), key=lambda item: item[1].cpu):
            ratio = f"{best.cpu / yardstick.cpu:.2f}" if yardstick else ""
            peak = max(each.memory for each in taken[name]) / 1e6
            shown = f"**{name}**" if name == OWN else name
            say(f"| {shown} | {best.cpu:.2f} s | {ratio} | {peak:.0f} MB | {best.printed / 1e3:,.0f} kB |")
        for failure in failures:
            say(f"\n{failure}")


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
    rounds(pairs, 1, lambda _: None)  # warms the disk cache and lets Python write its bytecode
    taken = rounds(pairs, SHORT_ROUNDS, failures.append)
    bare = statistics.median(each.cpu for each in taken["python3 -c pass"])
    say("| command | CPU time | against a bare Python |\n|---|--:|--:|")
    for name, runs in taken.items():
        middle = statistics.median(each.cpu for each in runs)
        say(f"| `{name}` | {middle * 1000:.0f} ms | {middle / bare:.1f} |")
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
    for path, arguments in (
        (CAPTURES["50,000 calls, SIP only"], ["--calls", "50000", "--rtp", "0"]),
        (CAPTURES["10,000 calls with 200 RTP packets each"], ["--calls", "10000", "--rtp", "200"]),
        (SMALL, ["--calls", "50", "--rtp", "0", "--packets", "50"]),
    ):
        if not path.is_file():
            subprocess.run(
                [sys.executable, str(HERE / "generate.py"), *arguments], check=True, stdout=sys.stderr
            )


def pin() -> str:
    """Keep this process, and thereby all that it starts, on one core."""
    if not hasattr(os, "sched_setaffinity"):
        return "not pinned to a core (this system cannot)"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return "each tool alone on one core"


def main() -> None:
    options = argparse.ArgumentParser(description="Race the analyser against other tools.")
    options.add_argument(
        "--rounds", type=int, default=2, help="rounds on each big capture; the fastest counts"
    )
    options.add_argument("--only", help="names of tools, with commas")
    options.add_argument("--save", action="store_true", help="write RESULTS.md as well")
    chosen = options.parse_args()
    wanted = set(chosen.only.split(",")) if chosen.only else {tool.name for tool in TOOLS}
    tools = [tool for tool in TOOLS if tool.name in wanted and find(tool.name)]
    prepare()
    lines: list[str] = []

    def say(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    say("# Results\n")
    say(f"Processor time is user and system together, {pin()}; the fastest of {chosen.rounds} rounds counts.")
    say("A megabyte is 10^6 octets. Memory is the highest resident set of any round.\n")
    say(f"- machine: {machine()}")
    for tool in TOOLS:
        if tool in tools:
            say(f"- {tool.name}: {version(tool)}; `{' '.join(tool.read)} FILE`")
        elif tool.name in wanted:
            say(f"- {tool.name}: not installed, not raced ({tool.source})")
    race(CAPTURES, tools, chosen.rounds, say)
    start_up(tools, say)
    if chosen.save:
        (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
