"""One direction of a TLS connection, up to where encryption begins (RFC 8446 §5, RFC 5246 §6.2)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from analyser.decode.bounds import MAX_TLS_CLEAR, MAX_TLS_FRAMES
from analyser.decode.stream import MODULUS, Run, Stream, distance
from analyser.tls import TLS13

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23

_HEADER: Final = 5
_LONGEST: Final = (1 << 14) + 2048
"""Octets of a record (RFC 5246 §6.2.3)."""
_PLAIN_ALERT: Final = 2
"""Octets of an alert that is not encrypted (RFC 8446 §6)."""


class Spoken(NamedTuple):
    """An alert, or one message of the handshake."""

    kind: int
    """ALERT or HANDSHAKE."""
    first: int
    """The level of an alert, the type of a handshake message."""
    body: bytes
    """Of an alert, its description."""
    time: int
    frames: tuple[int, ...]
    input: int


class Side:
    """Puts the octets of a side in order and takes records and messages out of them, while they are in the clear."""

    __slots__ = (
        "_frames",
        "_handshake",
        "_octets",
        "_records",
        "changed",
        "done",
        "ended",
        "first",
        "sealed",
        "sealed_at",
        "spoke",
        "stream",
        "too_long",
        "version",
        "whole",
    )

    def __init__(self, stream: Stream | None) -> None:
        self.stream = stream
        """None while its first octet is not known."""
        self.first = -1 if stream is None else stream.next
        """The sequence number of the first octet, -1 while it is not known."""
        self.done = False
        """Whether nothing further is to be read: encryption has begun, octets are lost, or it is no TLS."""
        self.spoke = False
        """Whether it sent any octet."""
        self.ended = False
        """Whether it sent FIN or RST."""
        self.version = 0
        """What the server chose, 0 while that is not known."""
        self.changed = False
        """Whether it began to encrypt by ChangeCipherSpec (RFC 5246 §7.1)."""
        self.sealed = 0
        """Octets of its first record of application data, 0 while there is none."""
        self.sealed_at: Run | None = None
        self.whole = True
        """Whether no octet is known to be lost."""
        self.too_long = False
        """Whether the bound on its octets was reached."""
        self._records = b""
        self._handshake = b""
        self._octets = 0
        self._frames: tuple[int, ...] = ()

    def begin(self, sequence: int) -> None:
        """The first octet has this sequence number."""
        if self.stream is None or self.stream.next != sequence:
            self.stream = Stream(sequence)
        self.first = sequence

    def is_far(self, sequence: int, window: int) -> bool:
        """Whether a segment must be of another connection."""
        return self.stream is not None and not -window < distance(sequence, self.stream.next) < window

    def is_behind(self, sequence: int) -> bool:
        """Whether a segment begins with octets that come after the last one read."""
        return self.stream is not None and distance(sequence, self.stream.next) >= 0

    def is_first(self, sequence: int) -> bool:
        """Whether a segment begins with the first octet."""
        return sequence % MODULUS == self.first

    def receive(self, sequence: int, segment: Run) -> Iterator[Spoken]:
        """What a segment completes. Whoever takes a ServerHello from it sets `version` before taking the next."""
        self.spoke = True
        if self.done or self.stream is None:
            return
        if segment.missing:
            self.whole = False
        for run in self.stream.add(sequence, segment):
            if run.missing:
                self._stop(whole=False)
            if self.done:
                return
            yield from self._read(run)

    def _read(self, run: Run) -> Iterator[Spoken]:
        self._records += run.data
        self._octets += len(run.data)
        self._frames = (self._frames + run.frames)[-MAX_TLS_FRAMES:]
        while not self.done and len(self._records) >= _HEADER:
            kind, major = self._records[0], self._records[1]
            end = _HEADER + int.from_bytes(self._records[3:_HEADER], "big")
            if not CHANGE_CIPHER_SPEC <= kind <= APPLICATION_DATA or major != 3 or end > _LONGEST:
                self._stop()
            elif kind == APPLICATION_DATA:
                self.sealed, self.sealed_at = end - _HEADER, run
                self._stop()
            elif end > len(self._records):
                break
            else:
                fragment, self._records = self._records[_HEADER:end], self._records[end:]
                yield from self._record(kind, fragment, run)
        if not self._records and not self._handshake:
            self._frames = ()
        if self._octets > MAX_TLS_CLEAR and not self.done:
            self.too_long = True
            self._stop()

    def _record(self, kind: int, fragment: bytes, run: Run) -> Iterator[Spoken]:
        """One whole record; in TLS 1.3 a ChangeCipherSpec means nothing (RFC 8446 §5)."""
        if kind == CHANGE_CIPHER_SPEC:
            if self.version < TLS13:
                self.changed = True
                self._stop()
        elif kind == ALERT:
            if len(fragment) == _PLAIN_ALERT:
                yield Spoken(ALERT, fragment[0], fragment[1:], run.time, self._frames, run.input)
        else:
            self._handshake += fragment
            yield from self._messages(run)

    def _messages(self, run: Run) -> Iterator[Spoken]:
        """The handshake messages that are whole; one may span records, and one record may hold several."""
        while len(self._handshake) >= 4:
            end = 4 + int.from_bytes(self._handshake[1:4], "big")
            if end > len(self._handshake):
                return
            kind, body, self._handshake = self._handshake[0], self._handshake[4:end], self._handshake[end:]
            yield Spoken(HANDSHAKE, kind, body, run.time, self._frames, run.input)

    def _stop(self, *, whole: bool = True) -> None:
        self.done = True
        self.whole &= whole
        self._records = self._handshake = b""
        self._frames = ()
