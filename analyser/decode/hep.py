"""HEP, the Homer encapsulation: a capture agent's copy of a SIP message, with the addresses and the time that it saw.

Version 3 is a list of chunks behind its magic; versions 1 and 2 are C structures. Agents differ: Kamailio says protocol 22
where the message came over TLS or WebSocket, sngrep writes a wrong header length into version 2, and the
time of version 2 is in the byte order of the sender.
"""

import struct
import zlib
from collections.abc import Callable
from typing import Final

from analyser.decode.bounds import MAX_CHUNKS, MAX_MESSAGE
from analyser.decode.hops import Hops
from analyser.decode.inflow import Inflow
from analyser.decode.stream import Run
from analyser.wire import SECOND, Coverage, Hop, Payload

MAGIC: Final = b"HEP3"
FIRST_OCTETS: Final = frozenset(b"\x01\x02H")
"""First octets of a HEP packet of versions 1, 2 and 3."""
FAMILIES: Final = {2: 4, 10: 16, 28: 16, 30: 16}
"""Octets of an address by AF_INET, and AF_INET6 of Linux, FreeBSD and macOS."""
TRANSPORTS: Final = {17: "UDP", 6: "TCP", 22: "TLS", 132: "SCTP"}
"""By IP protocol; 22 is used in place of TLS, which has none."""

_HEAD, _CHUNK, _LEAST = 6, 6, 16
_FIXED, _TIME = 8, 12
(
    _FAMILY,
    _PROTOCOL,
    _SOURCE4,
    _TARGET4,
    _SOURCE6,
    _TARGET6,
    _SOURCE_PORT,
    _TARGET_PORT,
    _SECONDS,
    _MICROSECONDS,
    _KIND,
) = range(1, 12)
_KEY, _PAYLOAD, _COMPRESSED = 14, 15, 16
_SIP_KIND: Final = 1
_EARLIEST: Final = 631_152_000 * SECOND
"""1990: no SIP is older, so an earlier time is none."""
_AHEAD: Final = 86_400 * SECOND
"""How far the clock of an agent may be ahead. It may be far behind: agents also send what a file held."""
_MICROSECOND: Final = 1000
_MAX_MICROSECONDS: Final = 1_000_000


def begins_hep3(data: bytes) -> bool:
    """Whether a stream that begins with the magic goes on as HEP, as far as it is here."""
    return len(data) < _HEAD + _CHUNK or (
        int.from_bytes(data[4:6], "big") >= _LEAST and int.from_bytes(data[10:12], "big") >= _CHUNK
    )


class Hep:
    """Unpacks HEP packets of all versions."""

    def __init__(self, coverage: Coverage, is_candidate: Callable[[bytes], bool]) -> None:
        self._coverage = coverage
        self._is_candidate = is_candidate
        self._hops = {transport: Hops(transport) for transport in TRANSPORTS.values()}

    def unpack(self, data: bytes, run: Run) -> Payload | None:
        """The SIP message in a HEP packet that came with `run`; None where there is none."""
        if data[:4] == MAGIC:
            return self._version3(data, run)
        return self._version2(data, run) if len(data) > _LEAST and data[0] in (1, 2) else None

    def _version2(self, data: bytes, run: Run) -> Payload | None:
        """Versions 1 and 2: header, addresses and, in version 2, the time."""
        version, _, family, protocol = data[:4]
        size = FAMILIES.get(family)
        transport = TRANSPORTS.get(protocol)
        if size is None or transport is None:
            return None
        at = _FIXED + 2 * size
        time = run.time
        key = data[_FIXED:at] + data[4:8]
        if version == 2:
            time = self._time_of_version2(data[at : at + 8], time)
            at += _TIME
        return self._payload(transport, key, time, data[at:], run)

    def _time_of_version2(self, stamp: bytes, frame_time: int) -> int:
        if len(stamp) < 8:
            return frame_time
        seconds: int
        microseconds: int
        times = []
        for order in ("<II", ">II"):
            seconds, microseconds = struct.unpack(order, stamp)
            time = seconds * SECOND + microseconds * _MICROSECOND
            if _is_plausible(time, microseconds, frame_time):
                times.append(time)
        if not times:
            return self._implausible(frame_time)
        return min(times, key=lambda time: abs(time - frame_time))

    def _version3(self, data: bytes, run: Run) -> Payload | None:
        """Version 3: chunks of vendor, type and length, in any order."""
        chunks = _chunks(data)
        kind = chunks.get(_KIND)
        if kind is not None and int.from_bytes(kind, "big") != _SIP_KIND:
            return None
        text = chunks.get(_PAYLOAD)
        if text is None and _COMPRESSED in chunks:
            text = self._inflated(chunks[_COMPRESSED])
        transport = TRANSPORTS.get(int.from_bytes(chunks.get(_PROTOCOL, b"\x11"), "big"))
        if text is None or transport is None:
            return None
        if chunks.get(_KEY):
            self._coverage.note_once("HEP packets carry the key of their capture agent for everyone to read")
        source, target = (
            chunks.get(four) or chunks.get(six, b"")
            for four, six in ((_SOURCE4, _SOURCE6), (_TARGET4, _TARGET6))
        )
        if len(source) != len(target) or len(source) not in (4, 16):
            source = target = bytes(4)
        ports = b"".join(chunks.get(port, b"")[-2:].rjust(2, b"\0") for port in (_SOURCE_PORT, _TARGET_PORT))
        return self._payload(
            transport, source + target + ports, self._time_of_version3(chunks, run.time), text, run
        )

    def _time_of_version3(self, chunks: dict[int, bytes], frame_time: int) -> int:
        seconds = int.from_bytes(chunks.get(_SECONDS, b"")[-8:], "big")
        microseconds = int.from_bytes(chunks.get(_MICROSECONDS, b"")[-8:], "big")
        time = seconds * SECOND + microseconds * _MICROSECOND
        return time if _is_plausible(time, microseconds, frame_time) else self._implausible(frame_time)

    def _implausible(self, frame_time: int) -> int:
        self._coverage.note_once("HEP packets carry a time that cannot be; the time of their frame was taken")
        return frame_time

    def _inflated(self, data: bytes) -> bytes | None:
        """A payload that the agent has compressed with zlib or gzip."""
        try:
            text = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(data, MAX_MESSAGE + 1)
        except zlib.error:
            self._coverage.note_once(
                "HEP packets hold compressed messages that are damaged; they could not be read"
            )
            return None
        if len(text) > MAX_MESSAGE:
            self._coverage.evicted["HEP payloads that are too large"] += 1
            return None
        return text

    def _payload(self, transport: str, key: bytes, time: int, text: bytes, run: Run) -> Payload | None:
        if not text or not self._is_candidate(text):
            return None
        return Payload(time, self._hops[transport][key], text, run.frames, -1, run.missing, run.input)


class HepStream:
    """Reads HEP packets of version 3 out of a stream: each says how long it is."""

    __slots__ = ("_coverage", "_hep", "_inflow", "refused")

    def __init__(self, coverage: Coverage, hep: Hep) -> None:
        self._coverage = coverage
        self._hep = hep
        self._inflow = Inflow()
        self.refused = False
        """HEP has shown its magic, so there is nothing to refuse."""

    @property
    def waiting(self) -> int:
        """Octets that are kept until more come."""
        return len(self._inflow.octets)

    def forget(self) -> None:
        self._inflow.clear()

    def read(self, run: Run, _hop: Hop) -> list[Payload]:
        """Take a run of octets; the messages that it completes."""
        messages: list[Payload] = []
        octets = self._inflow.octets
        if run.missing:
            self._inflow.clear()
        if not octets and not MAGIC.startswith(run.data[:4]):
            return messages  # behind a gap: a packet begins with a segment, sooner or later
        self._inflow.add(run)
        while len(octets) >= _HEAD:
            size = int.from_bytes(octets[4:6], "big")
            if octets[:4] != MAGIC or size < _HEAD:
                self._damaged()
                break
            if len(octets) < size:
                break
            packet, frames = self._inflow.take(size)
            message = self._hep.unpack(packet, run._replace(frames=frames, missing=0))
            if message is not None:
                messages.append(message)
        return messages

    def _damaged(self) -> None:
        """Not at the beginning of a packet, though one should be here."""
        self._coverage.note_once("a HEP stream is damaged; what could be read of it was read")
        self._inflow.clear()


def _chunks(data: bytes) -> dict[int, bytes]:
    """The generic chunks of a packet by type; the first of a type counts."""
    end = min(len(data), int.from_bytes(data[4:6], "big"))
    chunks: dict[int, bytes] = {}
    at = _HEAD
    for _ in range(MAX_CHUNKS):
        if end - at < _CHUNK:
            break
        vendor, kind, length = struct.unpack_from(">HHH", data, at)
        if length < _CHUNK:
            break
        if not vendor:
            chunks.setdefault(kind, data[at + _CHUNK : min(at + length, end)])
        at += length
    return chunks


def _is_plausible(time: int, microseconds: int, frame_time: int) -> bool:
    return microseconds < _MAX_MICROSECONDS and _EARLIEST <= time < frame_time + _AHEAD
