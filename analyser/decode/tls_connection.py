"""One TLS connection under way: what each side has said so far, until it is told as a `TlsConnection`."""

from collections.abc import Callable
from itertools import takewhile
from typing import Final

from analyser.decode.bounds import MAX_TLS_ALERTS, MAX_TLS_COPIES
from analyser.decode.certificates import certificate
from analyser.decode.stream import Run
from analyser.decode.tls_hello import (
    CERTIFICATE,
    CLIENT_HELLO,
    SERVER_HELLO,
    ClientHello,
    ServerHello,
    certificates,
    client_hello,
    server_hello,
)
from analyser.decode.tls_side import ALERT, Side, Spoken
from analyser.tls import TLS13, Alert, Certificate, Closing, Evidence, TlsConnection
from analyser.wire import MILLISECOND, Glimpse, Hop

_COPY_GAP: Final = 100 * MILLISECOND
"""A repeat with at least this gap is one of TCP, which waits for longer (RFC 6298 §2.4); a closer one may be a copy
that the capture made."""
_SHORT_TAG: Final = 0x1305
"""TLS_AES_128_CCM_8_SHA256, whose tag has 8 octets where the others have 16 (RFC 8446 §B.4)."""
_ALERT_AND_KIND: Final = 3
"""Octets of an alert of TLS 1.3 inside its encryption (RFC 8446 §5.2)."""

Judge = Callable[[Hop, ClientHello], Evidence | None]
"""What sign of SIP there is in whom a client asks for what."""


class Connection:
    """Two sides. `names` are those of their directions, the client's first."""

    def __init__(
        self,
        names: tuple[bytes, bytes],
        hop: Hop,
        sides: tuple[Side, Side],
        evidence: Evidence | None,
        judge: Judge,
    ) -> None:
        self.names = names
        self.client, self.server = sides
        self.evidence = evidence
        self.is_other = False
        """Whether it is known to be none of ours."""
        self.evicted = False
        self._judge = judge
        self._hop = hop
        self._back = Hop(hop.target, hop.source, hop.transport)
        self._frames = 0
        self._first: Glimpse | None = None
        self._last: tuple[Hop, Run] | None = None
        self._hello: tuple[Glimpse, ClientHello | None] | None = None
        self._answer: tuple[Glimpse, ServerHello] | None = None
        self._opened = 0
        self._client_spoke = False
        self._copies: list[Glimpse] = []
        self._alerts: list[Alert] = []
        self._certificates: dict[Hop, tuple[Glimpse, tuple[Certificate, ...]]] = {}
        self._closed: tuple[Glimpse, Closing] | None = None

    @property
    def is_over(self) -> bool:
        return self.client.ended and self.server.ended

    def count(self, side: Side, run: Run) -> None:
        """One more frame with octets of it."""
        self._frames += 1
        self._last = self._hop if side is self.client else self._back, run

    def receive(self, side: Side, sequence: int, run: Run, *, hello: bool) -> None:
        """Take a segment with octets; `hello` says that it begins with a ClientHello."""
        hop = self._hop if side is self.client else self._back
        at = Glimpse(run.time, hop, run.frames, run.input)
        self.count(side, run)
        if self._first is None:
            self._first = at
        if hello:
            if self._hello is None:
                self._hello, self._opened = (at, None), sequence
            elif sequence == self._opened and not self.server.spoke:
                self._repeated(at)
        elif side is self.client and self._hello is not None and self._hello[1] is not None:
            self._client_spoke |= side.is_behind(sequence)
        for spoken in side.receive(sequence, run):
            self._take(side, spoken)

    def close(self, side: Side, at: Glimpse, *, reset: bool) -> None:
        """A side has sent FIN or RST."""
        side.ended = True
        if self._closed is None:
            if side is self.client:
                how = Closing.CLIENT_RESET if reset else Closing.CLIENT_CLOSED
            else:
                how = Closing.SERVER_RESET if reset else Closing.SERVER_CLOSED
            self._closed = at, how

    def told(self) -> TlsConnection | None:
        """All that was seen; None without a sign of SIP."""
        if self.evidence is None or self._first is None or self._last is None:
            return None
        last_hop, last = self._last
        hello_at, hello = self._hello or (None, None)
        answer_at, answer = self._answer or (None, None)
        closed_at, closing = self._closed or (None, Closing.OPEN)
        server, client = (self._certificates.get(hop, (None, ())) for hop in (self._back, self._hop))
        sealed_alert = self._sealed_alert()
        return TlsConnection(
            self._hop,
            self.evidence,
            self._first,
            Glimpse(last.time, last_hop, last.frames, last.input),
            self._frames,
            hello=hello_at,
            copies=tuple(self._copies),
            answer=answer_at,
            offered=hello.versions if hello else (),
            version=answer.version if answer else 0,
            cipher=answer.cipher if answer else 0,
            server_name=hello.server_name if hello else "",
            alpn_offered=hello.alpn if hello else (),
            alpn=answer.alpn if answer else "",
            certificates=server[1],
            certificates_at=server[0],
            client_certificates=client[1],
            client_certificates_at=client[0],
            alerts=tuple(self._alerts),
            sealed_alert=sealed_alert,
            client_spoke=self._client_spoke,
            server_spoke=self.server.spoke,
            whole=self.client.whole and self.server.whole,
            established=self._established() and sealed_alert is None,
            closing=Closing.EVICTED if self.evicted else closing,
            closed=closed_at,
            server_closed=self.server.ended,
        )

    def _repeated(self, at: Glimpse) -> None:
        assert self._hello is not None
        before = self._copies[-1] if self._copies else self._hello[0]
        if at.time - before.time >= _COPY_GAP and len(self._copies) < MAX_TLS_COPIES:
            self._copies.append(at)

    def _take(self, side: Side, spoken: Spoken) -> None:
        hop = self._hop if side is self.client else self._back
        at = Glimpse(spoken.time, hop, spoken.frames, spoken.input)
        if spoken.kind == ALERT:
            if len(self._alerts) < MAX_TLS_ALERTS:
                self._alerts.append(Alert(at, spoken.first, spoken.body[0]))
        elif spoken.first == CLIENT_HELLO and side is self.client:
            self._offered(at, client_hello(spoken.body))
        elif spoken.first == SERVER_HELLO and side is self.server:
            answer = server_hello(spoken.body)
            if answer is not None:
                self._answer = at, answer
                self.client.version = self.server.version = answer.version
        elif spoken.first == CERTIFICATE and hop not in self._certificates and self.evidence is not None:
            chain = map(certificate, certificates(spoken.body))
            readable = takewhile(
                lambda each: each is not None, chain
            )  # the first is the sender's own, RFC 5246 §7.4.2
            self._certificates[hop] = at, tuple(filter(None, readable))

    def _offered(self, at: Glimpse, hello: ClientHello | None) -> None:
        """The first ClientHello; a second one answers a HelloRetryRequest and offers the same (RFC 8446 §4.1.2)."""
        if hello is None or (self._hello is not None and self._hello[1] is not None):
            return
        self._hello = at, hello
        if self.evidence is None:
            self.evidence = self._judge(self._hop, hello)
            self.is_other = self.evidence is None

    def _established(self) -> bool:
        if self._answer is None:
            return self.client.sealed > 0 or self.server.sealed > 0
        if self._answer[1].version >= TLS13:
            return self.client.sealed > 0
        return self.client.changed and self.server.changed

    def _sealed_alert(self) -> Glimpse | None:
        """The first encrypted record of a client is as long as an alert, and no Finished is so short."""
        sealed = self.client.sealed_at
        if sealed is None or self._answer is None or self._answer[1].version < TLS13:
            return None
        tag = 8 if self._answer[1].cipher == _SHORT_TAG else 16
        if self.client.sealed != _ALERT_AND_KIND + tag:
            return None
        return Glimpse(sealed.time, self._hop, sealed.frames, sealed.input)
