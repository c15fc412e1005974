"""What captures put around packets: messages that were exported or recorded by another program, and link types that nobody knows."""

import random
import struct

import pytest

from analyser.wire import Coverage
from tests.support.captures import OPTIONS
from tests.support.layers import ENDS, PLAIN, exported, over_udp, recorded


@pytest.mark.parametrize(("kind", "transport"), [(1, "SCTP"), (2, "TCP"), (3, "UDP"), (9, "UDP")])
def test_a_message_that_was_exported_keeps_its_transport(decode, kind, transport):
    ends = (20, PLAIN[12:16]), (21, PLAIN[16:20])

    (payload,) = decode(exported(OPTIONS, b"sip", kind, *ends), link=252)

    assert str(payload.hop) == "192.0.2.1:5060 -> 192.0.2.2:5060"
    assert (payload.hop.transport, payload.whole) == (transport, True)


@pytest.mark.parametrize(
    ("packet", "hop", "transport"),
    [
        (recorded(OPTIONS, extension=ENDS + b"\6\1"), "192.0.2.1:5060 -> 192.0.2.2:5060", "TCP"),
        (
            recorded(OPTIONS, kind=33, extension=ENDS[8:] + ENDS[:8] + b"\3"),
            "192.0.2.1:5060 -> 192.0.2.2:5060",
            "TLS",
        ),
        (recorded(OPTIONS, kind=33, extension=ENDS[8:] + ENDS[:8] + b"\1"), "0.0.0.0:0 -> 0.0.0.0:0", "UDP"),
        (recorded(OPTIONS, 3), "0.0.0.0:0 -> 0.0.0.0:0", "UDP"),
    ],
)
def test_a_recorded_message_has_the_addresses_and_the_transport_that_the_recorder_tells(
    decode, packet, hop, transport
):
    (payload,) = decode(over_udp(packet, 925))

    assert (str(payload.hop), payload.hop.transport, payload.missing) == (hop, transport, 0)


@pytest.mark.parametrize(
    "packet", [b"", b"\7", recorded(bytes(40)), recorded(OPTIONS, 2), recorded(OPTIONS, kind=11)]
)
def test_other_recordings_are_datagrams_like_any_other(decode, packet):
    coverage = Coverage()

    assert decode(over_udp(packet, 925), over_udp(OPTIONS, 925), coverage=coverage)[0].frames == (2,)
    assert +coverage.carried == {"udp": 1, "sip": 1}


def test_what_was_exported_without_addresses_is_read_and_other_protocols_are_not(decode):
    coverage = Coverage()
    odd = exported(OPTIONS, b"sip", 3, (20, b"abc"), (21, b"abcd"))

    others = exported(OPTIONS, b"http"), exported(b"GET / HTTP/1.1", b"tcp.port", 2), exported(bytes(60))
    payloads = decode(exported(OPTIONS), odd, *others, link=252, coverage=coverage)

    assert [str(payload.hop.source) for payload in payloads] == ["0.0.0.0:5060"] * 2
    assert +coverage.carried == {"sip": 2, "other": 2, "udp": 1}


@pytest.mark.parametrize("link", [147, 189, 280])
def test_octets_that_do_not_prove_to_be_ip_are_not_taken_for_it(decode, link):
    """Random ones, and headers of IPv4 whose checksum is wrong or whose length goes nowhere."""
    chance = random.Random(1)
    coverage = Coverage()
    wrong = PLAIN[:10] + b"\1\2" + PLAIN[12:], PLAIN[:2] + b"\1\0" + PLAIN[4:] + bytes(300)
    packets = [chance.randbytes(chance.randrange(250)) for _ in range(5000)] + [
        b"\x99" + each for each in wrong
    ]

    assert decode(*packets, link=link, coverage=coverage) == []
    told = coverage.carried["other"] if link == 189 else coverage.not_decoded[f"link type {link}"]
    assert told == len(packets)


def test_ip_that_the_snap_length_cut_proves_itself_by_its_checksum(decode):
    total = sum(struct.unpack(">10H", PLAIN[:20])) % 0xFFFF
    packet = b"\x99" * 9 + PLAIN[:10] + struct.pack(">H", 0xFFFF - total) + PLAIN[12:]

    (payload,) = decode(packet, link=147, snaplen=120)

    assert payload.data + OPTIONS[len(payload.data) :] == OPTIONS
    assert payload.missing == len(packet) - 120
