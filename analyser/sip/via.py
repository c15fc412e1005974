"""The Via header field: where a request has been, and which transaction it belongs to (RFC 3261 §20.42, RFC 3581).

`parse_via` takes one member of the list. `branch_of` reads the branch of the first member of a field
value alone, faster, and always agrees with `parse_via(first_value(value)).branch`.
"""

from typing import Final, NamedTuple

from analyser.sip.address import parse_host_port
from analyser.sip.lexical import first_value, params, split, uint

MAGIC_COOKIE: Final = "z9hG4bK"
"""What the branch of every RFC 3261 element begins with, whatever its case (§8.1.1.7)."""


class Via(NamedTuple):
    """One hop that a request has taken."""

    transport: str
    """Upper-case, such as UDP."""
    host: str
    port: int | None
    params: dict[str, str]
    protocol: str = "SIP/2.0"

    @property
    def branch(self) -> str:
        return self.params.get("branch", "")

    @property
    def received(self) -> str:
        """The address that the next hop saw, without brackets."""
        return self.params.get("received", "").strip("[]")

    @property
    def rport(self) -> int | None:
        """The port that the next hop saw; None where it was not filled in, or not asked for."""
        return uint(self.params.get("rport", ""))

    @property
    def asks_rport(self) -> bool:
        """Whether the sender wants responses where the request came from (RFC 3581 §3)."""
        return "rport" in self.params

    @property
    def sent_by(self) -> str:
        """Host and port as the sender gave them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def parse_via(value: str) -> Via:
    """One Via member in its parts; white space may stand around every separator."""
    front, *parts = split(value, ";")
    name, _, rest = front.partition("/")
    version, _, rest = rest.partition("/")
    transport, *sent_by = rest.split(None, 1)[:2] or [""]
    host, port = parse_host_port(sent_by[0] if sent_by else "")
    protocol = f"{name.strip().upper()}/{version.strip()}"
    return Via(transport.upper(), host, port, params(parts), protocol)


def branch_of(value: str) -> str:
    """The branch of the first member of a Via field value."""
    if '"' not in value and "," not in value and "<" not in value:
        front, found, branch = value.partition(";branch=")
        if found and "branch" not in front.lower():
            return branch.partition(";")[0].strip()
    return parse_via(first_value(value)).branch
