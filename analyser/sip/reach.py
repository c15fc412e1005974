"""Which addresses can be reached from the public Internet, and which only from within."""

import ipaddress
from functools import lru_cache
from typing import Final

from analyser.sip.address import Uri

_PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # RFC 6598, behind a carrier's NAT
        "169.254.0.0/16",  # RFC 3927, link-local
        "127.0.0.0/8",
        "0.0.0.0/8",
        "fc00::/7",  # RFC 4193
        "fe80::/10",
        "::1/128",
    )
)


def same_place(one: Uri, other: Uri) -> bool:
    """Whether two SIP URIs lead to the same host and port."""
    return (one.host, one.port or _port(one)) == (other.host, other.port or _port(other))


def _port(uri: Uri) -> int:
    return 5061 if uri.scheme == "sips" or uri.params.get("transport", "").lower() == "tls" else 5060


def are_apart(one: str, other: str) -> bool:
    """Whether both are private and of different ranges, so hardly ever of one network."""
    return is_private(one) and is_private(other) and _range(one) != _range(other)


@lru_cache(maxsize=4096)
def is_private(host: str) -> bool:
    """Whether it is an address without meaning outside of its own network; a name is none."""
    return _range(host) >= 0


@lru_cache(maxsize=4096)
def _range(host: str) -> int:
    """Which of the private ranges it is in; -1 for none."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return -1
    return next((at for at, network in enumerate(_PRIVATE) if address in network), -1)
