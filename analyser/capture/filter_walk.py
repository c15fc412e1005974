"""The part of the kernel's filter that goes from an Ethernet type or an IP header to what may be SIP.

X always says where the next header begins; M[0] keeps a number while X moves. `Walk` writes it once, and where tunnels are
asked for a second time for what they carry.
"""

from typing import Final

from analyser.capture.bpf import (
    ADD,
    ADD_X,
    AND,
    ANY_BIT,
    AT_LEAST,
    EQUAL,
    FROM_X,
    GREATER,
    KEEP,
    LOAD,
    LOAD_BYTE_X,
    LOAD_HALF_X,
    LOAD_WORD_X,
    OR,
    RECALL,
    RETURN,
    SHIFT_LEFT,
    SHIFT_RIGHT,
    TO_X,
    Assembly,
)
from analyser.capture.wanted import (
    BEGINNINGS,
    RTCP_SNAP,
    RTP_SNAP,
    SCTP_IN_UDP,
    SIP_PORTS,
    STREAM_PORTS,
    TUNNEL_PORTS,
    TUNNEL_SNAP,
    Wanted,
)

_LOWER: Final = 0x20202020
_CRLF: Final = 0x0D0A
_SHORTEST: Final = 8 + 11
"""The length of a UDP header and the shortest start line."""

_TAGS: Final = (0x8100, 0x88A8, 0x9100, 0x9200)
_MAX_TAGS, _MAX_LABELS, _MAX_EXTENSIONS = 3, 4, 4
_TCP, _UDP, _SCTP = 6, 17, 132
_OPTIONS: Final = (0, 43, 60, 135, 139, 140)
_FRAGMENT, _AUTHENTICATION = 44, 51
_TUNNELS: Final = (4, 41, 47, 50, 94, 115, 137)
"""IPv4, IPv6, GRE, ESP, IPIP, L2TP and MPLS in IP."""
_IP_IN_IP: Final = (4, 41, 94)
_GRE: Final = 47
_GTP_U, _VXLAN, _GENEVE = 2152, 4789, 6081
_BRIDGED, _ERSPAN, _ERSPAN_3 = 0x6558, 0x88BE, 0x22EB
_MAX_GTP_EXTENSIONS: Final = 2


class Walk:
    """Begins at the label "types" with an Ethernet type in A, or at "unlabelled" with IP; ends at "accept" or "drop".

    The second walk, with `inner`, has its labels behind "inner.", and begins also at "inner.frame" with Ethernet.
    """

    def __init__(self, code: Assembly, wanted: Wanted, *, inner: bool = False) -> None:
        self._code = code
        self._wanted = wanted
        self._name = "inner." if inner else ""
        self._before = TUNNEL_SNAP if inner else 0
        self._tunnel = self._tunnel_port = "drop"
        if wanted.tunnels:  # one in another passes as it is
            self._tunnel, self._tunnel_port = ("accept", "accept") if inner else ("tunnel", "tunnel.port")
        if inner:
            code.label("inner.frame")
            code.add(LOAD_HALF_X, 12)
            code.add(KEEP)
            self._advance(14)
            code.add(RECALL)
        code.label(self._at("types"))
        self._types()
        self._network()
        self._transport()
        if self._tunnel == "tunnel":
            self._tunnels()
            Walk(code, wanted, inner=True)

    def _at(self, label: str) -> str:
        return self._name + label

    def _advance(self, octets: int) -> None:
        """X += octets."""
        code = self._code
        code.add(FROM_X)
        code.add(ADD, octets)
        code.add(TO_X)

    def _types(self) -> None:
        """From A, an Ethernet type, and X, where what it announces begins, to "ipv4" or "ipv6" with X where that begins."""
        code = self._code
        for _ in range(_MAX_TAGS):
            tag = code.new_label()
            code.when(EQUAL, 0x0800, self._at("ipv4"))
            code.when(EQUAL, 0x86DD, self._at("ipv6"))
            code.any_of(_TAGS, tag)
            code.any_of((0x8847, 0x8848), self._at("mpls"))
            code.when(EQUAL, 0x8864, self._at("pppoe"), "drop")
            code.label(tag)
            code.add(LOAD_HALF_X, 2)
            code.add(KEEP)
            self._advance(4)
            code.add(RECALL)
        code.when(EQUAL, 0x0800, self._at("ipv4"))
        code.when(EQUAL, 0x86DD, self._at("ipv6"))
        code.any_of((0x8847, 0x8848), self._at("mpls"))
        code.when(EQUAL, 0x8864, "", "drop")
        code.label(self._at("pppoe"))
        code.add(LOAD_HALF_X, 6)
        code.add(KEEP)
        self._advance(8)
        code.add(RECALL)
        code.when(EQUAL, 0x0021, self._at("ipv4"))
        code.when(EQUAL, 0x0057, self._at("ipv6"), "drop")
        code.label(self._at("mpls"))
        for _ in range(_MAX_LABELS):
            code.add(LOAD_BYTE_X, 2)
            code.add(KEEP)
            self._advance(4)
            code.add(RECALL)
            code.when(ANY_BIT, 1, self._at("unlabelled"))
        code.jump("drop")

    def _network(self) -> None:
        """From X, where IP begins, to "udp" or "ports" with X where that begins."""
        code = self._code
        code.label(self._at("unlabelled"))
        code.add(LOAD_BYTE_X, 0)
        code.add(SHIFT_RIGHT, 4)
        code.when(EQUAL, 4, self._at("ipv4"))
        code.when(EQUAL, 6, self._at("ipv6"), "accept" if self._wanted.tunnels else "drop")
        code.label(self._at("ipv6"))
        code.add(LOAD_BYTE_X, 6)
        code.add(KEEP)
        self._advance(40)
        code.jump(self._at("protocols"))
        code.label(self._at("ipv4"))
        code.add(LOAD_BYTE_X, 9)
        code.add(KEEP)
        code.add(LOAD_HALF_X, 6)
        code.when(ANY_BIT, 0x1FFF, self._at("fragment"))
        code.when(ANY_BIT, 0x2000, "", self._at("whole"))
        code.add(LOAD_HALF_X, 2)  # a first fragment too short to show how its datagram begins
        code.when(AT_LEAST, 64, "", self._at("fragment"))
        code.label(self._at("whole"))
        code.add(LOAD_BYTE_X, 0)
        code.add(AND, 0x0F)
        code.add(SHIFT_LEFT, 2)
        code.add(ADD_X)
        code.add(TO_X)
        code.label(self._at("protocols"))
        for _ in range(_MAX_EXTENSIONS):
            self._extension()
        code.add(RECALL)
        code.any_of((*_OPTIONS, _FRAGMENT, _AUTHENTICATION), "accept")
        code.jump(self._at("protocol"))
        code.label(self._at("fragment"))
        code.add(RECALL)
        code.any_of((_UDP, _TCP, _SCTP), "accept")
        code.any_of(_TUNNELS, self._tunnel if self._tunnel == "drop" else "accept")
        code.jump("drop")
        code.label(self._at("protocol"))
        code.when(EQUAL, _UDP, self._at("udp"))
        code.any_of((_TCP, _SCTP), self._at("ports"))
        code.any_of(_TUNNELS, self._tunnel)
        code.jump("drop")

    def _extension(self) -> None:
        """Pass one extension header: from M[0], a protocol, and X, where its header begins, to those behind it."""
        code = self._code
        options, authentication, fragment, passed = (code.new_label() for _ in range(4))
        code.add(RECALL)
        code.any_of(_OPTIONS, options)
        code.when(EQUAL, _AUTHENTICATION, authentication)
        code.when(EQUAL, _FRAGMENT, fragment, self._at("protocol"))
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
        code.when(ANY_BIT, 0xFFF8, self._at("fragment"))
        code.add(LOAD, 8)
        code.label(passed)
        code.add(ADD_X)
        code.add(TO_X)

    def _transport(self) -> None:
        """From X, where the header begins that holds the ports."""
        code = self._code
        code.label(self._at("udp"))
        if self._wanted.tunnels:
            for side in (0, 2):
                code.add(LOAD_HALF_X, side)
                code.any_of(TUNNEL_PORTS, self._tunnel_port)
        code.add(LOAD_WORD_X, 8)
        self._beginnings()
        # Empty lines may come before a start line, as keep-alives do.
        code.add(SHIFT_RIGHT, 16)
        code.when(EQUAL, _CRLF, "", self._at("no.line"))
        code.add(LOAD_WORD_X, 10)
        self._beginnings()
        code.add(SHIFT_RIGHT, 16)
        code.when(EQUAL, _CRLF, "", self._at("no.line"))
        code.add(LOAD_WORD_X, 12)
        self._beginnings()
        code.label(self._at("no.line"))
        code.add(LOAD_BYTE_X, 8)
        code.when(AT_LEAST, 0x80, self._at("media"))  # no text begins so
        code.any_of((1, 2), self._at("hep"))
        code.add(LOAD_HALF_X, 4)
        code.when(EQUAL, 0, self._at("ports"))
        code.when(AT_LEAST, _SHORTEST, self._at("ports"), "drop")
        code.label(self._at("hep"))
        code.add(LOAD_BYTE_X, 10)
        code.any_of((2, 10, 28, 30), self._at("hep.family"))
        code.jump("drop")
        code.label(self._at("hep.family"))
        code.add(LOAD_BYTE_X, 11)
        code.any_of((_TCP, _UDP, 22, _SCTP), "accept")
        code.jump("drop")
        code.label(self._at("media"))
        if self._wanted.rtp:
            code.when(AT_LEAST, 0xC0, "drop")
            code.add(LOAD_BYTE_X, 9)
            code.when(AT_LEAST, 192, "", self._at("rtp"))
            code.when(GREATER, 223, self._at("rtp"))
            code.add(RETURN, RTCP_SNAP + self._before)
            code.label(self._at("rtp"))
            code.add(RETURN, RTP_SNAP + self._before)
        else:
            code.jump("drop")
        code.label(self._at("ports"))
        for side in (0, 2):
            other = code.new_label()
            code.add(LOAD_HALF_X, side)
            code.when(AT_LEAST, SIP_PORTS[0], "", other)
            code.when(GREATER, SIP_PORTS[1], other, "accept")
            code.label(other)
            code.any_of((*STREAM_PORTS, SCTP_IN_UDP, *self._wanted.ports), "accept")
        code.jump("drop")

    def _beginnings(self) -> None:
        """Accept what begins like SIP or HEP, in whatever case; A, four octets, is there again afterwards."""
        code = self._code
        code.add(KEEP)
        code.add(OR, _LOWER)
        code.any_of(BEGINNINGS, "accept")
        code.add(RECALL)

    def _tunnels(self) -> None:
        """From A, an IP protocol or a port, and X, where its header begins, into what a tunnel carries, where it is simple."""
        code = self._code
        code.label("tunnel")
        code.any_of(_IP_IN_IP, "inner.unlabelled")
        code.when(EQUAL, _GRE, "", "accept")
        code.add(LOAD_HALF_X, 2)
        code.add(KEEP, 1)
        code.add(LOAD_HALF_X, 0)
        code.when(ANY_BIT, 0x4FFF, "accept")  # routing, or another version
        code.add(LOAD, 4)
        code.add(KEEP)
        for flag in (0x80, 0x20, 0x10):  # checksum, key, sequence number
            absent = code.new_label()
            code.add(LOAD_BYTE_X, 0)
            code.when(ANY_BIT, flag, "", absent)
            code.add(RECALL)
            code.add(ADD, 4)
            code.add(KEEP)
            code.label(absent)
        code.add(LOAD_BYTE_X, 0)
        code.add(KEEP, 2)
        code.add(RECALL)
        code.add(ADD_X)
        code.add(TO_X)
        code.add(RECALL, 1)
        code.when(EQUAL, 0x0800, "inner.unlabelled")
        code.when(EQUAL, 0x86DD, "inner.unlabelled")
        code.when(EQUAL, _BRIDGED, "inner.frame")
        code.when(EQUAL, _ERSPAN, "", "accept")
        code.add(RECALL, 2)  # with a sequence number it is of type II, and has a header
        code.when(ANY_BIT, 0x10, "", "inner.frame")
        self._advance(8)
        code.jump("inner.frame")
        self._tunnels_in_udp()

    def _tunnels_in_udp(self) -> None:
        code = self._code
        code.label("tunnel.port")
        code.when(EQUAL, _VXLAN, "", "no.vxlan")
        self._advance(16)
        code.jump("inner.frame")
        code.label("no.vxlan")
        code.when(EQUAL, _GTP_U, "", "accept")
        code.add(LOAD_HALF_X, 8)
        code.add(AND, 0xF8FF)
        code.when(EQUAL, 0x30FF, "", "accept")  # user data of version 1
        code.add(LOAD_BYTE_X, 8)
        code.add(KEEP)
        self._advance(16)
        code.add(RECALL)
        code.when(ANY_BIT, 7, "", "inner.unlabelled")
        code.add(LOAD_BYTE_X, 3)
        code.add(KEEP)
        self._advance(4)
        code.add(RECALL)
        for _ in range(_MAX_GTP_EXTENSIONS):
            code.when(EQUAL, 0, "inner.unlabelled")
            code.add(LOAD_BYTE_X, 0)
            code.add(SHIFT_LEFT, 2)
            code.add(ADD_X)
            code.add(TO_X)
            code.add(LOAD_BYTE_X, 0xFFFFFFFF)  # the octet before says what comes next
        code.when(EQUAL, 0, "inner.unlabelled", "accept")
