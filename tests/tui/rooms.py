"""Rooms for tests: a capture opened in a screen that nobody sees, driven by Textual's pilot."""

import asyncio
import time
from pathlib import Path

import textual.app
import textual.pilot

from analyser.cli.topics import Finder
from analyser.cli.tui_sources import FileSource, LiveSource
from analyser.tui.app import Room
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
WANTED = {"rules": None, "parameters": None, "keep": None}
PATIENCE = 20
"""Seconds after which a test gives up; none of them needs one."""


async def idle(*_):
    """Until the event loop has nothing left to do but wait for threads and for the time.

    Textual's own looks for 20 milliseconds in which the process takes no time of a processor, several times for each key.
    """
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(0)
        if not loop._ready:
            return


textual.app.wait_for_idle = textual.pilot.wait_for_idle = idle


def sample(name):
    return str(SAMPLES / f"{name}.pcap")


def written(folder, ladder, name="made.pcap"):
    """A ladder as a capture file."""
    path = folder / name
    path.write_bytes(capture(compile_ladder(ladder)).data)
    return str(path)


def room_of(*paths, lang="en"):
    return room_on(FileSource(paths, WANTED, {}), lang)


def live_room(live, lang="en"):
    return room_on(LiveSource(live, WANTED), lang)


def room_on(source, lang="en"):
    return Room(source, lambda topic: [page.document() for page in Finder(lang).pages(topic)], lang)


def play(room, script, *, size=(120, 40), whole=True):
    """Run `script(room, pilot)` once the capture is read, or from the beginning."""

    async def run():
        async with room.run_test(size=size) as pilot:
            if whole:
                await until(pilot, lambda: room.feed.ended and room._told)
            await settle(pilot)
            await script(room, pilot)

    asyncio.run(run())


async def until(pilot, condition):
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < PATIENCE
        await pilot.pause(0.02)


async def settle(pilot):
    """Until what was asked for after the next refresh has been done as well."""
    waiting = True
    while waiting:
        await pilot.pause()
        await idle()
        screen = pilot.app.screen
        waiting = (
            screen._callbacks or screen._dirty_widgets or screen._layout_required or not screen.is_mounted
        )


async def press(pilot, *keys):
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def shown(room):
    """What stands on the screen."""
    strips = room.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def rows(room):
    return room.screen.calls.table.rows


def pane(room, name):
    """All lines of a pane, those below its edge as well."""
    view = room.screen.query_one(name)
    return "\n".join("".join(text for text, _ in view.line(number)) for number in range(view.count()))
