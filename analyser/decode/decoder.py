"""`Decoder`: batches of packets in, payloads that may be SIP out, in the order of the capture.

One loop goes over what the wide lane left. It slices the octets, asks whether a datagram looks like SIP, and hands
segments to the streams and odd packets to the narrow lane.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from analyser.decode.ahead import Ahead
from analyser.decode.bounds import MAX_PARTS
from analyser.decode.choice import NO_FRAME, Choice
from analyser.decode.contents import datagram_carries
from analyser.decode.first import (
    HANDSHAKE,
    SHORTEST,
    begins_record,
    is_sealed,
    may_be_in_stream,
    may_begin,
    names_sip,
)
from analyser.decode.foreign import foreign_layer
from analyser.decode.fragments import Fragments
from analyser.decode.hep import Hep
from analyser.decode.hops import IPV4_KEY, IPV6_KEY, Hops
from analyser.decode.layers import LINKS
from analyser.decode.onlooker import Onlooker
from analyser.decode.packet import SCTP, UDP, Layer, Packet, walk
from analyser.decode.rows import (
    DATAGRAM4,
    DATAGRAM6,
    MAY_BEGIN,
    OPENS,
    OTHER,
    SEGMENT4,
    SYN_FIN_RST,
    SYN_RST,
    Packets,
)
from analyser.decode.sctp import Associations
from analyser.decode.stream import Run
from analyser.decode.streams import Streams
from analyser.decode.tls import Over, TlsConnections
from analyser.decode.wide import look
from analyser.hep import FIRST_OCTETS as HEP_FIRST
from analyser.tls import TlsConnection
from analyser.wire import OTHER as OTHER_FRAMES
from analyser.wire import OTHER_TCP, OTHER_UDP, SIP, Coverage, Endpoint, Payload

_RESPONSE: Final = b"SIP/2.0 "
_METHODS: Final = frozenset(
    b"INVITE ACK BYE CANCEL OPTIONS REGISTER PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE".split()
)


class Decoder:
    """Holds what lasts from batch to batch: streams, fragments and known hops."""

    def __init__(
        self,
        coverage: Coverage,
        looks_like_sip: Callable[[bytes], bool],
        choice: Choice | None = None,
        onlooker: Onlooker | None = None,
    ) -> None:
        """`choice` may leave datagrams of the wide lane to somebody else; they count as read all the same. The `onlooker` is shown
        what passes by."""
        self._onlooker = onlooker
        self._coverage = coverage
        self._choice = choice
        self._looks_like_sip = looks_like_sip
        self._datagram_hops = Hops("UDP")
        self._hep = Hep(coverage, self._is_candidate)
        self._streams = Streams(coverage, looks_like_sip, self._hep)
        self._tls = TlsConnections(coverage, self._streams.release, self._speaks_sip)
        self._streams.sealed = self._tls.watched
        self._associations = Associations(coverage, self._is_candidate)
        self._fragments = Fragments(coverage)
        self._layers: dict[int, Layer] = {}

    def receive(self, batch: Packets) -> list[Payload]:
        """The payloads that the packets of the batch complete."""
        carried = self._coverage.carried
        onlooker = self._onlooker
        if onlooker is not None:
            onlooker.begin(batch)
        choice = self._choice
        packets = choice.sift(batch, self._datagram_hops) if choice is not None and onlooker is None else None
        rows = look(batch, self._streams.followed, carried, onlooker, packets)
        self._streams.excerpt = Ahead(batch, rows) if batch.excerpt else None
        payloads: list[Payload] = []
        looks_like_sip, hops, streams = self._looks_like_sip, self._datagram_hops, self._streams
        buffer, source = batch.buffer, batch.input
        methods, response = _METHODS, _RESPONSE
        watched = self._tls.watched
        refused = 0
        left = choice.reached(0, 0) if choice is not None else NO_FRAME
        number: int  # what is known to be a number is no object where this is compiled
        time: int
        kind: int
        start: int
        end: int
        missing: int
        key: int
        extra: int
        flags: int
        for number, time, kind, start, end, missing, key, extra, flags in zip(
            (rows.packet + batch.first_frame).tolist(),
            batch.time[rows.packet].tolist(),
            *(column.tolist() for column in rows[1:]),
            strict=True,
        ):
            if choice is not None and number > left:
                left = choice.reached(number, len(payloads))
            if kind <= DATAGRAM6:
                data = buffer[start:end]
                # This is `_is_candidate`, written out because a call for each datagram would be felt.
                if data.startswith(response):
                    if not 48 <= data[8] <= 57:
                        refused += 1
                        continue
                elif not (
                    (data[: data.find(b" ", 0, 10)] in methods and data.find(b" SIP/2.0\r\n", 0, 1024) > 0)
                    or (names_sip(data) and looks_like_sip(data))
                ):
                    if data[0] not in HEP_FIRST or not self._unpack(
                        Run(time, data, (number,), missing, source), payloads
                    ):
                        refused += 1
                    continue
                hop = hops[buffer[key : key + (IPV4_KEY if kind == DATAGRAM4 else IPV6_KEY)]]
                if choice is None or not choice.leaves(data, number, time, hop, missing, len(payloads)):
                    payloads.append(Payload(time, hop, data, (number,), extra, missing, source))
            elif kind == OTHER:
                self._narrow(batch, number, time, start, end, payloads)
            else:
                name = buffer[key : key + (IPV4_KEY if kind == SEGMENT4 else IPV6_KEY)]
                run = Run(time, buffer[start:end], (number,), missing, source)
                if flags & OPENS or name in watched:
                    self._tls.receive(name, extra, flags, run, len(payloads))
                if (
                    flags & SYN_RST
                    or name in streams
                    or (flags & MAY_BEGIN and streams.may_become_sip(run.data))
                ):
                    streams.receive(name, extra, flags, run, payloads)
                else:
                    streams.pass_over(name, run)
        if choice is not None:
            choice.reached(NO_FRAME, len(payloads))
        carried[OTHER_UDP] += refused
        carried[SIP] += int(np.count_nonzero(rows.kind <= DATAGRAM6)) - refused
        streams.sweep(int(batch.time[-1]), payloads)
        return payloads

    def handshakes(self) -> list[TlsConnection]:
        """The TLS connections whose handshakes went on with the last batch; to be asked before `connections`."""
        return self._tls.handshakes()

    def connections(self) -> list[Over]:
        """The TLS connections that ended with the last batch; after `close`, all that were left."""
        return self._tls.drain()

    @property
    def behind(self) -> int:
        """How far messages are behind the clock of the frames, in ns: what HEP agents tell has their time. 0 where there is no HEP."""
        return self._hep.behind or 0

    def close(self) -> list[Payload]:
        """The capture has ended: the last runs of the streams."""
        payloads: list[Payload] = []
        self._fragments.close()
        self._associations.close()
        self._streams.close(payloads)
        self._tls.close(len(payloads))
        return payloads

    def _unpack(self, run: Run, payloads: list[Payload]) -> bool:
        """Take a datagram that may be HEP; whether it brought a message."""
        payload = self._hep.unpack(run.data, run)
        if payload is not None:
            payloads.append(payload)
        return payload is not None

    def _narrow(
        self, batch: Packets, number: int, time: int, start: int, end: int, payloads: list[Payload]
    ) -> None:
        """One packet of a shape that the wide lane does not know."""
        packet = Packet(batch.buffer, time, number, self._fragments)
        links = batch.link
        link = links if isinstance(links, int) else int(links[number - batch.first_frame])
        layer = self._layers.get(link)
        if layer is None:
            layer = self._layers[link] = LINKS.get(link) or foreign_layer(link)
        walk(packet, layer, start, end)
        itself = due = 1 if packet.shared else 0  # the frame counts once, however many parts it has
        for part in self._parts(packet) if packet.beside else (packet,):
            due += part.weight - itself
            if part.reason is None and part.protocol:
                self._streams.counts = due == len(part.frames)
                carries = self._finish(part, batch.input, payloads)
                if self._onlooker is not None:
                    self._onlooker.packet(part, carries)
                if carries or not self._streams.counts:
                    self._coverage.carried[carries or OTHER_TCP] += due
                due = 0
        self._streams.counts = True
        if due and packet.reason is not None:
            self._coverage.not_decoded[packet.reason] += due
        elif due:
            self._coverage.carried[OTHER_FRAMES] += due

    def _parts(self, packet: Packet) -> list[Packet]:
        """The packet and what the frame holds beside it, and beside that, each after its own walk."""
        parts = [packet]
        for part in parts:
            for number, (other, layer, at, end) in enumerate(part.beside):
                if len(parts) >= MAX_PARTS:
                    self._coverage.evicted["parts of a frame"] += len(part.beside) - number
                    break
                walk(other, layer, at, end)
                parts.append(other)
        return parts

    def _is_candidate(self, data: bytes) -> bool:
        """Whether a datagram may be SIP. The usual spellings of a start line need no general look."""
        if data[:8] == _RESPONSE:
            return 48 <= data[8] <= 57
        return (data[: data.find(b" ", 0, 10)] in _METHODS and data.find(b" SIP/2.0\r\n", 0, 1024) > 0) or (
            names_sip(data) and self._looks_like_sip(data)
        )

    def _speaks_sip(self, endpoint: Endpoint) -> bool:
        return endpoint in self._datagram_hops.endpoints or self._streams.speaks_sip(endpoint)

    def _finish(self, packet: Packet, source: int, payloads: list[Payload]) -> str:
        """What the narrow lane has found, treated like what the wide lane finds; gives what the frame carries, nothing where the
        streams count it."""
        if packet.protocol == SCTP:
            known = len(payloads)
            self._associations.receive(packet, source, payloads)
            return SIP if len(payloads) > known else OTHER_FRAMES
        data = packet.data[packet.start : packet.end]
        key = packet.addresses + packet.ports
        may = may_begin(data)
        if packet.protocol == UDP:
            size = packet.end + packet.missing - packet.start
            if may and len(data) >= SHORTEST and self._is_candidate(data):
                taken = self._datagram_hops if packet.transport == "UDP" else self._hep.hops[packet.transport]
                hop = taken[key]
                payload = Payload(packet.time, hop, data, packet.frames, packet.ident, packet.missing, source)
                payloads.append(payload)
                return SIP
            if data and data[0] in HEP_FIRST:
                run = Run(packet.time, data, packet.frames, packet.missing, source)
                if self._unpack(run, payloads):
                    return SIP
            if packet.transport != "UDP":
                return OTHER_FRAMES
            return OTHER_UDP if may and len(data) >= SHORTEST else datagram_carries(data, size, packet.ports)
        run = Run(packet.time, data, packet.frames, packet.missing, source)
        opens = begins_record(data) and (data[0] == HANDSHAKE or is_sealed(packet.ports))
        if opens or ((data or packet.flags & SYN_FIN_RST) and key in self._tls.watched):
            self._tls.receive(key, packet.sequence, packet.flags, run, len(payloads))
        if (
            packet.flags & SYN_RST
            or key in self._streams
            or (may_be_in_stream(data) and self._streams.may_become_sip(data))
        ):
            self._streams.receive(key, packet.sequence, packet.flags, run, payloads)
        else:
            self._streams.pass_over(key, run)
        return ""
