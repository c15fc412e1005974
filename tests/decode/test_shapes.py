"""Every way that a datagram with SIP may be wrapped, and what is passed over."""

import struct
import sys

import pytest

from analyser.decode import Decoder
from analyser.sip import looks_like_sip
from analyser.wire import Coverage, Endpoint
from tests.support.captures import OPTIONS, ethernet, ipv4, ipv6, tcp, udp

PLAIN = ipv4(udp(OPTIONS))
SIX = ipv6(udp(OPTIONS))


def cooked(payload, kind=0x0800):
    return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), kind) + payload


def cooked2(payload, kind=0x0800):
    return struct.pack(">HHIHBB8s", kind, 0, 3, 1, 0, 6, bytes(8)) + payload


def pppoe(payload, protocol=b"\0\x21"):
    return struct.pack(">BBHH", 0x11, 0, 9, len(payload) + len(protocol)) + protocol + payload


SHAPES = {
    "ethernet": (1, ethernet(PLAIN)),
    "ethernet-ipv6": (1, ethernet(SIX, 0x86DD)),
    "twelve-tags": (1, ethernet(PLAIN, tags=(0x88A8, 0x8100, 0x9100) * 4)),
    "one-tag": (1, ethernet(PLAIN, tags=(0x8100,))),
    "two-tags": (1, ethernet(PLAIN, tags=(0x88A8, 0x8100))),
    "three-tags": (1, ethernet(SIX, 0x86DD, tags=(0x9100, 0x88A8, 0x8100))),
    "llc-snap": (1, ethernet(b"\xaa\xaa\x03\0\0\0\x08\0" + PLAIN, 8 + len(PLAIN))),
    "pppoe": (1, ethernet(pppoe(PLAIN), 0x8864)),
    "pppoe-one-octet": (1, ethernet(pppoe(SIX, b"\x57"), 0x8864, tags=(0x8100,))),
    "cooked": (113, cooked(PLAIN)),
    "cooked-vlan": (113, cooked(b"\0\x05\x08\0" + PLAIN, 0x8100)),
    "cooked2": (276, cooked2(SIX, 0x86DD)),
    "cooked2-vlan": (276, cooked2(b"\0\x05\x08\0" + PLAIN, 0x8100)),
    **{f"raw-{link}": (link, PLAIN) for link in (12, 14, 101, 228)},
    **{f"raw6-{link}": (link, SIX) for link in (12, 101, 229)},
    **{f"null-{family}": (0, struct.pack("<I", family) + SIX) for family in (10, 24, 28, 30, 23)},
    "null-2": (0, struct.pack("<I", 2) + PLAIN),
    "loop-2": (108, struct.pack(">I", 2) + PLAIN),
    "options": (101, ipv4(udp(OPTIONS), options=b"\x94\x04\0\0")),
    "ip-in-ip": (101, ipv4(PLAIN, 4, source="10.0.0.1")),
    "6in4": (101, ipv4(SIX, 41, source="10.0.0.1")),
    "4in6": (101, ipv6(PLAIN, 4)),
    "hop-by-hop": (101, ipv6(bytes([17, 0]) + bytes(6) + udp(OPTIONS), 0)),
    "routing-destination": (
        101,
        ipv6(bytes([60, 1]) + bytes(14) + bytes([17, 0]) + bytes(6) + udp(OPTIONS), 43),
    ),
    "authentication": (101, ipv6(bytes([17, 4]) + bytes(22) + udp(OPTIONS), 51)),
    "authentication-ipv4": (101, ipv4(bytes([17, 4]) + bytes(22) + udp(OPTIONS), 51)),
    "atomic-fragment": (101, ipv6(bytes([17, 0, 0, 0]) + bytes(4) + udp(OPTIONS), 44)),
    "gre": (101, ipv4(b"\0\0\x08\0" + PLAIN, 47)),
    "gre-all-fields": (101, ipv6(b"\xb0\0\x86\xdd" + bytes(12) + SIX, 47)),
    "gre-bridged": (101, ipv4(b"\0\0\x65\x58" + ethernet(PLAIN), 47)),
    "gre-ppp": (101, ipv4(b"\x30\x81\x88\x0b" + bytes(12) + b"\xff\x03\0\x21" + PLAIN, 47)),
    "erspan-1": (101, ipv4(b"\0\0\x88\xbe" + ethernet(PLAIN), 47)),
    "erspan-2": (101, ipv4(b"\x10\0\x88\xbe" + bytes(12) + ethernet(PLAIN), 47)),
    "erspan-3": (101, ipv4(b"\x10\0\x22\xeb" + bytes(16) + ethernet(PLAIN, tags=(0x8100,)), 47)),
    "erspan-3-subheader": (101, ipv4(b"\x10\0\x22\xeb" + bytes(15) + b"\1" + bytes(8) + ethernet(PLAIN), 47)),
    "vxlan": (1, ethernet(ipv4(udp(b"\x08\0\0\0\0\0\7\0" + ethernet(PLAIN), 50000, 4789)))),
    "vxlan-ipv6": (101, ipv6(udp(b"\x08\0\0\0\0\0\7\0" + ethernet(SIX, 0x86DD), 50000, 4789))),
    "gtp-u": (101, ipv4(udp(b"\x30\xff" + struct.pack(">HI", len(PLAIN), 1) + PLAIN, 2152, 2152))),
    "gtp-u-extension": (
        101,
        ipv4(
            udp(b"\x34\xff" + struct.pack(">HI", len(SIX) + 8, 1) + b"\0\0\0\x85\1\0\0\0" + SIX, 2152, 2152)
        ),
    ),
    "sip-to-a-tunnel-port": (101, ipv4(udp(OPTIONS, 5060, 2152))),
    "802.11": (105, b"\x08\x02" + bytes(22) + b"\xaa\xaa\x03\0\0\0\x08\0" + PLAIN),
    "radiotap": (127, b"\0\0\x08\0\0\0\0\0\x08\x02" + bytes(22) + b"\xaa\xaa\x03\0\0\0\x08\0" + PLAIN),
    "ppp": (9, b"\xff\x03\0\x21" + PLAIN),
}


@pytest.mark.parametrize(("link", "packet"), SHAPES.values(), ids=SHAPES)
def test_a_datagram_is_found_in_every_shape(decode, link, packet):
    coverage = Coverage()

    (payload,) = decode(packet, link=link, coverage=coverage)

    assert payload.data == OPTIONS
    assert payload.frames == (1,)
    assert payload.missing == 0
    six = payload.hop.source.host != "192.0.2.1"
    assert payload.hop.source == Endpoint("2001:db8::1" if six else "192.0.2.1", 5060)
    assert payload.hop.target.host == ("2001:db8::2" if six else "192.0.2.2")
    assert payload.hop.transport == "UDP"
    assert payload.ident == (-1 if six else 7)
    assert not coverage.not_decoded


@pytest.mark.parametrize("port", [1, 80, 5060, 40000, 65535])
def test_sip_is_found_on_any_port(decode, port):
    (payload,) = decode(ethernet(ipv4(udp(OPTIONS, port, 65535 - port + 1))))

    assert payload.hop.source.port == port


def test_ethernet_padding_is_no_part_of_the_payload(decode):
    short = b"BYE sip:b SIP/2.0\r\n\r\n"

    (payload,) = decode(ethernet(ipv4(udp(short))) + bytes(30))

    assert (payload.data, payload.missing) == (short, 0)


@pytest.mark.parametrize("packet", [ipv4(udp(OPTIONS), total=0), SIX[:4] + b"\0\0" + SIX[6:]])
def test_a_total_length_of_zero_is_what_segmentation_offload_leaves(decode, packet):
    (payload,) = decode(packet, link=101)

    assert (payload.data, payload.missing) == (OPTIONS, 0)


@pytest.mark.parametrize("packet", [PLAIN, SIX, ipv4(udp(OPTIONS), options=bytes(4))])
def test_what_the_snap_length_cut_is_missing(decode, packet):
    (payload,) = decode(packet, link=101, snaplen=120)

    assert payload.missing == len(packet) - 120
    assert payload.data == OPTIONS[: len(OPTIONS) - payload.missing]


def test_empty_lines_may_come_before_a_message(decode):
    (payload,) = decode(ethernet(ipv4(udp(b"\r\n\r\n" + OPTIONS))))

    assert payload.data.endswith(OPTIONS)


NOT_SIP = {
    "rtp": udp(b"\x80\0" + bytes(170)),
    "rtcp": udp(b"\x80\xc8" + bytes(50)),
    "stun": udp(b"\0\x01\0\0\x21\x12\xa4\x42" + bytes(12)),
    "dns": udp(b"AB\x01\0\0\1\0\0\0\0\0\0\3www"),
    "keep-alive": udp(b"\r\n\r\n"),
    "http": udp(b"NOTIFY * HTTP/1.1\r\nHost: x\r\n\r\n"),
    "rtsp": udp(b"OPTIONS rtsp://x/ RTSP/1.0\r\n\r\n"),
    "mgcp": udp(b"RQNT 1 aaln/1@gw MGCP 1.0\r\n\r\n"),
    "empty": udp(b""),
}


@pytest.mark.parametrize("contents", NOT_SIP.values(), ids=NOT_SIP)
def test_other_protocols_are_passed_over_in_silence(decode, contents):
    coverage = Coverage()

    assert decode(ethernet(ipv4(contents)), ethernet(ipv6(contents), 0x86DD), coverage=coverage) == []
    assert not coverage.not_decoded


@pytest.mark.parametrize("contents", [b"\x13\xc4\x13", struct.pack(">HHHH", 1, 2, 4, 0) + OPTIONS])
def test_a_datagram_without_a_sound_header_is_counted_as_not_decoded(decode, contents):
    coverage = Coverage()

    assert decode(ethernet(ipv4(contents)), ethernet(ipv6(contents), 0x86DD), coverage=coverage) == []
    assert coverage.not_decoded == {"malformed or cut header: UDP": 2}


def test_sip_quoted_in_an_icmp_error_is_no_message(decode):
    unreachable = b"\x03\x03\0\0\0\0\0\0"
    coverage = Coverage()

    assert (
        decode(
            ethernet(ipv4(unreachable + PLAIN, 1)),
            ethernet(ipv6(bytes(8) + SIX, 58), 0x86DD),
            coverage=coverage,
        )
        == []
    )
    assert not coverage.not_decoded


@pytest.mark.parametrize("kind", [0x0806, 0x88CC, 0x8863, 0x888E, 38])
def test_link_protocols_are_no_gap_in_the_coverage(decode, kind):
    coverage = Coverage()

    assert decode(ethernet(b"\x42\x42\x03" + bytes(50), kind), coverage=coverage) == []
    assert not coverage.not_decoded


@pytest.mark.parametrize(
    ("link", "packet", "reason"),
    [
        (147, PLAIN[1:], "link type 147"),
        (1, ethernet(PLAIN, 0x88B5), "ethertype 0x88b5"),
        (1, ethernet(ipv4(bytes(20), 108)), "IP protocol 108 (IPComp)"),
        (1, ethernet(ipv4(b"\x40\0\x08\0" + PLAIN, 47)), "GRE of an unknown version"),
        (101, ipv6(bytes(20), 200), "IP protocol 200"),
        (1, ethernet(pppoe(bytes(40), b"\0\x2b"), 0x8864), "PPP protocol 0x002b"),
    ],
)
def test_what_might_have_carried_sip_and_could_not_be_read_is_counted(decode, link, packet, reason):
    coverage = Coverage()

    assert decode(packet, packet, link=link, coverage=coverage) == []
    assert coverage.not_decoded == {reason: 2}


def test_headers_within_headers_end(decode):
    packet = PLAIN
    for _ in range(60):
        packet = ipv4(packet, 4)
    coverage = Coverage()

    assert decode(packet, link=101, coverage=coverage) == []
    assert coverage.not_decoded == {"too many headers": 1}


def test_payloads_come_in_the_order_of_the_capture(decode):
    odd = ethernet(ipv4(udp(OPTIONS), options=bytes(4)))
    packets = []
    for at in range(3):
        segment = ethernet(ipv4(tcp(OPTIONS, at * len(OPTIONS)), 6))
        packets += [ethernet(PLAIN), odd, ethernet(SIX, 0x86DD), segment, ethernet(PLAIN)]

    payloads = decode(*packets)

    assert [payload.frames[0] for payload in payloads if payload.data] == list(range(1, 16))


def test_scapy_is_not_imported_for_known_link_types():
    import subprocess

    program = (
        "import sys, analyser.decode, analyser.capture\n"
        "print([name for name in sys.modules if name.startswith('scapy')])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout == "[]\n"


def test_a_decoder_without_packets_has_nothing_to_give():
    assert Decoder(Coverage(), looks_like_sip).close() == []
