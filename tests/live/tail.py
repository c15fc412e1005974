"""`sip-analyser live` on a machine of a line: what it prints, as it prints it."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Self

from tests.live.line import INTERFACE, SERVER, Line, until

ROOT = Path(__file__).parents[2]
Event = dict[str, Any]


class Tail:
    """The events of a run that goes on, in JSON lines."""

    def __init__(self, line: Line, *options: str, machine: str = SERVER, interface: str = INTERFACE) -> None:
        """Returns when it listens."""
        read, write = os.pipe()
        where = ("-i", interface) if interface else ()
        command = (sys.executable, "-m", "analyser", "live", *where, "--format", "jsonl", *options)
        self.events: list[Event] = []
        self._program = line.start(machine, *command, output=write, folder=ROOT)
        os.close(write)
        self._reader = Thread(target=self._follow, args=(read,))
        self._reader.start()
        until(lambda: bool(self.events), "live does not listen", self._program)

    def _follow(self, pipe: int) -> None:
        with open(pipe, encoding="utf-8") as lines:
            for each in lines:
                self.events.append(json.loads(each))

    def until(self, seen: Callable[[Self], bool], what: str) -> None:
        until(lambda: seen(self), f"{what} was not told", self._program)

    def until_message(self, what: str, number: int = 1) -> None:
        """Until a method or a status was seen so many times."""
        self.until(lambda tail: tail.messages.count(what) >= number, f"{what} ({number} times)")

    def until_finding(self, rule: str) -> Event:
        self.until(lambda tail: rule in tail.rules, rule)
        return next(each for each in self.of("finding") if each["rule"] == rule)

    @contextmanager
    def halted(self) -> Iterator[None]:
        """It gets no processor in the meantime."""
        os.kill(self._program.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._program.process.pid, signal.SIGCONT)

    def end(self) -> Event:
        """Press Ctrl-C, and give the summary."""
        os.kill(self._program.process.pid, signal.SIGINT)
        self._program.wait()
        self._reader.join()
        return self.events[-1]

    def of(self, kind: str) -> list[Event]:
        return [each for each in tuple(self.events) if each["event"] == kind]

    @property
    def messages(self) -> list[str]:
        """Method or status of each message."""
        return [str(each.get("method") or each["status"]) for each in self.of("message")]

    @property
    def rules(self) -> list[str]:
        """Of the findings, in the order in which they were told."""
        return [each["rule"] for each in self.of("finding")]

    @property
    def standing(self) -> list[Event]:
        """The findings as they stand after what was told early has been revised."""
        found = {(each["rule"], each["frame"]): each for each in self.of("finding")}
        for each in self.of("revision"):
            del found[each["rule"], each["frame"]]
            if each["finding"] is not None:
                found[each["rule"], each["finding"]["frame"]] = each["finding"]
        return list(found.values())
