"""Which addresses can be reached from the public Internet, and which only from within."""

import ipaddress
from functools import lru_cache
from typing import Final

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


@lru_cache(maxsize=4096)
def is_private(host: str) -> bool:
    """Whether it is an address without meaning outside of its own network; a name is none."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE)
