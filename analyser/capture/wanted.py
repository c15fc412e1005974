"""What a live capture asks for, and by what the kernel tells it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

SIP_PORTS: Final = (5060, 5091)
"""The first and the last of the ports that SIP servers and phones use by convention."""
STREAM_PORTS: Final = (7443, 8088, 8089, 9060, 9061)
"""Where else SIP comes over WebSocket (FreeSWITCH, Asterisk), and HEP over TCP. Ports of ordinary web servers have to be asked for."""
TUNNEL_PORTS: Final = (925, 1701, 2152, 3544, 4341, 4500, 4754, 4789, 4790, 5247, 6081, 6635, 7932, 37008)
"""Of tunnels in UDP: recordings of AudioCodes, L2TP, GTP-U, Teredo, LISP, ESP, GRE, VXLAN, CAPWAP, GENEVE, MPLS, mirrors of HP, TZSP."""
SCTP_IN_UDP: Final = 9899

WHOLE: Final = 262_144
"""The snap length of what may be SIP."""
RTP_SNAP: Final = 96
"""Octets of an RTP packet: its header and those below it."""
RTCP_SNAP: Final = 256
TUNNEL_SNAP: Final = 80
"""Octets that the headers of a tunnel take before these."""

BEGINNINGS: Final = tuple(
    int.from_bytes(word.lower(), "big")
    for word in (
        *(b"INVI", b"ACK ", b"BYE ", b"CANC", b"OPTI", b"REGI", b"PRAC", b"SUBS", b"NOTI", b"PUBL"),
        *(b"INFO", b"REFE", b"MESS", b"UPDA", b"SIP/", b"HEP3"),
    )
)
"""The first four octets of the methods that IANA has registered, of a status line and of HEP, in lower case."""


class Wanted(NamedTuple):
    """What shall pass."""

    rtp: bool = False
    """RTP and RTCP, as headers."""
    tunnels: bool = False
    """Tunnels that carry SIP, and all tunnels that the filter cannot look into."""
    ports: Sequence[int] = ()
    """Ports of SIP beyond the usual ones."""
