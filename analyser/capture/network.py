"""`open_live`: the packets of network interfaces as they pass."""

import socket
import time
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from analyser.capture.batch import Batch
from analyser.capture.gathering import Gathering
from analyser.capture.interfaces import Interface, Known, chosen, present
from analyser.capture.kernel_filter import kernel_filter
from analyser.capture.live import Live, Losses
from analyser.capture.outages import Outages
from analyser.capture.user_filter import for_live
from analyser.capture.wanted import Wanted
from analyser.errors import CaptureError
from analyser.wire import MILLISECOND, SECOND, Coverage

GATHERING: Final = 0.02
"""Seconds for which packets are gathered after the first one: a turn for each would cost more than the packets."""
MARGIN: Final = 5 * MILLISECOND
"""How long after its time a packet may reach us although we found nothing to take."""
STEP: Final = 50 * MILLISECOND
"""By how much the clock may differ from steady time before it counts as set."""
LOOK_AROUND: Final = SECOND
"""How often it is asked which interfaces there are, and what they dropped: in ns."""


class Listening(Protocol):
    """What is under `Interfaces`: a socket of the system."""

    def wait(self, seconds: float) -> bool:
        """Whether there is something to take, within that time."""

    def fill(self, gathering: Gathering) -> bool:
        """Take what has come; whether that was all."""

    def look_around(self) -> None:
        """Follow interfaces that come and go."""

    def dropped(self) -> int:
        """Packets that the kernel could not keep for us, so far."""

    def close(self) -> None: ...


class Interfaces:
    """A `Live` over the interfaces of this machine."""

    def __init__(
        self, listening: Listening, known: Known, coverage: Coverage | None = None, names: Sequence[str] = ()
    ) -> None:
        """`names` are those asked for, none where all are meant; `coverage` is told when one was away."""
        self._listening = listening
        self._known = known
        self._gathering = Gathering()
        self._next_frame = 1
        self._clock, self._steady = time.time_ns(), time.monotonic_ns()
        self._seen = self._clock
        """Until when all packets have been given."""
        self._last = 0
        """The time of the last packet given."""
        self._looked = self._steady
        self._outages = Outages(names, known, coverage or Coverage(), self._clock)
        known.count_drops()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._known.names)

    @property
    def now(self) -> int:
        return max(self._seen - MARGIN, self._last)

    @property
    def losses(self) -> Losses:
        return Losses(kernel=self._listening.dropped(), interface=self._known.dropped)

    def receive(self, wait: float) -> Batch | None:
        gathering, listening = self._gathering, self._listening
        if time.monotonic_ns() - self._looked >= LOOK_AROUND:
            self._looked = time.monotonic_ns()
            listening.look_around()
            self._known.count_drops()
            self._outages.look(time.time_ns())
        if listening.wait(wait) and listening.fill(gathering):
            time.sleep(GATHERING)
        self._tell_time()
        drained = listening.fill(gathering)
        if not len(gathering):
            self._seen = self._clock
            return None
        batch = _in_order(gathering.batch(self._next_frame))
        gathering.clear()
        self._next_frame += len(batch)
        self._last = int(batch.time[-1])
        self._seen = self._clock if drained else self._last
        return batch

    def _tell_time(self) -> None:
        """Read the clock. Where it was set, what came before counts as of the new time."""
        clock, steady = time.time_ns(), time.monotonic_ns()
        step = (clock - self._clock) - (steady - self._steady)
        if abs(step) > STEP:
            self._last += step
        self._clock, self._steady = clock, steady

    def close(self) -> None:
        self._listening.close()


def _in_order(batch: Batch) -> Batch:
    """Two processors of the machine may hand over two packets in the wrong order, some microseconds apart."""
    steps = np.diff(batch.time)
    if not ((steps < 0) & (steps > -MARGIN)).any() or (steps <= -MARGIN).any():
        return batch
    order = np.argsort(batch.time, kind="stable")
    for name in ("offset", "caplen", "wirelen", "time", "interface", "lost", "link"):
        column = getattr(batch, name)
        if isinstance(column, np.ndarray):
            setattr(batch, name, column[order])
    return batch


class _Followed:
    """The packet socket of Linux, on the interfaces of this moment among those asked for."""

    def __init__(self, names: tuple[str, ...], known: Known, wanted: Wanted, bpf: str | None) -> None:
        from analyser.capture.sockets import PacketSocket  # noqa: PLC0415 - of Linux only

        self._names = names
        self._wanted = wanted
        self._user = for_live(bpf) if bpf else None
        self._socket = PacketSocket(known)
        self.wait, self.fill = self._socket.wait, self._socket.fill
        self.dropped, self.close = self._socket.dropped, self._socket.close
        self._interfaces: list[Interface] | None = None
        try:
            self.look_around()
        except CaptureError:
            self.close()
            raise

    def look_around(self) -> None:
        there = present() if self._names else {}
        now = [Interface(name, there[name]) for name in self._names if name in there]
        if now == self._interfaces:
            return
        before, self._interfaces = self._interfaces or [], now
        indexes = [each.ident for each in now] if self._names else None
        program = kernel_filter(self._wanted, indexes, self._user)
        new = [each for each in now if each not in before]
        self._socket.listen(program, new, now[0].ident if len(now) == 1 else 0)


def open_live(
    interfaces: Sequence[str],
    *,
    bpf: str | None,
    rtp: bool,
    tunnels: bool,
    ports: Sequence[int] = (),
    coverage: Coverage | None = None,
) -> Live:
    """Listen to the interfaces, or where none is named to all, also to those that come later.

    `bpf` is a filter of tcpdump that has to agree as well. `rtp` lets the headers of media in, `tunnels` whatever
    tunnels carry, `ports` are ports of SIP beyond the usual ones. `coverage` is told when an interface was away.
    Raises CaptureError, in one line, for an interface that does not exist, a filter that is wrong, or missing privilege.
    """
    names = chosen(interfaces)
    known = Known(names or present())
    wanted = Wanted(rtp, tunnels, tuple(ports))
    if hasattr(socket, "AF_PACKET"):
        return Interfaces(_Followed(names, known, wanted, bpf), known, coverage, names)
    from analyser.capture.portable import ScapySockets, scapy_open  # noqa: PLC0415 - of other systems only

    return Interfaces(ScapySockets(names, known, wanted, bpf, scapy_open()), known, coverage, names)
