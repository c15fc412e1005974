"""Which elements take part in a ladder, and in which order they stand: the one that asks first on the left.

An element is an address and port. Over a stream transport its port changes from connection to connection,
and without rport (RFC 3581) responses go to another port than the one the request came from: then the
endpoints of one host are one element. Two that talk to each other on one host stay two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyser.sip import Request
from analyser.wire import DATAGRAM_TRANSPORTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.track import Sighting
    from analyser.wire import Endpoint


class Columns:
    """Elements by number, from the left."""

    def __init__(self, sightings: Sequence[Sighting], *, by_host: bool = False) -> None:
        self._element: dict[Endpoint, Endpoint] = {}
        self._merge(sightings, by_host=by_host)
        self.names: list[str] = []
        order: dict[Endpoint, list[Endpoint]] = {}
        for sighting in sightings:
            source, target, _ = sighting.hop
            asking = (source, target) if isinstance(sighting.message, Request) else (target, source)
            for endpoint in asking:
                seen = order.setdefault(self._of(endpoint), [])
                if endpoint not in seen:
                    seen.append(endpoint)
        self._number = {element: number for number, element in enumerate(order)}
        self.names = [str(seen[0]) if len(seen) == 1 else _host(seen[0]) for seen in order.values()]

    def __len__(self) -> int:
        return len(self.names)

    def number(self, endpoint: Endpoint) -> int:
        """The column of an endpoint of the ladder."""
        return self._number[self._of(endpoint)]

    def _of(self, endpoint: Endpoint) -> Endpoint:
        while True:
            element = self._element.get(endpoint, endpoint)
            if element == endpoint:
                return endpoint
            endpoint = element

    def _join(self, one: Endpoint, other: Endpoint) -> None:
        one, other = self._of(one), self._of(other)
        if one != other:
            self._element[other] = one

    def _merge(self, sightings: Sequence[Sighting], *, by_host: bool) -> None:
        inside = {sighting.hop.source.host for sighting in sightings if _within_one_host(sighting)}
        streaming = {
            host
            for sighting in sightings
            if by_host or sighting.hop.transport not in DATAGRAM_TRANSPORTS
            for host in (sighting.hop.source.host, sighting.hop.target.host)
        }
        first: dict[str, Endpoint] = {}
        for sighting in sightings:
            for endpoint in sighting.hop[:2]:
                if endpoint.host in streaming and endpoint.host not in inside:
                    self._join(first.setdefault(endpoint.host, endpoint), endpoint)
            transaction = sighting.transaction
            if transaction is None or isinstance(sighting.message, Request):
                continue
            client, server, _ = transaction.hop
            for asked, answering in ((client, sighting.hop.target), (server, sighting.hop.source)):
                if asked.host == answering.host and asked.host not in inside:
                    self._join(asked, answering)


def _within_one_host(sighting: Sighting) -> bool:
    return sighting.hop.source.host == sighting.hop.target.host


def _host(endpoint: Endpoint) -> str:
    return f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
