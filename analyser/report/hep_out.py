"""`HepSender`: hands every message on to Homer, or to whoever else listens for HEP, as packets of version 3 over UDP.

It never waits: what the network does not take at once is dropped and counted.
"""

import errno
import socket
from typing import Final

from analyser.errors import UsageError
from analyser.hep import hep3_packet, host_and_port
from analyser.track import Sighting
from analyser.wire import Endpoint

MAX_REMEMBERED: Final = 32_768
"""Messages sent that are remembered, and up to twice as many: some seconds of heavy traffic."""
_ATTEMPTS: Final = 2
"""That an earlier packet was refused is told in place of sending the next one, once."""


class HepSender:
    """Sends to one `HOST:PORT`, resolved once.

    What was sent may come back: captured on its way out, whole or in fragments, or received again in a ring of listeners.
    It is known by its time to the microsecond, its ends and its octets, and not sent a second time.
    """

    def __init__(self, target: str) -> None:
        """Raises UsageError where `target` is no such address, or its name cannot be resolved."""
        host, port = host_and_port(target.removeprefix("udp:"), target)
        if not host or not port:
            raise UsageError(f"{target}: HEP is sent to a host and port, as in 192.0.2.1:9060")
        try:
            family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        except (OSError, ValueError) as error:
            raise UsageError(f"{target}: no such host") from error
        self._family = family
        self._place = place
        self._socket: socket.socket | None = None
        self.target: Final = Endpoint(str(place[0]), port)
        """Where the packets go."""
        self.sent = 0
        """Packets on their way, as far as is known."""
        self.dropped = 0
        """Packets that were not taken: no room, no route, or nobody listens there."""
        self.too_long = 0
        """Messages that do not fit into a datagram."""
        self.echoes = 0
        """Messages that had come back, and were not sent again."""
        self._recent: set[int] = set()
        self._earlier: set[int] = set()

    def send(self, sighting: Sighting) -> None:
        """Send the message on, unless it is a copy that the capture made."""
        if sighting.duplicate:
            return
        hop, message = sighting.hop, sighting.message
        key = hash((sighting.time // 1000, hop.source, hop.target, message.raw))
        if key in self._recent or key in self._earlier:
            self.echoes += 1
            return
        self._remember(key)
        packet = hep3_packet(sighting.time, hop, message.raw, message.call_id)
        if packet is None:
            self.too_long += 1
        else:
            self._send(packet)

    def _remember(self, key: int) -> None:
        if len(self._recent) >= MAX_REMEMBERED:
            self._recent, self._earlier = set(), self._recent
        self._recent.add(key)

    def _send(self, packet: bytes) -> None:
        for _ in range(_ATTEMPTS):
            try:
                if self._socket is None:
                    self._socket = self._connected()
                self._socket.send(packet)
            except ConnectionRefusedError:
                self.sent -= 1
                self.dropped += 1
            except OSError as error:
                if error.errno == errno.EMSGSIZE:
                    self.too_long += 1
                    return
                if not isinstance(error, BlockingIOError):
                    self.close()  # our own address or the route may have changed: the next packet asks anew
                break
            else:
                self.sent += 1
                return
        self.dropped += 1

    def _connected(self) -> socket.socket:
        made = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            made.setblocking(False)
            made.connect(self._place)
        except OSError:
            made.close()
            raise
        return made

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
