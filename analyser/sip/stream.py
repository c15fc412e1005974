"""Messages out of a byte stream: framing by Content-Length (RFC 3261 §18.3, §7.5).

`StreamFramer` takes runs of octets in order, each with a mark such as a frame number, and gives each
message as octets with the marks of the runs that carried it. However a stream is split, the messages are
the same. What is kept is bounded, and no octet is searched more than a few times.
"""

from collections import deque
from enum import Enum, auto
from typing import Final, Generic, NamedTuple, TypeVar

from analyser.sip.boundaries import (
    HEAD_END,
    LENGTHS,
    LINE_ENDS,
    LONGEST_START,
    NEXT,
    QUOTES_SIP,
    START,
    START_INSIDE,
    TORN,
)
from analyser.sip.octets import COMPILED
from analyser.sip.scan import CONTENT_LENGTH, read_length, scan
from analyser.sip.whole import is_whole

MAX_BUFFERED = 1024 * 1024
"""Octets of one message; what does not end by then is dropped and the next start line sought."""
MAX_LINE: Final = 16 * 1024
"""Octets of a start line; a longer line is garbage."""
MAX_MARKS: Final = 4096
"""Marks of one message; where more runs carried it, the first ones and the last are kept."""

T = TypeVar("T")


class _State(Enum):
    SEEK = auto()  # at the beginning of a line, looking for a start line
    SKIP = auto()  # inside a line that is garbage
    HEAD = auto()  # a start line is at the front of the buffer
    BODY = auto()  # Content-Length says where the message ends
    OPEN = auto()  # no Content-Length that can be used: the message ends at the next start line


class Unfinished(NamedTuple, Generic[T]):
    """A message that the stream did not bring to its end."""

    octets: bytes
    marks: tuple[T, ...]
    missing: int
    """Octets that are known to be missing; 1 where the head itself does not end."""


def is_one_message(octets: bytes) -> bool:
    """Whether a run of a stream with nothing under way is one message, from its first octet to its last.

    It says no where that would take more than a look to tell; a framer gives the same for those of which it says yes.
    """
    return (COMPILED and is_whole(octets)) or matches_one_message(octets)


def matches_one_message(octets: bytes) -> bool:
    """The same by expressions, however the message is written."""
    head = HEAD_END.search(octets)
    if head is None or not octets.endswith(b"\n"):
        return False
    end = head.end()
    lengths = LENGTHS.findall(octets, 0, end)
    return (
        len(lengths) == 1
        and int(lengths[0]) == len(octets) - end
        and octets.find(b"SIP/2.0", end) < 0
        and START.match(octets) is not None
    )


Framed = tuple[bytes, tuple[T, ...]]


class StreamFramer(Generic[T]):
    """Frames the messages of one direction of one stream."""

    __slots__ = (
        "_base",
        "_buffer",
        "_end",
        "_marks",
        "_quotes",
        "_state",
        "_swallowed",
        "_torn",
        "_tried",
        "dropped",
        "oversized",
        "unfinished",
    )

    def __init__(self) -> None:
        self.dropped = 0
        """Octets that belonged to no message or to one beyond the bounds."""
        self.oversized = 0
        """Messages beyond `MAX_BUFFERED`."""
        self.unfinished: Unfinished[T] | None = None
        """The message that `close` or `lost` found unfinished."""
        self._buffer = bytearray()
        self._base = 0
        """Octets that have left the buffer."""
        self._marks: deque[tuple[int, T]] = deque()
        """Where the run of each mark ends, counted from the beginning of the stream."""
        self._state = _State.SEEK
        self._tried = 0
        """How far the buffer has been searched in this state."""
        self._torn = False
        """Whether the first line may lack its beginning, as behind a gap."""
        self._swallowed = b""
        """The last line of the body before, if it did not end: it may be the beginning of a start line."""
        self._quotes = False
        """Whether the body may hold start lines of its own."""
        self._end = 0
        """Where the message ends, in state BODY; where its head ends, in state OPEN."""

    def feed(self, data: bytes, mark: T) -> list[Framed[T]]:
        """Take the next run; give the messages that it completes."""
        if not data:
            return []
        self._buffer += data
        self._add_mark(self._base + len(self._buffer), mark)
        messages: list[Framed[T]] = []
        while self._step(messages):
            pass
        return messages

    def lost(self) -> list[Framed[T]]:
        """Octets are missing here: give the message that this ends, and seek the next start line."""
        messages = self.close()
        self._torn = True
        return messages

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way, so that a new framer would do as well."""
        return not (self._buffer or self._torn or self._swallowed) and self._state is _State.SEEK

    @property
    def waiting(self) -> int:
        """Octets that are kept until more come."""
        return len(self._buffer)

    def close(self) -> list[Framed[T]]:
        """The stream ends here: give the message that this ends; one cut short is in `unfinished`."""
        messages: list[Framed[T]] = []
        self.unfinished = None
        size = len(self._buffer)
        if self._state is _State.OPEN:
            self._emit(size, messages)
            self._drop(len(self._buffer), count=False)
        elif self._state in {_State.HEAD, _State.BODY}:
            missing = self._end - size if self._state is _State.BODY else 1
            self.unfinished = Unfinished(bytes(self._buffer), self._marks_until(size), missing)
            self._drop(size, count=False)
        else:
            self._drop(size)
        self._marks.clear()
        self._swallowed = b""
        self._torn = False
        self._enter(_State.SEEK)
        return messages

    def _step(self, messages: list[Framed[T]]) -> bool:
        """Go one step further; False when more octets are needed for it."""
        if not self._buffer:
            return False
        match self._state:
            case _State.SEEK:
                return self._seek()
            case _State.SKIP:
                return self._skip()
            case _State.HEAD:
                return self._head()
            case _State.BODY:
                return self._body(messages)
            case _State.OPEN:
                return self._open(messages)

    def _seek(self) -> bool:
        """Look at the next line: a start line begins a message, and anything else is garbage."""
        buffer = self._buffer
        keep_alive = LINE_ENDS.match(buffer)
        if keep_alive is not None and keep_alive.end():
            self._drop(keep_alive.end(), count=False)
            self._swallowed = b""
            return True
        end = buffer.find(b"\n", self._tried, MAX_LINE)
        if end < 0:
            self._tried = len(buffer)
            if len(buffer) >= MAX_LINE:
                self._enter(_State.SKIP)
                return True
            return False
        torn, self._torn = self._torn, False
        start = START.match(buffer, 0, end + 1)
        is_torn = start is None or bytes(buffer[: buffer.find(b" ")]) in TORN
        if is_torn and self._restore(end + 1):
            return True
        if start is not None and not (torn and is_torn):
            self._enter(_State.HEAD, end)
            return True
        inside = START_INSIDE.search(buffer, 0, end + 1)
        self._drop(end + 1 if inside is None else inside.start())
        return True

    def _skip(self) -> bool:
        """Let go of a line, but for a start line at its end: a body without a last line end may come before one."""
        end = self._buffer.find(b"\n")
        if end < 0:
            self._drop(max(len(self._buffer) - LONGEST_START, 0))
            return False
        inside = START_INSIDE.search(self._buffer, max(end - LONGEST_START, 0), end + 1)
        self._drop(end + 1 if inside is None else inside.start())
        self._enter(_State.SEEK)
        return True

    def _head(self) -> bool:
        """Look for the end of the head, and in the head for the length of the body."""
        found = HEAD_END.search(self._buffer, max(self._tried - 2, 0), MAX_BUFFERED)
        if found is None:
            self._tried = len(self._buffer)
            return self._overflows()
        length = _content_length(bytes(self._buffer[: found.start()]))
        self._end = found.end()
        if length is None or self._end + length > MAX_BUFFERED:
            self._enter(_State.OPEN, self._end)
        else:
            self._quotes = QUOTES_SIP.search(self._buffer, 0, self._end) is not None
            self._enter(_State.BODY, self._end)
            self._end += length
        return True

    def _body(self, messages: list[Framed[T]]) -> bool:
        """Take the body by its length; one that is too large must not swallow the next message."""
        buffer, end = self._buffer, min(self._end, len(self._buffer))
        is_here = len(buffer) >= self._end
        if not self._quotes and buffer.find(b"SIP/2.0", self._tried, end) >= 0:
            following = NEXT.search(buffer, self._tried, end)
            if following is not None and (is_here or following["end"] is None):
                return self._emit(following.start(), messages)
        if is_here:
            since = max(self._tried, end - LONGEST_START)
            self._swallowed = bytes(buffer[max(buffer.rfind(b"\n", since, end) + 1, since) : end])
            return self._emit(end, messages)
        self._tried = max(self._tried, end - LONGEST_START)
        return False

    def _restore(self, line_end: int) -> bool:
        """Give a start line back its first octets, where a length that is too large has made them the end of a body."""
        swallowed, self._swallowed = self._swallowed, b""
        if not swallowed or not START_INSIDE.fullmatch(swallowed + self._buffer[:line_end]):
            return False
        self._buffer[:0] = swallowed
        self._base -= len(swallowed)
        return True

    def _open(self, messages: list[Framed[T]]) -> bool:
        """Look for the start line that ends a message without a usable Content-Length."""
        end = self._buffer.find(b"\n", self._tried, MAX_BUFFERED)
        if end < 0:
            return self._overflows()
        if START.match(self._buffer, self._tried, end + 1):
            return self._emit(self._tried, messages)
        self._tried = end + 1
        return True

    def _overflows(self) -> bool:
        if len(self._buffer) < MAX_BUFFERED:
            return False
        self._drop(MAX_BUFFERED - LONGEST_START)
        self.oversized += 1
        self._enter(_State.SKIP)
        return True

    def _enter(self, state: _State, tried: int = 0) -> None:
        self._state = state
        self._tried = tried

    def _emit(self, size: int, messages: list[Framed[T]]) -> bool:
        """Give the message at the front of the buffer; keep-alives behind it are no body."""
        if self._state is _State.OPEN:
            if not self._buffer[self._end : size].strip(b"\r\n"):
                size = self._end
            while size > self._end and self._buffer.endswith(b"\r\n\r\n\r\n", self._end, size):
                size -= 4
        messages.append((bytes(self._buffer[:size]), self._marks_until(size)))
        self._drop(size, count=False)
        self._enter(_State.SEEK)
        return True

    def _drop(self, size: int, *, count: bool = True) -> None:
        """Let the front of the buffer go, and the marks that ended with it."""
        del self._buffer[:size]
        self._base += size
        self._tried = max(self._tried - size, 0)
        while self._marks and self._marks[0][0] <= self._base:
            self._marks.popleft()
        if count:
            self.dropped += size

    def _add_mark(self, end: int, mark: T) -> None:
        if self._marks and (self._marks[-1][1] == mark or len(self._marks) >= MAX_MARKS):
            self._marks.pop()
        self._marks.append((end, mark))

    def _marks_until(self, size: int) -> tuple[T, ...]:
        """Marks of the runs that carried the first octets of the buffer, each once."""
        marks: dict[T, None] = {}
        for end, mark in self._marks:
            marks[mark] = None
            if end >= self._base + size:
                break
        return tuple(marks)


def _content_length(head: bytes) -> int | None:
    """The Content-Length of a head, None where it is absent or useless."""
    scanned = scan(head.decode("utf-8", "backslashreplace").split("\n")[1:])
    if scanned is None:
        return None
    found, again = scanned
    return read_length(found[CONTENT_LENGTH], again, [])
