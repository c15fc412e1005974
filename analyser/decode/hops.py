"""Address and port octets to hops, remembered, since a capture repeats the same few."""

from itertools import islice
from socket import AF_INET, AF_INET6, inet_ntop
from typing import Final

from analyser.decode.bounds import MAX_HOPS
from analyser.wire import Endpoint, Hop

IPV4_KEY: Final = 12
IPV6_KEY: Final = 36


class Hops(dict[bytes, Hop]):
    """Hops of one transport by key: source address, target address, source port, target port, as on the wire."""

    __slots__ = ("_transport", "endpoints")

    def __init__(self, transport: str) -> None:
        super().__init__()
        self._transport = transport
        self.endpoints: dict[Endpoint, Endpoint] = {}
        """Both ends of each, so that a way and its way back name the same objects; those of a forgotten hop are forgotten with it."""

    def __missing__(self, key: bytes) -> Hop:
        family, size = (AF_INET, 4) if len(key) == IPV4_KEY else (AF_INET6, 16)
        ports = int.from_bytes(key[2 * size :], "big")
        source = Endpoint(inet_ntop(family, key[:size]), ports >> 16)
        target = Endpoint(inet_ntop(family, key[size : 2 * size]), ports & 0xFFFF)
        known = self.endpoints
        hop = self[key] = Hop(
            known.setdefault(source, source), known.setdefault(target, target), self._transport
        )
        if len(self) > MAX_HOPS:  # many at once, for the oldest one alone is ever further to seek
            for old in list(islice(self, MAX_HOPS // 2)):
                del self[old]
            self.endpoints = {end: end for kept in self.values() for end in kept[:2]}
        return hop


def reverse_of(name: bytes) -> bytes:
    """The name of the other direction."""
    size = 4 if len(name) == IPV4_KEY else 16
    return b"".join((name[size : 2 * size], name[:size], name[-2:], name[-4:-2]))
