"""Messages handed on in HEP: what the packets say, what is counted, and that nothing goes round in circles."""

import os
import socket
import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.capture.hep_in import HepListener
from analyser.decode.hep import Hep
from analyser.decode.stream import Run
from analyser.errors import UsageError
from analyser.hep import MAX_PACKET, chunks_of, hep3_packet
from analyser.report import hep_out
from analyser.report.hep_out import HepSender
from analyser.sip.parse import parse
from analyser.track.sighting import DUPLICATE, RETRANSMISSION, Sighting
from analyser.wire import SECOND, Coverage, Endpoint, Hop
from tests.support.agents import batches_of, sightings_in
from tests.support.captures import OPTIONS, START

FOUR = Hop(Endpoint("192.0.2.1", 5060), Endpoint("192.0.2.2", 5070), "UDP")
SIX = Hop(Endpoint("2001:db8::1", 5060), Endpoint("2001:db8::2", 5070), "TCP")
NOW = int(time.time()) * SECOND + 123_456_789


def sighting(number=1, hop=FOUR, moment=NOW, octets=OPTIONS, **options):
    return Sighting(number, moment, hop, parse(octets, 0), (number,), **options)


def numbered(number):
    return OPTIONS.replace(b"one@", b"%d@" % number)


@pytest.fixture
def listener():
    with closing(HepListener("udp:127.0.0.1:0")) as made:
        yield made


@pytest.fixture
def sender(listener):
    with closing(HepSender(str(listener.address))) as made:
        yield made


def counts(sender):
    return sender.sent, sender.dropped, sender.too_long, sender.echoes


ports = st.integers(0, 65_535)
four = st.ip_addresses(v=4).map(str)
six = st.ip_addresses(v=6).map(lambda host: socket.inet_ntop(socket.AF_INET6, host.packed))


@given(
    st.one_of(st.tuples(four, four), st.tuples(six, six)),
    st.tuples(ports, ports),
    st.sampled_from(
        [("UDP", "UDP"), ("TCP", "TCP"), ("TLS", "TLS"), ("SCTP", "SCTP"), ("WS", "TCP"), ("WSS", "TLS")]
    ),
    st.integers(START, START + SECOND * 10**8),
    st.binary(min_size=1, max_size=300),
    st.text(max_size=50),
)
def test_what_is_written_is_what_is_read(hosts, both, transports, moment, message, call_id):
    ends = [Endpoint(host, port) for host, port in zip(hosts, both, strict=True)]
    coverage = Coverage()

    packet = hep3_packet(moment, Hop(*ends, transports[0]), message, call_id)
    payload = Hep(coverage, bool).unpack(packet, Run(START + SECOND * 10**8, packet, (1,), 0, 0))

    assert payload.hop == Hop(*ends, transports[1])
    assert payload.time == moment // 1000 * 1000
    assert payload.data == message
    assert chunks_of(packet).get(17, b"") == call_id.encode()
    assert not coverage.notes


def test_no_packet_says_less_than_its_length():
    room = MAX_PACKET - len(hep3_packet(NOW, FOUR, b"", "x")) - 6

    assert len(hep3_packet(NOW, FOUR, bytes(room), "x")) == MAX_PACKET
    assert hep3_packet(NOW, FOUR, bytes(room + 1), "x") is None


def test_each_message_arrives_with_its_ends_and_its_time(listener, sender):
    for number, hop in enumerate((FOUR, SIX, FOUR._replace(transport="TLS"))):
        sender.send(sighting(number, hop, NOW + number * SECOND, numbered(number)))

    came = sightings_in(batches_of(listener, 3))

    assert [(each.hop, each.time, each.message.raw) for each in came] == [
        (FOUR, NOW - 789, numbered(0)),
        (SIX, NOW - 789 + SECOND, numbered(1)),
        (FOUR._replace(transport="TLS"), NOW - 789 + 2 * SECOND, numbered(2)),
    ]
    assert counts(sender) == (3, 0, 0, 0)


def test_retransmissions_are_handed_on_and_copies_of_the_capture_are_not(listener, sender):
    again, copy = sighting(2, moment=NOW + SECOND), sighting(3, moment=NOW + 1_000_000)
    again.role, copy.role = RETRANSMISSION, DUPLICATE
    for each in (sighting(), again, copy):
        sender.send(each)

    assert len(sightings_in(batches_of(listener, 2))) == 2
    assert counts(sender) == (2, 0, 0, 0)


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "SCTP", "WS", "WSS"])
def test_what_comes_back_is_not_sent_again(listener, sender, transport):
    """We listen where we send to, as by capturing all interfaces: without end, were it sent on."""
    sender.send(sighting(hop=FOUR._replace(transport=transport)))
    for _ in range(3):
        batch = listener.receive(0.1)
        for each in sightings_in([] if batch is None else [batch]):
            sender.send(each)

    assert counts(sender) == (1, 0, 0, 1)


def test_two_that_send_to_each_other_come_to_rest(listener, sender):
    with closing(HepListener("udp:127.0.0.1:0")) as other, closing(HepSender(str(other.address))) as back:
        back.send(sighting())
        for _ in range(4):
            for ear, mouth in ((other, sender), (listener, back)):
                batch = ear.receive(0.05)
                for each in sightings_in([] if batch is None else [batch]):
                    mouth.send(each)

        assert counts(back) == (1, 0, 0, 1)
    assert counts(sender) == (1, 0, 0, 0)


def test_what_is_remembered_of_the_past_is_bounded(sender, monkeypatch):
    monkeypatch.setattr(hep_out, "MAX_REMEMBERED", 10)
    for number in range(35):
        sender.send(sighting(number, moment=NOW + number * SECOND))
    for number in (34, 25, 0):
        sender.send(sighting(number, moment=NOW + number * SECOND))

    assert len(sender._recent) + len(sender._earlier) <= 20
    assert counts(sender) == (36, 0, 0, 2)


def test_what_fits_into_no_datagram_is_counted(sender):
    for size in (65_400, 70_000):
        sender.send(sighting(octets=OPTIONS + b"x" * size))

    assert counts(sender) == (0, 0, 2, 0)


def test_where_nobody_listens_each_packet_counts_and_nothing_raises():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{taken.getsockname()[1]}"
    with closing(HepSender(target)) as sender:
        for number in range(20):
            sender.send(sighting(number, moment=NOW + number * SECOND))
            time.sleep(0.001)

        assert counts(sender) == (1, 19, 0, 0)  # of the last one it is not told yet


class Refusing:
    """A socket on which the network takes nothing."""

    def __init__(self, error):
        self._error = error
        self.closed = 0

    def send(self, _packet):
        raise self._error

    def close(self):
        self.closed += 1


@pytest.mark.parametrize(
    ("error", "closed"),
    [(BlockingIOError(11, "full"), 0), (OSError(101, os.strerror(101)), 1), (PermissionError(1, "no"), 1)],
)
def test_what_the_network_does_not_take_is_dropped_and_then_it_goes_on(listener, sender, error, closed):
    refusing = sender._socket = Refusing(error)
    sender.send(sighting())
    assert refusing.closed == closed
    sender.close()
    sender.send(sighting(2, moment=NOW + SECOND))

    assert len(batches_of(listener, 1)) == 1
    assert counts(sender) == (1, 1, 0, 0)


def test_it_speaks_ipv6():
    try:
        listener = HepListener("udp:[::1]:0")
    except OSError:
        pytest.skip("this host has no IPv6")
    with closing(listener), closing(HepSender(str(listener.address))) as sender:
        sender.send(sighting())
        assert len(sightings_in(batches_of(listener, 1))) == 1


@pytest.mark.parametrize(
    "target", ["", "9060", ":9060", "192.0.2.1", "192.0.2.1:0", "192.0.2.1:70000", "::1:9060"]
)
def test_what_is_no_target_is_said_in_one_line(target):
    with pytest.raises(UsageError) as caught:
        HepSender(target)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("target", ["no.such.host.invalid:9060", "a\0b:9060", "x" * 300 + ":9060"])
def test_a_name_is_resolved_at_once(target):
    with pytest.raises(UsageError, match="no such host"):
        HepSender(target)
