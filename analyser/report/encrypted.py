"""TLS connections that could be watched but not read: to whom, how, and until when the certificate is good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.wire_text import wire_text
from analyser.tls import day_of, version_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.report.setting import Setting
    from analyser.tls import TlsConnection
    from analyser.wire import Endpoint

MAX_KINDS: Final = 1000
"""Servers that are told apart, by what their connections have in common."""
MAX_LINES: Final = 10
"""Servers that are named."""
MAX_NAMES: Final = 4
"""Names of a certificate that are named."""
_LONGEST: Final = 80


class _Kind(NamedTuple):
    """What connections to one server have in common."""

    server: Endpoint
    asked_for: str
    version: int
    names: tuple[str, ...]
    until: int | None
    """When the server's certificate ends, ns; None where it was not seen."""


class Encrypted:
    """Counts connections; its size has a bound, whatever the capture holds."""

    def __init__(self) -> None:
        self.connections = 0
        self._frames: dict[_Kind, int] = {}
        self._others = 0
        """Frames of servers beyond the bound."""

    def add(self, connection: TlsConnection) -> None:
        """Count a connection."""
        self.connections += 1
        own = connection.certificates[0] if connection.certificates else None
        kind = _Kind(
            connection.hop.target,
            connection.server_name,
            connection.version,
            own.holders[:MAX_NAMES] if own else (),
            own.not_after if own else None,
        )
        if kind in self._frames or len(self._frames) < MAX_KINDS:
            self._frames[kind] = self._frames.get(kind, 0) + connection.frames
        else:
            self._others += connection.frames

    def lines(self, setting: Setting, *, with_keys: bool) -> Iterator[str]:
        """A sentence a server, those with the most frames first; `with_keys` says that keys have opened some."""
        words = setting.words
        ordered = sorted(self._frames.items(), key=lambda item: -item[1])
        for kind, frames in ordered[:MAX_LINES]:
            server = str(kind.server)
            if kind.asked_for:
                server = words("encrypted.named", name=wire_text(kind.asked_for, _LONGEST), server=server)
            version = version_name(kind.version) if kind.version else "TLS"
            text = words.count("encrypted.frames", frames, version=version, server=server)
            if kind.until is not None:
                names = words.listing([wire_text(name, _LONGEST) for name in kind.names])
                text += words("encrypted.certificate", names=names, until=day_of(kind.until))
            yield text
        others = self._others + sum(frames for _, frames in ordered[MAX_LINES:])
        if others:
            yield words.count("encrypted.others", others)
        if self.connections and not with_keys:
            yield words("encrypted.keys")
