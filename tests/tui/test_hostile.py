"""Whatever the wire says, the screens show it and do not obey it."""

import pytest

from analyser.report.layout import cells
from analyser.report.wire_text import escape
from tests.report.test_hostile import FORBIDDEN, PAYLOADS, poisoned
from tests.support import captures
from tests.tui import rooms

VIEWS = (
    ((*["space"] * 7, "f4"), "CallScreen"),
    (("down", "down", "t"), "CallScreen"),
    (("enter",), "RawScreen"),
    (("escape", "space", "down", "space"), "DifferenceScreen"),
    (("escape", "escape", "f8"), "FindingsScreen"),
    (("f9",), "StatisticsScreen"),
)
"""Keys that lead through every view: the ladder of several calls, explanation, raw messages, a difference, findings, numbers."""


def capture_of(payload):
    packets = []
    for time, hop, octets in poisoned(payload[:5000]):
        data = captures.udp(octets, hop.source.port, hop.target.port)
        packet = captures.ipv4(data, source=hop.source.host, target=hop.target.host)
        packets.append((captures.START + time, captures.ethernet(packet)))
    return captures.pcap(packets, kind="ns")


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_screen_obeys_the_wire(tmp_path, payload):
    path = tmp_path / "[bold]x\x1b[31m.pcap"
    path.write_bytes(capture_of(payload))

    async def script(room, pilot):
        assert len(room.store.entries) > 5
        assert not FORBIDDEN.search(rooms.shown(room))
        for keys, screen in VIEWS:
            await rooms.press(pilot, *keys)
            assert type(room.screen).__name__ == screen
            text = rooms.shown(room)
            assert not FORBIDDEN.search(text)
            assert all(cells(line) <= 100 for line in text.splitlines())

    rooms.play(rooms.room_of(str(path)), script, size=(100, 50))


def test_what_looks_like_markup_is_text(tmp_path):
    path = tmp_path / "made.pcap"
    path.write_bytes(capture_of(b"[red]x[/red][/z]"))

    async def script(room, pilot):
        await rooms.press(pilot, "f6")
        assert "Subject: [red]x[/red][/z]" in rooms.shown(room)

    rooms.play(rooms.room_of(str(path)), script)


@pytest.mark.parametrize("topic", ["[/x]", "\x1b[2J", "412 [b]", "9" * 200, "{0}"])
def test_a_topic_is_text_as_well(topic):
    async def script(room, pilot):
        room.show_explanation(topic)
        await rooms.settle(pilot)
        assert escape(topic)[:40] in rooms.shown(room)
        assert not FORBIDDEN.search(rooms.shown(room))

    rooms.play(rooms.room_of(rooms.sample("busy")), script)
