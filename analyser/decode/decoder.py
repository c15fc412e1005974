"""`Decoder`: batches of packets in, payloads that may be SIP out, in the order of the capture.

One loop goes over what the wide lane left. It slices the octets, asks whether a datagram looks like SIP, and hands
segments to the streams and odd packets to the narrow lane.
"""

from collections.abc import Callable
from typing import Final

from analyser.decode.bounds import MAX_PARTS
from analyser.decode.first import SHORTEST, SIPS_PORT, is_sealed, may_be_in_stream, may_begin, names_sip
from analyser.decode.foreign import foreign_layer
from analyser.decode.fragments import Fragments
from analyser.decode.hep import FIRST_OCTETS as HEP_FIRST
from analyser.decode.hep import Hep
from analyser.decode.hops import IPV4_KEY, IPV6_KEY, Hops
from analyser.decode.layers import LINKS
from analyser.decode.packet import SCTP, UDP, Layer, Packet, walk
from analyser.decode.sctp import Associations
from analyser.decode.stream import Run
from analyser.decode.streams import Streams
from analyser.decode.wide import (
    DATAGRAM4,
    DATAGRAM6,
    MAY_BEGIN,
    OTHER,
    SEALED,
    SEGMENT4,
    SYN_FIN_RST,
    Packets,
    look,
)
from analyser.wire import Coverage, Payload

_SEALED: Final = f"TLS on port {SIPS_PORT}"
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
        self._hep = Hep(coverage, self._is_candidate)
        self._streams = Streams(coverage, looks_like_sip, self._hep)
        self._associations = Associations(coverage, self._is_candidate)
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
                    if data[0] in HEP_FIRST:
                        self._unpack(Run(time, data, (number,), missing, source), payloads)
                    continue
                hop = hops[buffer[key : key + (IPV4_KEY if kind == DATAGRAM4 else IPV6_KEY)]]
                append(new(Payload, (time, hop, data, (number,), extra, missing, source, True)))
            elif kind == OTHER:
                self._narrow(batch, number, time, start, end, payloads)
            else:
                name = buffer[key : key + (IPV4_KEY if kind == SEGMENT4 else IPV6_KEY)]
                if name in streams or flags & SYN_FIN_RST:
                    run = Run(time, buffer[start:end], (number,), missing, source)
                    streams.receive(name, extra, flags, run, payloads)
                elif flags & MAY_BEGIN and streams.may_become_sip(data := buffer[start:end]):
                    streams.receive(name, extra, flags, Run(time, data, (number,), missing, source), payloads)
                elif flags & SEALED:
                    self._coverage.not_decoded[_SEALED] += 1
        streams.sweep(int(batch.time[-1]), payloads)
        return payloads

    def close(self) -> list[Payload]:
        """The capture has ended: the last runs of the streams."""
        payloads: list[Payload] = []
        self._fragments.close()
        self._associations.close()
        self._streams.close(payloads)
        return payloads

    def _unpack(self, run: Run, payloads: list[Payload]) -> None:
        """A datagram that may be HEP."""
        payload = self._hep.unpack(run.data, run)
        if payload is not None:
            payloads.append(payload)

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
        for part in self._parts(packet) if packet.beside else (packet,):
            if part.reason is None and part.protocol:
                self._finish(part, batch.input, payloads)
        if packet.reason is not None:  # the frame counts once, however many parts it has
            self._coverage.not_decoded[packet.reason] += 1

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

    def _finish(self, packet: Packet, source: int, payloads: list[Payload]) -> None:
        """What the narrow lane has found, treated like what the wide lane finds."""
        if packet.protocol == SCTP:
            self._associations.receive(packet, source, payloads)
            return
        data = packet.data[packet.start : packet.end]
        key = packet.addresses + packet.ports
        may = may_begin(data)
        if packet.protocol == UDP:
            if may and len(data) >= SHORTEST and self._is_candidate(data):
                hop = self._datagram_hops[key]
                payload = Payload(packet.time, hop, data, packet.frames, packet.ident, packet.missing, source)
                payloads.append(payload)
            elif data and data[0] in HEP_FIRST:
                self._unpack(Run(packet.time, data, packet.frames, packet.missing, source), payloads)
            return
        flags = packet.flags | (MAY_BEGIN if may_be_in_stream(data) else 0)
        if is_sealed(data, packet.ports) and not flags & SYN_FIN_RST and key not in self._streams:
            self._coverage.not_decoded[_SEALED] += 1
        if flags & (MAY_BEGIN | SYN_FIN_RST) or (data and key in self._streams):
            run = Run(packet.time, data, packet.frames, packet.missing, source)
            self._streams.receive(key, packet.sequence, flags, run, payloads)
