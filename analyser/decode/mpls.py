"""MPLS: a stack of labels (RFC 3032), then IP, or Ethernet in a pseudowire (RFC 4448).

Nothing in the packet says which; the label does, to those who agreed on it. So the contents are asked: IP by its version
(RFC 4928 §3), the control word of a pseudowire by its first four bits (RFC 4385 §3), Ethernet by what it carries.
"""

from typing import Final

from analyser.decode.inner import is_all_ip, is_ethernet, is_ip
from analyser.decode.ip import PROTOCOLS, ip
from analyser.decode.link import ETHERTYPES, LINKS, PPP_PROTOCOLS, ethernet
from analyser.decode.packet import Packet, Step

ETHERTYPE_UNICAST, ETHERTYPE_MULTICAST = 0x8847, 0x8848

_ENTRY: Final = 4
_BOTTOM: Final = 0x01
_CONTROL_WORD, _ASSOCIATED_CHANNEL = 0, 1


def mpls(packet: Packet, at: int, end: int) -> Step:
    """Labels down to the bottom of the stack, and what lies under them."""
    data = packet.data
    bottom = 0
    while not bottom:
        if end - at < _ENTRY:
            return None
        bottom = data[at + 2] & _BOTTOM
        at += _ENTRY
    if at >= end:
        return None
    if is_all_ip(data, at, end):
        return ip, at, end
    nibble = data[at] >> 4
    if nibble == _CONTROL_WORD and is_ethernet(data, at + 4, end):
        return ethernet, at + 4, end
    if is_ethernet(data, at, end):
        return ethernet, at, end
    if is_ip(data, at, end):  # the snap length cut it
        return ip, at, end
    if nibble == _ASSOCIATED_CHANNEL:  # what the routers say to each other
        return None
    packet.reason = "MPLS that carries neither IP nor Ethernet"
    return None


ETHERTYPES.update({ETHERTYPE_UNICAST: mpls, ETHERTYPE_MULTICAST: mpls})
PPP_PROTOCOLS.update({0x0281: mpls, 0x0283: mpls})
PROTOCOLS[137] = mpls
LINKS[219] = mpls
