"""What the kernel lets through to a live run: all that may be SIP, and hardly anything else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.capture import read
from analyser.capture.bpf import EQUAL, MAX_INSTRUCTIONS, RETURN, Assembly
from analyser.capture.kernel_filter import kernel_filter
from analyser.capture.portable import filter_text
from analyser.capture.user_filter import ETHERNET, compiled, for_live
from analyser.capture.wanted import (
    BEGINNINGS,
    RTCP_SNAP,
    RTP_SNAP,
    TUNNEL_PORTS,
    TUNNEL_SNAP,
    WHOLE,
    Wanted,
)
from analyser.decode import Decoder, layers
from analyser.decode.hep import MAGIC
from analyser.decode.signs import METHODS
from analyser.errors import CaptureError
from analyser.sip import looks_like_sip
from analyser.wire import Coverage
from tests.support.captures import (
    OPTIONS,
    ethernet,
    hep2,
    hep3,
    ipv4,
    ipv6,
    sctp,
    sctp_data,
    tcp,
    udp,
)
from tests.support.cbpf import Seen, verdict
from tests.support.layers import VXLAN, gtp, mpls
from tests.support.links import needs_libpcap

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").glob("*.pcap"))
PLAIN = kernel_filter(Wanted())
WITH_RTP = kernel_filter(Wanted(rtp=True))
WITH_TUNNELS = kernel_filter(Wanted(tunnels=True))
RTP = b"\x80\x08" + bytes(170)
RTCP = b"\x80\xc8\0\6" + bytes(24)
ANY = 40000, 40002
SIX_OPTIONS = bytes([17, 0]) + bytes(6)


def passes(frame, program=PLAIN, **known):
    return verdict(program, Seen(frame, **known))


def pppoe(payload, protocol=b"\0\x21"):
    return b"\x11\0\0\1" + (len(payload) + 2).to_bytes(2, "big") + protocol + payload


ON_ANY_PORT = udp(OPTIONS, *ANY)
WRAPPED = {
    "ipv4": ethernet(ipv4(ON_ANY_PORT)),
    "ipv4-options": ethernet(ipv4(ON_ANY_PORT, options=b"\x94\x04\0\0")),
    "ipv6": ethernet(ipv6(ON_ANY_PORT), 0x86DD),
    "one-tag": ethernet(ipv4(ON_ANY_PORT), tags=(0x8100,)),
    "two-tags": ethernet(ipv6(ON_ANY_PORT), 0x86DD, tags=(0x88A8, 0x8100)),
    "three-tags": ethernet(ipv4(ON_ANY_PORT), tags=(0x9100, 0x88A8, 0x8100)),
    "pppoe": ethernet(pppoe(ipv4(ON_ANY_PORT)), 0x8864),
    "pppoe-ipv6": ethernet(pppoe(ipv6(ON_ANY_PORT), b"\0\x57"), 0x8864, tags=(0x8100,)),
    "mpls": ethernet(mpls(ipv4(ON_ANY_PORT), 16, 17), 0x8847),
    "hop-by-hop": ethernet(ipv6(SIX_OPTIONS + ON_ANY_PORT, 0), 0x86DD),
    "routing-destination": ethernet(ipv6(bytes([60, 1]) + bytes(14) + SIX_OPTIONS + ON_ANY_PORT, 43), 0x86DD),
    "authentication": ethernet(ipv4(bytes([17, 4]) + bytes(22) + ON_ANY_PORT, 51)),
    "atomic-fragment": ethernet(ipv6(bytes([17, 0, 0, 0]) + bytes(4) + ON_ANY_PORT, 44), 0x86DD),
    "first-fragment": ethernet(ipv4(ON_ANY_PORT[:80], fragment=0x2000)),
    "short-first-fragment": ethernet(ipv4(ON_ANY_PORT[:8], fragment=0x2000)),
    "later-fragment": ethernet(ipv4(b"whatever", fragment=0x2005)),
    "last-fragment": ethernet(ipv4(b"whatever", fragment=5)),
    "later-fragment-ipv6": ethernet(ipv6(bytes([17, 0, 0, 41]) + bytes(12), 44), 0x86DD),
    "many-extensions": ethernet(ipv6((bytes([60, 0]) + bytes(6)) * 5 + SIX_OPTIONS + ON_ANY_PORT, 0), 0x86DD),
    "tcp": ethernet(ipv4(tcp(b"in the middle", 7, "A", 5060, 40000), 6)),
    "tcp-syn": ethernet(ipv6(tcp(b"", 7, "S", 40000, 5061), 6), 0x86DD),
    "websocket": ethernet(ipv4(tcp(b"\x81\x85", 7, "A", 8088, 40000), 6)),
    "sctp": ethernet(ipv4(sctp(sctp_data(OPTIONS)), 132)),
    "sctp-in-udp": ethernet(ipv4(udp(sctp(sctp_data(OPTIONS)), 9899, 9899))),
    "keep-alive-before": ethernet(ipv4(udp(b"\r\n" + OPTIONS, *ANY))),
    "keep-alives-before": ethernet(ipv4(udp(b"\r\n\r\n" + OPTIONS, *ANY))),
    "lower-case": ethernet(ipv4(udp(b"sip/2.0 200 OK\r\n\r\n", *ANY))),
    "other-method": ethernet(ipv4(udp(b"SERVICE sip:a SIP/2.0\r\n\r\n", 40000, 5060))),
    "no-length": ethernet(ipv4(udp(OPTIONS, 40000, 5060)[:4] + bytes(4) + OPTIONS)),
    "hep3": ethernet(ipv4(udp(hep3(OPTIONS), 40000, 9060))),
    "hep2": ethernet(ipv4(udp(hep2(OPTIONS), *ANY))),
    "hep1-ipv6": ethernet(ipv4(udp(hep2(OPTIONS, version=1, six=True), *ANY))),
}
NOT_WANTED = {
    "rtp": ethernet(ipv4(udp(RTP, *ANY))),
    "rtp-on-a-sip-port": ethernet(ipv4(udp(RTP, 5062, 5064))),
    "rtp-ipv6-tagged": ethernet(ipv6(udp(RTP, *ANY)), 0x86DD, tags=(0x8100,)),
    "rtcp": ethernet(ipv4(udp(RTCP, *ANY))),
    "dns": ethernet(ipv4(udp(b"\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 40000, 53))),
    "stun": ethernet(ipv4(udp(b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12), *ANY))),
    "keep-alive": ethernet(ipv4(udp(b"\r\n\r\n", 5060, 5060))),
    "nothing-in-udp": ethernet(ipv4(udp(b"", 5060, 5060))),
    "https": ethernet(ipv4(tcp(b"\x16\3\1\0\1", 7, "A", 443, 40000), 6)),
    "icmp": ethernet(ipv4(b"\x08\0\0\0" + bytes(60), 1)),
    "icmp-fragment": ethernet(ipv4(bytes(64), 1, fragment=5)),
    "arp": ethernet(bytes(28), 0x0806),
    "lldp": ethernet(bytes(40), 0x88CC),
    "llc": ethernet(b"\x42\x42\3" + bytes(35), 38),
    "cut": ethernet(ipv4(udp(OPTIONS)))[:30],
    "empty": b"",
    "gre": ethernet(ipv4(b"\0\0\x08\0" + ipv4(udp(OPTIONS)), 47)),
    "vxlan": ethernet(ipv4(udp(b"\x08" + bytes(7) + ethernet(ipv4(udp(OPTIONS))), 40000, 4789))),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_what_may_be_sip_passes_whole(name):
    for program in (PLAIN, WITH_RTP, WITH_TUNNELS):
        assert passes(WRAPPED[name], program) == WHOLE


@pytest.mark.parametrize("name", NOT_WANTED)
def test_what_is_not_sip_does_not_pass(name):
    assert passes(NOT_WANTED[name]) == 0


@pytest.mark.parametrize("method", METHODS)
def test_each_method_passes_on_any_port(method):
    datagram = udp(method + b" sip:a@192.0.2.1 SIP/2.0\r\n\r\n", *ANY)

    assert passes(ethernet(ipv4(datagram))) == passes(ethernet(ipv6(datagram), 0x86DD)) == WHOLE


def test_the_beginnings_are_those_that_the_decoder_knows():
    words = {(word + b" ")[:4].lower() for word in METHODS} | {b"sip/", MAGIC.lower()}

    assert {each.to_bytes(4, "big") for each in BEGINNINGS} == words


def test_the_tunnels_are_those_that_the_decoder_knows():
    assert set(TUNNEL_PORTS) == set(layers.PORTS) - {9899}


@pytest.mark.parametrize("port", sorted({*TUNNEL_PORTS} - {2152, 4789}))
def test_tunnels_pass_on_request(port):
    frame = ethernet(ipv4(udp(b"\x30\xff" + bytes(80), 40000, port)))

    assert (passes(frame), passes(frame, WITH_TUNNELS)) == (0, WHOLE)


@pytest.mark.parametrize("protocol", [50, 115, 137])
def test_tunnels_in_ip_pass_on_request(protocol):
    frame = ethernet(ipv4(bytes(60), protocol))

    assert (passes(frame), passes(frame, WITH_TUNNELS)) == (0, WHOLE)


TUNNELS = {
    "ip-in-ip": lambda packet: ipv4(packet, 4),
    "ip-in-ipv6": lambda packet: ipv6(packet, 41),
    "gre": lambda packet: ipv4(b"\0\0\x08\0" + packet, 47),
    "gre-all-fields": lambda packet: ipv4(b"\xb0\0\x08\0" + bytes(12) + packet, 47),
    "gre-key-tagged": lambda packet: ipv6(
        b"\x20\0\x65\x58" + bytes(4) + ethernet(packet, tags=(0x8100,)), 47
    ),
    "erspan-1": lambda packet: ipv4(b"\0\0\x88\xbe" + ethernet(packet), 47),
    "erspan-2": lambda packet: ipv4(b"\x10\0\x88\xbe" + bytes(12) + ethernet(packet), 47),
    "vxlan": lambda packet: ipv4(udp(VXLAN + ethernet(packet), 50000, 4789)),
    "gtp": lambda packet: ipv4(udp(gtp(packet), 2152, 2152)),
    "gtp-sequence": lambda packet: ipv4(udp(gtp(packet, 0x32, bytes(4)), 2152, 2152)),
    "gtp-extension": lambda packet: ipv4(udp(gtp(packet, 0x34, b"\0\0\0\x85" + b"\1\x10\5\0"), 2152, 2152)),
}


@pytest.mark.parametrize("name", TUNNELS)
def test_sip_in_a_tunnel_passes_on_request_and_media_do_not(name):
    sip, media, tagged = (
        ethernet(packet, 0x86DD if packet[0] >> 4 == 6 else 0x0800)
        for packet in map(
            TUNNELS[name], (ipv4(ON_ANY_PORT), ipv4(udp(RTP, *ANY)), ipv4(ipv4(ON_ANY_PORT), 4))
        )
    )
    with_both = kernel_filter(Wanted(rtp=True, tunnels=True))

    assert passes(sip) == passes(media, WITH_TUNNELS) == 0
    assert passes(sip, WITH_TUNNELS) == passes(tagged, WITH_TUNNELS) == WHOLE
    assert passes(media, with_both) == RTP_SNAP + TUNNEL_SNAP


@pytest.mark.parametrize("frame", [b"\x40\1\x08\0", b"\0\1\x08\0", b"\x10\0\x22\xeb"])
def test_tunnels_that_the_filter_cannot_look_into_pass_on_request(frame):
    assert passes(ethernet(ipv4(frame + bytes(60), 47)), WITH_TUNNELS) == WHOLE


def test_media_pass_as_headers_on_request():
    assert passes(ethernet(ipv4(udp(RTP, *ANY))), WITH_RTP) == RTP_SNAP
    assert passes(ethernet(ipv6(udp(RTP, *ANY)), 0x86DD), WITH_RTP) == RTP_SNAP
    assert passes(ethernet(ipv4(udp(RTCP, *ANY))), WITH_RTP) == RTCP_SNAP
    assert passes(ethernet(ipv4(udp(b"\xff" * 40, *ANY))), WITH_RTP) == 0


def test_further_ports_pass_on_request():
    frame = ethernet(ipv4(tcp(b"x", 7, "A", 40000, 8443), 6))

    assert passes(frame) == 0
    assert passes(frame, kernel_filter(Wanted(ports=(8443,)))) == WHOLE


def test_the_loopback_is_seen_once():
    frame = ethernet(ipv4(udp(OPTIONS)))

    assert passes(frame, hardware=772, direction=0) == WHOLE
    assert passes(frame, hardware=772, direction=4) == 0
    assert passes(frame, hardware=1, direction=4) == WHOLE


@pytest.mark.parametrize("network", [0, 4, 16])
def test_other_links_are_read_from_their_network_header(network):
    known = {"network": network, "hardware": 65534}

    assert passes(bytes(network) + ipv4(ON_ANY_PORT), protocol=0x0800, **known) == WHOLE
    assert passes(bytes(network) + ipv6(ON_ANY_PORT), protocol=0x86DD, **known) == WHOLE
    assert passes(bytes(network) + ipv4(udp(RTP, *ANY)), protocol=0x0800, **known) == 0


def test_only_the_interfaces_asked_for_are_listened_to():
    program = kernel_filter(Wanted(), (3, 7))
    frame = ethernet(ipv4(udp(OPTIONS)))

    assert [passes(frame, program, interface=each) for each in (1, 3, 5, 7)] == [0, WHOLE, 0, WHOLE]
    assert passes(frame, kernel_filter(Wanted(), ()), interface=1) == 0


@needs_libpcap
def test_a_filter_of_the_user_has_to_agree():
    expression = "host 192.0.2.9 or (udp and ip[8] = 64 and ip src 192.0.2.1)"
    program = kernel_filter(Wanted(), None, for_live(expression))
    packets = {
        source: ipv4(udp(OPTIONS, *ANY), source=source) for source in ("192.0.2.1", "192.0.2.3", "192.0.2.9")
    }
    bare = {"network": 4, "hardware": 65534, "protocol": 0x0800}

    for source, packet in packets.items():
        wanted = 0 if source == "192.0.2.3" else WHOLE
        assert passes(ethernet(packet), program) == wanted
        assert passes(bytes(4) + packet, program, **bare) == wanted
    assert passes(ethernet(ipv4(udp(RTP, *ANY), source="192.0.2.9")), program) == 0


@needs_libpcap
@pytest.mark.parametrize("expression", ["hostt x", "udp and", "port 99999", "\0", "\udcff", "vlan 5 and udp"])
def test_a_wrong_filter_is_an_error_of_one_line(expression):
    with pytest.raises(CaptureError, match=r"^--bpf.*: [^\n]+$"):
        for_live(expression)


def test_conditions_reach_as_far_as_they_must():
    code = Assembly()
    code.when(EQUAL, 0, "", "far")
    for _ in range(700):
        code.when(EQUAL, 1, "far", "")
    code.when(EQUAL, 0, "near", "far")
    code.label("near")
    code.add(RETURN, 1)
    code.label("far")
    code.add(RETURN, 2)

    program = code.assemble()

    assert verdict(program, Seen(b"")) == 1
    assert all(jt < 256 and jf < 256 for _, jt, jf, _ in program)


def test_a_filter_that_is_too_long_is_an_error():
    with pytest.raises(CaptureError, match=str(MAX_INSTRUCTIONS)):
        kernel_filter(Wanted(ports=range(1000, 6000)))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_each_frame_with_sip_in_the_samples_passes(path):
    decoder = Decoder(Coverage(), looks_like_sip)
    verdicts, payloads = {}, []
    for batch in read([path], Coverage()):
        payloads += decoder.receive(batch)
        for row, (at, size) in enumerate(zip(batch.offset.tolist(), batch.caplen.tolist(), strict=True)):
            verdicts[batch.first_frame + row] = passes(batch.buffer[at : at + size])
    payloads += decoder.close()

    frames = {frame for payload in payloads for frame in payload.frames}
    assert frames
    assert all(verdicts[frame] == WHOLE for frame in frames)


@given(st.binary(max_size=120), st.sampled_from([1, 772, 65534, 512]), st.integers(0, 65535))
def test_no_octets_whatever_confuse_it(octets, hardware, protocol):
    for program in (PLAIN, WITH_RTP, WITH_TUNNELS):
        assert passes(octets, program, hardware=hardware, protocol=protocol) in (
            0,
            WHOLE,
            RTP_SNAP,
            RTCP_SNAP,
        )


@needs_libpcap
@pytest.mark.parametrize("wanted", [Wanted(), Wanted(rtp=True), Wanted(tunnels=True), Wanted(ports=(8443,))])
def test_the_filter_as_text_agrees_where_it_can_say_it(wanted):
    text = filter_text(wanted)
    tagged = compiled(f"({text}) or (vlan and ({text}))", ETHERNET)
    program = kernel_filter(wanted)
    beyond_words = {
        *("mpls", "pppoe", "pppoe-ipv6", "two-tags", "three-tags", "authentication"),
        *("hop-by-hop", "routing-destination", "many-extensions", "short-first-fragment"),
        *("keep-alive-before", "keep-alives-before", "lower-case", "hep2", "hep1-ipv6", "no-length"),
    }

    for name, frame in {**WRAPPED, **NOT_WANTED}.items():
        if name not in beyond_words:
            assert bool(verdict(tagged, Seen(frame))) == bool(verdict(program, Seen(frame))), name
