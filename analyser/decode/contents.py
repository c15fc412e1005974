"""What a payload that is not SIP carries, by its first octets, for the account of frames.

RTP and RTCP are told from the rest of UDP by their version and payload type (RFC 3550 §5.1, §6.4; RFC 5761 §4),
DTLS by its content type and version (RFC 7983 §7, RFC 9147 §4). A random transaction identifier of DNS may look like
version 2, so media is not expected on the ports of well-known services.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analyser.decode.first import FIRST_RECORD, LAST_RECORD
from analyser.wire import ENCRYPTED, OTHER_TCP, OTHER_UDP, RTP

LEAST_MEDIA_PORT: Final = 1024

RTP_KIND, RTCP_KIND, DTLS_KIND = 1, 2, 3
_CLASSES: Final = (OTHER_UDP, RTP, RTP, ENCRYPTED)
LEAST_SIZES: Final = np.array([0, 12, 8, 13], dtype=np.uint16)
"""Octets of the shortest packet: both headers of RFC 3550, and the header of a DTLS record."""


def _kinds() -> NDArray[np.uint8]:
    """By the first two octets of a datagram."""
    kinds = np.zeros(65536, dtype=np.uint8)
    first, second = np.divmod(np.arange(65536), 256)
    version2 = first >> 6 == 2
    rtcp = (second >= 192) & (second <= 223)
    # With the marker bit, payload types 64 to 95 would be taken for RTCP, so nobody uses them (RFC 5761 §4).
    rtp = ~rtcp & ((second & 0x7F < 64) | (second & 0x7F > 95))
    kinds[version2 & rtp] = RTP_KIND
    kinds[version2 & rtcp] = RTCP_KIND
    kinds[(first >= 20) & (first <= 26) & (second == 0xFE)] = DTLS_KIND
    return kinds


KINDS: Final = _kinds()


def datagram_carries(data: bytes, size: int, ports: bytes) -> str:
    """What a datagram carries whose payload has `size` octets, of which `data` were captured."""
    if len(data) < 2:
        return OTHER_UDP
    kind = int(KINDS[data[0] << 8 | data[1]])
    lower = min(int.from_bytes(ports[:2], "big"), int.from_bytes(ports[2:], "big"))
    if size < LEAST_SIZES[kind] or (kind != DTLS_KIND and lower < LEAST_MEDIA_PORT):
        return OTHER_UDP
    return _CLASSES[kind]


def segment_carries(data: bytes) -> str:
    """What a segment of TCP carries."""
    return ENCRYPTED if is_record(data) else OTHER_TCP


def is_record(data: bytes) -> bool:
    """Whether octets begin with a TLS record (RFC 8446 §5.1)."""
    return data[1:2] == b"\3" and FIRST_RECORD <= data[0] <= LAST_RECORD
