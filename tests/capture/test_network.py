"""Packets of real interfaces: what arrives is given once, as it was on the wire, with its time, and with what was lost."""

import os
import socket
import struct
import sys
import time
from types import SimpleNamespace

import pytest

from analyser.capture import network, read, sockets
from analyser.capture.gathering import LONGEST, MAX_PACKETS, Gathering
from analyser.capture.interfaces import FURTHER, Known, chosen, present
from analyser.capture.kernel_filter import kernel_filter
from analyser.capture.network import Interfaces, open_live
from analyser.capture.wanted import Wanted
from analyser.capture.writing import Writer
from analyser.errors import CaptureError
from analyser.wire import Coverage
from tests.capture.test_kernel_filter import NOT_WANTED, PLAIN, RTP, WRAPPED
from tests.support.captures import OPTIONS, ethernet, ipv4, udp
from tests.support.cbpf import Seen, verdict
from tests.support.links import link, needs_libpcap, needs_links

END = ethernet(ipv4(udp(b"BYE sip:the@end SIP/2.0\r\n\r\n")))
PATIENCE = 20


@pytest.fixture
def listen():
    """Listens to interfaces, until the test is over."""
    opened = []

    def start(*names, rtp=False, bpf=None):
        opened.append(open_live(names, bpf=bpf, rtp=rtp, tunnels=False))
        return opened[-1]

    yield start
    for live in opened:
        live.close()


def received(live, until=END, by=""):
    """(interface, octets) of each packet of our own interfaces, up to the one that ends, by any of them or a certain one."""
    found, following = [], None
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        batch = live.receive(0.05)
        if batch is None:
            continue
        assert following in (None, batch.first_frame)
        following = batch.first_frame + len(batch)
        for row, (_, octets) in enumerate(packets_of(batch)):
            name = live.names[batch.interface[row]]
            if str(os.getpid()) in name:  # others may be busy on this machine
                found.append((name, octets))
        if any(octets == until and by in name for name, octets in found):
            return found
    raise AssertionError("the last packet did not arrive")


def packets_of(batch):
    rows = zip(batch.time.tolist(), batch.offset.tolist(), batch.caplen.tolist(), strict=True)
    return [(at, batch.buffer[start : start + size]) for at, start, size in rows]


@pytest.fixture
def cable():
    with link() as made:
        yield made


@needs_links
def test_the_kernel_agrees_with_what_the_filter_means(cable, listen):
    frames = {**WRAPPED, **NOT_WANTED}
    del frames["empty"]  # which no interface takes
    live = listen(cable.near)

    cable.send(*frames.values(), END)
    found = received(live)

    wanted = [frame for frame in frames.values() if verdict(PLAIN, Seen(frame))]
    assert found == [(cable.near, frame) for frame in [*wanted, END]]


@needs_links
def test_a_tag_that_the_kernel_took_off_is_put_back(cable, listen):
    tagged = ethernet(ipv4(udp(OPTIONS)), tags=(0x88A8, 0x8100))
    live = listen(cable.near)

    cable.send(tagged, END)

    assert received(live)[0] == (cable.near, tagged)


@needs_links
def test_what_goes_out_is_seen_as_well(cable, listen):
    live = listen(cable.far)

    cable.send(END)

    assert received(live) == [(cable.far, END)]


@needs_links
def test_packets_of_several_interfaces_come_in_the_order_of_time(cable, listen):
    with link() as other:
        live = listen(cable.near, other.near)
        for _ in range(100):
            cable.send(WRAPPED["ipv4"])
            other.send(WRAPPED["ipv4"])
        cable.send(END)

        found = received(live)

        assert [name for name, _ in found] == [cable.near, other.near] * 100 + [cable.near]


@needs_links
def test_only_the_interfaces_asked_for_are_heard(cable, listen):
    with link() as other:
        live = listen(cable.near)
        other.send(WRAPPED["ipv4"])
        cable.send(END)

        assert received(live) == [(cable.near, END)]


@needs_links
def test_an_interface_may_go_and_come_back(cable, monkeypatch, listen):
    monkeypatch.setattr(network, "LOOK_AROUND", 0)
    live = listen(cable.near)
    cable.remove()
    assert live.receive(0.01) is None
    cable.make()
    assert live.receive(0.01) is None

    cable.send(END)

    assert received(live) == [(cable.near, END)]


@needs_links
@pytest.mark.parametrize("named", [True, False])
def test_an_interface_may_go_down_and_up(cable, named, listen):
    live = listen(*[cable.near] * named)
    cable.down()
    live.receive(0.01)
    cable.up()

    cable.send(END)

    assert (cable.near, END) in received(live, by=cable.near)


@needs_links
def test_without_a_name_interfaces_that_come_later_are_heard(listen):
    live = listen()
    with link() as later:
        assert later.near not in live.names
        later.send(END)

        assert (later.near, END) in received(live, by=later.near)


@needs_links
def test_the_loopback_gives_each_packet_once(listen):
    live = listen("lo")
    mine = [b"OPTIONS sip:%d@%d SIP/2.0" % (number, os.getpid()) for number in range(4)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for each in mine:
            sender.sendto(each + b"\r\n\r\n", ("127.0.0.1", 9))

    seen = b""
    deadline = time.monotonic() + PATIENCE
    while mine[-1] not in seen and time.monotonic() < deadline:
        batch = live.receive(0.1)
        seen += b"" if batch is None else batch.buffer

    assert [seen.count(each) for each in mine] == [1, 1, 1, 1]


@needs_links
def test_interfaces_that_are_no_ethernet_give_what_is_known_of_them(cable, monkeypatch, listen):
    monkeypatch.setitem(sockets._LINKS, 1, sockets.RAW_IP)
    live = listen(cable.near)
    cable.send(END)
    assert received(live, END[14:]) == [(cable.near, END[14:])]

    monkeypatch.setitem(sockets._LINKS, 1, sockets.COOKED2)
    live = listen(cable.near)
    cable.send(END)
    batch = live.receive(PATIENCE)
    head = struct.pack(">HHIHBB", 0x0800, 0, socket.if_nametoindex(cable.near), 1, 3, 6)
    at = int(batch.offset[0])
    assert batch.link == sockets.COOKED2
    assert batch.buffer[at : at + 12] == head
    assert batch.buffer[at + 20 : at + int(batch.caplen[0])] == END[14:]


@needs_links
def test_what_is_written_of_a_live_run_reads_the_same(cable, tmp_path, listen):
    live = listen(cable.near)
    path = tmp_path / "a.pcapng"
    writer = Writer(path)
    cable.send(*WRAPPED.values(), END)
    given = []
    while not given or given[-1][1] != END:
        batch = live.receive(PATIENCE)
        writer.write(batch, live.names)
        given += packets_of(batch)
    writer.close(live.losses)

    read_back = [packet for batch in read([path], Coverage()) for packet in packets_of(batch)]

    assert read_back == given
    assert len(given) == len(WRAPPED) + 1


@needs_links
def test_media_come_as_headers(cable, listen):
    live = listen(cable.near, rtp=True)
    cable.send(ethernet(ipv4(udp(RTP, 40000, 40002))))

    batch = live.receive(PATIENCE)

    assert (batch.caplen.tolist(), batch.wirelen.tolist()) == ([96], [14 + 20 + 8 + len(RTP)])


@needs_links
@needs_libpcap
def test_a_filter_of_the_user_is_heeded(cable, listen):
    live = listen(cable.near, bpf="src 192.0.2.7")
    wanted = ethernet(ipv4(udp(OPTIONS), source="192.0.2.7"))

    cable.send(END, wanted)

    assert received(live, wanted) == [(cable.near, wanted)]


@needs_links
def test_what_the_kernel_drops_is_counted_and_its_place_is_known(cable, monkeypatch, listen):
    monkeypatch.setattr(sockets, "RECEIVE_BUFFER", 4096)
    live = listen(cable.near)
    cable.send(*[WRAPPED["ipv4"]] * 200)
    kept = 0
    while (batch := live.receive(0.2)) is not None:
        assert batch.lost is None
        kept += len(batch)

    cable.send(END)
    batch = live.receive(PATIENCE)

    assert 0 < kept < 200
    assert batch.lost.tolist() == [200 - kept]
    assert live.losses == (200 - kept, 0, 0)


@needs_links
def test_what_the_interface_drops_is_told_with_its_next_packet(cable, monkeypatch, listen):
    dropped = {cable.near: 100}
    monkeypatch.setattr("analyser.capture.interfaces.drops", lambda name: dropped.get(name, 0))
    monkeypatch.setattr(network, "LOOK_AROUND", 0)
    live = listen(cable.near)
    dropped[cable.near] = 107
    assert live.receive(0) is None

    cable.send(END, END)
    batch = live.receive(PATIENCE)

    assert batch.lost.tolist()[0] == 7
    assert live.losses == (0, 7, 0)


@needs_links
def test_without_the_right_to_a_great_buffer_a_small_one_does(cable, monkeypatch, listen):
    monkeypatch.setattr(sockets, "_SO_RCVBUFFORCE", 9999)
    live = listen(cable.near)

    cable.send(END)

    assert received(live) == [(cable.near, END)]


@needs_links
def test_packets_of_an_interface_that_has_gone_are_still_given(cable, listen):
    live = listen()
    cable.send(END)
    cable.remove()

    deadline = time.monotonic() + PATIENCE
    seen = b""
    while END not in seen and time.monotonic() < deadline:
        batch = live.receive(0.05)
        seen += b"" if batch is None else batch.buffer

    assert END in seen
    assert "" not in live.names


@needs_links
def test_time_goes_on_without_packets_and_never_before_one_that_was_given(cable, listen):
    live = listen(cable.near)
    cable.send(END)
    batch = live.receive(PATIENCE)
    assert live.now >= batch.last_time

    before = live.now
    time.sleep(0.02)
    assert live.receive(0) is None
    assert before < live.now <= time.time_ns()


@needs_links
def test_an_unknown_interface_is_an_error_that_names_those_there_are(listen):
    with pytest.raises(CaptureError, match=r"^no interface 'eth99'; there are: .*\blo\b[^\n]*$"):
        listen("eth99")
    assert chosen(["any"]) == chosen([]) == ()


@pytest.mark.skipif(not hasattr(socket, "AF_PACKET"), reason="needs the packet sockets of Linux")
def test_without_privilege_one_line_says_the_commands(monkeypatch, listen):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(sockets.socket, "socket", refused)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "argv", ["/nowhere/sip-analyser", "live", "-i", "lo"])
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")

    with pytest.raises(CaptureError) as error:
        listen("lo")

    (line,) = str(error.value).splitlines()
    assert f"sudo {sys.executable} -m analyser live -i lo " in line
    python = os.path.realpath(sys.executable)
    assert f"to every user and all that {python} runs: sudo setcap" in line
    assert line.endswith(f"sudo setcap cap_net_raw,cap_net_admin+eip {python}")

    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(CaptureError) as error:
        listen("lo")
    assert f"run as root: {sys.executable} -m analyser live -i lo " in str(error.value)
    assert "sudo" not in str(error.value)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(CaptureError, match=r"^root may not capture packets here; .*NET_RAW"):
        listen("lo")


class Pretended:
    """Packets that a test says come, as (time, octets)."""

    def __init__(self):
        self.coming = []
        self.lost = 0

    def wait(self, _seconds):
        return bool(self.coming)

    def fill(self, gathering):
        while self.coming:
            if gathering.is_full:
                return False
            at, octets = self.coming.pop(0)
            gathering.room[: len(octets)] = octets
            gathering.add(gathering.start, len(octets), len(octets), at, 1, 0, 0)
        return True

    def look_around(self): ...

    def dropped(self):
        return self.lost

    def close(self): ...


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets: what it shows, and the time that has really passed."""
    hands = SimpleNamespace(shown=1_700_000_000_000_000_000, steady=5_000_000_000)
    monkeypatch.setattr(network.time, "time_ns", lambda: hands.shown)
    monkeypatch.setattr(network.time, "monotonic_ns", lambda: hands.steady)
    monkeypatch.setattr(network.time, "sleep", lambda _: None)
    return hands


def test_the_clock_may_be_set_back_and_forth(clock):
    source = Pretended()
    live = Interfaces(source, Known(["eth0"]))
    source.coming = [(clock.shown, b"one")]
    clock.shown += 30_000_000
    clock.steady += 30_000_000
    live.receive(0)
    assert live.now == clock.shown - network.MARGIN

    clock.shown -= 3_600_000_000_000
    live.receive(0)
    assert live.now == clock.shown - network.MARGIN

    clock.shown += 7_200_000_000_000
    live.receive(0)
    assert live.now == clock.shown - network.MARGIN


def test_a_backlog_holds_time_back(clock):
    source = Pretended()
    live = Interfaces(source, Known(["eth0"]))
    old = clock.shown - 8_000_000_000
    source.coming = [(old + number, b"x") for number in range(MAX_PACKETS + 10)]

    assert len(live.receive(0)) == MAX_PACKETS
    assert live.now == old + MAX_PACKETS - 1
    assert len(live.receive(0)) == 10
    assert live.now == clock.shown - network.MARGIN


def test_two_packets_in_the_wrong_order_by_microseconds_are_put_right(clock):
    source = Pretended()
    live = Interfaces(source, Known(["eth0"]))
    source.coming = [(clock.shown + 5000, b"b"), (clock.shown, b"a"), (clock.shown + 9000, b"c")]

    batch = live.receive(0)

    assert [batch.buffer[at : at + 1] for at in batch.offset.tolist()] == [b"a", b"b", b"c"]
    assert (batch.time[1:] > batch.time[:-1]).all()


def test_a_batch_is_bounded_in_octets():
    gathering = Gathering()
    count = 0
    while not gathering.is_full:
        gathering.room[:] = b"x" * LONGEST
        gathering.add(gathering.start, LONGEST, LONGEST, 0, 1, 0, 0)
        count += 1

    batch = gathering.batch(1)

    assert count < 100
    assert batch.buffer[-64:] == bytes(64)
    assert int(batch.offset[-1] + batch.caplen[-1]) + 64 == len(batch.buffer)


def test_interfaces_without_end_share_a_name(monkeypatch):
    monkeypatch.setattr("analyser.capture.interfaces.MAX_NAMES", 3)
    known = Known(["eth0", "eth1"])

    numbers = [known.number(f"veth{number}", 1) for number in range(5)]

    assert numbers == [2, 3, 3, 3, 3]
    assert (known.number("eth1", 1), known.number("eth0", 276)) == (1, 0)
    assert known.names == ["eth0", "eth1", "veth0", FURTHER]


def test_drops_of_an_interface_count_from_the_beginning_of_the_run(monkeypatch):
    shown = iter([100, 104, 3])
    monkeypatch.setattr("analyser.capture.interfaces.drops", lambda _: next(shown))
    known = Known(["eth0"])
    known.count_drops()
    assert (known.dropped, known.missed(0)) == (0, 0)
    known.count_drops()
    assert (known.dropped, known.missed(0), known.missed(0)) == (4, 4, 0)
    known.count_drops()  # the interface was made anew
    assert (known.dropped, known.missed(0)) == (7, 3)


def test_the_interfaces_of_this_machine_have_numbers():
    assert all(number > 0 for number in present().values())


@needs_links
def test_the_longest_program_is_one_that_the_kernel_takes(cable, listen):
    known = Known([cable.near])
    source = sockets.PacketSocket(known)

    source.listen(kernel_filter(Wanted(True, True, range(1024, 1724))), [])

    source.close()
