"""The list of calls: what it shows, how it is filtered, sorted and marked."""

import pytest
from textual import events

from analyser.tui import table
from tests.tui import rooms

MIXED = """
alice = 192.0.2.10:5060
bob = 198.51.100.20:5060

0.000  alice -> bob    INVITE
0.100  alice <- bob    486 Busy Here
0.200  alice -> bob    ACK
"""


def test_each_kind_of_subject_is_a_row():
    async def script(room, pilot):
        kinds = [entry.kind for entry in rooms.rows(room)]
        assert {"registration", "subscription"} <= set(kinds)
        text = rooms.shown(room)
        assert "REGISTER" in text
        assert "read to the end" in text

    rooms.play(rooms.room_of(rooms.sample("registration-and-presence")), script)


def test_a_row_says_state_code_and_finding():
    async def script(room, pilot):
        (entry,) = rooms.rows(room)
        assert (entry.state, entry.code, entry.messages) == ("ended", 200, 16)
        line = rooms.shown(room).splitlines()[3]
        for part in ("09:00:00", "INVITE", "ended", "200", "alice@example.com", "E unacknowledged-answer"):
            assert part in line

    rooms.play(rooms.room_of(rooms.sample("ack-lost-behind-nat")), script, size=(180, 20))


@pytest.mark.parametrize(
    ("words", "matches"),
    [
        ("486", lambda entry: 486 in entry.statuses),
        ("4xx", lambda entry: any(status // 100 == 4 for status in entry.statuses)),
        ("INVITE", lambda entry: "INVITE" in entry.methods),
        ("error", lambda entry: entry.worst == 3),
        ("warning", lambda entry: entry.worst >= 2),
        ("stuck-on", lambda entry: "stuck-on-trying" in entry.rules),
        ("erin 401", lambda entry: "erin@example.com" in (entry.from_, entry.to) and 401 in entry.statuses),
    ],
)
def test_the_filter_follows_each_letter(words, matches):
    async def script(room, pilot):
        expected = [entry for entry in room.store.entries if matches(entry)]
        assert 0 < len(expected) < len(room.store.entries)
        await rooms.press(pilot, "slash", *("space" if letter == " " else letter for letter in words))
        assert rooms.rows(room) == expected
        assert f"{len(expected)} of {len(room.store.entries)}" in rooms.shown(room)
        await rooms.press(pilot, "enter", "escape")
        assert rooms.rows(room) == room.store.entries

    rooms.play(rooms.room_of(str(rooms.SAMPLES)), script)


@pytest.mark.parametrize("opens", [("slash", "/"), ("f3", None)])
def test_letters_that_follow_the_key_of_the_filter_at_once_are_not_lost(opens):
    """They are on their way to the list when the field takes over."""

    async def script(room, pilot):
        for key, character in (opens, *((letter, letter) for letter in "486i")):
            room.post_message(events.Key(key, character))
        await rooms.until(pilot, lambda: room.screen.query_one("#filter").value == "486i")
        await rooms.press(pilot, "backspace")
        assert {entry.code for entry in rooms.rows(room)} == {486}

    rooms.play(rooms.room_of(rooms.sample("busy"), rooms.sample("healthy-call")), script)


@pytest.mark.parametrize("typed", ["0312345678", "03-1234-5678", "+81312345678", "12345"])
def test_a_number_is_found_however_it_is_written(tmp_path, typed):
    ladder = MIXED.replace("INVITE\n", "INVITE\n       From: <sip:+81312345678@example.com>;tag=a\n")
    international = rooms.written(tmp_path, ladder)

    async def script(room, pilot):
        await rooms.press(pilot, "f3")
        room.screen.query_one("#filter").value = typed
        await rooms.settle(pilot)
        assert [entry.from_ for entry in rooms.rows(room)] == ["+81312345678@example.com"]

    rooms.play(rooms.room_of(rooms.sample("busy"), international), script)


@pytest.mark.parametrize("typed", ["192.0.2.20", "192.0.2.20:5060", "192.0.2.2"])
def test_an_address_is_found_on_any_hop(typed):
    async def script(room, pilot):
        await rooms.press(pilot, "f3")
        room.screen.query_one("#filter").value = typed
        await rooms.settle(pilot)
        busy = [entry for entry in room.store.entries if 486 in entry.statuses]
        assert busy == rooms.rows(room)[:1]
        assert {str(end) for seen in busy[0].sightings for end in seen.hop[:2]} == set(
            busy[0].addresses.split()
        )

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


@pytest.mark.parametrize(
    ("typed", "found"),
    [("2001:db8::2", 1), ("[2001:db8::2]:5061", 1), (":5061", 1), ("5061", 0), (":5062", 0)],
)
def test_addresses_of_version_six_and_ports_are_found(tmp_path, typed, found):
    ladder = MIXED.replace("192.0.2.10:5060", "[2001:db8::1]:5060").replace(
        "198.51.100.20:5060", "[2001:db8::2]:5061"
    )
    ladder = ladder.replace(
        "INVITE\n", "INVITE\n       Call-ID: one\n       Contact: <sip:alice@example.com>\n"
    )

    async def script(room, pilot):
        await rooms.press(pilot, "f3")
        room.screen.query_one("#filter").value = typed
        await rooms.settle(pilot)
        assert len(rooms.rows(room)) == found

    rooms.play(rooms.room_of(rooms.written(tmp_path, ladder)), script)


def test_a_wide_screen_has_source_and_destination():
    async def script(room, pilot):
        head, line = rooms.shown(room).splitlines()[2:4]
        assert head.index("Source") == line.index("192.0.2.10:5060")
        assert head.index("Destination") == line.index("198.51.100.1:5060")
        assert "File" not in head
        await pilot.resize_terminal(80, 24)
        await rooms.until(pilot, lambda: max(map(len, rooms.shown(room).splitlines())) == 80)
        assert "Source" not in rooms.shown(room)
        assert "Destination" not in rooms.shown(room)

    rooms.play(rooms.room_of(rooms.sample("busy")), script, size=(140, 45))


def test_of_several_files_a_row_names_its_own():
    async def script(room, pilot):
        lines = rooms.shown(room).splitlines()
        assert "File" in lines[2]
        assert "2:busy.pcap" in next(line for line in lines[3:] if " 486 " in line)
        await rooms.press(pilot, *["greater_than_sign"] * 9)
        assert room.screen.calls.table.sort == "input"

    rooms.play(rooms.room_of(rooms.sample("healthy-call"), rooms.sample("busy")), script, size=(180, 20))


def test_rows_of_several_days_name_the_day(tmp_path):
    next_day = """
90000.000  [later] alice -> bob    OPTIONS
90000.100  [later] alice <- bob    200 OK
"""

    async def one_day(room, pilot):
        assert " 09:00:00 " in rooms.shown(room)
        assert "01-05" not in rooms.shown(room)

    async def two_days(room, pilot):
        lines = rooms.shown(room).splitlines()[3:5]
        assert "01-05 09:00:00" in lines[0]
        assert "01-06 10:00:00" in lines[1]

    rooms.play(rooms.room_of(rooms.written(tmp_path, MIXED)), one_day)
    rooms.play(rooms.room_of(rooms.written(tmp_path, MIXED + next_day)), two_days)


@pytest.mark.parametrize(
    ("length", "shown"), [(0.04, "0:00.0"), (29.976, "0:30.0"), (59.96, "1:00.0"), (3599.97, "1:00:00")]
)
def test_durations_are_rounded(tmp_path, length, shown):
    ladder = MIXED.replace("0.100", "0.020").replace("0.200", f"{length:.3f}")

    async def script(room, pilot):
        assert f" {shown} " in rooms.shown(room).splitlines()[3] + " "

    rooms.play(rooms.room_of(rooms.written(tmp_path, ladder)), script)


def test_sorting_by_key_and_by_a_click_on_the_heading():
    async def script(room, pilot):
        calls = room.screen.calls
        heading = rooms.shown(room).splitlines()[2]
        await pilot.click("#calls", offset=(heading.index("Msgs") + 1, 0))
        await rooms.settle(pilot)
        assert calls.table.sort == "messages"
        counts = [entry.messages for entry in rooms.rows(room)]
        assert counts == sorted(counts)
        await rooms.press(pilot, "z")
        assert [entry.messages for entry in rooms.rows(room)] == sorted(counts, reverse=True)
        await rooms.press(pilot, "less_than_sign")
        assert calls.table.sort == "input"

    rooms.play(rooms.room_of(str(rooms.SAMPLES)), script, size=(150, 40))


def test_the_cursor_stays_on_its_row_when_rows_move():
    async def script(room, pilot):
        await rooms.press(pilot, "down", "down", "down")
        entry = room.screen.calls.current()
        await rooms.press(pilot, "greater_than_sign", "greater_than_sign", "greater_than_sign", "z")
        assert room.screen.calls.current() is entry

    rooms.play(rooms.room_of(str(rooms.SAMPLES)), script)


def test_marks_are_shown_counted_and_opened_together():
    async def script(room, pilot):
        await rooms.press(pilot, "space", "space")
        assert [entry.index for entry in room.store.entries if entry.marked] == [1, 2]
        assert "Marked: 2" in rooms.shown(room)
        await rooms.press(pilot, "f4")
        assert "2 calls together" in rooms.shown(room)

    rooms.play(rooms.room_of(str(rooms.SAMPLES)), script)


def test_a_click_chooses_a_row_and_a_second_one_opens_it():
    async def script(room, pilot):
        await pilot.click("#calls", offset=(20, 3))
        await rooms.settle(pilot)
        assert room.screen.calls.cursor == 2
        entry = room.screen.calls.current()
        await pilot.click("#calls", offset=(20, 3))
        await rooms.settle(pilot)
        assert room.screen.entries == [entry]

    rooms.play(rooms.room_of(str(rooms.SAMPLES)), script)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (250, 60)])
def test_lines_fill_the_screen_and_no_more(size):
    async def script(room, pilot):
        for keys in ((), ("enter",), ("escape", "f8"), ("f9",), ("escape", "f1")):
            await rooms.press(pilot, *keys)
            lines = rooms.shown(room).splitlines()
            assert len(lines) == size[1]
            assert all(len(line) <= size[0] for line in lines)

    rooms.play(rooms.room_of(str(rooms.SAMPLES)), script, size=size)


def test_leaving_takes_q_or_escape_twice():
    async def script(room, pilot):
        await rooms.press(pilot, "escape")
        assert room.is_running
        assert room._exit is False
        await rooms.press(pilot, "escape")
        assert room._exit

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


@pytest.mark.parametrize("between", ["o", "t", "v", "down", "c", "f12"])
def test_a_key_between_two_escapes_keeps_the_room_open(between):
    async def script(room, pilot):
        await rooms.press(pilot, "escape", between, "escape")
        assert room._exit is False
        await rooms.press(pilot, "escape")
        assert room._exit

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


def test_an_escape_that_ended_the_filter_or_came_before_a_click_counts_for_nothing():
    async def script(room, pilot):
        await rooms.press(pilot, "escape", "slash", "escape", "escape")
        assert room._exit is False
        await rooms.press(pilot, "escape")
        await pilot.click("#calls", offset=(20, 2))
        await rooms.press(pilot, "escape")
        assert room._exit is False

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


@pytest.mark.parametrize(
    ("key", "said"), [("o", "F1 has all keys"), ("t", "< and > sort"), ("d", "Enter opens it")]
)
def test_keys_of_sngrep_that_do_nothing_here_say_what_to_press(key, said):
    async def script(room, pilot):
        await rooms.press(pilot, key)
        assert said in " ".join(each.message for each in room._notifications)

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


def test_fifty_thousand_rows_cost_no_more_than_those_on_the_screen(monkeypatch):
    drawn = []
    row = table.row

    def counted(entry, columns, labels):
        drawn.append(entry)
        return row(entry, columns, labels)

    monkeypatch.setattr(table, "row", counted)

    async def script(room, pilot):
        calls = room.screen.calls
        calls.table.rows = room.store.entries * 25_000
        calls.renew()
        await rooms.settle(pilot)
        drawn.clear()
        await rooms.press(pilot, "end")
        assert calls.cursor == 49_999
        await rooms.press(pilot, "up", "pageup")
        assert 0 < len(drawn) < 1000

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


def test_clearing_empties_the_list():
    async def script(room, pilot):
        await rooms.press(pilot, "f5")
        assert rooms.rows(room) == []
        await rooms.press(pilot, "enter", "space", "f2", "f6")
        assert room.screen.calls.current() is None

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


def test_everything_is_said_in_japanese():
    async def script(room, pilot):
        assert "最後まで読了" in rooms.shown(room)
        await rooms.press(pilot, "enter")
        assert "呼を" in rooms.shown(room) or "呼 " in rooms.shown(room)
        await rooms.press(pilot, "question_mark")
        assert "キー操作" in rooms.shown(room)

    rooms.play(rooms.room_of(rooms.sample("busy"), lang="ja"), script)
