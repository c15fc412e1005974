"""The ladder, the message beside it, and what can be done with a message."""

import pytest

from analyser.pipeline import analyse
from analyser.report.rows import rows_of
from analyser.sip import Response
from analyser.tui.call import CallScreen
from analyser.tui.labels import Labels
from analyser.tui.runs import folded
from analyser.tui.store import Store
from tests.tui import rooms


def test_enter_opens_the_annotated_ladder_with_message_and_meaning():
    async def script(room, pilot):
        await rooms.press(pilot, "enter")
        text = rooms.shown(room)
        assert "198.51.100.10" in text
        assert "── INVITE (SDP) ──" in text
        assert "! unacknowledged-answer" in text
        assert "INVITE sip:bob@203.0.113.20 SIP/2.0" in text
        assert "asks to start a call" in text
        assert "Header fields" in text
        await rooms.press(pilot, "f8")
        assert room.screen.current.frame == 4
        text = rooms.shown(room)
        assert "SIP/2.0 200 OK" in text
        assert "ERROR" in text
        assert "RFC 3261 §13.3.1.4" in " ".join(rooms.pane(room, "#meaning").split())

    rooms.play(rooms.room_of(rooms.sample("ack-lost-behind-nat")), script, size=(160, 50))


def test_retransmissions_are_one_arrow_until_they_are_unfolded():
    async def script(room, pilot):
        await rooms.press(pilot, "enter")
        (again,) = (line for line in rooms.shown(room).splitlines() if "←╌" in line)
        assert "200 OK \u00d710 ╌" in again
        assert "sent again 10 times, the last at +34.900" in " ".join(rooms.pane(room, "#ladder").split())
        await rooms.press(pilot, "down", "down", "down", "down")
        assert room.screen.current.frame == 5
        await rooms.press(pilot, "u")
        assert room.screen.current.frame == 5
        again = [line for line in rooms.shown(room).splitlines() if "←╌" in line]
        assert len(again) == sum(seen.retransmission for seen in room.screen._messages) == 10
        await rooms.press(pilot, "down", "down", "u")
        assert room.screen.current.frame == 5
        await rooms.press(pilot, "down")
        assert room.screen.current.frame == 15

    rooms.play(rooms.room_of(rooms.sample("ack-lost-behind-nat")), script, size=(180, 50))


@pytest.mark.parametrize("width", [62, 80, 140])
def test_how_often_it_came_stands_at_the_arrow_however_narrow(width):
    async def script(room, pilot):
        await rooms.press(pilot, "enter")
        assert "\u00d710" in rooms.pane(room, "#ladder")

    rooms.play(rooms.room_of(rooms.sample("ack-lost-behind-nat")), script, size=(width, 24))


def test_copies_fold_as_in_the_report():
    setting = Labels("en").setting(120)
    kept = Store()
    kept.receive(analyse([str(rooms.SAMPLES)]))
    for entry in kept.entries:
        rows = rows_of(entry.sightings, {}, setting.words, several_inputs=True)
        runs = [[f"{seen.input + 1}:{seen.frame}" for seen in run] for run in folded(entry.sightings)]
        assert runs == [row.frames for row in rows]
    assert any(len(run) > 1 for entry in kept.entries for run in folded(entry.sightings))


def test_a_finding_at_a_copy_unfolds_the_ladder():
    async def script(room, pilot):
        (entry,) = room.store.entries
        copies = [seen for seen in entry.sightings if seen.retransmission]
        room.push_screen(CallScreen([entry], copies[2]))
        await rooms.settle(pilot)
        assert room.screen.current is copies[2]
        await rooms.press(pilot, "escape")
        room.push_screen(CallScreen([entry], copies[0]))
        await rooms.settle(pilot)
        assert room.screen.current is copies[0]
        assert "\u00d710" in rooms.shown(room)

    rooms.play(rooms.room_of(rooms.sample("ack-lost-behind-nat")), script, size=(160, 50))


def test_a_refusal_is_explained_for_the_method_that_it_answers():
    async def script(room, pilot):
        await rooms.press(pilot, "enter")
        while (
            room.screen.current.message.__class__ is not Response or room.screen.current.message.status != 412
        ):
            await rooms.press(pilot, "down")
        assert "412" in rooms.shown(room)
        await rooms.press(pilot, "e")
        text = rooms.shown(room)
        assert "412 Conditional Request Failed" in text
        assert "in answer to PUBLISH" in text

    rooms.play(rooms.room_of(rooms.sample("publish-412-loop")), script, size=(160, 50))


def test_a_small_screen_shows_one_pane_after_the_other():
    async def script(room, pilot):
        await rooms.press(pilot, "enter")
        assert "Via: SIP/2.0/UDP" in rooms.shown(room)
        await rooms.press(pilot, "t")
        text = rooms.shown(room)
        assert "Via: SIP/2.0/UDP" not in text
        assert "INVITE asks the called user agent" in text
        await rooms.press(pilot, "t")
        assert not room.screen.query_one("#detail").display
        await rooms.press(pilot, "t", "tab")
        assert room.screen.focused.id == "raw"
        await rooms.press(pilot, "tab")
        assert room.screen.focused.id == "ladder"

    rooms.play(rooms.room_of(rooms.sample("ack-lost-behind-nat")), script, size=(80, 24))


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("f3", "RTP"),
        ("x", "then F4"),
        ("f5", "then F5"),
        ("l", "not resolved"),
        ("C", "c changes"),
        ("D", "(SDP)"),
    ],
)
def test_keys_of_sngrep_that_do_nothing_here_say_what_to_press(key, said):
    async def script(room, pilot):
        await rooms.press(pilot, "enter", key)
        assert type(room.screen).__name__ == "CallScreen"
        assert said in " ".join(each.message for each in room._notifications)

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


def test_the_first_size_of_the_message_comes_back():
    async def script(room, pilot):
        await rooms.press(pilot, "enter")
        width = room.screen.query_one("#detail").size.width
        await rooms.press(pilot, "0", "0")
        assert room.screen.query_one("#detail").size.width > width
        await rooms.press(pilot, "T")
        assert room.screen.query_one("#detail").size.width == width

    rooms.play(rooms.room_of(rooms.sample("busy")), script, size=(160, 50))


def test_two_marked_messages_are_compared():
    async def script(room, pilot):
        await rooms.press(pilot, "enter", "down", "space", "down", "down", "space")
        text = rooms.shown(room)
        assert "frame 2 (401 Unauthorized) compared with frame 4 (401 Unauthorized)" in text
        lines = text.splitlines()
        assert any(line.strip().startswith("- CSeq: 1 REGISTER") for line in lines)
        assert "+ CSeq: 2 REGISTER" in text
        await rooms.press(pilot, "escape", "d")
        assert "frame 2 (401 Unauthorized) compared with frame 4" in rooms.shown(room)

    rooms.play(rooms.room_of(rooms.sample("wrong-password")), script)


def test_the_first_message_has_nothing_before_it_to_compare_with():
    async def script(room, pilot):
        await rooms.press(pilot, "enter", "d")
        assert type(room.screen).__name__ == "CallScreen"
        await rooms.press(pilot, "space", "space")
        assert room.screen._marked is None

    rooms.play(rooms.room_of(rooms.sample("wrong-password")), script)


def test_raw_messages_are_read_one_below_the_other():
    async def script(room, pilot):
        await rooms.press(pilot, "f6")
        text = rooms.shown(room)
        assert "frame 1  2026-01-05 09:00:00.000" in text
        assert "INVITE sip:" in text
        await rooms.press(pilot, "escape", "enter", "end", "enter")
        assert f"frame {room.store.entries[0].sightings[-1].frame} " in rooms.shown(room)

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


def test_more_elements_than_fit_are_named_at_each_message():
    async def script(room, pilot):
        await rooms.press(pilot, "enter")
        assert " → 198.51.100" in rooms.shown(room)

    rooms.play(rooms.room_of(rooms.sample("forked-call")), script, size=(62, 24))


def test_findings_lead_to_their_message():
    async def script(room, pilot):
        await rooms.press(pilot, "f8")
        worst = [found.worst for found in (each for each in room.screen._items if hasattr(each, "findings"))]
        assert worst == sorted(worst, reverse=True)
        index = next(
            place
            for place, item in enumerate(room.screen._items)
            if not hasattr(item, "findings") and item.rule.id == "stuck-on-trying"
        )
        finding = room.screen._items[index]
        room.screen.view.go(index)
        await rooms.press(pilot, "enter")
        assert room.screen.current is finding.evidence.at
        assert finding.frame == room.screen.current.frame

    rooms.play(rooms.room_of(str(rooms.SAMPLES)), script)


@pytest.mark.parametrize("by_way_of", [("f8",), ("f9", "f8")])
def test_findings_are_those_of_the_rows_that_the_filter_shows(by_way_of):
    async def script(room, pilot):
        await rooms.press(pilot, "slash", *"publish", "enter")
        shown = rooms.rows(room)
        assert 0 < len(shown) < len(room.store.entries)
        await rooms.press(pilot, *by_way_of)
        items = room.screen._items
        findings = [item for item in items if not hasattr(item, "findings")]
        assert len(findings) == sum(len(entry.findings) for entry in shown) > 0
        assert {item.rule.id for item in items} == {rule for entry in shown for rule in entry.rules}
        assert (
            f"Of {len(shown)} of {len(room.store.entries)} rows only, by the filter: publish"
            in rooms.shown(room)
        )
        await rooms.press(pilot, "escape", "escape", "f8")
        assert len([item for item in room.screen._items if hasattr(item, "findings")]) == len(
            room.store.found
        )
        assert "by the filter" not in rooms.shown(room)

    rooms.play(rooms.room_of(str(rooms.SAMPLES)), script)


def test_that_no_row_shown_has_findings_is_said():
    async def script(room, pilot):
        await rooms.press(pilot, "slash", *"nobody", "enter", "f8")
        assert "No rule found anything so far in the rows that the filter shows." in rooms.shown(room)

    rooms.play(rooms.room_of(rooms.sample("wrong-password")), script)


def test_a_finding_without_a_message_leads_to_its_rule():
    async def script(room, pilot):
        await rooms.press(pilot, "f8", "down", "enter")
        assert "tls-certificate-out-of-date" in rooms.shown(room)
        assert type(room.screen).__name__ == "ExplanationScreen"

    rooms.play(rooms.room_of(rooms.sample("tls-certificate-expired")), script)


def test_statistics_hold_codes_key_figures_and_coverage():
    async def script(room, pilot):
        await rooms.press(pilot, "f9")
        text = rooms.shown(room)
        assert "486 Busy Here" in text
        assert "KEY FIGURES" in text
        await rooms.press(pilot, "end")
        assert "WHAT WAS READ" in rooms.shown(room).upper()

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


def test_any_code_is_explained_as_it_is_typed():
    async def script(room, pilot):
        await rooms.press(pilot, "f10", *"412")
        assert "412 Conditional Request Failed" in rooms.shown(room)
        await rooms.press(pilot, *"x")
        assert "nothing is known about '412x'" in rooms.shown(room)
        await rooms.press(pilot, "escape")
        assert type(room.screen).__name__ == "CallsScreen"

    rooms.play(rooms.room_of(rooms.sample("busy")), script)


def test_colours_go_round():
    async def script(room, pilot):
        themes = [room.theme]
        for _ in range(3):
            await rooms.press(pilot, "c")
            themes.append(room.theme)
        assert themes == ["textual-dark", "textual-light", "ansi-dark", "textual-dark"]

    rooms.play(rooms.room_of(rooms.sample("busy")), script)
