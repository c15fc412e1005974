"""ESP (RFC 4303): readable where it encrypts nothing (RFC 2410), as IMS telephones often do (3GPP TS 33.203).

Nothing in the packet says so. The contents decide: the trailer must be one, and what it announces must end where the trailer begins.
Encrypted octets pass for that less than once in a hundred million packets.
"""

from typing import Final

from analyser.decode.first import may_begin, names_sip
from analyser.decode.inner import length_of_ip
from analyser.decode.ip import PROTOCOLS
from analyser.decode.packet import TCP, UDP, Packet, Step

_HEADER, _TRAILER = 8, 2
_ALIGNED: Final = 4
"""Header, contents, padding and trailer take a multiple of so many octets (RFC 4303 §2.4)."""
_CHECKS: Final = (12, 16, 0, 24, 32, 8, 20, 28)
"""Octets of the integrity check value (RFC 8221 §6), the most usual first, all multiples of `_ALIGNED`."""
_VECTORS: Final = (0, 8)
"""Octets before the contents: none, or the vector of AES-GMAC (RFC 4543 §3.1)."""
_IP4, _IP6 = 4, 41
_CARRIED: Final = frozenset({UDP, TCP, _IP4, _IP6})
_SEQUENCE: Final = bytes(range(256))


def esp(packet: Packet, at: int, end: int) -> Step:
    """What is not encrypted; the check value at the end has to be captured as well."""
    data = packet.data
    if packet.claimed <= end and not (end - at) % _ALIGNED:
        for check in _CHECKS:
            trailer = end - check - _TRAILER
            if trailer < at + _HEADER or (protocol := data[trailer + 1]) not in _CARRIED:
                continue
            padding = data[trailer]
            contents_end = max(trailer - padding, at)
            if data[contents_end:trailer] != _SEQUENCE[1 : padding + 1]:
                continue
            for vector in _VECTORS:
                begin = at + _HEADER + vector
                if begin < contents_end and _is_contents(packet, protocol, begin, contents_end):
                    packet.claimed = contents_end
                    return PROTOCOLS[protocol], begin, contents_end
    packet.reason = "encrypted ESP"
    return None


def _is_contents(packet: Packet, protocol: int, at: int, end: int) -> bool:
    """Whether the octets are exactly one packet of the protocol."""
    data, size = packet.data, end - at
    if protocol == UDP:
        return size >= 8 and int.from_bytes(data[at + 4 : at + 6], "big") == size
    if protocol == TCP:
        header = (data[at + 12] >> 4) * 4 if size >= 20 else 0
        return 20 <= header <= size and _sums_up(packet, protocol, at, end)
    return length_of_ip(data, at, end) == size


def _sums_up(packet: Packet, protocol: int, at: int, end: int) -> bool:
    """Whether the checksum is right (RFC 9293 §3.1): TCP has no length that could be compared."""
    odd = (end - at) & 1
    contents = int.from_bytes(packet.data[at:end], "big") << 8 * odd
    total = contents + int.from_bytes(packet.addresses, "big") + protocol + end - at
    return total % 0xFFFF == 0


def in_udp(packet: Packet, at: int, end: int) -> Step:
    """RFC 3948 §2: IKE begins with four octets of zero, and a keep-alive is one octet."""
    data = packet.data
    if end - at < _HEADER or data[at : at + 4] == bytes(4):
        return None
    if may_begin(data[at : at + 4]) and names_sip(data[at:end]):
        return None
    return esp, at, end


PROTOCOLS[50] = esp
