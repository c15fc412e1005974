"""A ClientHello that the server does not answer."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.tls import Closing, TlsConnection
from analyser.wire import SECOND, Glimpse

_PLAIN_PORT = 5060

_RESET = Sentence(
    "{client} began a TLS handshake, and {gap} later {server} reset the connection without any answer."
)
_CLOSED = Sentence(
    "{client} began a TLS handshake, and {gap} later {server} closed the connection without any answer."
)
_REPEATED = Sentence(
    "{client} began a TLS handshake with {server} and sent its ClientHello {count} times, for nothing came back."
)
_GAVE_UP = Sentence(
    "{client} began a TLS handshake with {server}, and gave up after {gap} without any answer."
)
_ON_5060 = Sentence("Port 5060 is that of SIP without TLS.")
_REMEDY_ENDED = Sentence(
    "Check that {server} expects TLS on this port and has a certificate and key that it could load, and look in its log. If it knows "
    "nothing of the connection, a firewall or an access list between ended it."
)
_REMEDY_LOST = Sentence(
    "Capture at {server}. If the ClientHello does not arrive there, something drops it between, as some firewalls do, and paths "
    "that are too narrow for a large packet (MTU); if it arrives, look in the log of {server}."
)
_REMEDY_SILENT = Sentence(
    "Check that {server} expects TLS on this port, and look in its log whether it is overloaded or waits for something, such as "
    "DNS or a key store."
)


@rule(
    "tls-handshake-unanswered",
    on=TlsConnection,
    severity=Severity.ERROR,
    summary="a TLS handshake got no answer: the server stays silent, or ends the connection at once",
    remedy="Check that the server expects TLS on this port and has a certificate that it could load, and look in its log; then "
    "look for a firewall between.",
    refs=("RFC 8446 §4.1.1", "RFC 3261 §18.1.1", "RFC 3261 §26.3.1"),
    when=lambda connection: connection.hello is not None and not connection.server_spoke,
    absence=True,
)
def tls_handshake_unanswered(
    connection: TlsConnection, *, after: int = 5, copies: int = 2
) -> Iterator[Evidence]:
    """Looks for a ClientHello to which the server sent no octet at all.

    What the capture must show beside it: the server resets or closes the connection; or TCP sends the ClientHello again
    at least `copies` times, which it does only without an acknowledgement; or the client gives up after at least `after`
    seconds, and the end of the connection was seen from the server too, so that its packets do pass the place of the
    capture. It is a warning where the ClientHello was repeated and the end of the connection was not seen.

    Silent where the client went on, as it does only after an answer that this capture lacks, where packets are missing or cut,
    and about connections without a sign of SIP.
    """
    hello, closed = connection.hello, connection.closed
    if hello is None or connection.client_spoke or connection.alerts or not connection.whole:
        return
    gap = closed.time - hello.time if closed is not None else 0
    severity = Severity.ERROR
    if connection.closing is Closing.SERVER_RESET:
        note, remedy = _RESET, _REMEDY_ENDED
    elif connection.closing is Closing.SERVER_CLOSED:
        note, remedy = _CLOSED, _REMEDY_ENDED
    elif len(connection.copies) >= copies:
        note, remedy = _REPEATED, _REMEDY_LOST
        severity = Severity.WARNING if closed is None else Severity.ERROR
    elif closed is not None and gap >= after * SECOND and connection.server_closed:
        note, remedy = _GAVE_UP, _REMEDY_SILENT
    else:
        return
    related: list[Glimpse] = [*connection.copies, *([closed] if closed is not None else [])]
    yield Evidence(
        hello,
        (note, _ON_5060) if connection.hop.target.port == _PLAIN_PORT else note,
        related,
        remedy=remedy,
        severity=severity,
        client=connection.hop.source,
        server=connection.hop.target,
        gap=Duration(gap),
        count=1 + len(connection.copies),
    )
