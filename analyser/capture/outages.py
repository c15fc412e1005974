"""When interfaces were away - down, without their cable, or gone: of that time nobody knows what passed there."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

from analyser.capture.interfaces import FURTHER, GONE, Known, present
from analyser.wire import SECOND, Coverage

MAX_FOLLOWED: Final = 256
"""Interfaces that are followed where all are listened to, those met first; asking costs two calls of the system each second."""

_SYSTEM: Final = Path("/sys/class/net")
_GET_FLAGS: Final = 0x8913
"""SIOCGIFFLAGS of Linux."""
_UP_AND_RUNNING: Final = 0x41
_REQUEST: Final = Struct("=16sH22x")


class State(NamedTuple):
    """Of an interface that is there."""

    ident: int
    """The system's number of it, another one where it was made anew."""
    carries: bool
    changes: int
    """How often its carrier has come and gone: one that differs tells of an outage that nobody saw."""


@dataclass(slots=True)
class _Account:
    """What is told of one interface."""

    since: int | None = None
    """When it was last seen to carry something before it went away, ns; None where it is there."""
    noticed: int = 0
    """When it was seen to be away: between the two it went."""
    gone: bool = False
    """Whether it was not there at all, the last time."""
    times: int = 0
    total: int = 0
    """How often and how long it was away before now."""
    note: str = ""


class Outages:
    """Follows the interfaces listened to; each has one note in the coverage, which tells of the last outage and sums up the others.

    `Coverage.unseen` gets the stretches of time for whoever judges what is missing.
    """

    def __init__(self, names: Sequence[str], known: Known, coverage: Coverage, now: int) -> None:
        """`names` are the interfaces asked for, none where all are meant."""
        self._names = names
        self._known = known
        self._coverage = coverage
        self._seen: dict[str, State] = {}
        """As each was when it last carried something."""
        self._accounts: dict[str, _Account] = {}
        self._looked = now
        self.look(now)

    def look(self, now: int) -> None:
        """Ask how things are at `now`, ns."""
        there = present()
        for name in self._names or self._followed():
            ident = there.get(name)
            self._follow(name, None if ident is None else state(name, ident), now)
        self._looked = now

    def _followed(self) -> list[str]:
        names = [name for name in dict.fromkeys(self._known.names) if name not in (FURTHER, GONE)]
        if len(names) > MAX_FOLLOWED:
            self._coverage.evicted["interfaces to follow"] = len(names) - MAX_FOLLOWED
        return names[:MAX_FOLLOWED]

    def _follow(self, name: str, now_is: State | None, now: int) -> None:
        before = self._seen.get(name)
        account = self._accounts.get(name)
        if now_is is not None and now_is.carries:
            self._seen[name] = now_is
            if account is not None and account.since is not None:
                self._back(name, account, now)
            elif before is not None and before != now_is:  # it went and came between two looks
                self._back(
                    name, self._went(name, self._looked, self._looked, gone=before.ident != now_is.ident), now
                )
            return
        if account is not None and account.since is not None:
            if now_is is not None or self._names:
                self._coverage.unseen.append((account.since, now))
            return
        if before is None and not self._names:
            return  # one that never carried anything, such as a socket without a cable
        if now_is is None and not self._names and not self._known.met(name):
            del self._seen[name]  # a container has ended, of which no SIP came
            return
        account = self._went(name, self._looked, now, gone=now_is is None)
        # Of all interfaces one that goes for good, as with its container, takes along what passed there: only calls under way
        # at that moment may miss something.
        self._coverage.unseen.append((self._looked, now))
        self._tell_away(name, account)

    def _went(self, name: str, since: int, noticed: int, *, gone: bool) -> _Account:
        account = self._accounts.setdefault(name, _Account())
        account.since, account.noticed, account.gone = since, noticed, gone
        return account

    def _back(self, name: str, account: _Account, now: int) -> None:
        since = account.since
        assert since is not None
        self._coverage.unseen.append((since, now))
        lasted = max(now - account.noticed, 0)
        account.times, account.total, account.since = account.times + 1, account.total + lasted, None
        self._tell_back(name, account, lasted)

    def _tell_away(self, name: str, account: _Account) -> None:
        time, total = _clock(account.noticed), _seconds(account.total)
        if account.times:
            said = f"{name} has been away since {time} UTC, and before that for {total} s in all: nothing that passes there is seen"
        elif account.gone:
            said = f"{name} has been gone since {time} UTC: nothing that passes there is seen"
        else:
            said = f"{name} has been down since {time} UTC: nothing that passes there is seen"
        self._forget(account)
        self._coverage.notes.append(said)
        account.note = said

    def _tell_back(self, name: str, account: _Account, lasted: int) -> None:
        time, seconds, total = _clock(account.noticed), _seconds(lasted), _seconds(account.total)
        if account.times > 1:
            said = (
                f"{name} was away {account.times} times, {total} s in all, the last time from {time} UTC on for {seconds} s: "
                "nothing that passed there was seen"
            )
        elif account.gone:
            said = f"{name} was gone from {time} UTC on for {seconds} s: nothing that passed there was seen"
        else:
            said = f"{name} was down from {time} UTC on for {seconds} s: nothing that passed there was seen"
        self._forget(account)
        self._coverage.notes.append(said)
        account.note = said

    def _forget(self, account: _Account) -> None:
        """What was told of the interface so far is replaced."""
        if account.note in self._coverage.notes:
            self._coverage.notes.remove(account.note)


def _clock(time: int) -> str:
    return datetime.fromtimestamp(time // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _seconds(duration: int) -> int:
    """At least one: it is known to the second at best."""
    return max(1, round(duration / SECOND))


def state(name: str, ident: int) -> State:
    """How an interface is; where the system does not tell, as one that carries packets."""
    changes = 0
    with suppress(OSError, ValueError):
        changes = int((_SYSTEM / name / "carrier_changes").read_text())
    return State(ident, _carries(name), changes)


def _carries(name: str) -> bool:
    """Whether it is up, and its cable or what stands for it is there."""
    if not hasattr(socket, "AF_PACKET"):  # asked in the way of Linux
        return True
    from fcntl import ioctl  # noqa: PLC0415 - not on Windows

    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        _, flags = _REQUEST.unpack(ioctl(asked, _GET_FLAGS, _REQUEST.pack(name.encode(), 0)))
        return int(flags) & _UP_AND_RUNNING == _UP_AND_RUNNING
    return True
