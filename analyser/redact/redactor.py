"""Whatever the wire gave, with pseudonyms in it: messages with their hops, TLS connections, names of captures.

A `Redactor` stands between decoding and tracking. What is behind it never sees the original, so no report can print it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analyser.redact.key import mark_of, random_key
from analyser.redact.messages import Messages
from analyser.redact.pseudonyms import MAX_REMEMBERED, Pseudonyms
from analyser.sip.parse import parse
from analyser.tls import Alert, Certificate, TlsConnection
from analyser.track import Sighting
from analyser.wire import Endpoint, Glimpse, Hop, RtpStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyser.sip import Request, Response

MAX_CALL_IDS: Final = 1000
"""Call-IDs that are remembered of each beginning that was asked for."""
_KINDS: Final = ("dns:", "uri:", "ip:")
"""What stands before the names of a certificate."""


class Redactor:
    """Redacts with one key, so that the same thing is the same pseudonym wherever it comes."""

    def __init__(self, key: bytes | None = None, remembered: Iterable[str] = ()) -> None:
        """Without a key, one for this run. Call-IDs that begin as one of `remembered` can be told from their pseudonyms."""
        self.mark = "" if key is None else mark_of(key)
        """What tells runs with the same key; empty for a run that has its own."""
        self._remembered: dict[str, dict[str, str]] = {beginning: {} for beginning in remembered}
        self._pseudonyms = Pseudonyms(random_key() if key is None else key)
        self._messages = Messages(self._pseudonyms)
        self._hops: dict[Hop, Hop] = {}
        self._inputs: dict[str, str] = {}

    def sighting(self, sighting: Sighting) -> Sighting:
        """The same message at the same place, told by its pseudonyms."""
        message = self.message(sighting.message)
        if self._remembered:
            self._remember(sighting.message.call_id, message.call_id)
        return Sighting(
            sighting.number,
            sighting.time,
            self.hop(sighting.hop),
            message,
            sighting.frames,
            sighting.ident,
            sighting.missing,
            sighting.input,
        )

    def message(self, message: Request | Response) -> Request | Response:
        """The message that the redacted octets make."""
        redacted = parse(self._messages.redact(message), message.missing)
        assert redacted is not None  # start lines keep their shape
        return redacted

    def _remember(self, call_id: str, pseudonym: str) -> None:
        for beginning, known in self._remembered.items():
            if call_id.startswith(beginning) and (len(known) < MAX_CALL_IDS or call_id == beginning):
                known[pseudonym] = call_id

    def call_id(self, pseudonym: str, beginning: str) -> str:
        """The original of a Call-ID; empty where it does not begin so, or was not to be remembered."""
        return self._remembered.get(beginning, {}).get(pseudonym, "")

    def octets(self, data: bytes) -> bytes:
        """The octets of a message, or of anything, as many as they were."""
        return self._messages.octets(data)

    def hop(self, hop: Hop) -> Hop:
        """The hop between the pseudonyms of its two ends."""
        known = self._hops.get(hop)
        if known is None:
            if len(self._hops) >= MAX_REMEMBERED:
                self._hops.clear()
            source, target, transport = hop
            known = self._hops[hop] = Hop(self.endpoint(source), self.endpoint(target), transport)
        return known

    def endpoint(self, endpoint: Endpoint) -> Endpoint:
        """The pseudonym of an address, with the same port."""
        return Endpoint(self._pseudonyms.address(endpoint.host), endpoint.port)

    def text(self, text: str) -> str:
        """Any text, such as the name of a host."""
        octets = text.encode("utf-8", "surrogatepass").decode("latin-1")
        return self._pseudonyms.text(octets).encode("latin-1").decode("utf-8", "replace")

    def inputs(self, names: Sequence[str]) -> tuple[str, ...]:
        """What stands in the place of the names of captures, which may hold a number or a person's name. They are counted on
        where another run had some."""
        for name in names:
            self._inputs.setdefault(name, f"capture {len(self._inputs) + 1}")
        return tuple(self._inputs[name] for name in names)

    def sources(self, names: Sequence[str]) -> tuple[str, ...]:
        """Names of what is listened to: interfaces stay, addresses do not."""
        return tuple(name if ":" not in name else self.text(name) for name in names)

    def note(self, sentence: str) -> str:
        """A sentence of ours about the input, which may name a capture."""
        known = {
            name.rpartition("/")[2]: pseudonym for name, pseudonym in self._inputs.items()
        } | self._inputs
        names = "|".join(map(re.escape, sorted(filter(None, known), key=len, reverse=True)))
        if not names:
            return sentence
        return re.sub(rf"(?<![\w-])(?:{names})(?![\w-])", lambda found: known[found[0]], sentence)

    def connection(self, connection: TlsConnection) -> TlsConnection:
        """A TLS connection: its ends, the name that was asked for, whom the certificates name."""
        glimpse = self._glimpse
        return replace(
            connection,
            hop=self.hop(connection.hop),
            first=self._at(connection.first),
            last=self._at(connection.last),
            hello=glimpse(connection.hello),
            copies=tuple(map(self._at, connection.copies)),
            answer=glimpse(connection.answer),
            server_name=self.text(connection.server_name),
            certificates=tuple(map(self._certificate, connection.certificates)),
            certificates_at=glimpse(connection.certificates_at),
            client_certificates=tuple(map(self._certificate, connection.client_certificates)),
            client_certificates_at=glimpse(connection.client_certificates_at),
            alerts=tuple(
                Alert(self._at(alert.at), alert.level, alert.description) for alert in connection.alerts
            ),
            sealed_alert=glimpse(connection.sealed_alert),
            closed=glimpse(connection.closed),
        )

    def stream(self, stream: RtpStream) -> RtpStream:
        """An RTP stream between the pseudonyms of its ends."""
        return stream._replace(hop=self.hop(stream.hop))

    def _certificate(self, certificate: Certificate) -> Certificate:
        return certificate._replace(
            subject=self.text(certificate.subject),
            names=tuple(map(self._name, certificate.names)),
            issuer=self.text(certificate.issuer),
        )

    def _name(self, name: str) -> str:
        kind = next((kind for kind in _KINDS if name.startswith(kind)), "")
        rest = name[len(kind) :]
        scheme = next(
            (scheme for scheme in ("sips:", "sip:") if kind == "uri:" and rest.lower().startswith(scheme)), ""
        )
        return kind + rest[: len(scheme)] + self.text(rest[len(scheme) :])

    def _at(self, glimpse: Glimpse) -> Glimpse:
        return glimpse._replace(hop=self.hop(glimpse.hop))

    def _glimpse(self, glimpse: Glimpse | None) -> Glimpse | None:
        return None if glimpse is None else self._at(glimpse)
