"""Which process takes a message: all messages of a Call-ID go to one, and every PUBLISH to the first.

Finding the Call-ID in the octets costs a tenth of a parse, so that is how messages of others are told. It is a
guess: a head may spell its fields in other ways, and a body may quote a message. The process that takes a message parses it and
proves the guess; one that was wrong ends the split, and one process reads the capture again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from zlib import crc32

from analyser.pipeline import ELSEWHERE
from analyser.sip import Request, Response, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from analyser.wire import Payload

_CALL_ID: Final = b"\nCall-ID: "
_LONG: Final = len(_CALL_ID)
_OTHER_CALL_ID: Final = re.compile(rb"\n(?:call-id|i)[ \t]*:([^\r\n]*)\r?\n", re.IGNORECASE)
_MAX_HEAD: Final = 8192
"""Octets of a message in which an unusual spelling is looked for."""
_MAYBE_PUBLISH: Final = b" PUBLISH\r"
_CSEQ_OF_PUBLISH: Final = re.compile(rb"\ncseq[ \t]*:[ \t]*[0-9]+[ \t]+PUBLISH[ \t]*\r?\n", re.IGNORECASE)
_UNKNOWN: Final = -1


class Entangled(Exception):  # noqa: N818 - no failure: it says that the capture cannot be split
    """Calls of different processes have to do with each other, from this place in the order of events on."""

    def __init__(self, place: int = 0) -> None:
        super().__init__(place)
        self.place = place


class Share:
    """The messages that one of several processes takes."""

    def __init__(self, index: int, jobs: int) -> None:
        self._index = index
        self._jobs = jobs
        self.unsure = False
        """Whether the last message that `parse` gave may be another's."""
        self._guessed: int | None = None
        """The share of the datagram that `own` has given last, None where it was a run of a stream."""

    def holds(self, message: Request | Response) -> bool:
        """Whether a message belongs to this share."""
        method = message.method if isinstance(message, Request) else message.cseq_method
        if method == "PUBLISH":
            return self._index == 0
        return crc32(message.call_id.encode("utf-8", "surrogatepass")) % self._jobs == self._index

    def own(self, payloads: Iterable[Payload], passed: Callable[[Payload], None]) -> Iterator[Payload]:
        """The payloads but for the datagrams of other processes, of which `passed` is told."""
        index, jobs = self._index, self._jobs
        for payload in payloads:
            if payload.whole:
                data = payload.data
                at = data.find(_CALL_ID)
                if at > 0 and data[:1] != b"P" and _MAYBE_PUBLISH not in data:
                    # This is `_guess` for the usual message, written out because half of them or more cost nothing else.
                    end = data.find(b"\r\n", at)
                    call_id = data[at + _LONG : end].strip()
                    share = crc32(call_id) % jobs if end > 0 and call_id.isascii() else _UNKNOWN
                else:
                    share = self._guess(data)
                if share not in (index, _UNKNOWN):
                    passed(payload)
                    continue
                self._guessed = share
            yield payload

    def parse(self, data: bytes, missing: int) -> Request | Response | None:
        """The message, `ELSEWHERE` where another process takes it. Raises Entangled where the guess was wrong."""
        share, self._guessed = self._guessed, None
        if share is None:
            share = self._guess(data)
        if share == self._index:
            message = parse(data, missing)
            if message is None or not message.call_id or not self.holds(message):
                raise Entangled
            return message
        if share != _UNKNOWN:
            return ELSEWHERE
        self.unsure = True
        return parse(data, missing)

    def _guess(self, data: bytes) -> int:
        """The share of a message by its octets, `_UNKNOWN` where it takes a parse to tell."""
        found = _OTHER_CALL_ID.search(data, 0, _MAX_HEAD)
        call_id = found[1].strip() if found is not None else b""
        if not call_id or not call_id.isascii() or data[:1] in b"\r\n":
            return _UNKNOWN
        if data[:7] == b"PUBLISH" or (data[:4] == b"SIP/" and _CSEQ_OF_PUBLISH.search(data, 0, _MAX_HEAD)):
            return 0
        return crc32(call_id) % self._jobs
