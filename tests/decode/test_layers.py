"""Every wrapping of `tests.support.layers`: what it hides is found, as Wireshark finds it, and no damage to it makes us fail."""

import random
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyser.decode import decoder
from analyser.decode.foreign import foreign_layer
from analyser.decode.fragments import Fragments
from analyser.decode.packet import Packet, walk
from analyser.wire import Coverage
from tests.support.captures import OPTIONS, enhanced, ethernet, interface, ipv4, pcap, section, tcp, udp
from tests.support.decoded import payloads_of
from tests.support.layers import (
    FRAME,
    LAYERS,
    PLAIN,
    SIX,
    VXLAN,
    esp,
    mpls,
    over_udp,
    snap,
    subframe,
    summed_tcp,
    wlan,
)


@pytest.mark.parametrize(("link", "packet"), LAYERS.values(), ids=LAYERS)
def test_a_datagram_is_found_in_every_wrapping(decode, link, packet):
    coverage = Coverage()

    (payload,) = decode(packet, link=link, coverage=coverage)

    assert (payload.data, payload.missing, payload.whole) == (OPTIONS, 0, True)
    assert str(payload.hop) in {
        "192.0.2.1:5060 -> 192.0.2.2:5060",
        "[2001:db8::1]:5060 -> [2001:db8::2]:5060",
    }
    assert not coverage.not_decoded


UNKNOWN_TO_WIRESHARK = frozenset(
    {
        "802.11-decrypted",
        "atm-channel",
        "cisco-hdlc-with-direction",
        "fddi-synchronous",
        "frame-relay-with-direction",
        "hp-mirror",
        "juniper-mlppp-services",
        "netanalyzer-transparent",
        "ppp-pppd",
        "somebody's-own",
        "somebody's-own-ipv6",
        "usb-pcap",
        "usb-rndis",
        "vpp",
        *("brcm", "brcm-in-front", "dsa", "dsa-vlan", "edsa"),
        "802.11-decrypted-behind-its-vector",
        "atm-clip-llc",
        "capwap",
        "esp-null-0",
        "esp-null-gmac",
        "l2tpv3",
        "l2tpv3-cookie-sublayer",
        "l2tpv3-in-udp",
        "l2tpv3-ppp",
        "mpacket",
        "mpls-link",
        "netanalyzer",
        "nflog-big-ipv6",
        "pseudowire-bare",
        "pseudowire-to-00",
        "pseudowire-to-4",
        "pseudowire-to-6",
        "vxlan-in-geneve-in-mpls",
        *(name for name in LAYERS if "-anywhere" in name),
    }
)
"""Where Wireshark 4.0 needs to be told, or takes it for something else."""


TSHARK = [
    "tshark",
    "-o",
    "esp.enable_null_encryption_decode_heuristic:TRUE",
    "-T",
    "fields",
    "-e",
    "sip.Call-ID",
    "-e",
    "frame.protocols",
    "-r",
]


@pytest.mark.tshark
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_wireshark_finds_it_in_the_same_wrapping(tmp_path):
    path = tmp_path / "a.pcapng"
    links = sorted({link for link, _ in LAYERS.values()})
    path.write_bytes(
        section()
        + b"".join(map(interface, links))
        + b"".join(enhanced(packet, 1, links.index(link)) for link, packet in LAYERS.values())
    )

    seen = subprocess.run(
        [*TSHARK, path],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    lost = {
        name: line for name, line in zip(LAYERS, seen, strict=True) if not line.startswith("one@192.0.2.1")
    }
    assert lost.keys() == UNKNOWN_TO_WIRESHARK, lost


def test_no_prefix_of_any_packet_makes_it_fail(decode):
    for link in {link for link, _ in LAYERS.values()}:
        packets = [packet for other, packet in LAYERS.values() if other == link]

        payloads = decode(*(packet[:end] for packet in packets for end in range(len(packet))), link=link)

        assert all(OPTIONS.startswith(payload.data) for payload in payloads)


@settings(max_examples=150)
@given(st.sampled_from(sorted(LAYERS)), st.randoms(use_true_random=False))
def test_no_damage_to_any_packet_makes_it_fail(tmp_path_factory, name, chance):
    link, packet = LAYERS[name]
    head = len(packet) - len(OPTIONS)
    damaged = []
    for _ in range(40):
        octets = bytearray(packet)
        for _ in range(chance.randint(1, 4)):
            octets[chance.randrange(head or 1)] = chance.choice(
                [0, 1, 0x45, 0x60, 0xFF, chance.randrange(256)]
            )
        damaged.append(bytes(octets[: chance.choice([len(octets), chance.randrange(len(octets))])]))
    path = tmp_path_factory.getbasetemp() / "damaged.pcap"
    path.write_bytes(pcap(damaged, link=link))
    coverage = Coverage()

    payloads = payloads_of(path, coverage=coverage)

    assert coverage.frames == len(damaged) >= len(payloads) + coverage.not_decoded.total()


def test_each_part_of_an_aggregate_is_found(decode):
    other = OPTIONS.replace(b"one@", b"two@")
    parts = (
        subframe(snap(PLAIN)) + subframe(snap(ipv4(udp(b"\x80\0" + bytes(50))))) + subframe(snap(SIX, 0x86DD))
    )
    parts += subframe(snap(ipv4(udp(other))))
    coverage = Coverage()

    payloads = decode(wlan(parts, 0x88, 0x02, b"\x80\0"), link=105, coverage=coverage)

    assert [payload.data for payload in payloads] == [OPTIONS, OPTIONS, other]
    assert {payload.frames for payload in payloads} == {(1,)}
    assert not coverage.not_decoded


def test_parts_beyond_the_bound_are_counted(decode, monkeypatch):
    monkeypatch.setattr(decoder, "MAX_PARTS", 3)
    coverage = Coverage()

    payloads = decode(wlan(subframe(snap(PLAIN)) * 5, 0x88, 0x02, b"\x80\0"), link=105, coverage=coverage)

    assert len(payloads) == 3
    assert coverage.evicted == {"parts of a frame": 2}


_OTHER = udp(OPTIONS.replace(b"one@", b"two@"))
FIRST, LAST = ipv4(_OTHER[:64], ident=9, fragment=0x2000), ipv4(_OTHER[64:], ident=9, fragment=8)


@pytest.mark.parametrize(
    ("frames", "found", "carried"),
    [
        ([(FIRST, LAST)], [(1,)], {"sip": 1}),
        ([(PLAIN, FIRST), (LAST, PLAIN)], [(1,), (1, 2), (2,)], {"sip": 2}),
        ([(FIRST,), (PLAIN, LAST)], [(2,), (1, 2)], {"sip": 2}),
        ([(PLAIN, FIRST), (LAST,)], [(1,), (1, 2)], {"sip": 2}),
        ([(PLAIN, FIRST)], [(1,)], {"sip": 1}),
        ([(FIRST, FIRST)], [], {"other": 1}),
    ],
)
def test_a_frame_of_which_a_part_is_a_fragment_counts_once(decode, frames, found, carried):
    coverage = Coverage()
    packets = [
        wlan(b"".join(subframe(snap(part)) for part in parts), 0x88, 0x02, b"\x80\0") for parts in frames
    ]

    assert [payload.frames for payload in decode(*packets, link=105, coverage=coverage)] == found
    assert +coverage.carried == carried
    assert not coverage.not_decoded.total()


def test_aggregates_within_aggregates_end(decode):
    contents = PLAIN
    for _ in range(560):
        frame = wlan(subframe(snap(b"")) + subframe(snap(contents)), 0x88, 0x02, b"\x80\0")
        contents = ipv4(udp(b"\1\0\0\x12\1" + frame, 1, 37008))
    coverage = Coverage()

    assert decode(frame, link=105, coverage=coverage) == []
    assert coverage.evicted == {"parts of a frame": 1}


def test_a_segment_in_esp_that_encrypts_nothing_is_found(decode):
    contents = esp(summed_tcp(OPTIONS), 6)

    payloads = [payload for payload in decode(ipv4(contents, 50), link=101) if payload.data]

    assert [(payload.data, payload.hop.transport) for payload in payloads] == [(OPTIONS, "TCP")]


def test_a_segment_whose_checksum_is_wrong_counts_as_encrypted(decode):
    coverage = Coverage()

    assert decode(ipv4(esp(tcp(OPTIONS), 6), 50), link=101, coverage=coverage) == []
    assert coverage.not_decoded == {"encrypted ESP": 1}


def test_random_octets_are_never_taken_for_readable_esp(decode):
    chance = random.Random(50)
    packets = [ipv4(chance.randbytes(chance.randrange(8, 200)), 50) for _ in range(20000)]
    coverage = Coverage()

    assert decode(*packets, link=101, coverage=coverage) == []
    assert coverage.not_decoded == {"encrypted ESP": len(packets)}


def test_a_tunnel_that_the_snap_length_cut_is_read_as_far_as_it_goes(decode):
    packet = over_udp(VXLAN + FRAME, 12345)

    (payload,) = decode(packet, snaplen=len(packet) - 100)

    assert (payload.data, payload.missing) == (OPTIONS[:-100], 100)


def test_fragments_inside_a_pseudowire_are_put_together(decode):
    datagram = udp(OPTIONS)
    pieces = ipv4(datagram[:64], fragment=0x2000), ipv4(datagram[64:], fragment=8)

    (payload,) = decode(*(ethernet(mpls(bytes(4) + ethernet(piece), 16), 0x8847) for piece in pieces))

    assert (payload.data, payload.frames) == (OPTIONS, (1, 2))


def test_labels_without_end_are_no_fault(decode):
    assert decode(ethernet(b"\0\1\0\x40" * 16000, 0x8847), ethernet(PLAIN))[0].frames == (2,)


def test_tunnels_within_tunnels_end(decode):
    packet = PLAIN
    for _ in range(40):
        packet = ipv4(udp(VXLAN + ethernet(packet), 1, 12345))
    coverage = Coverage()

    assert decode(packet, link=101, coverage=coverage) == []
    assert coverage.not_decoded == {"too many headers": 1}


@pytest.mark.parametrize("name", ["802.11", "802.11-qos", "radiotap", "prism", "ppp", "pppoe-link", "vxlan"])
def test_scapy_is_a_last_resort_that_finds_ip(name):
    link, octets = LAYERS[name]
    packet = Packet(octets, 0, 1, Fragments(Coverage()))

    walk(packet, foreign_layer(link), 0, len(octets))

    assert packet.data[packet.start : packet.end] == OPTIONS


@pytest.mark.parametrize("link", [195, 230])
def test_a_frame_in_which_scapy_finds_no_ip_is_passed_over(decode, link):
    assert decode(b"\x41\x88\5\x34\x12\xff\xff\1\0" + bytes(40), b"\x41", link=link) == []
