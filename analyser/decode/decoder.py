"""`Decoder`: batches of packets in, payloads that may be SIP out, in the order of the capture.

One loop goes over what the wide lane left. It slices the octets, asks whether a datagram looks like SIP, and hands
segments to the streams and odd packets to the narrow lane.
"""

from collections.abc import Callable
from typing import Final

from analyser.decode.first import HANDSHAKE, SHORTEST, SIPS_PORT, begins_record, may_begin, names_sip
from analyser.decode.foreign import foreign_layer
from analyser.decode.fragments import Fragments
from analyser.decode.hops import IPV4_KEY, IPV6_KEY, Hops
from analyser.decode.link import LINKS
from analyser.decode.packet import UDP, Layer, Packet, walk
from analyser.decode.stream import Run
from analyser.decode.streams import Streams
from analyser.decode.tls import Over, TlsConnections
from analyser.decode.wide import (
    DATAGRAM4,
    DATAGRAM6,
    MAY_BEGIN,
    OPENS,
    OTHER,
    SEALED,
    SEGMENT4,
    SYN_FIN_RST,
    Packets,
    look,
)
from analyser.wire import ENCRYPTED, Coverage, Endpoint, Payload

_SIPS_PORT: Final = SIPS_PORT.to_bytes(2, "big")
_RESPONSE: Final = b"SIP/2.0 "
_METHODS: Final = frozenset(
    b"INVITE ACK BYE CANCEL OPTIONS REGISTER PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE".split()
)


class Decoder:
    """Holds what lasts from batch to batch: streams, fragments and known hops."""

    def __init__(self, coverage: Coverage, looks_like_sip: Callable[[bytes], bool]) -> None:
        self._coverage = coverage
        self._looks_like_sip = looks_like_sip
        self._datagram_hops = Hops("UDP")
        self._streams = Streams(coverage, looks_like_sip)
        self._tls = TlsConnections(coverage, self._streams.release, self._speaks_sip)
        self._fragments = Fragments(coverage)
        self._layers: dict[int, Layer] = {}

    def receive(self, batch: Packets) -> list[Payload]:
        """The payloads that the packets of the batch complete."""
        rows = look(batch)
        payloads: list[Payload] = []
        looks_like_sip, hops, streams = self._looks_like_sip, self._datagram_hops, self._streams
        buffer, source = batch.buffer, batch.input
        append, new = payloads.append, tuple.__new__
        methods, response = _METHODS, _RESPONSE
        watched = self._tls.watched
        for number, time, kind, start, end, missing, key, extra, flags in zip(
            (rows.packet + batch.first_frame).tolist(),
            batch.time[rows.packet].tolist(),
            *(column.tolist() for column in rows[1:]),
            strict=True,
        ):
            if kind <= DATAGRAM6:
                data = buffer[start:end]
                # This is `_is_candidate`, written out because a call for each datagram would be felt.
                if data[:8] == response:
                    if not 48 <= data[8] <= 57:
                        continue
                elif not (
                    (data[: data.find(b" ", 0, 10)] in methods and data.find(b" SIP/2.0\r\n", 0, 1024) > 0)
                    or (names_sip(data) and looks_like_sip(data))
                ):
                    continue
                hop = hops[buffer[key : key + (IPV4_KEY if kind == DATAGRAM4 else IPV6_KEY)]]
                append(new(Payload, (time, hop, data, (number,), extra, missing, source, True)))
            elif kind == OTHER:
                self._narrow(batch, number, time, start, end, payloads)
            else:
                name = buffer[key : key + (IPV4_KEY if kind == SEGMENT4 else IPV6_KEY)]
                if flags & OPENS or name in watched:
                    run = Run(time, buffer[start:end], (number,), missing, source)
                    self._tls.receive(name, extra, flags, run, len(payloads))
                if name in streams or flags & SYN_FIN_RST:
                    run = Run(time, buffer[start:end], (number,), missing, source)
                    streams.receive(name, extra, flags, run, payloads)
                elif flags & MAY_BEGIN and streams.may_become_sip(data := buffer[start:end]):
                    streams.receive(name, extra, flags, Run(time, data, (number,), missing, source), payloads)
                elif flags & SEALED or name in watched:
                    self._coverage.carried[ENCRYPTED] += 1
        streams.sweep(int(batch.time[-1]), payloads)
        return payloads

    def connections(self) -> list[Over]:
        """The TLS connections that ended with the last batch; after `close`, all that were left."""
        return self._tls.drain()

    def close(self) -> list[Payload]:
        """The capture has ended: the last runs of the streams."""
        payloads: list[Payload] = []
        self._fragments.close()
        self._streams.close(payloads)
        self._tls.close(len(payloads))
        return payloads

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
        if packet.reason is not None:
            self._coverage.not_decoded[packet.reason] += 1
        elif packet.protocol:
            self._finish(packet, batch.input, payloads)

    def _is_candidate(self, data: bytes) -> bool:
        """Whether a datagram may be SIP. The usual spellings of a start line need no general look."""
        if data[:8] == _RESPONSE:
            return 48 <= data[8] <= 57
        return (data[: data.find(b" ", 0, 10)] in _METHODS and data.find(b" SIP/2.0\r\n", 0, 1024) > 0) or (
            names_sip(data) and self._looks_like_sip(data)
        )

    def _speaks_sip(self, endpoint: Endpoint) -> bool:
        return endpoint in self._datagram_hops.endpoints or self._streams.speaks_sip(endpoint)

    def _finish(self, packet: Packet, source: int, payloads: list[Payload]) -> None:
        """What the narrow lane has found, treated like what the wide lane finds."""
        data = packet.data[packet.start : packet.end]
        key = packet.addresses + packet.ports
        may = may_begin(data)
        if packet.protocol == UDP:
            if may and len(data) >= SHORTEST and self._is_candidate(data):
                hop = self._datagram_hops[key]
                payload = Payload(packet.time, hop, data, packet.frames, packet.ident, packet.missing, source)
                payloads.append(payload)
            return
        flags = packet.flags | (MAY_BEGIN if may else 0)
        run = Run(packet.time, data, packet.frames, packet.missing, source)
        sealed = begins_record(data)
        on_port = _SIPS_PORT in (packet.ports[:2], packet.ports[2:])
        opens = sealed and (data[0] == HANDSHAKE or on_port)
        if opens or ((data or flags & SYN_FIN_RST) and key in self._tls.watched):
            self._tls.receive(key, packet.sequence, flags, run, len(payloads))
        if (
            (sealed or (data and key in self._tls.watched))
            and not flags & SYN_FIN_RST
            and key not in self._streams
        ):
            self._coverage.carried[ENCRYPTED] += 1
        if flags & (MAY_BEGIN | SYN_FIN_RST) or (data and key in self._streams):
            self._streams.receive(key, packet.sequence, flags, run, payloads)
