"""HEP, the Homer encapsulation: a capture agent's copy of a SIP message, with the addresses and the time that it saw.

Version 3 is a list of chunks behind its magic; versions 1 and 2 are C structures. Agents differ: Kamailio says protocol 22
where the message came over TLS or WebSocket, sngrep writes a wrong header length into version 2, and the
time of version 2 is in the byte order of the sender.
"""

import zlib
from collections.abc import Callable
from typing import Final

from analyser import hep
from analyser.decode.bounds import MAX_MESSAGE
from analyser.decode.hops import Hops
from analyser.decode.inflow import Inflow
from analyser.decode.stream import Run
from analyser.hep import FAMILIES, MAGIC, TRANSPORTS
from analyser.wire import Coverage, Hop, Payload

_TIME: Final = 12
"""Octets of the time of version 2, and of the agent's number behind it."""


class Hep:
    """Unpacks HEP packets of all versions."""

    def __init__(self, coverage: Coverage, is_candidate: Callable[[bytes], bool]) -> None:
        self._coverage = coverage
        self._is_candidate = is_candidate
        self.behind: int | None = None
        """How far the times of the agents are at least behind those of the frames, in ns (below 0: ahead); None before any was seen."""
        self.hops = {transport: Hops(transport) for transport in TRANSPORTS.values()}

    def unpack(self, data: bytes, run: Run) -> Payload | None:
        """The SIP message in a HEP packet that came with `run`; None where there is none."""
        if data[:4] == MAGIC:
            return self._version3(data, run)
        return self._version2(data, run) if len(data) > hep.LEAST and data[0] in (1, 2) else None

    def _version2(self, data: bytes, run: Run) -> Payload | None:
        """Versions 1 and 2: header, addresses and, in version 2, the time."""
        version, _, family, protocol = data[:4]
        size = FAMILIES.get(family)
        transport = TRANSPORTS.get(protocol)
        if size is None or transport is None:
            return None
        at = hep.FIXED + 2 * size
        time = run.time
        key = data[hep.FIXED : at] + data[4:8]
        if version == 2:
            time = self._plausible(hep.time_of_version2(data[at : at + 8], time), time)
            at += _TIME
        return self._payload(transport, key, time, data[at:], run)

    def _version3(self, data: bytes, run: Run) -> Payload | None:
        """Version 3: chunks of vendor, type and length, in any order."""
        chunks = hep.chunks_of(data)
        kind = chunks.get(hep.KIND)
        if kind is not None and int.from_bytes(kind, "big") != hep.SIP_KIND:
            return None
        text = chunks.get(hep.PAYLOAD)
        if text is None and hep.COMPRESSED in chunks:
            text = self._inflated(chunks[hep.COMPRESSED])
        transport = TRANSPORTS.get(int.from_bytes(chunks.get(hep.PROTOCOL, b"\x11"), "big"))
        if text is None or transport is None:
            return None
        if chunks.get(hep.KEY):
            self._coverage.note_once("HEP packets carry the key of their capture agent for everyone to read")
        source, target = (
            chunks.get(four) or chunks.get(six, b"")
            for four, six in ((hep.SOURCE4, hep.SOURCE6), (hep.TARGET4, hep.TARGET6))
        )
        if len(source) != len(target) or len(source) not in (4, 16):
            source = target = bytes(4)
        ports = b"".join(
            chunks.get(port, b"")[-2:].rjust(2, b"\0") for port in (hep.SOURCE_PORT, hep.TARGET_PORT)
        )
        time = self._plausible(hep.time_of_version3(chunks, run.time), run.time)
        return self._payload(transport, source + target + ports, time, text, run)

    def _plausible(self, time: int | None, frame_time: int) -> int:
        if time is not None:
            behind = frame_time - time
            self.behind = behind if self.behind is None else min(self.behind, behind)
            return time
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
        return Payload(time, self.hops[transport][key], text, run.frames, -1, run.missing, run.input)


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
        while len(octets) >= hep.HEAD:
            size = int.from_bytes(octets[4:6], "big")
            if octets[:4] != MAGIC or size < hep.HEAD:
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
