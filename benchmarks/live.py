"""Loads an interface and watches `sip-analyser live` on it; wants root, and SIPp and tcpreplay (Debian: sip-tester, tcpreplay).

    python -m benchmarks.live load      SIPp's calls beside RTP: is every message seen, and what does it take?
    python -m benchmarks.live steps     ever more messages a second: where does loss begin, and is it told?
    python -m benchmarks.live latency   from packet to line
    python -m benchmarks.live memory    half a million calls one after the other: does memory stay where it was?

Everything is in network namespaces of its own, on a cable (veth) between phones and a server; `live` runs at the server.
Measure on a quiet machine, with the compiled rooms (`sip-analyser --version`).
"""

import argparse
import csv
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from time import monotonic, sleep

from benchmarks.watched import ROOT, Usage, Watched, carried
from tests.live.line import ADDRESS, INTERFACE, PHONES, SERVER, Line, Program, until

SCENARIOS = ROOT / "tests" / "live" / "scenarios"
DATA = Path(__file__).parent / "data"
PER_CALL = 6
"""Messages of a call between the two SIPp."""
REPLAYED = DATA / "calls-50000-rtp-0.pcap"
MANY = DATA / "calls-500000-rtp-0.pcap"
FIRST = 0.1
"""The part of MANY's calls, 50,000, after which memory is to be level."""
GRACE = 60.0
MB = 1 << 20
_SENT = re.compile(r"Actual: (\d+) packets")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("what", choices=("load", "steps", "latency", "memory"))
    options.add_argument("--seconds", type=float, default=10.0, help="of each measurement [10]")
    options.add_argument(
        "--rate", type=int, help="SIP messages a second [load 5000, latency 1000, memory 8000]"
    )
    options.add_argument("--rtp", type=int, default=50_000, help="RTP packets a second of `load` [50000]")
    options.add_argument(
        "--format", choices=("terminal", "jsonl"), help="what live prints [terminal, latency jsonl]"
    )
    options.add_argument(
        "--steps", type=int, nargs="+", default=[5_000, 10_000, 15_000, 20_000, 30_000, 50_000]
    )
    options.add_argument("--capture", type=Path, default=MANY, help="what `memory` replays")
    chosen = options.parse_args()
    match chosen.what:
        case "load":
            load(chosen.rate or 5_000, chosen.rtp, chosen.seconds, chosen.format or "terminal")
        case "steps":
            steps(chosen.steps, chosen.seconds)
        case "latency":
            latency(chosen.rate or 1_000, chosen.seconds)
        case "memory":
            memory(chosen.capture, chosen.rate or 8_000, chosen.format or "terminal")


@contextmanager
def laid() -> Iterator[Line]:
    """The cable. What comes to no socket of the server vanishes there, and is not answered with ICMP."""
    with tempfile.TemporaryDirectory() as folder, Line(Path(folder)) as line:
        line.lose(SERVER, "udp", "dport", "!=", "5060")
        yield line


def load(rate: int, rtp: int, seconds: float, form: str) -> None:
    with laid() as line:
        watched = Watched(line, form)
        voices = _voices(line, rtp, seconds)
        sent, usage = _sipp(line, watched, rate, seconds)
        seen, coverage = watched.end()
        voice = int(_outcome(voices)) if voices else 0
        _row("SIP messages sent by SIPp", f"{sent:,}", f"{sent / usage.wall:,.0f}/s for {usage.wall:.0f} s")
        _row("RTP packets beside them", f"{voice:,}", f"{voice / seconds:,.0f}/s")
        _row("SIP messages seen by live", f"{seen:,}", f"{sent - seen:,} missing")
        _row(
            "one core busy",
            f"{usage.busy:.0f} %",
            f"{1e6 * usage.cpu / max(seen, 1):.0f} µs a message; {form}",
        )
        if coverage:
            _row("lost, as live tells", f"{sum(coverage['lost'].values()):,}", "")


def latency(rate: int, seconds: float) -> None:
    with laid() as line:
        watched = Watched(line, "jsonl", timed=True)
        sent, usage = _sipp(line, watched, rate, seconds)
        seen, _ = watched.end()
        of = quantiles([each / 1e6 for each in watched.latencies], n=100)
        _row("SIP messages sent by SIPp", f"{sent:,}", f"{sent / usage.wall:,.0f}/s for {usage.wall:.0f} s")
        _row("SIP messages seen by live", f"{seen:,}", f"{sent - seen:,} missing")
        _row(
            "from packet to line",
            f"{of[94]:.0f} ms",
            f"95 % are sooner; half {of[49]:.0f} ms, 99 % {of[98]:.0f} ms",
        )
        _row("the slowest line", f"{max(watched.latencies) / 1e6:.0f} ms", "")


def steps(rates: list[int], seconds: float) -> None:
    print(f"{'asked/s':>10}{'sent/s':>10}{'sent':>12}{'seen':>12}{'missing':>10}{'told':>10}{'busy':>8}")
    for rate in rates:
        with laid() as line:
            watched = Watched(line, "jsonl")
            replay = _replay(line, REPLAYED, rate, f"--limit={int(rate * seconds)}")
            replay.process.wait(seconds * 4 + GRACE)
            usage, sent = watched.usage(), _replayed(replay)
            seen, coverage = watched.end()
            told = sum(coverage["lost"].values())
            print(
                f"{rate:>10,}{sent / usage.wall:>10,.0f}{sent:>12,}{seen:>12,}{sent - seen:>10,}{told:>10,}"
                f"{usage.busy:>6.0f} %",
                flush=True,
            )


def memory(capture: Path, rate: int, form: str) -> None:
    with laid() as line:
        watched = Watched(line, form)
        before, start = carried(line, SERVER), monotonic()
        replay = _replay(line, capture, rate)
        peaks: list[tuple[int, int]] = []
        shown = 0.0
        while replay.process.poll() is None:
            peaks.append((carried(line, SERVER) - before, watched.memory()))
            if monotonic() - shown > 10:
                shown = monotonic()
                print(
                    f"  {peaks[-1][0]:>12,} packets  {peaks[-1][1] / MB:6.0f} MB", file=sys.stderr, flush=True
                )
            sleep(0.5)
        usage = watched.usage()
        sent = _replayed(replay)
        seen, _ = watched.end()
        early = max((octets for packets, octets in peaks if packets <= sent * FIRST), default=0)
        _row("packets replayed", f"{sent:,}", f"{sent / (monotonic() - start):,.0f}/s")
        _row("SIP messages seen by live", f"{seen:,}", f"{sent - seen:,} missing")
        _row("memory in the first tenth", f"{early / MB:.0f} MB", "at most")
        _row("memory over all", f"{max(octets for _, octets in peaks) / MB:.0f} MB", "at most")
        _row("one core busy", f"{usage.busy:.0f} %", form)


def _row(what: str, value: str, note: str) -> None:
    print(f"{what:30}{value:>14}  {note}", flush=True)


def _sipp(line: Line, watched: Watched, rate: int, seconds: float) -> tuple[int, Usage]:
    """Calls at a rate of messages a second. Gives how many messages both sides sent, copies with them."""
    calls = int(rate * seconds / PER_CALL)
    common = ("-nostdin", "-trace_counts", "-t", "u1", "-buff_size", str(16 * MB), "-l", "100000")
    scenario = SCENARIOS / "answer.xml"
    callee = line.start(SERVER, "sipp", "-sf", str(scenario), "-i", ADDRESS[SERVER], "-p", "5060", *common)
    until(lambda: callee.listens(5060), "SIPp does not listen", callee)
    text = (SCENARIOS / "call.xml").read_text().replace("[talk]", "50")
    written = line.folder / "call.xml"
    written.write_text(text)
    watched.started()
    target = (f"{ADDRESS[SERVER]}:5060", "-s", "bob", "-r", f"{rate / PER_CALL:.0f}", "-m", str(calls))
    caller = line.start(
        PHONES, "sipp", "-sf", str(written), "-i", ADDRESS[PHONES], "-p", "5070", *common, *target
    )
    caller.process.wait(seconds * 4 + GRACE)
    usage = watched.usage()
    callee.stop()
    return sum(map(_counted, line.folder.glob("*_counts.csv"))), usage


def _counted(path: Path) -> int:
    """Messages that one SIPp sent, by its own counts."""
    with path.open(newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    kinds = ("_Sent", "_Retrans")
    return sum(
        int(value)
        for name, value in last.items()
        if name and value and name.endswith(kinds) and name.rsplit("_", 1)[0] + "_Sent" in last
    )


def _voices(line: Line, rate: int, seconds: float) -> Program | None:
    if not rate:
        return None
    command = (sys.executable, "-m", "benchmarks.voices", ADDRESS[SERVER], str(rate), str(seconds))
    return line.start(PHONES, *command, folder=ROOT)


def _outcome(program: Program) -> str:
    program.process.wait(GRACE)
    return program.said().strip()


def _replay(line: Line, capture: Path, rate: int, *options: str) -> Program:
    """Send the packets of a capture as they are, at an even pace."""
    if not capture.exists():
        raise SystemExit(f"there is no {capture}: make it with benchmarks/generate.py")
    return line.start(PHONES, "tcpreplay", "-q", "-i", INTERFACE, f"--pps={rate}", *options, str(capture))


def _replayed(replay: Program) -> int:
    found = _SENT.search(replay.said())
    assert found, replay.said()
    return int(found[1])


if __name__ == "__main__":
    main()
