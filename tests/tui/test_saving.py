"""Marked calls as a capture: the packets as they were, readable by us and by others, and no file lost."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from analyser.annotate import Finding
from analyser.capture import read
from analyser.errors import UsageError
from analyser.pipeline import analyse
from analyser.track import Sighting
from analyser.tui.source import Packet
from analyser.tui.writing import write
from analyser.wire import Coverage
from tests.tui import rooms

START = 1_767_603_600_123_456_789


def seen_in(path):
    events = list(analyse([path]))
    messages = [(each.time, each.hop, each.message.raw) for each in events if isinstance(each, Sighting)]
    return messages, [each.rule.id for each in events if isinstance(each, Finding)]


async def save(pilot, room, name):
    await rooms.press(pilot, "f2")
    room.screen.query_one("#saving-name").value = str(name)
    await rooms.press(pilot, "enter")
    await rooms.until(pilot, lambda: not getattr(room.screen, "_busy", False))


@pytest.mark.parametrize("name", ["saved.pcap", "saved.pcapng", "with space [x].pcap"])
def test_what_is_saved_is_read_again_with_the_same_findings(tmp_path, name):
    path = tmp_path / name

    async def script(room, pilot):
        await save(pilot, room, path)
        assert type(room.screen).__name__ == "CallsScreen"

    rooms.play(rooms.room_of(rooms.sample("ack-lost-behind-nat")), script)
    assert seen_in(str(path)) == seen_in(rooms.sample("ack-lost-behind-nat"))


def test_only_marked_calls_are_saved_out_of_several_compressed_captures(tmp_path):
    packed = tmp_path / "packed.pcap.gz"
    packed.write_bytes(gzip.compress(Path(rooms.sample("scanner")).read_bytes()))
    path = tmp_path / "saved.pcap"

    async def script(room, pilot):
        await rooms.press(pilot, "slash", *"OPTIONS", "enter", "space", "space", "home", "escape", "escape")
        chosen = sorted(room.store.marked, key=lambda each: each.index)
        assert len(chosen) == 2
        await save(pilot, room, path)
        messages = sorted(
            (seen.time, seen.hop, seen.message.raw) for each in chosen for seen in each.sightings
        )
        assert sorted(seen_in(str(path))[0]) == messages

    rooms.play(rooms.room_of(rooms.sample("busy"), str(packed)), script)


@pytest.mark.tshark
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("name", ["saved.pcap", "saved.pcapng"])
def test_tshark_reads_what_is_saved(tmp_path, name):
    path = tmp_path / name

    async def script(room, pilot):
        await save(pilot, room, path)

    rooms.play(rooms.room_of(rooms.sample("busy")), script)
    fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "sip.Method", "-e", "sip.Status-Code"]
    said = subprocess.run(["tshark", "-r", path, *fields], capture_output=True, text=True, check=True).stdout
    assert said.count("INVITE") == 2
    assert "486" in said
    assert said.startswith("1767603600.000000000")


def test_a_file_that_is_there_is_replaced_only_when_asked_twice(tmp_path):
    path = tmp_path / "saved.pcap"
    path.write_text("mine")

    async def script(room, pilot):
        await save(pilot, room, path)
        assert "is there already" in rooms.shown(room)
        assert path.read_text() == "mine"
        await rooms.press(pilot, "escape")
        assert path.read_text() == "mine"
        await save(pilot, room, path)
        await rooms.press(pilot, "enter")
        await rooms.until(pilot, lambda: not hasattr(room.screen, "_busy"))

    rooms.play(rooms.room_of(rooms.sample("busy")), script)
    assert seen_in(str(path))[0]
    assert [each.name for each in tmp_path.iterdir()] == ["saved.pcap"]


def test_the_capture_itself_is_never_written_to(tmp_path):
    path = tmp_path / "capture.pcap"
    shutil.copy(rooms.sample("busy"), path)
    before = path.read_bytes()

    async def script(room, pilot):
        await save(pilot, room, path)
        assert "the capture itself" in rooms.shown(room)
        await rooms.press(pilot, "enter")

    rooms.play(rooms.room_of(str(path)), script)
    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written_says_so(tmp_path):
    async def script(room, pilot):
        await save(pilot, room, tmp_path / "no" / "such.pcap")
        assert "No such file" in rooms.shown(room)

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


def test_pcap_takes_one_link_type_pcapng_any(tmp_path):
    packets = [Packet(START, 1, 60, b"a" * 60), Packet(START + 1, 113, 99, b"b" * 61)]
    with pytest.raises(UsageError, match="pcapng"):
        write(tmp_path / "two.pcap", packets, replace=False)
    assert list(tmp_path.iterdir()) == []
    assert write(tmp_path / "two.pcapng", packets, replace=False) == 2
    (batch,) = read([tmp_path / "two.pcapng"], Coverage())
    assert batch.time.tolist() == [START, START + 1]
    assert batch.caplen.tolist() == [60, 61]
    assert batch.wirelen.tolist() == [60, 99]


def test_a_file_that_came_in_between_stays(tmp_path):
    path = tmp_path / "late.pcap"

    def packets():
        yield Packet(START, 1, 60, b"a" * 60)
        path.write_text("mine")

    with pytest.raises(UsageError):
        write(path, packets(), replace=False)
    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["late.pcap"]
