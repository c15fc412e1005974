"""The screens over a live source: rows as packets pass, standing still, losses, and saving what was kept."""

import threading
import time

from analyser.capture import kept, read
from analyser.capture.live import Losses
from analyser.cli.tui_sources import LiveSource
from analyser.wire import Coverage
from tests.tui import rooms
from tests.tui.test_saving import save, seen_in


class Played:
    """A live source that plays captures, a batch each time it is let."""

    names = ("eth0",)

    def __init__(self, *names):
        self._batches = [batch for name in names for batch in read([rooms.sample(name)], Coverage())]
        first = 1
        for batch in self._batches:
            batch.first_frame, batch.input = first, 0
            first += len(batch)
        self._allowed = threading.Semaphore(0)
        self.losses = Losses()
        self.now = 0
        self.closed = False

    def go(self, batches=1):
        for _ in range(batches):
            self._allowed.release()

    def receive(self, wait):
        if not self._batches or not self._allowed.acquire(timeout=min(wait, 0.02)):
            time.sleep(0.001)
            return None
        batch = self._batches.pop(0)
        self.now = batch.last_time
        return batch

    def close(self):
        self.closed = True


def test_interfaces_are_not_taken_for_files():
    live = Played("busy")
    live.names = ("eth0", "eth1")

    async def script(room, pilot):
        live.go()
        await rooms.until(pilot, lambda: rooms.rows(room))
        await rooms.settle(pilot)
        assert "1:eth0" not in rooms.shown(room)
        await rooms.press(pilot, "enter")
        frame = room.screen.current.frame
        assert f" {frame}  +0.000 " in rooms.shown(room)
        assert f"1:{frame}" not in rooms.shown(room)

    rooms.play(rooms.live_room(live), script, size=(180, 30), whole=False)


def test_rows_come_as_packets_pass_and_the_list_follows():
    live = Played("busy", "redirect-302")

    async def script(room, pilot):
        assert "listening" in rooms.shown(room)
        assert rooms.rows(room) == []
        live.go()
        await rooms.until(pilot, lambda: len(rooms.rows(room)) == 2)
        assert room.screen.calls.cursor == 1
        live.go()
        await rooms.until(pilot, lambda: len(rooms.rows(room)) > 2)
        assert room.screen.calls.cursor == len(rooms.rows(room)) - 1
        assert "eth0" in rooms.shown(room)

    rooms.play(rooms.live_room(live), script, whole=False)


def test_a_list_that_stands_still_counts_what_is_new():
    live = Played("busy")

    async def script(room, pilot):
        await rooms.press(pilot, "p")
        live.go()
        await rooms.until(pilot, lambda: "PAUSED, 2 new" in rooms.shown(room))
        assert rooms.rows(room) == []
        await rooms.press(pilot, "p")
        assert len(rooms.rows(room)) == 2

    rooms.play(rooms.live_room(live), script, whole=False)


def test_a_ladder_grows_while_it_is_looked_at():
    live = Played("busy", "busy")

    async def script(room, pilot):
        live.go()
        await rooms.until(pilot, lambda: rooms.rows(room))
        await rooms.press(pilot, "home", "enter")
        before = room.screen.ladder.items()
        assert before == len(room.screen.entries[0].sightings)
        room.store.receive([room.store.entries[1].sightings[0]])
        room.screen.entries[0].add(room.store.entries[1].sightings[0])
        await rooms.until(pilot, lambda: room.screen.ladder.items() == before + 1)

    rooms.play(rooms.live_room(live), script, whole=False)


def test_losses_are_said():
    live = Played("busy")
    live.losses = Losses(kernel=1234, interface=5, queue=0)

    async def script(room, pilot):
        live.go()
        await rooms.until(pilot, lambda: "Lost: 1,234 by the kernel, 5 by the interface" in rooms.shown(room))
        await rooms.press(pilot, "f9")
        await rooms.until(pilot, lambda: "486 Busy Here" in rooms.shown(room))
        assert "Packets lost: 1,234" in rooms.shown(room)

    rooms.play(rooms.live_room(live), script, whole=False)


def test_an_interface_that_is_down_is_said_above_the_list():
    """Whoever looks at an empty list must not believe that nobody calls."""
    live, coverage = Played("busy"), Coverage()

    async def script(room, pilot):
        await rooms.until(pilot, lambda: "Calls and others: 0" in rooms.shown(room))
        coverage.notes.append(
            "eth0 has been down since 2026-01-05 09:00:00 UTC: nothing that passes there is seen"
        )
        await rooms.until(pilot, lambda: "eth0 has been down since 2026-01-05 09:00:00" in rooms.shown(room))
        coverage.notes[:] = [
            "eth0 was down from 2026-01-05 09:00:00 UTC on for 2 s: nothing that passed there was seen"
        ]
        await rooms.until(pilot, lambda: "eth0 was down from 2026-01-05" in rooms.shown(room))
        assert "has been down" not in rooms.shown(room)

    rooms.play(rooms.room_on(LiveSource(live, rooms.WANTED, coverage)), script, whole=False)


def test_calls_are_saved_from_what_was_kept(tmp_path):
    live = Played("busy")
    path = tmp_path / "saved.pcap"

    async def script(room, pilot):
        live.go()
        await rooms.until(pilot, lambda: len(rooms.rows(room)) == 2)
        await rooms.press(pilot, "home", "space", "space")
        await save(pilot, room, path)

    rooms.play(rooms.live_room(live), script, whole=False)
    assert seen_in(str(path)) == seen_in(rooms.sample("busy"))


def test_packets_that_are_no_longer_kept_are_counted(monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "MAX_KEPT_OCTETS", 1)
    live = Played("busy", "redirect-302")
    path = tmp_path / "saved.pcap"

    async def script(room, pilot):
        frames = len(live._batches[0])
        live.go(2)
        await rooms.until(pilot, lambda: len(rooms.rows(room)) > 2)
        await rooms.press(pilot, "home")
        chosen = room.screen.calls.current()
        assert list(room.source.packets({(0, chosen.sightings[0].frame)})) == []
        await save(pilot, room, path)
        summary = room.source._watch.summary
        assert summary.coverage.evicted["packets kept for saving"] == frames

    rooms.play(rooms.live_room(live), script, whole=False)


def test_what_ends_the_analysis_is_said_and_the_calls_stay():
    from analyser.errors import CaptureError

    live = Played("busy")
    receive = live.receive

    def fails(wait):
        if not live._batches:
            raise CaptureError("eth0: is gone")
        return receive(wait)

    live.receive = fails

    async def script(room, pilot):
        live.go()
        await rooms.until(pilot, lambda: "STOPPED" in rooms.shown(room))
        await rooms.until(pilot, lambda: "eth0: is gone" in rooms.shown(room))
        assert len(rooms.rows(room)) == 2

    rooms.play(rooms.live_room(live), script, whole=False)


def test_leaving_stops_the_analysis_and_closes_the_source():
    live = Played("busy")
    room = rooms.live_room(live)

    async def script(room, pilot):
        await rooms.press(pilot, "q")

    rooms.play(room, script, whole=False)
    assert not room.feed._thread.is_alive()
    room.source.close()
    assert live.closed
