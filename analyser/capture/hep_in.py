"""`HepListener`: SIP that agents send in HEP (heplify, captagent, Kamailio, OpenSIPS, FreeSWITCH, Asterisk, sngrep …).

Over UDP each datagram is a packet of version 1, 2 or 3, over TCP each packet says its length. Each becomes an IP packet as
from the agent to us, which the decoder unpacks as it does in a file. Whatever else arrives by UDP is a packet too, as it would be in
a capture: the account of frames then tells what it was.
"""

import socket
import time
from collections import deque
from selectors import EVENT_READ, DefaultSelector
from typing import Final

from analyser.capture.batch import Batch
from analyser.capture.hep_lag import Lag
from analyser.capture.hep_tcp import BACKLOG, Connections
from analyser.capture.hep_udp import ANY_IPV4, Datagrams
from analyser.capture.live import Losses
from analyser.capture.wrapped import MAX_DATAGRAM, Arrived, wrapped
from analyser.errors import CaptureError, UsageError
from analyser.hep import host_and_port, time_of
from analyser.wire import Coverage, Endpoint

MAX_BATCH: Final = 2048
"""Packets of one batch."""
MAX_BATCH_OCTETS: Final = 4 * 1024 * 1024
"""Octets of one batch, beyond which the sockets have to wait for their next turn."""

_KINDS: Final = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}
_MAPPED: Final = "::ffff:"


class HepListener:
    """HEP as a source of live packets (`Live`): `udp:0.0.0.0:9060`, `tcp:[::]:9060`; UDP and all IPv4 addresses where it does
    not say.

    An authentication key in the packets is not checked: whoever reaches the port is listened to, and the decoder
    notes that there was a key. What a bound drops is counted in `coverage.evicted` as well as in `losses`.
    """

    def __init__(self, spec: str, coverage: Coverage | None = None) -> None:
        """Raises UsageError where `spec` is no such address, CaptureError where one cannot listen there."""
        self._coverage = coverage or Coverage()
        kind, bound = _bind(spec)
        self.address: Final = _addressed(bound.getsockname())
        """Where it listens."""
        self.names: Final = (f"hep {kind}:{self.address}",)
        self._selector: Final = DefaultSelector()
        self._datagrams: Datagrams | None = None
        self._connections: Connections | None = None
        if kind == "udp":
            self._datagrams = Datagrams(bound, self.address, _addressed)
            self._selector.register(bound, EVENT_READ, bound.fileno())
        else:
            self._connections = Connections(bound, self._selector, self._coverage, _addressed)
        self._waiting: deque[Arrived] = deque()
        self._lag: Final = Lag()
        self._frames = 0
        self._too_long = 0
        self._lost_before_next = 0

    @property
    def now(self) -> int:
        """How far time has come for the agents, whose messages are behind our clock; 0 before any was heard."""
        return self._lag.now(time.time_ns())

    @property
    def losses(self) -> Losses:
        return Losses(kernel=self._datagrams.dropped if self._datagrams else 0, queue=self._too_long)

    def receive(self, wait: float) -> Batch | None:
        """The packets that have come, waiting for the first of them up to `wait` seconds."""
        until = time.monotonic() + wait
        while True:
            self._take(max(0.0, until - time.monotonic()))
            if self._waiting:
                return self._batch()
            if time.monotonic() >= until:
                return None

    def _take(self, wait: float) -> None:
        """Read each socket once; not before what it gave the last time has gone into a batch."""
        if self._waiting:
            return
        if self._connections is not None:
            self._connections.sweep()
        octets = 0
        for key, _ in self._selector.select(wait):
            if octets > MAX_BATCH_OCTETS or len(self._waiting) >= MAX_BATCH:
                break
            if self._datagrams is not None:
                arrived = self._datagrams.receive()
            else:
                assert self._connections is not None
                arrived = self._connections.receive(key.data)
            for each in arrived:
                octets += len(each.data)
                self._add(each)

    def _add(self, arrived: Arrived) -> None:
        if len(arrived.data) > MAX_DATAGRAM:
            self._too_long += 1
            self._lost_before_next += 1
            self._coverage.evicted["HEP packets too long for a datagram"] += 1
            return
        if self._lost_before_next:
            arrived = arrived._replace(lost=arrived.lost + self._lost_before_next)
            self._lost_before_next = 0
        seen = time_of(arrived.data, arrived.time)
        if seen is not None:
            self._lag.saw(seen, arrived.time)
        self._waiting.append(arrived)

    def _batch(self) -> Batch:
        waiting = self._waiting
        batch = wrapped([waiting.popleft() for _ in range(min(len(waiting), MAX_BATCH))], self._frames + 1)
        self._frames += len(batch)
        return batch

    def close(self) -> None:
        if self._datagrams is not None:
            self._datagrams.close()
        if self._connections is not None:
            self._connections.close()
        self._selector.close()


def _bind(spec: str) -> tuple[str, socket.socket]:
    """The transport and a socket bound to the address."""
    kind, colon, address = spec.partition(":")
    if kind.lower() not in _KINDS or not colon:
        kind, address = "udp", spec
    kind = kind.lower()
    host, port = host_and_port(address, spec)
    try:
        found = socket.getaddrinfo(host or ANY_IPV4, port, type=_KINDS[kind], flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{spec}: no such address") from error
    family, what, protocol, _, place = found[0]
    bound = socket.socket(family, what, protocol)
    try:
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if what == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(place)
        if what == socket.SOCK_STREAM:
            bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        where = f"hep {kind}:{address}"
        raise CaptureError(f"{where}: {error.strerror or error}") from error
    return kind, bound


def _addressed(address: tuple[object, ...]) -> Endpoint:
    """An address as the system gives it; one of IPv4 in the clothes of IPv6 (RFC 4291 §2.5.5.2) is one of IPv4."""
    host, port = str(address[0]).partition("%")[0], address[1]
    assert isinstance(port, int)
    return Endpoint(host.removeprefix(_MAPPED) if "." in host else host, port)
