"""HEP over TCP: agents that connect, each with a stream of packets of version 3 that say how long they are.

Whoever can reach the port can connect and say nothing, or a little at a time, or nonsense. So each connection has to
show a whole packet soon, may hold no more than one packet that is not whole, and is closed at the first octet that cannot be.
"""

import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from selectors import EVENT_READ, BaseSelector
from typing import Final

from analyser.capture.wrapped import Arrived
from analyser.hep import CHUNK, HEAD, LEAST, MAGIC, begins_hep3
from analyser.wire import Coverage, Endpoint

MAX_CONNECTIONS = 256
"""Agents at a time; beyond it the connection goes that has been quiet longest, one that never sent a packet before any other."""
BACKLOG: Final = 64
"""Connections that the kernel keeps for us to accept, and the most that are accepted in one turn."""
AT_ONCE: Final = 64 * 1024
"""Octets taken from one connection in one turn, so that none keeps the others waiting; with what waits for the rest of a
packet, twice as many are held of each."""
PATIENCE: Final = 10.0
"""Seconds within which a connection shows its first packet, and the rest of each packet that it has begun. Between packets an
agent may be quiet for as long as it likes."""

Addressed = Callable[[tuple[object, ...]], Endpoint]


class Framer:
    """Octets of a stream -> HEP packets of version 3."""

    __slots__ = ("_octets", "broken")

    def __init__(self) -> None:
        self._octets = b""
        self.broken = False
        """Whether the stream has shown what cannot be HEP; nothing is read behind that."""

    @property
    def waiting(self) -> int:
        """Octets of a packet that is not whole."""
        return len(self._octets)

    def feed(self, octets: bytes) -> list[bytes]:
        """The packets that these octets complete."""
        packets: list[bytes] = []
        data = self._octets + octets if self._octets else octets
        at = 0
        while at < len(data) and not self.broken:
            head = data[at : at + HEAD + CHUNK]
            if not head.startswith(MAGIC[: len(head)]) or not begins_hep3(head):
                self.broken = True
                break
            size = int.from_bytes(head[4:HEAD], "big")
            if len(head) < HEAD + CHUNK or at + size > len(data):
                break
            packets.append(data[at : at + size])
            at += size
        self._octets = b"" if self.broken else data[at:]
        return packets


assert LEAST >= HEAD + CHUNK  # so that whoever shows that much of a packet has not shown more than the packet


class _Connection:
    __slots__ = ("framer", "proven", "since", "socket", "source", "target")

    def __init__(self, accepted: socket.socket, source: Endpoint, target: Endpoint, now: float) -> None:
        self.socket = accepted
        self.source = source
        self.target = target
        self.framer = Framer()
        self.proven = False
        """Whether a whole packet has come."""
        self.since: float | None = now
        """Since when a packet is awaited, by the monotonic clock; None where none has begun."""


class Connections:
    """The agents that are connected to a listening socket. `selector` is told of each; its data is the descriptor."""

    def __init__(
        self, listening: socket.socket, selector: BaseSelector, coverage: Coverage, addressed: Addressed
    ) -> None:
        self._listening = listening
        self._selector = selector
        self._coverage = coverage
        self._addressed = addressed
        self._open: OrderedDict[int, _Connection] = OrderedDict()
        """By descriptor, the one that has been quiet longest first."""
        self._deaf = False
        """Whether no descriptor is left for another connection; then the listening socket is let be until the next sweep."""
        self._swept = 0.0
        listening.setblocking(False)
        selector.register(listening, EVENT_READ, listening.fileno())

    def __len__(self) -> int:
        return len(self._open)

    def receive(self, ready: int) -> list[Arrived]:
        """What the descriptor, of which the selector tells that it can be read, has for us."""
        if ready == self._listening.fileno():
            self._accept()
            return []
        connection = self._open.get(ready)
        return [] if connection is None else self._read(ready, connection)

    def _accept(self) -> None:
        for _ in range(BACKLOG):
            try:
                accepted, address = self._listening.accept()
            except (BlockingIOError, ConnectionError):
                return
            except OSError:
                self._coverage.evicted["HEP connections for which the system had no room"] += 1
                self._selector.unregister(self._listening)
                self._deaf = True
                return
            if len(self._open) >= MAX_CONNECTIONS:
                self._make_room()
            accepted.setblocking(False)
            accepted.setsockopt(
                socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1
            )  # agents that are gone go from here as well
            own = self._addressed(accepted.getsockname())
            number = accepted.fileno()
            self._open[number] = _Connection(accepted, self._addressed(address), own, time.monotonic())
            self._selector.register(accepted, EVENT_READ, number)

    def _make_room(self) -> None:
        quiet = next((number for number, each in self._open.items() if not each.proven), None)
        self._drop(next(iter(self._open)) if quiet is None else quiet)
        self._coverage.evicted["HEP connections beyond the limit"] += 1

    def _read(self, number: int, connection: _Connection) -> list[Arrived]:
        try:
            octets = connection.socket.recv(AT_ONCE)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError:
            octets = b""
        if not octets:
            self._drop(number)
            return []
        moment = time.time_ns()
        packets = connection.framer.feed(octets)
        if packets:
            connection.proven = True
            connection.since = None
            self._open.move_to_end(number)
        if connection.framer.broken:
            self._coverage.evicted["HEP connections that sent something else"] += 1
            self._drop(number)
        elif not connection.framer.waiting:
            connection.since = None if connection.proven else connection.since
        elif connection.since is None:
            connection.since = time.monotonic()
        return [Arrived(moment, connection.source, connection.target, packet) for packet in packets]

    def sweep(self) -> None:
        """Close the connections that begin a packet and do not end it. To be called often; looks once a second."""
        now = time.monotonic()
        if now - self._swept < 1:
            return
        self._swept = now
        late = [
            number
            for number, each in self._open.items()
            if each.since is not None and now - each.since > PATIENCE
        ]
        for number in late:
            self._coverage.evicted["HEP connections that sent no whole packet in time"] += 1
            self._drop(number)
        if self._deaf:
            self._selector.register(self._listening, EVENT_READ, self._listening.fileno())
            self._deaf = False

    def _drop(self, number: int) -> None:
        gone = self._open.pop(number)
        self._selector.unregister(gone.socket)
        gone.socket.close()

    def close(self) -> None:
        for number in list(self._open):
            self._drop(number)
        self._listening.close()
