"""The filter that the kernel runs on each packet of a live capture, so that only what can be SIP reaches us.

It lets through, in IPv4 and IPv6, behind VLAN tags, MPLS labels and PPPoE: UDP that begins like SIP or HEP, on any port; UDP, TCP
and SCTP on the ports of SIP; fragments; tunnels where they are asked for. Ethernet and loopback are read from their link
header, any other link from where the kernel says that its network header begins.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from analyser.capture.bpf import (
    ADD,
    ADD_X,
    AND,
    ANY_BIT,
    AT_LEAST,
    EQUAL,
    FROM_X,
    GREATER,
    HARDWARE,
    INTERFACE,
    KEEP,
    LOAD,
    LOAD_BYTE_X,
    LOAD_HALF,
    LOAD_HALF_X,
    LOAD_WORD,
    LOAD_WORD_X,
    LOAD_X,
    NETWORK_OFFSET,
    OR,
    PACKET_TYPE,
    PROTOCOL,
    RECALL,
    RETURN,
    SHIFT_LEFT,
    SHIFT_RIGHT,
    TO_X,
    Assembly,
    Program,
)

SIP_PORTS: Final = (5060, 5091)
"""The first and the last of the ports that SIP servers and phones use by convention."""
STREAM_PORTS: Final = (7443, 8088, 8089, 9060, 9061)
"""Where else SIP comes over WebSocket (FreeSWITCH, Asterisk), and HEP over TCP. Ports of ordinary web servers have to be asked for."""
TUNNEL_PORTS: Final = (1701, 2152, 3544, 4500, 4754, 4789, 4790, 5247, 6081, 6635, 37008)
"""Of tunnels in UDP: L2TP, GTP-U, Teredo, ESP, GRE, VXLAN, CAPWAP, GENEVE, MPLS, TZSP."""
SCTP_IN_UDP: Final = 9899

WHOLE: Final = 262_144
"""The snap length of what may be SIP."""
RTP_SNAP: Final = 96
"""Octets of an RTP packet: its header and those below it."""
RTCP_SNAP: Final = 256

BEGINNINGS: Final = tuple(
    int.from_bytes(word.lower(), "big")
    for word in (
        *(
            b"INVI",
            b"ACK ",
            b"BYE ",
            b"CANC",
            b"OPTI",
            b"REGI",
            b"PRAC",
            b"SUBS",
            b"NOTI",
            b"PUBL",
            b"INFO",
            b"REFE",
        ),
        *(b"MESS", b"UPDA", b"SIP/", b"HEP3"),
    )
)
"""The first four octets of the methods that IANA has registered, of a status line and of HEP, in lower case."""
_LOWER: Final = 0x20202020
_CRLF: Final = 0x0D0A
_SHORTEST: Final = 8 + 11
"""The length of a UDP header and the shortest start line."""

_ETHERNET, _LOOPBACK, _OUTGOING = 1, 772, 4
"""ARPHRD_ETHER, ARPHRD_LOOPBACK and PACKET_OUTGOING."""
_TAGS: Final = (0x8100, 0x88A8, 0x9100, 0x9200)
_MAX_TAGS, _MAX_LABELS, _MAX_EXTENSIONS = 3, 4, 4
_TCP, _UDP, _SCTP = 6, 17, 132
_OPTIONS: Final = (0, 43, 60, 135, 139, 140)
_FRAGMENT, _AUTHENTICATION = 44, 51
_TUNNELS: Final = (4, 41, 47, 50, 94, 115, 137)
"""IPv4, IPv6, GRE, ESP, IPIP, L2TP and MPLS in IP."""


class Wanted(NamedTuple):
    """What shall pass."""

    rtp: bool = False
    """RTP and RTCP, as headers."""
    tunnels: bool = False
    """Tunnels, with all that they carry."""
    ports: Sequence[int] = ()
    """Ports of SIP beyond the usual ones."""


def kernel_filter(
    wanted: Wanted, indexes: Sequence[int] | None = None, user: tuple[Program, Program] | None = None
) -> Program:
    """The program for a socket of AF_PACKET and SOCK_RAW: gives how many octets of a packet to take, 0 for none.

    `indexes` are the interfaces that it listens to, None for all. `user` is a filter that has to agree first: compiled for
    Ethernet, and for bare IP.
    """
    code = Assembly()
    if indexes is not None:
        code.add(LOAD_WORD, INTERFACE)
        code.any_of(tuple(indexes), "listened")
        code.jump("drop")
        code.label("listened")
    code.add(LOAD_WORD, HARDWARE)
    code.when(EQUAL, _ETHERNET, "framed")
    code.when(EQUAL, _LOOPBACK, "", "bare")
    # What the loopback sends comes back to be received: one of the two is enough.
    code.add(LOAD_WORD, PACKET_TYPE)
    code.when(EQUAL, _OUTGOING, "drop", "framed")
    code.label("bare")
    if user is not None:
        code.include(user[1], "bare.agreed", "drop", NETWORK_OFFSET)
        code.label("bare.agreed")
    code.add(LOAD_X, NETWORK_OFFSET)
    code.add(LOAD_WORD, PROTOCOL)
    code.jump("types")
    code.label("framed")
    if user is not None:
        code.include(user[0], "framed.agreed", "drop")
        code.label("framed.agreed")
    code.add(LOAD_X, 14)
    code.add(LOAD_HALF, 12)
    code.label("types")
    _types(code)
    _network(code, wanted)
    _transport(code, wanted)
    code.label("accept")
    code.add(RETURN, WHOLE)
    code.label("drop")
    code.add(RETURN, 0)
    return code.assemble()


def _advance(code: Assembly, octets: int) -> None:
    """X += octets."""
    code.add(FROM_X)
    code.add(ADD, octets)
    code.add(TO_X)


def _types(code: Assembly) -> None:
    """From A, an Ethernet type, and X, where what it announces begins, to "ipv4" or "ipv6" with X where that begins."""
    for _ in range(_MAX_TAGS):
        tag = code.new_label()
        code.when(EQUAL, 0x0800, "ipv4")
        code.when(EQUAL, 0x86DD, "ipv6")
        code.any_of(_TAGS, tag)
        code.any_of((0x8847, 0x8848), "mpls")
        code.when(EQUAL, 0x8864, "pppoe", "drop")
        code.label(tag)
        code.add(LOAD_HALF_X, 2)
        code.add(KEEP)
        _advance(code, 4)
        code.add(RECALL)
    code.when(EQUAL, 0x0800, "ipv4")
    code.when(EQUAL, 0x86DD, "ipv6")
    code.any_of((0x8847, 0x8848), "mpls")
    code.when(EQUAL, 0x8864, "", "drop")
    code.label("pppoe")
    code.add(LOAD_HALF_X, 6)
    code.add(KEEP)
    _advance(code, 8)
    code.add(RECALL)
    code.when(EQUAL, 0x0021, "ipv4")
    code.when(EQUAL, 0x0057, "ipv6", "drop")
    code.label("mpls")
    for _ in range(_MAX_LABELS):
        code.add(LOAD_BYTE_X, 2)
        code.add(KEEP)
        _advance(code, 4)
        code.add(RECALL)
        code.when(ANY_BIT, 1, "unlabelled")
    code.jump("drop")


def _network(code: Assembly, wanted: Wanted) -> None:
    """From X, where IP begins, to "udp", "tcp" or "sctp" with X where that begins."""
    tunnel = "accept" if wanted.tunnels else "drop"
    code.label("unlabelled")
    code.add(LOAD_BYTE_X, 0)
    code.add(SHIFT_RIGHT, 4)
    code.when(EQUAL, 4, "ipv4")
    code.when(EQUAL, 6, "ipv6", tunnel)
    code.label("ipv6")
    code.add(LOAD_BYTE_X, 6)
    code.add(KEEP)
    _advance(code, 40)
    code.jump("protocols")
    code.label("ipv4")
    code.add(LOAD_BYTE_X, 9)
    code.add(KEEP)
    code.add(LOAD_HALF_X, 6)
    code.when(ANY_BIT, 0x1FFF, "fragment")
    code.when(ANY_BIT, 0x2000, "", "whole")
    code.add(LOAD_HALF_X, 2)  # a first fragment too short to show how its datagram begins
    code.when(AT_LEAST, 64, "", "fragment")
    code.label("whole")
    code.add(LOAD_BYTE_X, 0)
    code.add(AND, 0x0F)
    code.add(SHIFT_LEFT, 2)
    code.add(ADD_X)
    code.add(TO_X)
    code.label("protocols")
    for _ in range(_MAX_EXTENSIONS):
        _extension(code)
    code.add(RECALL)
    code.any_of((*_OPTIONS, _FRAGMENT, _AUTHENTICATION), "accept")
    code.jump("protocol")
    code.label("fragment")
    code.add(RECALL)
    code.any_of((_UDP, _TCP, _SCTP), "accept")
    code.any_of(_TUNNELS, tunnel)
    code.jump("drop")
    code.label("protocol")
    code.when(EQUAL, _UDP, "udp")
    code.any_of((_TCP, _SCTP), "ports")
    code.any_of(_TUNNELS, tunnel)
    code.jump("drop")


def _extension(code: Assembly) -> None:
    """Pass one extension header: from M[0], a protocol, and X, where its header begins, to those behind it."""
    options, authentication, fragment, passed = (code.new_label() for _ in range(4))
    code.add(RECALL)
    code.any_of(_OPTIONS, options)
    code.when(EQUAL, _AUTHENTICATION, authentication)
    code.when(EQUAL, _FRAGMENT, fragment, "protocol")
    code.label(options)
    code.add(LOAD_BYTE_X, 0)
    code.add(KEEP)
    code.add(LOAD_BYTE_X, 1)
    code.add(ADD, 1)
    code.add(SHIFT_LEFT, 3)
    code.jump(passed)
    code.label(authentication)
    code.add(LOAD_BYTE_X, 0)
    code.add(KEEP)
    code.add(LOAD_BYTE_X, 1)
    code.add(ADD, 2)
    code.add(SHIFT_LEFT, 2)
    code.jump(passed)
    code.label(fragment)
    code.add(LOAD_BYTE_X, 0)
    code.add(KEEP)
    code.add(LOAD_HALF_X, 2)
    code.when(ANY_BIT, 0xFFF8, "fragment")
    code.add(LOAD, 8)
    code.label(passed)
    code.add(ADD_X)
    code.add(TO_X)


def _transport(code: Assembly, wanted: Wanted) -> None:
    """From X, where the header begins that holds the ports."""
    code.label("udp")
    if wanted.tunnels:
        for side in (0, 2):
            code.add(LOAD_HALF_X, side)
            code.any_of(TUNNEL_PORTS, "accept")
    code.add(LOAD_WORD_X, 8)
    _beginnings(code)
    # Empty lines may come before a start line, as keep-alives do.
    code.add(SHIFT_RIGHT, 16)
    code.when(EQUAL, _CRLF, "", "no.line")
    code.add(LOAD_WORD_X, 10)
    _beginnings(code)
    code.add(SHIFT_RIGHT, 16)
    code.when(EQUAL, _CRLF, "", "no.line")
    code.add(LOAD_WORD_X, 12)
    _beginnings(code)
    code.label("no.line")
    code.add(LOAD_BYTE_X, 8)
    code.when(AT_LEAST, 0x80, "media")  # no text begins so
    code.any_of((1, 2), "hep")
    code.add(LOAD_HALF_X, 4)
    code.when(EQUAL, 0, "ports")
    code.when(AT_LEAST, _SHORTEST, "ports", "drop")
    code.label("hep")
    code.add(LOAD_BYTE_X, 10)
    code.any_of((2, 10, 28, 30), "hep.family")
    code.jump("drop")
    code.label("hep.family")
    code.add(LOAD_BYTE_X, 11)
    code.any_of((_TCP, _UDP, 22, _SCTP), "accept")
    code.jump("drop")
    code.label("media")
    if wanted.rtp:
        code.when(AT_LEAST, 0xC0, "drop")
        code.add(LOAD_BYTE_X, 9)
        code.when(AT_LEAST, 192, "", "rtp")
        code.when(GREATER, 223, "rtp")
        code.add(RETURN, RTCP_SNAP)
        code.label("rtp")
        code.add(RETURN, RTP_SNAP)
    else:
        code.jump("drop")
    code.label("ports")
    for side in (0, 2):
        other = code.new_label()
        code.add(LOAD_HALF_X, side)
        code.when(AT_LEAST, SIP_PORTS[0], "", other)
        code.when(GREATER, SIP_PORTS[1], other, "accept")
        code.label(other)
        code.any_of((*STREAM_PORTS, SCTP_IN_UDP, *wanted.ports), "accept")
    code.jump("drop")


def _beginnings(code: Assembly) -> None:
    """Accept what begins like SIP or HEP, in whatever case; A, four octets, is there again afterwards."""
    code.add(KEEP)
    code.add(OR, _LOWER)
    code.any_of(BEGINNINGS, "accept")
    code.add(RECALL)
