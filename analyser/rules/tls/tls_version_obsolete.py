"""Connections with a version of TLS that is not to be used any more (RFC 8996)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.tls import TLS12, TlsConnection, version_name

_CLIENT = Sentence("{server} and {client} use {version}, for the client offers nothing newer.")
_SERVER = Sentence("{server} and {client} use {version}, although the client offers {newest}.")
_PLAIN = Sentence("{server} and {client} use {version}.")
_REMEDY_CLIENT = Sentence(
    "Update {client} so that it offers TLS 1.2 or newer; then forbid the older versions on {server}."
)
_REMEDY_SERVER = Sentence(
    "Update {server}, or allow TLS 1.2 and newer in its configuration; then forbid the older versions."
)


@rule(
    "tls-version-obsolete",
    on=TlsConnection,
    severity=Severity.WARNING,
    summary="a connection uses a version of TLS that must not be used any more",
    remedy="Allow TLS 1.2 and newer on both sides, and forbid the older versions.",
    refs=("RFC 8996 §4", "RFC 8996 §5", "RFC 7568 §3", "RFC 9325 §3.1.1"),
    when=lambda connection: 0 < connection.version < TLS12,
)
def tls_version_obsolete(connection: TlsConnection) -> Iterator[Evidence]:
    """Looks for a server that chooses SSL 3.0, TLS 1.0 or TLS 1.1.

    RFC 8996 forbids TLS 1.0 and 1.1, and RFC 7568 SSL 3.0, since what they rest on (MD5, SHA-1, old ciphers) is too weak. Current
    products refuse them, so such a connection fails as soon as one of the two sides is updated. The note says which of them
    has nothing newer.

    Silent where the handshake failed, since then the reason of that is what matters, and about connections without a
    sign of SIP.
    """
    at = connection.answer
    if at is None or not connection.established:
        return
    newest = max(connection.offered, default=0)
    if newest > connection.version:
        note, remedy = _SERVER, _REMEDY_SERVER
    else:
        note, remedy = (_CLIENT if newest else _PLAIN), _REMEDY_CLIENT
    yield Evidence(
        at,
        note,
        [connection.hello] if connection.hello is not None else (),
        remedy=remedy,
        client=connection.hop.source,
        server=connection.hop.target,
        version=version_name(connection.version),
        newest=version_name(newest),
    )
