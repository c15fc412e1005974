"""One datagram with SIP in every wrapping, octet by octet: name -> (link type, packet)."""

import struct

from tests.support.captures import OPTIONS, ethernet, ipv4, ipv6, tcp, udp

PLAIN = ipv4(udp(OPTIONS))
SIX = ipv6(udp(OPTIONS))
SNAP = b"\xaa\xaa\x03\0\0\0"
STATION = bytes.fromhex("02005e000001")
FRAME = ethernet(PLAIN)
FRAME6 = ethernet(SIX, 0x86DD, tags=(0x8100,))
MAC_00 = b"\0\x1b\x21\0\0\1" + FRAME[6:]
"""A frame to an address that begins like a control word."""
MAC_4 = b"\x40\x1b\x21\0\0\1" + FRAME[6:]
MAC_6 = b"\x60\x1b\x21\0\0\1" + FRAME[6:]
"""Frames to addresses that begin like IP."""


def mpls(payload, *labels):
    """Labels, the last of which is the bottom of the stack."""
    words = [label << 12 | (number == len(labels) - 1) << 8 | 64 for number, label in enumerate(labels)]
    return struct.pack(f">{len(words)}I", *words) + payload


def snap(payload, kind=0x0800):
    return SNAP + struct.pack(">H", kind) + payload


def wlan(body, control=0x08, flags=0x02, extra=b""):
    """A data frame: frame control, duration, three addresses, sequence control, what else the header has."""
    return bytes([control, flags, 0, 0]) + STATION * 3 + b"\x10\0" + extra + body


def subframe(body):
    part = STATION * 2 + struct.pack(">H", len(body)) + body
    return part + bytes(-len(part) % 4)


def radiotap(payload, present=0, fields=b"", more=()):
    words = struct.pack(f"<{1 + len(more)}I", present | (0x80000000 if more else 0), *more)
    return struct.pack("<BBH", 0, 0, 4 + len(words) + len(fields)) + words + fields + payload


def nflog(payload, order="<", family=2):
    prefix, mark = b"a\0", struct.pack(">I", 7)
    parts = [(10, prefix), (2, mark), (9, payload)]
    attributes = b"".join(
        struct.pack(order + "HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
        for kind, value in parts
    )
    return bytes([family, 0, 0, 5]) + attributes


def esp(payload, protocol, check=12, vector=0):
    padding = -(len(payload) + 2) % 4
    body = bytes(vector) + payload + bytes(range(1, padding + 1)) + bytes([padding, protocol])
    return struct.pack(">II", 0x1234, 1) + body + bytes(range(200, 200 + check))


def summed_tcp(payload, source="192.0.2.1", target="192.0.2.2"):
    """A segment with its checksum."""
    segment = tcp(payload)
    packet = ipv4(segment, 6, source=source, target=target)
    words = packet[12:20] + struct.pack(">HH", 6, len(segment)) + segment + bytes(len(segment) % 2)
    total = sum(struct.unpack(f">{len(words) // 2}H", words)) % 0xFFFF
    return segment[:16] + struct.pack(">H", 0xFFFF - total) + segment[18:]


def over_udp(payload, port, source=50000):
    return ethernet(ipv4(udp(payload, source, port)))


def geneve(payload, kind=0x6558, options=b"", flags=0):
    return struct.pack(">BBHI", len(options) // 4, flags, kind, 0x700) + options + payload


def gtp(payload, flags=0x30, optional=b""):
    return struct.pack(">BBHI", flags, 255, len(optional) + len(payload), 1) + optional + payload


def nsh(payload, following, context=bytes(16)):
    return struct.pack(">BBBBI", 0, 2 + len(context) // 4, 1, following, 0x100FF) + context + payload


VXLAN = b"\x08\0\0\0\0\0\7\0"
GPE = b"\x0c\0\0%c\0\0\7\0"
PPP = b"\xff\x03\0\x21"

MPLS = {
    "mpls": (1, ethernet(mpls(PLAIN, 16), 0x8847)),
    "mpls-three-labels-ipv6": (1, ethernet(mpls(SIX, 16, 17, 18), 0x8847)),
    "mpls-multicast-behind-a-tag": (1, ethernet(mpls(PLAIN, 16), 0x8848, tags=(0x8100,))),
    "mpls-explicit-null": (1, ethernet(mpls(SIX, 2), 0x8847)),
    "pseudowire-control-word": (1, ethernet(mpls(bytes(4) + FRAME, 16, 17), 0x8847)),
    "pseudowire-control-word-ipv6": (1, ethernet(mpls(b"\0\0\0\5" + FRAME6, 16), 0x8847)),
    "pseudowire-bare": (1, ethernet(mpls(STATION + FRAME[6:], 16), 0x8847)),
    "pseudowire-to-00": (1, ethernet(mpls(MAC_00, 16), 0x8847)),
    "pseudowire-to-4": (1, ethernet(mpls(MAC_4, 16), 0x8847)),
    "pseudowire-to-6": (1, ethernet(mpls(MAC_6, 16), 0x8847)),
    "mpls-in-gre": (101, ipv4(b"\0\0\x88\x47" + mpls(PLAIN, 16), 47)),
    "mpls-in-ip": (101, ipv4(mpls(PLAIN, 16), 137)),
    "mpls-in-udp": (1, over_udp(mpls(PLAIN, 16), 6635)),
    "mpls-in-ppp": (9, b"\xff\x03\x02\x81" + mpls(PLAIN, 16)),
    "mpls-link": (219, mpls(PLAIN, 16)),
}

LINES = {
    "ppp": (9, PPP + PLAIN),
    "ppp-bare": (9, b"\0\x57" + SIX),
    "ppp-multilink": (9, b"\xff\x03\0\x3d\xc0\0\0\5\0\x21" + PLAIN),
    "ppp-bridged": (9, b"\xff\x03\0\x31\0\1" + FRAME),
    "ppp-hdlc": (50, PPP + PLAIN),
    "cisco-in-ppp-hdlc": (50, b"\x0f\0\x08\0" + PLAIN),
    "pppoe-link": (51, b"\x11\0\0\7" + struct.pack(">H", len(PLAIN) + 2) + b"\0\x21" + PLAIN),
    "ppp-with-direction": (204, b"\1" + PPP + PLAIN),
    "cisco-hdlc": (104, b"\x0f\0\x08\0" + PLAIN),
    "cisco-hdlc-ipv6": (104, b"\x8f\0\x86\xdd" + SIX),
    "frame-relay": (107, b"\x18\x41\x03\xcc" + PLAIN),
    "frame-relay-snap": (107, b"\x18\x41\x03\0\x80\0\0\0\x08\0" + PLAIN),
    "frame-relay-cisco": (107, b"\x18\x41\x08\0" + PLAIN),
    "frame-relay-four-octets": (107, b"\x18\x40\x40\x41\x03\x8e" + SIX),
    "frame-relay-ppp": (107, b"\x18\x41\x03\xcf\0\x21" + PLAIN),
    "atm-routed": (100, snap(PLAIN)),
    "atm-bridged": (100, b"\xaa\xaa\x03\0\x80\xc2\0\7\0\0" + FRAME),
    "atm-clip": (106, PLAIN),
    "atm-clip-llc": (106, snap(PLAIN)),
    "ppi-ethernet": (192, struct.pack("<BBHI", 0, 0, 8, 1) + FRAME),
    "ppi-802.11": (192, struct.pack("<BBHI", 0, 0, 16, 105) + bytes(8) + wlan(snap(PLAIN))),
    "nflog": (239, nflog(PLAIN)),
    "nflog-big-ipv6": (239, nflog(SIX, ">", 10)),
    "pflog": (117, b"\x3d\2\0\0" + bytes(60) + PLAIN),
    "enc": (109, struct.pack("<III", 2, 1, 0) + PLAIN),
    "ieee1394": (138, bytes(16) + b"\x08\0" + PLAIN),
    "netanalyzer": (240, bytes(4) + FRAME),
    "mpacket": (274, b"\x55" * 7 + b"\xd5" + FRAME + bytes(4)),
    "bridged-tunnel-snap": (1, ethernet(b"\xaa\xaa\x03\0\0\xf8\x08\0" + PLAIN, 8 + len(PLAIN))),
}

WIRELESS = {
    "802.11": (105, wlan(snap(PLAIN))),
    "802.11-qos": (105, wlan(snap(PLAIN), 0x88, 0x01, b"\6\0")),
    "802.11-four-addresses": (105, wlan(snap(SIX, 0x86DD), 0x08, 0x03, STATION)),
    "802.11-qos-four-addresses": (105, wlan(snap(PLAIN), 0x88, 0x03, STATION + b"\6\0")),
    "802.11-ht-control": (105, wlan(snap(PLAIN), 0x88, 0x82, b"\6\0" + bytes(4))),
    "802.11-a-msdu": (105, wlan(subframe(snap(PLAIN)), 0x88, 0x02, b"\x80\0")),
    "802.11-decrypted": (105, wlan(snap(PLAIN), 0x08, 0x42)),
    "802.11-decrypted-behind-its-vector": (105, wlan(b"\1\0\0\x20\0\0\0\0" + snap(PLAIN), 0x08, 0x42)),
    "radiotap": (127, radiotap(wlan(snap(PLAIN)))),
    "radiotap-fcs": (127, radiotap(wlan(snap(PLAIN)) + b"\1\2\3\4", 0x02, b"\x10")),
    "radiotap-padded": (
        127,
        radiotap(wlan(bytes(2) + snap(PLAIN), 0x88, 0x02, b"\6\0"), 0x03, bytes(8) + b"\x20"),
    ),
    "radiotap-two-words": (127, radiotap(wlan(snap(SIX, 0x86DD)), 0x03, bytes(12) + b"\0", (0,))),
    "cooked-radiotap": (113, struct.pack(">HHH8sH", 0, 803, 0, b"", 4) + radiotap(wlan(snap(PLAIN)))),
    "cooked2-radiotap": (
        276,
        struct.pack(">HHIHBB8s", 4, 0, 3, 803, 0, 0, b"") + radiotap(wlan(snap(PLAIN))),
    ),
    "prism": (119, struct.pack("<II16s", 0x44, 144, b"wlan0") + bytes(120) + wlan(snap(PLAIN))),
    "prism-with-avs": (119, struct.pack(">II", 0x80211001, 64) + bytes(56) + wlan(snap(PLAIN))),
    "avs": (163, struct.pack(">II", 0x80211001, 64) + bytes(56) + wlan(snap(PLAIN))),
}

TAGS = {
    "pbb": (1, ethernet(b"\0\0\0\7" + FRAME, 0x88E7)),
    "pbb-behind-a-tag": (1, ethernet(b"\0\0\0\7" + FRAME6, 0x88E7, tags=(0x88A8,))),
    "vn-tag": (1, ethernet(b"\0\1\0\2\x08\0" + PLAIN, 0x8926)),
    "vn-tag-vlan": (1, ethernet(b"\0\1\0\2\x81\0\0\5\x08\0" + PLAIN, 0x8926)),
    "e-tag": (1, ethernet(bytes(6) + b"\x08\0" + PLAIN, 0x893F)),
    "fabricpath": (1, ethernet(b"\0\x60" + FRAME, 0x8903)),
    "trustsec": (1, ethernet(b"\1\1\0\1\0\5\x08\0" + PLAIN, 0x8909)),
    "r-tag": (1, ethernet(b"\0\0\0\1\x08\0" + PLAIN, 0xF1C1)),
    "trill": (1, ethernet(b"\0\x0a\0\1\0\2" + FRAME, 0x22F3)),
    "hsr": (1, ethernet(struct.pack(">HHH", 0x1000 | (len(PLAIN) + 6), 7, 0x0800) + PLAIN, 0x892F)),
    "batman": (1, ethernet(b"\x40\x0f\x32\1" + bytes(6) + FRAME, 0x4305)),
    "batman-to-all": (1, ethernet(b"\1\x0f\x32\0" + bytes(10) + FRAME, 0x4305)),
    "batman-four-addresses": (1, ethernet(b"\x42\x0f\x32\1" + bytes(12) + b"\1\0" + FRAME, 0x4305)),
    "arista-time-64": (1, FRAME[:12] + b"\xd2\x8b\0\1\1\x10" + bytes(8) + FRAME[12:]),
    "arista-time-48-vlan": (1, FRAME6[:12] + b"\xd2\x8b\0\1\0\x20" + bytes(6) + FRAME6[12:]),
    "isl": (
        1,
        b"\1\0\x0c\0\0\0"
        + STATION
        + struct.pack(">H", len(FRAME) + 12)
        + b"\xaa\xaa\3\0\0\x0c"
        + b"\0\x14\0\0\0\0"
        + FRAME
        + bytes(4),
    ),
    "macsec-without-encryption": (1, ethernet(b"\0\0\0\0\0\1\x08\0" + PLAIN + bytes(16), 0x88E5)),
    "macsec-channel": (1, ethernet(b"\x20\0\0\0\0\1" + bytes(8) + b"\x86\xdd" + SIX + bytes(16), 0x88E5)),
    "nsh-ip": (1, ethernet(nsh(PLAIN, 1), 0x894F)),
    "nsh-ethernet": (1, ethernet(nsh(FRAME, 3), 0x894F)),
}

ENDS = PLAIN[12:20] + struct.pack(">HH", 5060, 5060)


def recorded(payload, version=7, flags=0, point=6, kind=10, extension=b""):
    """A packet in a debug recording of AudioCodes."""
    numbers = bytes(4 if version < 9 else 8)
    head = bytes([version]) + bytes(6) + numbers + bytes([flags, point, kind, len(extension)])
    return head + bytes({7: 8, 8: 9, 9: 9}.get(version, 4 * (version > 4))) + extension + payload


TUNNELS = {
    "audiocodes": (1, over_udp(recorded(OPTIONS, extension=ENDS + b"\x11\1"), 925)),
    "audiocodes-9": (1, over_udp(recorded(OPTIONS, 9, extension=ENDS + b"\x11\1"), 925)),
    "audiocodes-5": (1, over_udp(recorded(OPTIONS, 5, extension=ENDS + b"\x11\1"), 925)),
    "audiocodes-ip": (1, over_udp(recorded(PLAIN, 8, 8, 4, 10), 925)),
    "audiocodes-ip-4": (1, over_udp(recorded(SIX, 4, 8, 4, 10), 925)),
    "4in6": (101, ipv6(PLAIN, 4)),
    "6in6": (101, ipv6(SIX, 41, source="2001:db8::9")),
    "gre-key-sequence": (101, ipv4(b"\x30\0\x65\x58" + bytes(8) + FRAME, 47)),
    "gre-checksum": (101, ipv4(b"\x80\0\x08\0" + bytes(4) + PLAIN, 47)),
    "gre-wccp": (101, ipv4(b"\0\0\x88\x3e" + bytes(4) + PLAIN, 47)),
    "gre-wccp-bare": (101, ipv4(b"\0\0\x88\x3e" + PLAIN, 47)),
    "gre-in-udp": (1, over_udp(b"\0\0\x08\0" + PLAIN, 4754)),
    "gre-mikrotik": (101, ipv4(b"\x20\1\x64\0" + struct.pack(">H", len(FRAME)) + b"\5\0" + FRAME, 47)),
    "lisp": (1, over_udp(b"\x88" + bytes(7) + SIX, 4341)),
    "hp-mirror": (1, over_udp(bytes(12) + FRAME, 7932)),
    "udp-lite": (101, ipv4(udp(OPTIONS)[:4] + struct.pack(">HH", 8, 0) + OPTIONS, 136)),
    "udp-lite-ipv6": (101, ipv6(udp(OPTIONS)[:4] + bytes(4) + OPTIONS, 136)),
    "etherip": (101, ipv4(b"\x30\0" + FRAME, 97)),
    "l2tpv3": (101, ipv4(b"\0\0\0\5" + FRAME, 115)),
    "l2tpv3-cookie-sublayer": (101, ipv4(b"\0\0\0\5" + b"\x99" * 8 + b"\x40\0\0\1" + FRAME, 115)),
    "l2tpv3-ppp": (101, ipv6(b"\0\0\0\5" + PPP + PLAIN, 115)),
    "l2tpv3-in-udp": (1, over_udp(b"\0\3\0\0\0\0\0\5" + FRAME, 1701)),
    "l2tp": (1, over_udp(b"\0\2\0\1\0\2" + PPP + PLAIN, 1701)),
    "l2tp-all-fields": (
        1,
        over_udp(b"\x4a\2" + struct.pack(">H", 20 + len(PLAIN)) + bytes(8) + b"\0\2\0\0" + PPP + PLAIN, 1701),
    ),
    "l2tp-back": (1, over_udp(b"\0\2\0\1\0\2" + PPP + PLAIN, 50000, 1701)),
    "teredo": (1, over_udp(SIX, 3544)),
    "teredo-origin-authentication": (1, over_udp(b"\0\1\0\0" + bytes(9) + bytes(2) + b"\1" * 6 + SIX, 3544)),
    "tzsp": (1, over_udp(b"\1\0\0\1\x0a\1\x50\0\1" + FRAME, 37008)),
    "tzsp-802.11": (1, over_udp(b"\1\0\0\x12\1" + wlan(snap(PLAIN)), 37008)),
    "capwap": (1, over_udp(b"\0\x10\3\0" + bytes(4) + wlan(snap(PLAIN), 0x88, 1, b"\6\0"), 5247)),
    "capwap-swapped": (1, over_udp(b"\0\x10\3\0" + bytes(4) + wlan(snap(PLAIN), 1, 0x88, b"\6\0"), 5247)),
    "capwap-802.3": (1, over_udp(b"\0\x10\2\0" + bytes(4) + FRAME, 50000, 5247)),
    "gtp-u-ethernet": (1, over_udp(gtp(FRAME), 2152)),
    "gtp-u-sequence": (1, over_udp(gtp(PLAIN, 0x32, b"\0\1\0\0"), 2152)),
    "gtp-u-n-pdu-extensions": (1, over_udp(gtp(SIX, 0x37, b"\0\1\5\x85\1\0\0\x85\1\0\0\0"), 2152)),
    "gtp-u-back": (1, over_udp(gtp(PLAIN), 50000, 2152)),
    "gtp-u-anywhere": (1, over_udp(gtp(PLAIN), 9999)),
    "vxlan": (1, over_udp(VXLAN + FRAME, 4789)),
    "vxlan-anywhere": (1, over_udp(VXLAN + FRAME6, 8472)),
    "vxlan-anywhere-ipv6": (101, ipv6(udp(VXLAN + FRAME, 7, 12345))),
    "vxlan-anywhere-padded": (1, over_udp(VXLAN + FRAME + bytes(18), 12345)),
    "vxlan-group": (1, over_udp(b"\x88\x08\0\5\0\0\7\0" + FRAME, 4789)),
    "vxlan-group-anywhere": (1, over_udp(b"\x88\0\0\5\0\0\7\0" + FRAME, 12345)),
    "vxlan-gpe-ip": (1, over_udp(GPE % 1 + PLAIN, 4790)),
    "vxlan-gpe-mpls": (1, over_udp(GPE % 5 + mpls(PLAIN, 16), 4790)),
    "vxlan-gpe-nsh": (1, over_udp(GPE % 4 + nsh(FRAME, 3), 4790)),
    "vxlan-gpe-anywhere": (1, over_udp(GPE % 3 + FRAME, 12345)),
    "geneve": (1, over_udp(geneve(FRAME), 6081)),
    "geneve-options": (1, over_udp(geneve(FRAME, options=bytes(12), flags=0x40), 6081)),
    "geneve-ip": (1, over_udp(geneve(SIX, 0x86DD), 6081)),
    "geneve-anywhere": (1, over_udp(geneve(FRAME, options=bytes(32)), 12345)),
    "vxlan-in-geneve-in-mpls": (
        1,
        ethernet(mpls(bytes(4) + over_udp(geneve(over_udp(VXLAN + FRAME, 1)), 6081), 16), 0x8847),
    ),
}

IPSEC = {
    **{f"esp-null-{check}": (101, ipv4(esp(udp(OPTIONS), 17, check), 50)) for check in (0, 12, 16, 24, 32)},
    "esp-null-gmac": (101, ipv4(esp(udp(OPTIONS), 17, 16, vector=8), 50)),
    "esp-null-ipv6": (101, ipv6(esp(udp(OPTIONS), 17), 50)),
    "esp-null-tunnel": (101, ipv4(esp(PLAIN, 4), 50)),
    "esp-null-tunnel-6": (101, ipv4(esp(SIX, 41), 50)),
    "esp-null-in-udp": (1, over_udp(esp(PLAIN, 4), 4500)),
    "esp-null-in-udp-back": (1, over_udp(esp(PLAIN, 4), 1024, 4500)),
}

RIF = b"\x06\x90\0\x1a\0\x20"
GRH = b"\x60" + bytes(39)


def docsis(payload, check, extended=b""):
    length = len(extended) + len(payload) + 4
    head = bytes([bool(extended), len(extended)]) + struct.pack(">H", length)
    return head + extended + check + payload + bytes(4)


NETWORKS = {
    "token-ring": (6, b"\x10\x40" + STATION * 2 + snap(PLAIN)),
    "token-ring-routed": (6, b"\x10\x40" + STATION + b"\x82" + STATION[1:] + RIF + snap(SIX, 0x86DD)),
    "fddi": (10, b"\x54" + STATION * 2 + snap(PLAIN)),
    "fddi-synchronous": (10, b"\xd0" + STATION * 2 + snap(SIX, 0x86DD)),
    "ip-over-fc": (122, bytes(16) + snap(PLAIN)),
    "atm-as-bsd-numbers-it": (11, snap(PLAIN)),
    "atm-channel": (100, SIX),
    "sun-atm": (123, b"\x82\0\0\x64" + snap(PLAIN)),
    "sun-atm-emulated-lan": (123, b"\1\0\0\x64\0\5" + FRAME),
    "docsis": (143, docsis(FRAME, b"\xd8\x1a")),
    "docsis-extended": (143, docsis(FRAME, b"\xb7\x0c", b"\x43\x15\0\5")),
    "infiniband": (242, GRH + b"\x08\0\0\0" + PLAIN),
    "infiniband-ipv6": (242, GRH + b"\x86\xdd\0\0" + SIX),
    "ethernet-pon": (259, b"\x55\x55\xd5\x55\x55\0\1\x7f" + FRAME),
}


def pktap(payload, link):
    return struct.pack("<III24sIIIII", 108, 1, link, b"en0", 1, 2, 14, 0, 77) + bytes(52) + payload


def junos(payload, flags=1, more=b""):
    return b"MGC" + bytes([flags]) + more + payload


JUNOS_MORE = struct.pack(">H", 12) + b"\1\2\x21\0\3\1\1\6\1\x0e\5\1"
ERF_TIME = bytes(8)


def exported(payload, name=b"sip", kind=3, *ends):
    """With addresses and ports, the tags of Wireshark's exports."""
    tags = [
        (14 if b".port" in name else 12, name + bytes(-len(name) % 4)),
        *ends,
        (24, struct.pack(">I", kind)),
    ]
    tags += [
        (25, struct.pack(">I", 5060)),
        (26, struct.pack(">I", 5060)),
        (30, struct.pack(">I", 7)),
        (0, b""),
    ]
    return b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in tags) + payload


DEVICES = {
    "exported": (252, exported(OPTIONS, b"sip", 3, (20, PLAIN[12:16]), (21, PLAIN[16:20]))),
    "exported-ipv6": (252, exported(OPTIONS, b"sip", 3, (22, SIX[8:24]), (23, SIX[24:40]))),
    "exported-datagram": (
        252,
        exported(
            OPTIONS, b"udp.port", 3, (20, PLAIN[12:16]), (21, PLAIN[16:20]), (32, struct.pack(">I", 5060))
        ),
    ),
    "exported-ip": (252, exported(PLAIN, b"ip")),
    "pktap": (258, pktap(FRAME, 1)),
    "pktap-raw": (258, pktap(SIX, 12)),
    "pktap-null": (149, pktap(b"\2\0\0\0" + PLAIN, 0)),
    "juniper-ethernet": (178, junos(FRAME)),
    "juniper-ethernet-described": (178, junos(FRAME6, 0x81, JUNOS_MORE)),
    "juniper-without-layer-2": (178, junos(struct.pack("<I", 2) + PLAIN, 0x82, JUNOS_MORE)),
    "juniper-ppp": (179, junos(PPP + PLAIN)),
    "juniper-frame-relay": (180, junos(b"\x18\x41\x03\xcc" + PLAIN)),
    "juniper-hdlc": (181, junos(b"\x0f\0\x08\0" + PLAIN)),
    "juniper-pppoe": (
        167,
        junos(ethernet(b"\x11\0\0\7" + struct.pack(">H", len(PLAIN) + 2) + b"\0\x21" + PLAIN, 0x8864)),
    ),
    "juniper-mlppp": (130, junos(b"\0\7\0\x21" + PLAIN)),
    "juniper-mlppp-services": (130, junos(b"\x54\0\0\1\0\0\0\5" + PLAIN)),
    "juniper-ggsn": (133, junos(b"\2\0\5\0" + PLAIN)),
    "juniper-atm2": (135, junos(bytes(8) + snap(PLAIN))),
    "juniper-atm1": (137, junos(bytes(4) + snap(PLAIN))),
    "juniper-services": (136, junos(bytes(16) + PLAIN)),
    "juniper-voice": (183, junos(bytes(18) + PLAIN)),
    "erf-ethernet": (
        197,
        ERF_TIME + b"\2\4" + struct.pack(">HHH", 18 + len(FRAME), 0, len(FRAME)) + bytes(2) + FRAME,
    ),
    "erf-extended": (
        197,
        ERF_TIME
        + b"\x82\4"
        + struct.pack(">HHH", 34 + len(FRAME), 0, len(FRAME))
        + b"\x83"
        + bytes(7)
        + b"\3"
        + bytes(7)
        + bytes(2)
        + FRAME,
    ),
    "erf-ipv4": (197, ERF_TIME + b"\x16\4" + struct.pack(">HHH", 16 + len(PLAIN), 0, len(PLAIN)) + PLAIN),
    "erf-hdlc": (197, ERF_TIME + b"\1\4" + struct.pack(">HHH", 20 + len(PLAIN), 0, len(PLAIN)) + PPP + PLAIN),
    "dsa": (284, FRAME[:12] + b"\xc0\x08\0\0" + FRAME[12:]),
    "dsa-vlan": (284, FRAME[:12] + b"\xe0\x08\0\5" + b"\x81\0\0\5" + FRAME[12:]),
    "edsa": (285, FRAME[:12] + b"\xda\xda\0\0\xc0\x08\0\0" + FRAME[12:]),
    "brcm": (281, FRAME[:12] + b"\x20\0\0\3" + FRAME[12:]),
    "brcm-in-front": (282, b"\x20\0\0\3" + FRAME),
    "netanalyzer-transparent": (241, bytes(4) + b"\x55" * 7 + b"\xd5" + FRAME + bytes(4)),
    "ipnet": (226, b"\1\2\0\0" + struct.pack(">I", len(PLAIN)) + bytes(16) + PLAIN),
    "ppp-pppd": (166, b"\1\x03\0\x21" + PLAIN),
    "cisco-hdlc-with-direction": (205, b"\1\x0f\0\x08\0" + PLAIN),
    "frame-relay-with-direction": (206, b"\0\x18\x41\x03\xcc" + PLAIN),
}

SOUGHT = {
    "somebody's-own": (147, b"\x99" * 10 + FRAME),
    "somebody's-own-ipv6": (150, b"\x45" * 4 + SIX),
    "usb-rndis": (220, bytes(range(64)) + struct.pack("<III", 1, 44 + len(FRAME), 36) + bytes(32) + FRAME),
    "usb-pcap": (249, struct.pack("<H", 27) + bytes(25) + FRAME),
    "vpp": (280, b"\0\1\0\0" + b"ethernet-input\0" + bytes(40) + FRAME),
}

LAYERS = {**NETWORKS, **DEVICES, **SOUGHT, **MPLS, **LINES, **WIRELESS, **TAGS, **TUNNELS, **IPSEC}
