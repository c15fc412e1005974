"""HEP as it comes in from agents: by UDP and TCP, in all versions, from friend and foe."""

import itertools
import socket
import struct
import sys
import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.capture import hep_tcp
from analyser.capture.hep_in import HepListener
from analyser.capture.hep_lag import MARGIN, SPAN, SPREAD, Lag
from analyser.capture.hep_tcp import Framer
from analyser.capture.wrapped import MAX_DATAGRAM, RAW_IP, Arrived, wrapped
from analyser.errors import CaptureError, UsageError
from analyser.wire import SECOND, Coverage, Endpoint
from tests.support.agents import agent, batches_of, lost_in, packets_of, payloads_in, turn_until
from tests.support.captures import OPTIONS, START, hep2, hep3, pcap
from tests.support.decoded import payloads_of

TWO = OPTIONS.replace(b"one@", b"two@")
NOW = int(time.time())


def recent(contents, seconds=NOW, **chunks):
    return hep3(contents, seconds=struct.pack(">I", seconds), **chunks)


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this host has no IPv6")


@pytest.fixture(params=["udp:127.0.0.1:0", pytest.param("udp:[::1]:0", marks=ipv6)])
def by_udp(request):
    with closing(HepListener(request.param)) as listener:
        yield listener


@pytest.fixture
def coverage():
    return Coverage()


@pytest.fixture
def by_tcp(coverage):
    with closing(HepListener("tcp:127.0.0.1:0", coverage)) as listener:
        yield listener


VERSIONS = {
    "3": recent(OPTIONS),
    "3 with a key": recent(OPTIONS, key=b"s3cret"),
    "2": hep2(OPTIONS, seconds=NOW),
    "1": hep2(OPTIONS, version=1),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_datagram_is_unpacked_as_it_is_in_a_file(by_udp, version, tmp_path):
    before = time.time_ns()
    with agent(by_udp) as sending:
        sending.send(VERSIONS[version])
        (batch,) = batches_of(by_udp, 1)
        own = sending.getsockname()
    coverage = Coverage()

    (payload,) = payloads_in([batch], coverage)

    assert payload.data == OPTIONS
    assert str(payload.hop) == "10.0.0.1:5061 -> 10.0.0.2:5062"
    assert before - SECOND <= int(batch.time[0]) <= time.time_ns()
    assert payload.time == (int(batch.time[0]) if version == "1" else NOW * SECOND + 250_000)
    assert payload.frames == (1,)
    assert [note for note in coverage.notes if "key" in note] == (
        ["HEP packets carry the key of their capture agent for everyone to read"] if "key" in version else []
    )
    path = tmp_path / "a.pcap"
    (octets,) = packets_of(batch)
    path.write_bytes(pcap([(int(batch.time[0]), octets)], kind="ns", link=batch.link))
    assert payloads_of(path) == [payload]
    assert octets[4 if ":" in own[0] else 2 :][:2] == struct.pack(
        ">H", len(octets) - (40 if ":" in own[0] else 0)
    )


def test_frames_run_through_and_the_names_say_where(by_udp):
    with agent(by_udp) as sending:
        for _ in range(3):
            sending.send(recent(OPTIONS))
            sending.send(recent(TWO))
            batches = batches_of(by_udp, 2)

    assert batches[-1].first_frame + len(batches[-1]) == 7
    assert by_udp.names == (f"hep udp:{by_udp.address}",)
    assert by_udp.receive(0) is None


@ipv6
def test_one_socket_hears_both_versions_of_ip():
    with closing(HepListener("udp:[::]:0")) as listener:
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_DGRAM) as sending:
                sending.sendto(recent(OPTIONS), (host, listener.address.port))
        batches = batches_of(listener, 2)

    assert sorted(octets[0] >> 4 for batch in batches for octets in packets_of(batch)) == [4, 6]
    assert len(payloads_in(batches)) == 2


@pytest.mark.parametrize(
    "spec", ["127.0.0.1:0", "UDP:127.0.0.1:0", "udp:localhost:0", "0", "udp:0", "tcp:0", "tcp:127.0.0.1:0"]
)
def test_addresses_are_spelled_in_many_ways(spec):
    with closing(HepListener(spec)) as listener:
        kind = "tcp" if spec.startswith("tcp") else "udp"
        assert listener.names == (f"hep {kind}:{listener.address}",)
        assert listener.address.port
        assert (listener.address.host == "0.0.0.0") == (spec.rpartition(":")[0] in {"", "udp", "tcp"})


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "udp",
        "udp:",
        "udp:1.2.3.4",
        "udp:1.2.3.4:x",
        "1.2.3.4:65536",
        "1.2.3.4:-1",
        "udp:::1:9060",
        "udp:[::1:9060",
        "tls:1.2.3.4:9060",
        "udp:no.such.host.invalid:9060",
        "udp:1.2.3:٣",
        "udp:a\x00b:9060",
        "udp:" + "x" * 300 + ":1",
    ],
)
def test_what_is_no_address_is_said_in_one_line(spec):
    with pytest.raises(UsageError) as caught:
        HepListener(spec)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_port_that_is_taken_and_an_address_that_is_not_ours_are_said(kind):
    with closing(HepListener(f"{kind}:127.0.0.1:0")) as first:
        spec = f"{kind}:{first.address}"
        with pytest.raises(CaptureError, match=f"^hep {spec}: Address already in use$"):
            HepListener(spec)
    with pytest.raises(CaptureError, match=f"^hep {kind}:192.0.2.77:9060: Cannot assign"):
        HepListener(f"{kind}:192.0.2.77:9060")


GARBAGE = [
    b"",
    b"x",
    b"HEP3",
    b"HEP3\xff\xff" + bytes(50),
    b"\x02\x10\x02\x11",
    bytes(2000),
    b"INVITE " * 9,
    b"\xff" * 60_000,
]


def test_garbage_is_a_frame_like_any_other_and_counts(by_udp):
    with agent(by_udp) as sending:
        for junk in GARBAGE:
            sending.send(junk)
        sending.send(recent(OPTIONS))
        batches = batches_of(by_udp, len(GARBAGE) + 1)
    coverage = Coverage()

    assert [payload.data for payload in payloads_in(batches, coverage)] == [OPTIONS]
    assert coverage.carried.total() + coverage.not_decoded.total() == len(GARBAGE) + 1
    assert coverage.carried["sip"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_what_the_kernel_drops_is_told():
    with closing(HepListener("udp:127.0.0.1:0")) as listener, agent(listener) as sending:
        listener._datagrams.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        for _ in range(200):
            sending.send(recent(OPTIONS))
        dropped = listener.losses.kernel
        came = turn_until(listener, lambda: listener.receive(0) is None)
        sending.send(recent(TWO))
        last = batches_of(listener, 1)

        assert dropped > 100
        assert listener.losses.kernel == listener.losses.all == dropped
        assert lost_in([*came, *last]) == dropped
    assert listener.losses.kernel == dropped


def test_several_agents_stream_at_once(by_tcp):
    stream = recent(OPTIONS) + recent(b"", kind=b"\5") + recent(TWO, protocol=b"\6")
    agents = [agent(by_tcp, socket.SOCK_STREAM) for _ in range(5)]
    try:
        batches = []
        for at in range(0, len(stream), 50):
            for each in agents:
                each.send(stream[at : at + 50])
            batch = by_tcp.receive(0)
            batches += [] if batch is None else [batch]
        batches += batches_of(by_tcp, 15 - sum(map(len, batches)))
    finally:
        for each in agents:
            each.close()

    assert sorted(payload.data for payload in payloads_in(batches)) == [OPTIONS] * 5 + [TWO] * 5
    assert len(by_tcp._connections) == 5
    turn_until(by_tcp, lambda: not len(by_tcp._connections))
    assert not by_tcp.losses.all


def test_what_fits_into_no_datagram_is_counted_and_its_place_is_told(by_tcp, coverage):
    fits = OPTIONS + bytes(MAX_DATAGRAM - len(recent(OPTIONS)))
    with agent(by_tcp, socket.SOCK_STREAM) as sending:
        sending.sendall(recent(fits) + recent(fits + b"x") + recent(TWO))
        batches = batches_of(by_tcp, 2)

    assert [payload.data for payload in payloads_in(batches)] == [fits, TWO]
    assert by_tcp.losses.queue == by_tcp.losses.all == lost_in(batches) == 1
    assert coverage.evicted == {"HEP packets too long for a datagram": 1}


NONSENSE = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"HEP2",
    b"HEP3\0\0" + bytes(9),
    b"HEP3\0\x40\0\0\0\1\0\0",
    bytes(100_000),
]


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_ends_a_connection_but_not_what_came_before_it(by_tcp, coverage, nonsense):
    with agent(by_tcp, socket.SOCK_STREAM) as good, agent(by_tcp, socket.SOCK_STREAM) as bad:
        bad.sendall(recent(OPTIONS) + nonsense)
        came = turn_until(by_tcp, lambda: coverage.evicted)
        good.sendall(recent(TWO))
        came += batches_of(by_tcp, 1)

    assert [payload.data for payload in payloads_in(came)] == [OPTIONS, TWO]
    assert coverage.evicted == {"HEP connections that sent something else": 1}


def test_who_begins_and_does_not_end_has_to_go(by_tcp, coverage, monkeypatch):
    monkeypatch.setattr(hep_tcp, "PATIENCE", -1.0)
    quiet, silent, slow = (agent(by_tcp, socket.SOCK_STREAM) for _ in range(3))
    with quiet, silent, slow:
        quiet.sendall(recent(OPTIONS))
        slow.sendall(recent(OPTIONS) + b"HEP3")
        turn_until(by_tcp, lambda: len(by_tcp._connections) == 1)
        assert coverage.evicted == {"HEP connections that sent no whole packet in time": 2}
        quiet.sendall(recent(TWO))  # which may be quiet between packets
        assert [payload.data for payload in payloads_in(batches_of(by_tcp, 1))] == [TWO]


def test_a_flood_of_connections_does_not_push_out_who_has_proven_an_agent(by_tcp, coverage, monkeypatch):
    monkeypatch.setattr(hep_tcp, "MAX_CONNECTIONS", 10)
    flood = []
    with agent(by_tcp, socket.SOCK_STREAM) as good:
        good.sendall(recent(OPTIONS))
        came = batches_of(by_tcp, 1)
        for _ in range(60):
            flood.append(agent(by_tcp, socket.SOCK_STREAM))
            by_tcp.receive(0)
        turn_until(by_tcp, lambda: coverage.evicted.total() == 51)
        good.sendall(recent(TWO))
        came += batches_of(by_tcp, 1)
        assert len(by_tcp._connections) == 10
    for each in flood:
        each.close()

    assert [payload.data for payload in payloads_in(came)] == [OPTIONS, TWO]
    assert coverage.evicted == {"HEP connections beyond the limit": 51}


def test_without_descriptors_one_goes_on_with_the_connections_there_are(by_tcp, coverage, monkeypatch):
    class Full:
        def __init__(self, listening):
            self._listening = listening

        def accept(self):
            raise OSError(24, "Too many open files")

        def __getattr__(self, name):
            return getattr(self._listening, name)

    real = by_tcp._connections._listening
    with agent(by_tcp, socket.SOCK_STREAM) as first:
        first.sendall(recent(OPTIONS))
        batches_of(by_tcp, 1)
        by_tcp._connections._listening = Full(real)
        with agent(by_tcp, socket.SOCK_STREAM) as second:
            second.sendall(recent(TWO))
            turn_until(by_tcp, lambda: coverage.evicted)
            first.sendall(recent(OPTIONS))
            assert len(batches_of(by_tcp, 1)) == 1
            by_tcp._connections._listening = real
            by_tcp._connections._swept = 0.0
            assert [payload.data for payload in payloads_in(batches_of(by_tcp, 1))] == [TWO]
    assert set(coverage.evicted) == {"HEP connections for which the system had no room"}


@given(st.lists(st.sampled_from([recent(OPTIONS), recent(TWO), recent(b"", kind=b"\5")])), st.data())
def test_a_stream_may_be_cut_anywhere(packets, data):
    stream = b"".join(packets)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=20)) | {0, len(stream)})
    framer = Framer()

    framed = [packet for a, b in itertools.pairwise(cuts) for packet in framer.feed(stream[a:b])]

    assert framed == packets
    assert not framer.waiting
    assert not framer.broken


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from(
                [b"HEP3", recent(OPTIONS), recent(OPTIONS)[:60], b"HEP3\0\x10\0\0\0\1\0\6", b"HEP3\xff\xff"]
            ),
        ),
        max_size=30,
    )
)
def test_no_octets_upset_the_framing_or_pile_up(pieces):
    framer, packets, fed = Framer(), [], b""
    for piece in pieces:
        packets += framer.feed(piece)
        fed += piece
        assert framer.waiting <= 65_535

    assert fed.startswith(b"".join(packets))
    assert all(int.from_bytes(packet[4:6], "big") == len(packet) for packet in packets)
    assert framer.broken or len(b"".join(packets)) + framer.waiting == len(fed)
    if framer.broken:
        assert framer.feed(recent(OPTIONS)) == []


@pytest.mark.parametrize("hosts", [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")])
@pytest.mark.parametrize("data", [b"", b"x", b"xy", OPTIONS, b"\xff" * MAX_DATAGRAM])
def test_the_checksums_are_right(hosts, data):
    source, target = (Endpoint(host, 40_000) for host in hosts)
    batch = wrapped([Arrived(START, source, target, data)], 1)
    (packet,) = packets_of(batch)
    six = ":" in hosts[0]

    def total(octets):
        octets += bytes(len(octets) % 2)
        return sum(struct.unpack(f">{len(octets) // 2}H", octets)) % 0xFFFF

    addresses, datagram = (packet[8:40], packet[40:]) if six else (packet[12:20], packet[20:])
    assert batch.link == RAW_IP
    assert total(addresses + struct.pack(">II", len(datagram), 17) + datagram) == 0
    assert six or total(packet[:20]) == 0
    assert datagram[8:] == data
    assert batch.offset[-1] + batch.caplen[-1] + 64 == len(batch.buffer)


CLOCK = START


def test_before_any_agent_nothing_is_known_of_time():
    with closing(HepListener("udp:127.0.0.1:0")) as listener:
        assert listener.now == 0
        with agent(listener) as sending:
            sending.send(b"no HEP at all, so no time either")
            batches_of(listener, 1)
            assert listener.now == 0
            sending.send(recent(OPTIONS, NOW - 7))
            batches_of(listener, 1)
        assert listener.now // SECOND <= int(time.time()) - 7


def test_time_passes_as_far_behind_ours_as_the_agents_are():
    lag = Lag()
    lag.saw(CLOCK - 2 * SECOND, CLOCK)
    lag.saw(CLOCK, CLOCK)

    assert lag.now(CLOCK) == CLOCK - 2 * SECOND - MARGIN
    assert lag.now(CLOCK + SECOND) == CLOCK - SECOND - MARGIN


@pytest.mark.parametrize("offset", [-3600 * SECOND, 3600 * SECOND, 4000 * 86_400 * SECOND])
def test_the_clock_of_the_agents_counts_and_not_ours(offset):
    lag = Lag()
    for arrived in range(CLOCK, CLOCK + 3 * SPAN, SECOND):
        lag.saw(arrived - offset, arrived)
        assert lag.now(arrived) == arrived - offset - MARGIN


def test_a_file_that_is_sent_at_once_ends_near_its_last_message():
    lag = Lag()
    old = CLOCK - 10**17
    for number in range(600):
        lag.saw(old + number * SECOND, CLOCK + number)

    assert lag.now(CLOCK + 600) == old + 600 * SECOND - SPREAD - MARGIN - SECOND + 1


def test_one_clock_that_is_wrong_does_not_stop_time():
    lag = Lag()
    for arrived in range(CLOCK, CLOCK + 10 * SECOND, SECOND):
        lag.saw(arrived, arrived)
        lag.saw(arrived - 3600 * SECOND, arrived)

    assert lag.now(CLOCK) == CLOCK - SPREAD - MARGIN


def test_a_lag_is_forgotten_once_it_is_over():
    lag = Lag()
    lag.saw(CLOCK - 20 * SECOND, CLOCK)
    assert lag.now(CLOCK) == CLOCK - 20 * SECOND - MARGIN
    for arrived in (CLOCK + SPAN, CLOCK + 2 * SPAN, CLOCK + 3 * SPAN):
        lag.saw(arrived, arrived)

    assert lag.now(CLOCK + 3 * SPAN) == CLOCK + 3 * SPAN - MARGIN


def test_a_clock_of_ours_that_is_set_back_is_followed():
    lag = Lag()
    lag.saw(CLOCK, CLOCK)
    for arrived in (CLOCK - 7200 * SECOND, CLOCK - 7200 * SECOND + SPAN, CLOCK - 7200 * SECOND + 2 * SPAN):
        lag.saw(arrived, arrived)

    assert lag.now(CLOCK - 7000 * SECOND) == CLOCK - 7000 * SECOND - MARGIN
