"""What is written can be read, says the same, and nothing that goes wrong with it reaches the analysis."""

import errno
import os
import shutil
import subprocess

import numpy as np
import pytest

from analyser.capture import PADDING, Batch, read
from analyser.capture.live import Losses
from analyser.capture.writing import Writer
from analyser.errors import CaptureError
from analyser.wire import Coverage
from tests.support.captures import OPTIONS, SECOND, START, ethernet, ipv4, udp

NAMES = ("eth0", "tun0", "電話")
NOTHING = Losses()
FRAME = ethernet(ipv4(udp(OPTIONS)))


def batch(packets, first_frame=1, *, links=None, interfaces=None, lost=None, start=START):
    """Packets a second apart."""
    sizes = [len(packet) for packet in packets]
    column = lambda values: np.array(values, dtype=np.int64)  # noqa: E731
    return Batch(
        b"".join(packets) + bytes(PADDING),
        column([sum(sizes[:number]) for number in range(len(sizes))]),
        column(sizes),
        column([size + 7 for size in sizes]),
        column([start + (first_frame + number) * SECOND + 123 for number in range(len(sizes))]),
        1 if links is None else column(links),
        first_frame,
        0,
        lost=None if lost is None else column(lost),
        interface=None if interfaces is None else column(interfaces),
    )


def rows(*paths, coverage=None):
    """(time, link, octets, lost before) of each packet."""
    found = []
    for each in read(paths, coverage or Coverage()):
        assert (each.wirelen == each.caplen + 7).all()
        for row, (at, size) in enumerate(zip(each.offset.tolist(), each.caplen.tolist(), strict=True)):
            link = each.link if isinstance(each.link, int) else int(each.link[row])
            lost = 0 if each.lost is None else int(each.lost[row])
            found.append((int(each.time[row]), link, each.buffer[at : at + size], lost))
    return found


def test_what_is_written_is_what_is_read(tmp_path):
    path = tmp_path / "a.pcapng"
    packets = [FRAME, FRAME[14:], FRAME + b"\0", b"xx" + FRAME, FRAME]
    links, interfaces, lost = [1, 101, 1, 276, 1], [0, 1, 0, 2, 0], [0, 3, 0, 0, 4]
    writer = Writer(path)

    writer.write(batch(packets[:2], links=links[:2], interfaces=interfaces[:2], lost=lost[:2]), NAMES)
    writer.write(batch(packets[2:], 3, links=links[2:], interfaces=interfaces[2:], lost=lost[2:]), NAMES)
    writer.close(Losses(kernel=5, interface=2, queue=1))

    coverage = Coverage()
    found = rows(path, coverage=coverage)
    assert found == [
        (START + (number + 1) * SECOND + 123, link, packet, gone)
        for number, (link, packet, gone) in enumerate(zip(links, packets, lost, strict=True))
    ]
    assert coverage.lost == {"capture": 8}  # of which 7 are known to be before a packet
    assert not coverage.notes
    assert (writer.stopped, writer.paths, writer.place(4)) == (None, (path,), (path, 4))
    assert path.read_bytes().count("電話".encode()) == 1


@pytest.mark.tshark
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_wireshark_reads_it_as_it_was_meant(tmp_path):
    path = tmp_path / "a.pcapng"
    writer = Writer(path)
    writer.write(batch([FRAME, FRAME[14:]], links=[1, 101], interfaces=[0, 1], lost=[0, 3]), NAMES)
    writer.close(NOTHING)

    fields = [
        part for name in ("frame.interface_name", "sip.Method", "frame.drop_count") for part in ("-e", name)
    ]
    said = subprocess.run(
        ["tshark", "-r", path, "-T", "fields", "-E", "separator=,", *fields],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["eth0,OPTIONS,", "tun0,OPTIONS,3"]


def test_a_run_that_is_killed_leaves_what_can_be_read(tmp_path):
    path = tmp_path / "a.pcapng"
    writer = Writer(path)
    coverage = Coverage()
    assert rows(path, coverage=coverage) == []

    writer.write(batch([FRAME] * 3), NAMES)

    assert len(rows(path, coverage=coverage)) == 3
    assert not coverage.notes
    writer.close(NOTHING)


@pytest.mark.parametrize(
    "rotation", [{"rotate_size": 3 * (len(FRAME) + 32)}, {"rotate_time": 3.0}], ids=["size", "time"]
)
def test_files_are_rotated(tmp_path, rotation):
    writer = Writer(tmp_path / "call.pcapng", **rotation)
    writer.write(batch([FRAME] * 5), NAMES)
    writer.write(batch([FRAME] * 3, 6), NAMES)
    writer.close(NOTHING)

    assert [path.name for path in writer.paths] == [f"call_0000{number}.pcapng" for number in (1, 2, 3)]
    assert sorted(tmp_path.iterdir()) == list(writer.paths)
    assert [len(rows(path)) for path in writer.paths] == [3, 3, 2]
    assert [time for time, *_ in rows(tmp_path)] == [START + number * SECOND + 123 for number in range(1, 9)]
    assert [writer.place(frame) for frame in (3, 4, 8, 9, 0)] == [
        (writer.paths[0], 3),
        (writer.paths[1], 1),
        (writer.paths[2], 2),
        None,
        None,
    ]


def test_the_quiet_at_the_end_is_written(tmp_path):
    coverage = Coverage()
    writer = Writer(tmp_path / "a.pcapng")
    writer.write(batch([FRAME, FRAME[14:]], links=[1, 101], interfaces=[0, 1]), NAMES)
    writer.close(NOTHING, START + 60 * SECOND)

    assert len(rows(tmp_path / "a.pcapng", coverage=coverage)) == 2
    assert coverage.watched_until == START + 60 * SECOND


def test_a_clock_that_was_set_back_ends_no_file_before_its_last_packet(tmp_path):
    coverage = Coverage()
    writer = Writer(tmp_path / "a.pcapng")
    writer.write(batch([FRAME]), NAMES)
    writer.close(NOTHING, START - 60 * SECOND)

    assert len(rows(tmp_path / "a.pcapng", coverage=coverage)) == 1
    assert coverage.watched_until == START + SECOND + 123


@pytest.mark.parametrize(("rotation", "unwatched"), [({"rotate_time": 3.0}, False), ({}, True)])
def test_the_quiet_between_two_files_of_a_run_was_watched(tmp_path, rotation, unwatched):
    writer = Writer(tmp_path / "call.pcapng", **rotation)
    writer.write(batch([FRAME]), NAMES)
    if not rotation:
        writer.close(NOTHING)
        writer = Writer(tmp_path / "later.pcapng")
    writer.write(batch([FRAME], 2, start=START + 300 * SECOND), NAMES)
    writer.close(NOTHING)

    _, second = list(read(sorted(tmp_path.iterdir()), Coverage()))

    assert bool(second.unwatched) is unwatched


def test_only_the_last_files_are_kept(tmp_path):
    other = tmp_path / "call_00001_mine.pcapng"
    other.write_text("not ours")
    writer = Writer(tmp_path / "call.pcapng", rotate_time=1.0, rotate_files=2)
    writer.write(batch([FRAME] * 5), NAMES)
    writer.close(NOTHING)

    assert [path.name for path in writer.paths] == ["call_00004.pcapng", "call_00005.pcapng"]
    assert sorted(tmp_path.iterdir()) == sorted([other, *writer.paths])
    assert [writer.place(frame) for frame in (3, 4)] == [None, (writer.paths[0], 1)]


def test_a_later_run_goes_on_counting(tmp_path):
    for number in (1, 2):
        writer = Writer(tmp_path / "call.pcapng", rotate_files=3)
        writer.write(batch([FRAME] * number), NAMES)
        writer.close(NOTHING)

    assert [len(rows(tmp_path / f"call_0000{number}.pcapng")) for number in (1, 2)] == [1, 2]


def test_nothing_is_overwritten(tmp_path):
    path = tmp_path / "a.pcapng"
    path.write_text("precious")

    with pytest.raises(CaptureError, match=r"a\.pcapng: exists already"):
        Writer(path)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["no/such/folder/a.pcapng", "\0"])
def test_a_file_that_cannot_be_made_is_an_error(tmp_path, name):
    with pytest.raises(CaptureError, match="cannot be written"):
        Writer(tmp_path / name)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device /dev/full of Linux")  # noqa: PTH110
def test_devices_may_be_written_to():
    with pytest.raises(CaptureError, match="/dev/full: cannot be written: No space left"):
        Writer("/dev/full")
    writer = Writer("/dev/null")
    writer.write(batch([FRAME]), NAMES)
    writer.close(NOTHING)
    assert writer.stopped is None


class Full:
    """A disk with room for so many octets."""

    def __init__(self, file, room):
        self._file, self.room = file, room
        self.closed = False

    def write(self, data):
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        size = self._file.write(data[: self.room])
        self.room -= size
        return size

    def __getattr__(self, name):
        return getattr(self._file, name)


def test_half_a_block_is_taken_back_when_the_disk_is_full(tmp_path):
    path = tmp_path / "a.pcapng"
    run = Coverage()
    writer = Writer(path, coverage=run)
    writer.write(batch([FRAME] * 2), NAMES)
    writer._file = Full(writer._file, 100)

    writer.write(batch([FRAME] * 2, 3), NAMES)
    writer.write(batch([FRAME] * 2, 5), NAMES)
    writer.close(Losses(kernel=1))

    assert (writer.stopped, writer.written) == ("No space left on device", 2)
    assert run.notes == [
        f"{path}: the packets behind frame 2 are not in it, as writing failed: No space left on device"
    ]
    coverage = Coverage()
    assert len(rows(path, coverage=coverage)) == 2
    assert not coverage.notes
    assert (writer.place(2), writer.place(3)) == ((path, 2), None)


def test_a_folder_that_vanishes_stops_the_rotation_only(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    writer = Writer(folder / "a.pcapng", rotate_time=1.0)
    writer.write(batch([FRAME]), NAMES)
    writer.paths[0].unlink()
    folder.rmdir()

    writer.write(batch([FRAME], 2), NAMES)

    assert writer.stopped == "No such file or directory"
    writer.close(NOTHING)
