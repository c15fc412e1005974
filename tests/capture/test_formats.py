"""Every way that pcap and pcapng write packets down."""

import struct

import pytest

from analyser.capture import PADDING, read
from analyser.wire import Coverage
from tests.support.captures import (
    SECOND,
    START,
    block,
    enhanced,
    interface,
    obsolete,
    pcap,
    section,
    simple,
)

PACKETS = [bytes([number]) * (14 + number) for number in range(20)]


def packets_in(path, coverage=None):
    """(frame, time, link, octets) of each packet."""
    found = []
    for batch in read([path], coverage or Coverage()):
        assert len(batch)
        for row, (at, size) in enumerate(zip(batch.offset.tolist(), batch.caplen.tolist(), strict=True)):
            assert at + size + PADDING <= len(batch.buffer)
            link = batch.link if isinstance(batch.link, int) else int(batch.link[row])
            found.append((batch.first_frame + row, int(batch.time[row]), link, batch.buffer[at : at + size]))
    return found


@pytest.fixture
def written(tmp_path):
    def write(octets, name="a.pcap"):
        path = tmp_path / name
        path.write_bytes(octets)
        return path

    return write


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", ["us", "ns", "modified"])
def test_pcap_of_either_byte_order_and_resolution(written, kind, order):
    nanoseconds = 123_456_789 if kind == "ns" else 123_456_000
    packets = [(START + number * SECOND + nanoseconds, data) for number, data in enumerate(PACKETS)]

    found = packets_in(written(pcap(packets, kind=kind, order=order, link=113)))

    assert found == [(number + 1, time, 113, data) for number, (time, data) in enumerate(packets)]


def test_the_link_type_stands_below_the_frame_check_bits(written):
    path = written(pcap(PACKETS[:1], link=0x14000001))

    assert packets_in(path)[0][2] == 1


def test_a_capture_without_packets_is_a_capture(written):
    assert packets_in(written(pcap([]))) == []
    assert packets_in(written(section() + interface())) == []


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_packets_are_the_same_in_chunks_of_any_size(written, monkeypatch, size):
    whole = packets_in(written(pcap(PACKETS)))
    blocks = section() + interface() + b"".join(enhanced(data, 5) for data in PACKETS)
    whole_blocks = packets_in(written(blocks, "b"))
    monkeypatch.setattr("analyser.capture.pcap.CHUNK", size)
    monkeypatch.setattr("analyser.capture.pcap._STEPS", 4)
    monkeypatch.setattr("analyser.capture.pcapng.CHUNK", size)

    assert packets_in(written(pcap(PACKETS))) == whole
    assert packets_in(written(blocks, "b")) == whole_blocks
    assert len(whole) == len(whole_blocks) == len(PACKETS)


@pytest.mark.parametrize("order", "<>")
def test_runs_of_one_size_are_walked_in_strides(written, order):
    sizes = [60] * 200 + [61] + [60] * 40 + [70, 80] * 30 + [3000] * 90 + [90] * 48 + [0] * 60
    packets = [bytes([number % 256]) * size for number, size in enumerate(sizes)]
    octets = pcap(packets, order=order)

    assert [packet[3] for packet in packets_in(written(octets))] == packets
    assert [packet[3] for packet in packets_in(written(octets[:-5]))] == packets[:-1]


@pytest.mark.parametrize("order", "<>")
def test_pcapng_blocks_of_every_kind(written, order):
    ticks = START // 1000
    octets = b"".join(
        (
            section(order),
            interface(1, order),
            block(4, b"names", order),
            enhanced(PACKETS[0], ticks, order=order),
            block(0x0BAD, bytes(40), order),
            simple(PACKETS[1], order),
            obsolete(PACKETS[2], ticks + 1, order=order),
            block(5, bytes(12), order),
            block(10, bytes(16), order),
        )
    )

    found = packets_in(written(octets))

    assert found == [
        (1, START, 1, PACKETS[0]),
        (2, START, 1, PACKETS[1]),  # a Simple Packet Block has no time of its own
        (3, START + 1000, 1, PACKETS[2]),
    ]


@pytest.mark.parametrize(
    ("resolution", "ticks"),
    [
        (6, 1_700_000_000_250_000),
        (3, 1_700_000_000_250),
        (9, 1_700_000_000_250_000_000),
        (10, 17_000_000_002_500_000_000),
        (0x80 | 2, 1_700_000_000 * 4 + 1),
        (0x80 | 20, (1_700_000_000 << 20) + (1 << 18)),
        (0x80 | 33, (1_700_000_000 << 33) + (1 << 31)),
    ],
)
def test_pcapng_clocks_of_any_resolution(written, resolution, ticks):
    octets = section() + interface(resolution=resolution) + enhanced(PACKETS[0], ticks)

    assert packets_in(written(octets))[0][1] == START + SECOND // 4


def test_pcapng_interfaces_have_each_their_link_type_and_clock(written):
    octets = b"".join(
        (
            section(),
            interface(1),
            interface(113, resolution=9, offset=100),
            enhanced(PACKETS[0], START // 1000),
            enhanced(PACKETS[1], START, 1),
            enhanced(PACKETS[2], START // 1000, 7),
        )
    )

    assert [packet[1:3] for packet in packets_in(written(octets))] == [
        (START, 1),
        (START + 100 * SECOND, 113),
        (START, -1),
    ]


def test_pcapng_sections_start_anew(written):
    one = section("<") + interface(1, "<") + enhanced(PACKETS[0], START // 1000)
    two = section(">") + interface(101, ">") + enhanced(PACKETS[1], START // 1000, order=">")

    assert [packet[0::2] for packet in packets_in(written(one + two))] == [(1, 1), (2, 101)]
    assert [packet[3] for packet in packets_in(written(one + two))] == PACKETS[:2]


def test_a_simple_packet_is_cut_by_the_snap_length_of_its_interface(written):
    octets = section() + interface(snaplen=8) + block(3, struct.pack("<I", 20) + bytes(8))

    (batch,) = read([written(octets)], Coverage())

    assert (batch.caplen[0], batch.wirelen[0]) == (8, 20)


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_file_that_ends_inside_a_record_gives_what_is_before(written, cut):
    for octets in (pcap(PACKETS), section() + interface() + b"".join(enhanced(p, 1) for p in PACKETS)):
        coverage = Coverage()

        found = packets_in(written(octets[:-cut]), coverage)

        assert [packet[3] for packet in found] == PACKETS[:-1]
        (note,) = coverage.notes
        assert "ends inside" in note
        assert coverage.frames == len(PACKETS) - 1


@pytest.mark.parametrize("length", [256 * 1024 + 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_damaged_length_in_a_pcap_ends_it_with_a_note(written, length):
    head, tail = pcap(PACKETS[:3]), pcap(PACKETS[3:])[24:]
    wrong = struct.pack("<IIII", 1_700_000_000, 0, length, length)
    coverage = Coverage()

    found = packets_in(written(head + wrong + tail), coverage)

    assert [packet[3] for packet in found] == PACKETS[:3]
    assert "frame 4 is damaged" in coverage.notes[0]


@pytest.mark.parametrize("length", [0, 4, 11, 2**24 + 4, 0xFFFFFFFF])
def test_a_damaged_length_in_a_pcapng_ends_it_with_a_note(written, length):
    coverage = Coverage()
    octets = section() + interface() + enhanced(PACKETS[0], 1) + struct.pack("<II", 6, length) + bytes(100)

    assert len(packets_in(written(octets), coverage)) == 1
    assert "damaged" in coverage.notes[0]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("kind", "more"), [("us", 4), ("us", 8), ("modified", 4)])
def test_records_with_longer_headers_than_their_magic_says_are_read(written, monkeypatch, kind, order, more):
    """As the libpcap of Nokia, of Red Hat 6.1 and of SuSE 6.3 wrote them."""
    usual = pcap(PACKETS, kind=kind, order=order)
    octets, at = usual[:24], 24
    for data in PACKETS:
        header = 24 if kind == "modified" else 16
        octets += usual[at : at + header] + bytes(more) + data
        at += header + len(data)
    expected = [(START + number * SECOND, data) for number, data in enumerate(PACKETS)]
    for chunk in (100, 1024 * 1024):
        monkeypatch.setattr("analyser.capture.pcap.CHUNK", chunk)
        coverage = Coverage()

        found = packets_in(written(octets), coverage)

        assert [packet[1::2] for packet in found] == expected
        assert coverage.notes == []


def test_a_damaged_record_makes_no_other_variant(written):
    """Its length, its time or its fraction is wrong: what is before is read as ever."""
    for damage in ((8, b"\xff"), (12, b"\0"), (0, bytes(4)), (4, b"\xff\xff\xff\xff")):
        octets = bytearray(pcap(PACKETS))
        place = 24 + 16 + len(PACKETS[0]) + damage[0]
        octets[place : place + len(damage[1])] = damage[1]

        assert packets_in(written(bytes(octets)))[0][3] == PACKETS[0]


HOLE = "{} octets of zeros where frame {} should begin"


@pytest.mark.parametrize("kind", ["us", "modified"])
@pytest.mark.parametrize("chunk", [50, 1000, 1024 * 1024])
@pytest.mark.parametrize("zeros", [24 * 16 * 300, 48, 24 * 16 * 300 + 7])
def test_zeros_at_the_end_are_no_packets(written, monkeypatch, kind, chunk, zeros):
    """A file system that had not written them when the machine failed gives zeros."""
    monkeypatch.setattr("analyser.capture.pcap.CHUNK", chunk)
    coverage = Coverage()

    found = packets_in(written(pcap(PACKETS, kind=kind) + bytes(zeros)), coverage)

    assert [packet[3] for packet in found] == PACKETS
    assert coverage.frames == len(PACKETS)
    (note,) = coverage.notes
    size = 24 if kind == "modified" else 16
    assert HOLE.format(zeros // size * size, len(PACKETS) + 1) in note


def test_packets_behind_zeros_keep_their_numbers(written):
    head, tail = pcap(PACKETS[:3]), pcap(PACKETS[3:])[24:]
    coverage = Coverage()

    found = packets_in(written(head + bytes(16 * 300) + tail + bytes(16 * 400) + tail), coverage)

    assert [packet[0] for packet in found] == [1, 2, 3, *range(304, 321), *range(721, 738)]
    assert [packet[3] for packet in found] == PACKETS + PACKETS[3:]
    assert HOLE.format(16 * 700, 4) in coverage.notes[0]


def test_a_few_empty_records_amid_others_are_packets(written):
    empty = struct.pack("<IIII", 0, 0, 0, 0)
    coverage = Coverage()

    found = packets_in(written(pcap(PACKETS[:3]) + empty * 5 + pcap(PACKETS[3:])[24:]), coverage)

    assert [packet[3] for packet in found] == PACKETS[:3] + [b""] * 5 + PACKETS[3:]
    assert coverage.notes == []


def test_a_file_of_nothing_but_zeros_behind_its_header(written):
    coverage = Coverage()

    assert packets_in(written(pcap([]) + bytes(5_000_000)), coverage) == []
    assert HOLE.format(5_000_000 // 16 * 16, 1) in coverage.notes[0]


def test_a_clock_that_goes_back_is_counted(written):
    times = [0, 5, 4, 9, 8.9995, 20]
    packets = [(START + int(time * SECOND), b"x" * 20) for time in times]
    coverage = Coverage()

    packets_in(written(pcap(packets)), coverage)

    assert coverage.clock_jumps == 1
    assert coverage.octets == 120


@pytest.mark.parametrize("order", "<>")
def test_packets_of_more_than_64_kilobytes_are_walked_over(tmp_path, order):
    sizes = [60, 70_000, 60, 65_536, 61]
    path = tmp_path / "long.pcap"
    path.write_bytes(
        pcap([bytes([number]) * size for number, size in enumerate(sizes)], order=order, snaplen=262_144)
    )

    found = [
        (batch.buffer[at], length)
        for batch in read([path], Coverage())
        for at, length in zip(batch.offset.tolist(), batch.caplen.tolist(), strict=True)
    ]

    assert found == list(enumerate(sizes))


def dropping(data, ticks, *counts, order="<", interface_id=0):
    """An Enhanced Packet Block with a comment, flags and epb_dropcount options."""
    whole = enhanced(data, ticks, interface_id, order)[8:-4]
    options = struct.pack(order + "HH5sxxx", 1, 5, b"hello") + struct.pack(order + "HHI", 2, 4, 1)
    for count in counts:
        options += struct.pack(order + "HHQ", 4, 8, count)
    return block(6, whole + options + bytes(4), order)


def counted(interface_drops, system_drops, order="<", interface_id=0):
    """An Interface Statistics Block."""
    options = struct.pack(order + "HHQHHQ", 5, 8, interface_drops, 7, 8, system_drops)
    return block(5, struct.pack(order + "III", interface_id, 0, 0) + options + bytes(4), order)


def losses_in(path):
    coverage = Coverage()
    found = []
    for batch in read([path], coverage):
        found += [0] * len(batch) if batch.lost is None else batch.lost.tolist()
    return found, coverage.lost["capture"]


@pytest.mark.parametrize("order", "<>")
def test_packets_say_how_many_were_lost_before_them(written, order):
    data = section(order) + interface(order=order)
    data += enhanced(b"odd", 1, order=order) + dropping(b"x", 2, 7, order=order)
    data += dropping(b"four", 3, order=order) + dropping(b"", 4, 2, order=order)

    assert losses_in(written(data)) == ([0, 7, 0, 2], 9)


def test_statistics_count_from_the_beginning(written):
    data = section() + interface() + interface() + dropping(b"x", 1, 3) + counted(1, 2) + enhanced(b"y", 2)
    data += counted(2, 6) + counted(0, 4, interface_id=1) + enhanced(b"z", 3) + counted(2, 10)

    assert losses_in(written(data)) == ([3, 0, 9], 16)


def test_statistics_of_one_section_say_nothing_of_the_next(written):
    part = section() + interface() + enhanced(b"x", 1) + counted(0, 5)

    assert losses_in(written(part + part)) == ([0, 5], 10)


def test_a_count_of_losses_beyond_reason_is_bounded(written):
    data = section() + interface() + dropping(b"x", 1, 2**64 - 1) + counted(2**64 - 1, 2**64 - 1)

    assert losses_in(written(data)) == ([2**40], 2**41)


@pytest.mark.parametrize(
    "options",
    [b"\4", struct.pack("<HH", 4, 8), struct.pack("<HHQ", 4, 60000, 1), struct.pack("<HHI", 4, 4, 9)],
    ids=["cut", "without-value", "too-long", "too-short"],
)
def test_options_that_are_damaged_count_nothing(written, options):
    whole = enhanced(b"data", 1)[8:-4]

    assert losses_in(written(section() + interface() + block(6, whole + options))) == ([0], 0)
