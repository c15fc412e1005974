"""What opens a door is on no screen in full, and not in what is copied from one; the capture that is saved has it."""

from tests.support import secrets
from tests.tui import rooms
from tests.tui.rooms import pane, press, shown

VIEWS = (
    (("enter",), "CallScreen"),
    (("t",), "CallScreen"),
    (("t",), "CallScreen"),
    (("escape", "space", "f6"), "RawScreen"),
    (("escape", "enter", "space", "down", "down", "space"), "DifferenceScreen"),
    (("escape", "escape", "f8"), "FindingsScreen"),
    (("enter",), "CallScreen"),
)
"""Keys that lead through ladder, explanation, messages one below the other, a difference, findings."""


def test_no_screen_shows_a_secret_in_full(tmp_path):
    async def script(room, pilot):
        seen = []
        for keys, screen in VIEWS:
            await press(pilot, *keys)
            assert type(room.screen).__name__ == screen
            seen.append(shown(room))
            assert not secrets.printed(seen[-1])
        assert any('response="5ec4…"' in text for text in seen)

    rooms.play(rooms.room_of(rooms.written(tmp_path, secrets.LADDER)), script, size=(160, 60))


def test_messages_are_shown_and_copied_without_them(tmp_path):
    copied = []

    async def script(room, pilot):
        room.copy_to_clipboard = copied.append
        await press(pilot, "enter")
        text = pane(room, "#raw")
        assert 'response="5ec4…"' in text
        assert "inline:keyo…" in text
        assert not secrets.printed(text + pane(room, "#meaning"))
        await press(pilot, "y")

    rooms.play(rooms.room_of(rooms.written(tmp_path, secrets.LADDER)), script, size=(160, 60))
    (text,) = copied
    assert 'response="5ec4…"' in text
    assert not secrets.printed(text)


def test_secrets_that_begin_alike_stay_different(tmp_path):
    ladder = secrets.LADDER.replace(
        "0.2  alice -> bob  ACK\n",
        "0.2  alice -> bob  ACK\n0.3  alice -> bob  INVITE sip:bob:opensesame@example.com\n"
        '     Authorization: Digest username="alice", realm="a", nonce="b", uri="sip:a", response="5ec4e7aa5ec4e7cc"\n',
    )

    async def script(room, pilot):
        await press(pilot, "enter", "space", "down", "down", "down", "space")
        text = pane(room, "#page")
        assert 'response="5ec4..."' in text
        assert 'response="5ec4...2"' in text
        assert not secrets.printed(text)

    rooms.play(rooms.room_of(rooms.written(tmp_path, ladder)), script, size=(160, 60))


def test_the_capture_that_is_saved_has_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def script(room, pilot):
        await press(pilot, "f2", *"saved.pcap", "enter")
        await rooms.until(pilot, (tmp_path / "saved.pcap").exists)

    rooms.play(rooms.room_of(rooms.written(tmp_path, secrets.LADDER)), script)
    assert "5ec4e7aa5ec4e7bb" in (tmp_path / "saved.pcap").read_bytes().decode("latin-1")
