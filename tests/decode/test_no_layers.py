"""Wrappings that cannot be read, that carry no SIP, and datagrams that only look like tunnels."""

import struct

import pytest

from analyser.wire import Coverage
from tests.support.captures import OPTIONS, ethernet, ipv4, udp
from tests.support.layers import FRAME, PLAIN, VXLAN, geneve, gtp, mpls, over_udp, radiotap, wlan

UNREADABLE = {
    "wpa": (105, wlan(bytes(range(8)) + bytes(60), 0x08, 0x42), "encrypted 802.11"),
    "radiotap-wpa": (127, radiotap(wlan(bytes(range(68)), 0x88, 0x42, b"\6\0")), "encrypted 802.11"),
    "802.11-fragment": (105, wlan(bytes(60))[:22] + b"\x11\0" + bytes(60), "802.11 fragment"),
    "capwap-dtls": (1, over_udp(b"\1\0\0\0\x17\xfe\xff" + bytes(40), 5247), "encrypted CAPWAP"),
    "capwap-fragment": (1, over_udp(b"\0\x10\3\x80" + bytes(60), 5247), "CAPWAP fragment"),
    "macsec": (1, ethernet(b"\x0c\0\0\0\0\1" + bytes(range(80)), 0x88E5), "encrypted MACsec"),
    "esp": (101, ipv4(bytes(range(80)), 50), "encrypted ESP"),
    "esp-in-udp": (1, over_udp(bytes(range(1, 81)), 4500), "encrypted ESP"),
    "mpls": (
        1,
        ethernet(mpls(bytes(range(32, 80)), 16), 0x8847),
        "MPLS that carries neither IP nor Ethernet",
    ),
    "l2tpv3": (101, ipv4(bytes(range(1, 81)), 115), "L2TPv3 that carries neither Ethernet nor PPP"),
    "multilink": (9, b"\xff\x03\0\x3d\x80\0\0\5\0\x21" + PLAIN, "PPP multilink fragment"),
    "ppi": (192, b"\0\0\x08\0\x93\0\0\0" + PLAIN, "link type 147"),
    "pktap": (258, struct.pack("<III", 12, 1, 147) + PLAIN, "link type 147"),
    "docsis": (143, b"\1\5\0\x50\x45\x15\x80\5\0\0\0" + bytes(80), "encrypted DOCSIS"),
    "juniper": (130, b"MGC\1" + bytes(60), "link type 130"),
    "juniper-of-old": (178, bytes(60), "link type 178"),
    "erf-cells": (197, bytes(8) + b"\3" + bytes(60), "link type 197"),
    "l2tp-other-ppp": (1, over_udp(b"\0\2\0\1\0\2\xff\x03\0\x2b" + bytes(40), 1701), "PPP protocol 0x002b"),
}


@pytest.mark.parametrize(("link", "packet", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_counted_with_its_reason(decode, link, packet, reason):
    coverage = Coverage()

    assert decode(packet, link=link, coverage=coverage) == []
    assert coverage.not_decoded == {reason: 1}


SILENT = {
    "token-ring-mac": (6, b"\x10\0" + bytes(60)),
    "fddi-management": (10, b"\x41" + bytes(60)),
    "atm-signalling": (123, b"\6\0\0\5" + bytes(60)),
    "docsis-management": (143, b"\xc2" + bytes(60)),
    "pktap-without-packet": (258, struct.pack("<III", 12, 0, 1) + bytes(60)),
    "erf-metadata": (197, bytes(8) + b"\x1b" + bytes(60)),
    "beacon": (105, b"\x80\0" + bytes(60)),
    "null-data": (105, b"\x48\1" + bytes(22)),
    "acknowledgement": (105, b"\xd4\0" + bytes(8)),
    "associated-channel": (1, ethernet(mpls(b"\x10\0\0\x07" + bytes(30), 16), 0x8847)),
    "ike": (1, over_udp(bytes(4) + bytes(range(60)), 4500)),
    "nat-keep-alive": (1, over_udp(b"\xff", 4500)),
    "l2tp-control": (1, over_udp(b"\xc8\2\0\x0c" + bytes(8), 1701)),
    "l2tpv3-control": (101, ipv4(bytes(20), 115)),
    "slarp": (104, b"\x8f\0\x80\x35" + bytes(18)),
    "lcp": (50, b"\xff\x03\xc0\x21" + bytes(18)),
    "tzsp-keep-alive": (1, over_udp(b"\1\4\0\0\1", 37008)),
    "gtp-echo": (1, over_udp(b"\x32\1\0\4" + bytes(8), 2152)),
    "capwap-keep-alive": (1, over_udp(b"\0\x10\3\x08" + bytes(30), 5247)),
    "zrtp": (1, over_udp(b"\x10\0\0\1ZRTP" + bytes(40), 12345)),
    "udptl": (1, over_udp(b"\x08\0\1\6" + bytes(40), 12345)),
    "stun": (1, over_udp(b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12), 3544)),
}


@pytest.mark.parametrize(("link", "packet"), SILENT.values(), ids=SILENT)
def test_what_carries_no_sip_is_passed_over_in_silence(decode, link, packet):
    coverage = Coverage()

    assert decode(packet, link=link, coverage=coverage) == []
    assert not coverage.not_decoded


@pytest.mark.parametrize("port", [1701, 2152, 3544, 4500, 4754, 4789, 4790, 5247, 6081, 6635, 37008])
def test_sip_to_or_from_the_port_of_a_tunnel_is_sip(decode, port):
    packets = [ethernet(ipv4(udp(OPTIONS, *ports))) for ports in ((5060, port), (port, 5060))]

    assert [payload.data for payload in decode(*packets)] == [OPTIONS, OPTIONS]


def longer(tunnel):
    """The tunnel with an octet more than what is inside it says."""
    return tunnel + b"\0"


NO_TUNNEL = {
    "vxlan-reserved": b"\x08\0\0\1\0\0\7\0" + FRAME,
    "vxlan-not-ip": VXLAN + ethernet(bytes(60), 0x0806),
    "vxlan-trailer": VXLAN + FRAME + bytes(70),
    "geneve-reserved": geneve(FRAME, flags=1),
    "geneve-trailer": longer(geneve(PLAIN, 0x0800)),
    "gtp-u-trailer": longer(gtp(PLAIN)),
    "gtp-u-not-ip": gtp(bytes(40)),
}


@pytest.mark.parametrize("data", NO_TUNNEL.values(), ids=NO_TUNNEL)
def test_what_only_looks_like_a_tunnel_is_a_payload_like_any_other(decode, data):
    coverage = Coverage()

    assert decode(over_udp(data, 12345), coverage=coverage) == []
    assert not coverage.not_decoded
