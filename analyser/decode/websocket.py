"""SIP over WebSocket (RFC 6455, RFC 7118): each WebSocket message is one SIP message.

Where the handshake is not in the capture a stream is told by a frame whose contents begin with SIP. Compressed messages
(RFC 7692) need no parameters to be read: a window that lasts reads messages that were compressed without one as well.
"""

import re
import zlib
from collections.abc import Callable
from typing import Final

from analyser.decode.bounds import INFLATER_OCTETS, MAX_FIRST_LINE, MAX_MESSAGE, MAX_MESSAGE_FRAMES
from analyser.decode.first import names_sip
from analyser.decode.inflow import Inflow, joined
from analyser.decode.stream import Run
from analyser.wire import Coverage, Hop, Payload

FIRST_OCTETS: Final = frozenset((b"\x81", b"\x82", b"\xc1", b"\xc2", b"\x01", b"\x02"))
"""First octets of a frame that begins a message: text or binary, whole, whole and compressed, or the first of several.

The first of several that are compressed would be `A` or `B`, which SIP needs more.
"""

_FIN, _RSV1, _RSV23, _OPCODE = 0x80, 0x40, 0x30, 0x0F
_MASKED, _LENGTH, _LENGTH16, _LENGTH64 = 0x80, 0x7F, 126, 127
_CONTINUATION, _LEAST_CONTROL, _LAST_OPCODE = 0, 8, 10
_MAX_CONTROL: Final = 125
_HEAD: Final = 14
"""Octets of the longest frame header."""
_LOOKED_AT: Final = 2048
_TAIL: Final = b"\0\0\xff\xff"
"""What a sender strips from the end of a compressed message (RFC 7692 §7.2.1)."""

_UPGRADE: Final = re.compile(rb"\nUpgrade:[ \t]*websocket\b", re.IGNORECASE)
_PROTOCOL: Final = re.compile(rb"\nSec-WebSocket-Protocol:([^\r\n]*)", re.IGNORECASE)
_SIP: Final = re.compile(rb"(?:\A|,)[ \t]*sip[ \t]*(?:,|\Z)", re.IGNORECASE)
_HEAD_END: Final = re.compile(rb"\n\r?\n")
_MAYBE_SIP: Final = re.compile(
    rb"[\r\n]*(?:[A-Za-z0-9\-.!%*_+`'~]{1,32}+(?:[ \t][^\r\n\0]*+)?|SIP/[^\r\n\0]*+)?\Z"
)

Looks = Callable[[bytes], bool]


def upgrades(head: bytes) -> bool | None:
    """Whether an HTTP head asks for or grants a WebSocket that may carry SIP; None where that cannot be told yet."""
    end = _HEAD_END.search(head)
    if end is None and len(head) < MAX_FIRST_LINE:
        return None
    head = head[: end.end()] if end is not None else head  # with cookies it may be long
    if _UPGRADE.search(head) is None:
        return False
    protocols = _PROTOCOL.findall(head)
    return not protocols or _names_sip(protocols)


def _names_sip(protocols: list[bytes]) -> bool:
    return any(_SIP.search(each) for each in protocols)


def begins(data: bytes, looks_like_sip: Looks) -> bool | None:
    """Whether the octets begin with a frame that begins with SIP; None where more are needed to tell."""
    header = frame_header(data)
    if header is None:
        return None
    size, length, mask = header
    if length < 0 or length > MAX_MESSAGE:
        return False
    text = unmasked(data[size : size + min(length, _LOOKED_AT)], mask)
    if data[0] & _RSV1:
        try:
            text = zlib.decompressobj(-15).decompress(text, _LOOKED_AT)
        except zlib.error:
            return False
    if names_sip(text) and looks_like_sip(text):
        return True
    return None if len(data) - size < min(length, _LOOKED_AT) and _MAYBE_SIP.match(text) else False


def lacks_its_beginning(data: bytes) -> bool:
    """Whether the octets begin with a frame whose contents are text that was compressed with reference to frames before it
    (RFC 7692 §7.1.1.2), so that it cannot be had without these.

    What is missing is taken for zeros. It is such a frame when all of it inflates to a boundary between blocks, so that what is put behind
    comes out as it is, when only text and zeros come before, and when it is less than half as long.
    """
    header = frame_header(data) if len(data) > 2 and data[0] & _RSV1 else None
    if header is None or not _LEAST_CUT <= header[1] <= len(data) - header[0]:
        return False
    size, length, mask = header
    following = frame_header(data[size + length : size + length + _HEAD])
    if following is not None and following[1] < 0:
        return False
    inflater = zlib.decompressobj(-15, zdict=bytes(_WINDOW))
    try:
        text = inflater.decompress(unmasked(data[size : size + length], mask) + _TAIL + _PROBE, _LONGEST_CUT)
    except zlib.error:
        return False
    if not text.endswith(_PROBE_SAYS) or inflater.eof or len(text) < 2 * length:
        return False
    known = text[: -len(_PROBE_SAYS)].replace(b"\0", b"")
    return len(known) + len(_PROBE_SAYS) < len(text) and _TEXT.fullmatch(known) is not None


_WINDOW: Final = 32_768
_LEAST_CUT, _LONGEST_CUT = 24, 65_536
"""Octets of a frame that suffice to tell, and of its text."""
_PROBE_SAYS: Final = b"sentinel"
_PROBE: Final = b"\0\x08\0\xf7\xff" + _PROBE_SAYS
"""A block of DEFLATE that is not compressed (RFC 1951 §3.2.4)."""
_TEXT: Final = re.compile(rb"[\t\r\n\x20-\x7e\x80-\xff]{16,}")


def frame_header(data: bytes | bytearray) -> tuple[int, int, bytes] | None:
    """Octets of a frame's header and of its contents, and the mask; None where the header does not end yet.

    The contents are said to be -1 octets where the header breaks RFC 6455 §5.2.
    """
    if len(data) < 2:
        return None
    first, second = data[0], data[1]
    opcode, length = first & _OPCODE, second & _LENGTH
    if first & _RSV23 or opcode > _LAST_OPCODE or 2 < opcode < _LEAST_CONTROL:
        return 0, -1, b""
    if opcode >= _LEAST_CONTROL and (not first & _FIN or first & _RSV1 or length > _MAX_CONTROL):
        return 0, -1, b""
    more = 2 if length == _LENGTH16 else 8 if length == _LENGTH64 else 0
    size = 2 + more + (4 if second & _MASKED else 0)
    if len(data) < size:
        return None
    if more:
        length = int.from_bytes(data[2 : 2 + more], "big")
    if length >> 63:
        return 0, -1, b""
    return size, length, bytes(data[2 + more : size])


def unmasked(data: bytes, mask: bytes) -> bytes:
    """The contents of a frame (RFC 6455 §5.3)."""
    if not mask:
        return data
    key = int.from_bytes((mask * (len(data) // 4 + 1))[: len(data)], "big")
    return (int.from_bytes(data, "big") ^ key).to_bytes(len(data), "big")


class WebSocket:
    """Reads one direction of a WebSocket."""

    __slots__ = (
        "_compressed",
        "_coverage",
        "_frames",
        "_in_step",
        "_inflater",
        "_inflow",
        "_is_sip",
        "_looks_like_sip",
        "_message",
        "_need",
        "refused",
    )

    def __init__(self, coverage: Coverage, looks_like_sip: Looks) -> None:
        self._coverage = coverage
        self._looks_like_sip = looks_like_sip
        self._inflow = Inflow()
        self._in_step = False
        """Whether a frame begins at the front of the buffer."""
        self._need = 0
        """Octets that must be here before there is anything to do."""
        self._is_sip = False
        """Whether the handshake or a message has said that this is SIP."""
        self.refused = False
        """Whether a message has said that it is not."""
        self._inflater: zlib._Decompress | None = None
        self._frames: list[tuple[int, ...]] = []
        self._message: bytearray | None = None
        """The contents of the frames of the message under way."""
        self._compressed = False

    @property
    def waiting(self) -> int:
        """Octets that are kept until more come."""
        message = len(self._message) if self._message else 0
        return len(self._inflow.octets) + message + (INFLATER_OCTETS if self._inflater else 0)

    def forget(self) -> None:
        """Lose step: what is here is of no use any more."""
        self._inflow.clear()
        self._inflater = None
        self._in_step = False
        self._drop_message()

    def read(self, run: Run, hop: Hop) -> list[Payload]:
        """Take a run of octets; the messages that it completes."""
        messages: list[Payload] = []
        if run.missing:
            self.forget()
        if not self._in_step and not self._find_step(run.data):
            return messages
        self._inflow.add(run)
        while len(self._inflow.octets) >= self._need and self._in_step and not self.refused:
            if not self._frame(run, hop, messages):
                break
        return messages

    def _find_step(self, data: bytes) -> bool:
        """Whether a run that is not in step with the frames brings the stream into step."""
        if data.startswith((b"GET ", b"HTTP/")):
            self._in_step = True
        elif data[:1] in FIRST_OCTETS and begins(data, self._looks_like_sip):
            self._in_step = self._is_sip = True
        elif lacks_its_beginning(data):
            self._in_step = True
        self._need = 2
        return self._in_step

    def _frame(self, run: Run, hop: Hop, messages: list[Payload]) -> bool:
        """Read the frame at the front of the buffer; False when more octets are needed for it."""
        octets = self._inflow.octets
        if octets.startswith((b"GET ", b"HTTP/")):
            return self._handshake()
        header = frame_header(octets)
        if header is None:
            self._need = len(octets) + 1
            return False
        size, length, mask = header
        if length < 0 or length > MAX_MESSAGE:
            self._damaged()
            return False
        self._need = size + length
        if len(octets) < self._need:
            return False
        first = octets[0]
        contents, frames = self._inflow.take(self._need)
        self._need = 2
        if first & _OPCODE < _LEAST_CONTROL:
            self._contents(first, unmasked(contents[size:], mask), frames)
            if first & _FIN and self._message is not None:
                self._complete(run, hop, messages)
        return True

    def _handshake(self) -> bool:
        end = _HEAD_END.search(self._inflow.octets)
        if end is None:
            if len(self._inflow.octets) > MAX_MESSAGE:
                self._damaged()
            return False
        head, _ = self._inflow.take(end.end())
        self._is_sip = _names_sip(_PROTOCOL.findall(head))
        return True

    def _contents(self, first: int, contents: bytes, frames: tuple[int, ...]) -> None:
        """Keep the contents of a data frame."""
        if first & _OPCODE != _CONTINUATION:
            self._drop_message()
            self._message = bytearray()
            self._compressed = bool(first & _RSV1)
        if self._message is None:
            return
        self._message += contents
        self._frames.append(frames)
        if len(self._frames) > MAX_MESSAGE_FRAMES:
            self._frames = [joined(self._frames)]
        if len(self._message) > MAX_MESSAGE:
            self._coverage.evicted["WebSocket messages that are too large"] += 1
            self._drop_message()

    def _complete(self, run: Run, hop: Hop, messages: list[Payload]) -> None:
        frames = joined(self._frames)
        text: bytes | None = bytes(self._message or b"")
        compressed = self._compressed
        self._drop_message()
        if compressed:
            text = self._inflated(text or b"")
        if text and text.strip(b"\r\n"):
            if names_sip(text) and self._looks_like_sip(text):
                self._is_sip = True
                messages.append(Payload(run.time, hop, text, frames, input=run.input))
            elif not self._is_sip:
                self.refused = True

    def _inflated(self, data: bytes) -> bytes | None:
        """The message as it was before it was compressed, None where it cannot be told."""
        inflater = self._inflater or zlib.decompressobj(-15)
        self._inflater = None
        try:
            text = inflater.decompress(data + _TAIL, MAX_MESSAGE + 1)
        except zlib.error:
            self._coverage.note_once(
                "WebSocket messages are compressed with reference to earlier ones that are not here; they could not be read"
            )
            return None
        if len(text) > MAX_MESSAGE:
            self._coverage.evicted["WebSocket messages that are too large"] += 1
            return None
        if not inflater.eof:
            self._inflater = inflater
        return text

    def _drop_message(self) -> None:
        self._message = None
        self._frames = []

    def _damaged(self) -> None:
        self._coverage.note_once("a WebSocket stream is damaged; what could be read of it was read")
        self.forget()
