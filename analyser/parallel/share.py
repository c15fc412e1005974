"""Which process takes a message: all messages of a Call-ID go to one, and every PUBLISH to the first.

Finding the Call-ID in the octets costs a tenth of a parse, so that is how messages of others are told. It is a
guess: a head may spell its fields in other ways, and a body may quote a message. The process that takes a message parses it and
proves the guess; one that was wrong ends the split, and one process reads the capture again.
"""

import re
from typing import Final

from analyser.parallel.sift import CALL_ID, share_of
from analyser.pipeline import ELSEWHERE
from analyser.sip import Request, Response, parse

_ANY_CALL_ID: Final = re.compile(rb"\n(?:call-id|i)[ \t]*:([^\r\n]*)\r?\n", re.IGNORECASE)
_MAX_HEAD: Final = 8192
"""Octets of a message in which an unusual spelling is looked for."""
_CSEQ_OF_PUBLISH: Final = re.compile(rb"\ncseq[ \t]*:[ \t]*[0-9]+[ \t]+PUBLISH[ \t]*\r?\n", re.IGNORECASE)
_PUBLISH: Final = b"PUBLISH"
_RESPONSE: Final = b"SIP/"
_CSEQ: Final = b"\nCSeq: "
_SOON: Final = 256
"""Octets behind the Call-ID within which the CSeq nearly always comes."""
UNKNOWN: Final = -1


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
        self.guessed: int | None = None
        """The guess at what `parse` is about to be given, where there is one already."""
        self.publishes = False
        """Whether a PUBLISH has come so far: before, nothing need be looked at for being the answer to one."""

    def holds(self, message: Request | Response) -> bool:
        """Whether a message belongs to this share."""
        method = message.method if isinstance(message, Request) else message.cseq_method
        if method == "PUBLISH":
            return self._index == 0
        return share_of(message.call_id.encode("utf-8", "surrogatepass"), self._jobs) == self._index

    def parse(self, data: bytes, missing: int) -> Request | Response | None:
        """The message, `ELSEWHERE` where another process takes it. Raises Entangled where the guess was wrong."""
        share, self.guessed = self.guessed, None
        if share is None:
            share = self.guess(data)
        if share == self._index:
            message = parse(data, missing)
            if message is None or not message.call_id or not self.holds(message):
                raise Entangled
            return message
        if share != UNKNOWN:
            return ELSEWHERE
        self.unsure = True
        return parse(data, missing)

    def guess(self, data: bytes) -> int:
        """The share of a message by its octets, `UNKNOWN` where it takes a parse to tell."""
        if data.startswith(_PUBLISH):
            self.publishes = True
            return 0 if CALL_ID in data else UNKNOWN
        at = data.find(b"\n" + CALL_ID) + 1
        if at > 0:
            end = data.find(b"\r\n", at)
            call_id = data[at + len(CALL_ID) : end].strip() if end > 0 else b""
        else:
            found = _ANY_CALL_ID.search(data, 0, _MAX_HEAD)
            call_id = found[1].strip() if found is not None else b""
        if not call_id or not call_id.isascii() or data[:1] in b"\r\n":
            return UNKNOWN
        if self.publishes and data.startswith(_RESPONSE) and answers_publish(data, at):
            return 0
        return share_of(call_id, self._jobs)


def answers_publish(data: bytes, at: int) -> bool:
    """Whether a response whose Call-ID stands at `at` (0: in another spelling) is to a PUBLISH, by the looks of it."""
    start = data.find(_CSEQ, at, at + _SOON)
    if start > 0:
        end = data.find(b"\r\n", start + len(_CSEQ))
        return data[end - len(_PUBLISH) : end] == _PUBLISH
    return _CSEQ_OF_PUBLISH.search(data, 0, _MAX_HEAD) is not None
