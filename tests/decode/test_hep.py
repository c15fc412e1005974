"""HEP: the SIP message that a capture agent has copied, between the ends that it saw it between."""

import gzip
import socket
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.decode.hep import Hep, HepStream
from analyser.decode.stream import Run
from analyser.wire import Coverage, Endpoint, Hop
from tests.support.captures import (
    OPTIONS,
    SECOND,
    START,
    ethernet,
    hep2,
    hep3,
    ipv4,
    ipv6,
    pcap,
    tcp,
    udp,
)
from tests.support.decoded import messages_of, payloads_of

TWO = OPTIONS.replace(b"one@", b"two@")
ENDS = "10.0.0.1:5061 -> 10.0.0.2:5062"
HOP = Hop(Endpoint("192.0.2.1", 1), Endpoint("192.0.2.2", 2), "TCP")


def datagram(contents, port=9060, **options):
    return ethernet(ipv4(udp(contents, 40000, port), **options))


@pytest.fixture
def decode(tmp_path):
    def run(packets, coverage=None, **options):
        path = tmp_path / "a.pcap"
        path.write_bytes(pcap(packets, **options))
        return payloads_of(path, coverage=coverage)

    return run


PACKETS = {
    "version 3": hep3(OPTIONS),
    "version 3, agent, VLAN and correlation": hep3(
        OPTIONS, agent=b"\0\0\7\xd1", vlan=b"\0\5", correlation=b"x@y"
    ),
    "version 3, compressed": hep3(OPTIONS, payload=None, compressed=zlib.compress(OPTIONS)),
    "version 3, compressed by gzip": hep3(OPTIONS, payload=None, compressed=gzip.compress(OPTIONS)),
    "version 3, what a vendor adds": hep3(OPTIONS) + struct.pack(">HHH", 3, 15, 7) + b"x",
    "version 1": hep2(OPTIONS, version=1),
    "version 2": hep2(OPTIONS),
    "version 2 of another byte order": hep2(OPTIONS, order=">"),
    "version 2, length as sngrep writes it": hep2(OPTIONS, length=1),
}


@pytest.mark.parametrize("port", [9060, 9063, 5060, 12345])
@pytest.mark.parametrize("name", PACKETS)
def test_the_message_lies_between_the_ends_that_the_agent_saw(decode, name, port):
    coverage = Coverage()

    (payload,) = decode([datagram(PACKETS[name], port)], coverage)

    assert payload.data == OPTIONS
    assert payload.whole
    assert f"{payload.hop.transport} {payload.hop}" == f"UDP {ENDS}"
    assert payload.time == START + (0 if name == "version 1" else 250_000)
    assert payload.frames == (1,)
    assert not coverage.notes


@pytest.mark.parametrize(("number", "transport"), [(17, "UDP"), (6, "TCP"), (22, "TLS"), (132, "SCTP")])
def test_the_transport_is_that_of_the_message(decode, number, transport):
    packets = [datagram(hep3(OPTIONS, protocol=bytes((number,)))), datagram(hep2(OPTIONS, protocol=number))]

    assert [payload.hop.transport for payload in decode(packets)] == [transport] * 2


def test_addresses_of_ipv6_are_read(decode):
    one, two = (socket.inet_pton(socket.AF_INET6, host) for host in ("2001:db8::1", "2001:db8::2"))
    third = hep3(OPTIONS, family=b"\x0a", source=None, target=None, source6=one, target6=two)

    payloads = decode([datagram(third), datagram(hep2(OPTIONS, six=True, length=40))])

    assert [str(payload.hop) for payload in payloads] == [
        "[2001:db8::1]:5061 -> [2001:db8::2]:5062",
        "[::1]:5061 -> [::2]:5062",
    ]


def test_hep_is_found_in_ipv6_in_tunnels_and_in_fragments(decode):
    whole = udp(hep3(OPTIONS), 1, 9060)
    pieces = [
        ethernet(ipv4(whole[at : at + 64], fragment=at // 8 | (0x2000 if at + 64 < len(whole) else 0)))
        for at in range(0, len(whole), 64)
    ]
    six = ethernet(ipv6(udp(hep2(OPTIONS), 1, 9060)), 0x86DD)
    tunnel = ethernet(ipv4(ipv4(udp(hep2(OPTIONS), 1, 9060)), 4))

    for packets in (pieces, [six], [tunnel]):
        assert [str(payload.hop) for payload in decode(packets)] == [ENDS]


@pytest.mark.parametrize("wrong", [0, 1_000_000, START // SECOND + 90_000, 2**32 - 1])
def test_a_time_that_cannot_be_gives_way_to_that_of_the_frame(decode, wrong):
    coverage = Coverage()

    (payload,) = decode([datagram(hep3(OPTIONS, seconds=struct.pack(">I", wrong)))], coverage)

    assert payload.time == START
    assert [note.partition(";")[0] for note in coverage.notes] == ["HEP packets carry a time that cannot be"]


@pytest.mark.parametrize("packet", [hep3, hep2])
def test_what_an_agent_sends_out_of_an_old_file_keeps_its_time(decode, packet):
    coverage = Coverage()
    old = START - 4000 * 86_400 * SECOND
    stamp = old // SECOND
    named = {"seconds": struct.pack(">I", stamp)} if packet is hep3 else {"seconds": stamp}

    (payload,) = decode([datagram(packet(OPTIONS, **named))], coverage)

    assert payload.time // SECOND == stamp
    assert not coverage.notes


def test_a_key_that_everyone_can_read_is_noted_without_the_key(decode):
    coverage = Coverage()

    assert decode([datagram(hep3(OPTIONS, key=b"s3cret"))] * 2, coverage)[0].data == OPTIONS
    assert coverage.notes == ["HEP packets carry the key of their capture agent for everyone to read"]


@pytest.mark.parametrize(
    "contents",
    [
        hep3(OPTIONS, kind=b"\5"),
        hep3(OPTIONS, kind=b"\x64"),
        hep3(b'{"a": 1}'),
        hep3(OPTIONS, payload=None),
        hep3(OPTIONS, protocol=b"\x01"),
        hep2(b"x" * 100),
        hep2(OPTIONS, protocol=1),
        b"\1\2\2\x11" + b"INVITE sip:x SIP/2.0\r\n",
        b"HEP3\0\x40INVITE sip:x SIP/2.0\r\n",
    ],
)
def test_what_is_no_sip_in_hep_is_nothing(decode, contents):
    assert decode([datagram(contents)]) == []


def test_a_bomb_is_not_inflated_and_damage_is_noted(decode):
    coverage = Coverage()
    bomb = hep3(b"", payload=None, compressed=zlib.compress(OPTIONS + bytes(10_000_000)))
    broken = hep3(b"", payload=None, compressed=b"\x78\x9c\xff\xff\xff\xff")

    assert decode([datagram(bomb), datagram(broken)], coverage) == []
    assert coverage.evicted == {"HEP payloads that are too large": 1}
    assert coverage.notes == ["HEP packets hold compressed messages that are damaged; they could not be read"]


def test_what_the_snap_length_cut_is_missing(decode):
    (payload,) = decode([datagram(hep3(OPTIONS))], snaplen=250)

    assert OPTIONS.startswith(payload.data)
    assert payload.missing == len(OPTIONS) - len(payload.data) > 0


@pytest.mark.parametrize("size", [1, 10, 100, 1000, 100_000])
def test_over_tcp_the_packets_say_how_long_they_are(decode, size):
    stream = hep3(OPTIONS) + hep3(b"", kind=b"\5") + hep3(TWO, protocol=b"\6") + hep3(OPTIONS)
    packets = [
        ethernet(ipv4(tcp(stream[at : at + size], 1000 + at, target=9060), 6))
        for at in range(0, len(stream), size)
    ]

    payloads = decode(packets)

    assert [payload.data for payload in payloads] == [OPTIONS, TWO, OPTIONS]
    assert [payload.hop.transport for payload in payloads] == ["UDP", "TCP", "UDP"]
    assert payloads[0].frames == tuple(range(1, -(-len(hep3(OPTIONS)) // size) + 1))


def test_over_tcp_one_goes_on_behind_a_gap_and_behind_damage(decode):
    coverage = Coverage()
    one = hep3(OPTIONS)
    broken = one[:4] + b"\0\3" + one[6:]
    packets = [
        ethernet(ipv4(tcp(text, 1000 + at * 2000), 6))
        for at, text in enumerate((one, one[50:], one + broken, one))
    ]

    assert [payload.data for payload in decode(packets, coverage)] == [OPTIONS] * 3
    assert coverage.notes == ["a HEP stream is damaged; what could be read of it was read"]
    assert coverage.stream_gaps == 3


def test_messages_of_an_agent_are_messages(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([datagram(hep3(OPTIONS)), datagram(hep2(TWO))]))

    assert [message.message.call_id for message in messages_of(path)] == ["one@192.0.2.1", "two@192.0.2.1"]


@given(st.binary(max_size=200))
def test_random_octets_never_raise(data):
    hep = Hep(Coverage(), bool)
    run = Run(START, b"", (1,), 0, 0)
    for head in (b"", b"HEP3", b"HEP3\x00\x80", b"\x02\x10\x02\x11", b"\x01\x10\x0a\x06"):
        hep.unpack(head + data, run)
        stream = HepStream(Coverage(), hep)
        for at in range(0, len(head + data), 9):
            stream.read(run._replace(data=(head + data)[at : at + 9]), HOP)
