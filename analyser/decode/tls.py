"""TLS connections, watched from outside while they are in the clear; afterwards only their frames are counted.

A connection is watched from its ClientHello, wherever that comes; on the port of SIP over TLS from whatever record is seen
first. One that shows no sign of SIP is forgotten once its ClientHello is read. A sign is the server's port, the protocol
that the client offers (RFC 7301), or a server that was seen to speak SIP on that port before.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from analyser.decode.bounds import MAX_TLS_CONNECTIONS, MAX_WINDOW
from analyser.decode.first import SIPS_PORT, begins_record
from analyser.decode.hops import Hops, reverse_of
from analyser.decode.rows import FIN, RST, SYN
from analyser.decode.stream import MODULUS, Run, Stream
from analyser.decode.tls_connection import Connection
from analyser.decode.tls_hello import CLIENT_HELLO, SERVER_HELLO, ClientHello
from analyser.decode.tls_side import HANDSHAKE, Side
from analyser.tls import Evidence, TlsConnection
from analyser.wire import Coverage, Endpoint, Glimpse, Hop

_PORTS: Final = (5060, SIPS_PORT)
"""On them a TLS server speaks SIP (RFC 3261 §18.2.1)."""
_FINISHES: Final = FIN | RST


class Over(NamedTuple):
    """A connection that has ended."""

    place: int
    """How many payloads of the same batch came before that."""
    connection: TlsConnection


class TlsConnections:
    """The connections of a capture that are watched.

    `adopt` hands over what is known of the beginning of a stream, by its name. `speaks_sip`
    tells whether an endpoint has been seen to.
    """

    def __init__(
        self,
        coverage: Coverage,
        adopt: Callable[[bytes], Stream | None],
        speaks_sip: Callable[[Endpoint], bool],
    ) -> None:
        self._coverage = coverage
        self._adopt = adopt
        self._speaks_sip = speaks_sip
        self._hops = Hops("TLS")
        self.watched: dict[bytes, tuple[Connection, Side]] = {}
        """Both directions of each connection, by addresses and ports as on the wire; the oldest first."""
        self._over: list[Over] = []
        self._stirred: dict[Connection, None] = {}
        """Those of whose handshake something has come since the last `drain`."""
        self._place = 0

    def receive(self, name: bytes, sequence: int, flags: int, run: Run, place: int) -> None:
        """Take a segment of a connection that is watched, or one that may open one; `place` payloads came before it."""
        self._place = place
        data = run.data
        known = self.watched.get(name)
        if known is not None:
            connection, side = known
            if side.done and data and not flags & (SYN | _FINISHES) and data[0] != HANDSHAKE:
                connection.count(side, run)  # the bulk: encrypted
                return
            if _is_another(side, sequence, flags, data):
                self._end(connection)
                known = None
        if known is None:
            known = self._open(name, data)
            if known is None:
                return
            connection, side = known
            side.begin(sequence)
        if data or run.missing:
            self._take(connection, side, sequence, run)
        if flags & _FINISHES and name in self.watched:
            at = Glimpse(run.time, self._hops[name], run.frames, run.input)
            connection.close(side, at, reset=bool(flags & RST))
            if connection.is_over or flags & RST:
                self._end(connection)

    def drain(self) -> list[Over]:
        """The connections that are over and show a sign of SIP, in order."""
        over, self._over = self._over, []
        self._stirred.clear()
        return over

    def handshakes(self) -> list[TlsConnection]:
        """Those under way of whose handshake something has come since the last `drain`, as far as they have got."""
        told = [each.told() for each in self._stirred if each.names[0] in self.watched]
        return [each for each in told if each is not None]

    def close(self, place: int) -> None:
        """The capture has ended, and `place` payloads came before that."""
        self._place = place
        for connection in dict.fromkeys([connection for connection, _ in self.watched.values()]):
            self._end(connection)

    def _take(self, connection: Connection, side: Side, sequence: int, run: Run) -> None:
        if side.stream is None and begins_record(run.data):
            side.begin(sequence)
        self._stirred[connection] = None
        connection.receive(side, sequence, run, hello=_hello(run.data) == CLIENT_HELLO)
        if side.too_long:
            side.too_long = False
            self._coverage.evicted["ends of TLS handshakes"] += 1
        if connection.is_other:
            self._forget(connection)

    def _open(self, name: bytes, data: bytes) -> tuple[Connection, Side] | None:
        """The connection that a segment opens, and the side that sent it; None where it opens none."""
        opening = _hello(data)
        ports = int.from_bytes(name[-4:-2], "big"), int.from_bytes(name[-2:], "big")
        if opening != CLIENT_HELLO and (SIPS_PORT not in ports or not begins_record(data)):
            return None
        from_server = opening == SERVER_HELLO or (opening != CLIENT_HELLO and ports[1] != SIPS_PORT)
        names = (reverse_of(name), name) if from_server else (name, reverse_of(name))
        sides = Side(self._adopt(names[0])), Side(self._adopt(names[1]))
        evidence = Evidence.PORT if ports[not from_server] in _PORTS else None
        connection = Connection(names, self._hops[names[0]], sides, evidence, self._sign)
        for each in zip(names, sides, strict=True):
            self.watched[each[0]] = connection, each[1]
        if len(self.watched) > 2 * MAX_TLS_CONNECTIONS:
            self._coverage.evicted["TLS connections"] += 1
            oldest, _ = next(iter(self.watched.values()))
            oldest.evicted = True
            self._end(oldest)
        return connection, sides[from_server]

    def _sign(self, hop: Hop, hello: ClientHello) -> Evidence | None:
        """The sign of SIP in what a client asks for, or in whom it asks."""
        if any(protocol.lower().startswith("sip") for protocol in hello.alpn):
            return Evidence.ALPN
        return Evidence.ENDPOINT if self._speaks_sip(hop.target) else None

    def _end(self, connection: Connection) -> None:
        self._forget(connection)
        told = connection.told()
        if told is not None:
            self._over.append(Over(self._place, told))

    def _forget(self, connection: Connection) -> None:
        for name in connection.names:
            del self.watched[name]


def _hello(data: bytes) -> int:
    """The type of the ClientHello or ServerHello that a segment begins with, 0 where it begins with neither.

    Its first octets are the header of a record, then type, length and version of the message (RFC 8446 §4, §5.1).
    """
    if data[:2] != b"\x16\3" or data[6:7] != b"\0" or data[9:10] != b"\3":
        return 0
    return data[5] if data[5] in (CLIENT_HELLO, SERVER_HELLO) else 0


def _is_another(side: Side, sequence: int, flags: int, data: bytes) -> bool:
    """Whether a segment must be of a later connection with the same ports."""
    if flags & SYN:
        return not side.is_first((sequence + 1) % MODULUS)
    if _hello(data) != CLIENT_HELLO:
        return False
    return side.is_far(sequence, MAX_WINDOW) or (side.done and side.is_behind(sequence))
