"""The JSON that tshark writes, cut into packets and parsed by pyshark, whatever the packets hold.

pyshark's own way searches and copies all that it has of a packet anew with each read, and lets one packet that it does not
understand end the run.
"""

import asyncio
from typing import Any, Final

from pyshark.tshark.output_parser.tshark_json import TsharkJsonParser

MAX_TEXT: Final = 64 * 1024 * 1024
"""Octets of the text of one packet; a longer one is passed over, and counted."""
READ: Final = 256 * 1024

_END: Final = b"\n  }"
"""What ends a packet: no string holds a line break, and whatever lies deeper is indented by more."""


class TsharkText(TsharkJsonParser):  # type: ignore[misc]  # pyshark has no types
    """Packets from the standard output of tshark."""

    def __init__(self, version: Any) -> None:
        super().__init__(version)
        self.lost = 0
        """Packets that could not be understood, or were too long."""
        self._text = bytearray()
        self._searched = 0
        self._too_long = False

    async def get_packets_from_stream(
        self,
        stream: asyncio.StreamReader,
        existing_data: bytes,
        got_first_packet: bool = True,  # noqa: FBT001, FBT002, ARG002 - pyshark's signature
    ) -> tuple[Any, bytes]:
        """The next packet, None where it is lost. Raises EOFError at the end."""
        while (end := self._text.find(_END, self._searched)) < 0:
            self._searched = max(len(self._text) - len(_END), 0)
            if len(self._text) > MAX_TEXT:
                self._too_long = True
                del self._text[: self._searched]
                self._searched = 0
            octets = await stream.read(READ)
            if not octets:
                raise EOFError
            self._text += octets
        text = bytes(self._text[: end + len(_END)])
        del self._text[: end + len(_END)]
        self._searched = 0
        too_long, self._too_long = self._too_long, False
        packet = None if too_long else self._parsed(text[text.find(b"{") :])
        self.lost += packet is None
        return packet, existing_data

    def _parsed(self, text: bytes) -> Any:
        try:
            return self._parse_single_packet(text.decode(errors="replace").encode())
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None
