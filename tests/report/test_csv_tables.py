"""Tables: what is in a row, and that no cell is a formula."""

import csv
import io

import pytest

from analyser.pipeline import analyse
from analyser.report.csv_tables import CALLS, FINDINGS, MAX_CELL, MESSAGES, CsvTable, cell
from analyser.wire import SECOND
from tests.report import runs, sample_rules, stories
from tests.report.test_hostile import FORBIDDEN, PAYLOADS, poisoned
from tests.support.samples import SAMPLES

ANSWERED = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.000  alice -> bob    INVITE
1.000  alice <- bob    200 OK
1.100  alice -> bob    ACK
2.000  alice -> bob    BYE
2.100  alice <- bob    200 OK
"""
TABLES = {"calls": CALLS, "messages": MESSAGES, "findings": FINDINGS}


def table(events, name, **options):
    stream = io.StringIO(newline="")
    report = CsvTable(stream, name, **options)
    for event in events:
        report.receive(event)
    report.finish()
    return stream.getvalue()


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_for_each_call_with_what_was_found_in_it():
    (row,) = rows(table(analyse([SAMPLES / "ack-lost-behind-nat.pcap"]), "calls"))

    assert row == {
        "number": "1",
        "input": "0",
        "frame": "1",
        "started": "2026-01-05T09:00:00.000000000Z",
        "from": "alice@example.com",
        "to": "bob@203.0.113.20",
        "uri": "sip:bob@203.0.113.20",
        "call_id": "04584e67c9acdc1d@198.51.100.10",
        "source": "198.51.100.10:5060",
        "target": "203.0.113.20:5060",
        "state": "ended",
        "outcome": "answered, then ended",
        "status": "200",
        "setup": "0.21",
        "answered": "2026-01-05T09:00:03.400000000Z",
        "ended": "2026-01-05T09:00:35.400000000Z",
        "duration": "32.0",
        "messages": "16",
        "severity": "error",
        "rules": "unacknowledged-answer",
    }


def test_a_row_for_each_message_and_each_finding():
    events = list(analyse([SAMPLES / "ack-lost-behind-nat.pcap"]))

    messages = rows(table(events, "messages"))
    (finding,) = rows(table(events, "findings"))

    assert len(messages) == 16
    assert (messages[3]["status"], messages[3]["method"], messages[3]["role"], messages[3]["elapsed"]) == (
        "200",
        "INVITE",
        "final",
        "3.4",
    )
    assert (messages[0]["kind"], messages[0]["verdict"], messages[4]["retransmission"]) == (
        "request",
        "",
        "1",
    )
    assert (finding["rule"], finding["frame"], finding["severity"]) == ("unacknowledged-answer", "4", "error")


def test_calls_are_told_in_the_language_asked_for():
    text = table(analyse([SAMPLES / "busy.pcap"]), "calls", lang="ja")

    assert "失敗" in text


@pytest.mark.parametrize("text", ["=1+1", "+813123", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1"])
def test_no_cell_is_a_formula(text):
    assert cell(text).startswith("'")


@pytest.mark.parametrize("text", ["sip:a;=1+1", 'sip:a;"=1+1', "a;@SUM(A1);b", "a;\uff1d1"])
def test_no_cell_is_one_where_semicolons_part_them(text):
    """As in a spreadsheet of a country with decimal commas."""
    (parted,) = csv.reader(io.StringIO(cell(text)), delimiter=";")

    assert not any(part.lstrip('"').startswith(("=", "+", "-", "@", "\uff1d")) for part in parted)


@pytest.mark.parametrize("letter", ["\x1b", "\u202e", "\U000e0001", "="])
def test_a_cell_has_room_in_a_spreadsheet(letter):
    assert len(cell(letter * MAX_CELL)) < 32_767


def test_a_clock_that_was_set_back_gives_no_duration():
    backwards = [(9 * SECOND - time, hop, octets) for time, hop, octets in runs.messages(ANSWERED)]
    (row,) = rows(table(runs.events_of(backwards), "calls"))

    assert (row["setup"], row["duration"]) == ("", "")
    assert row["answered"] > row["ended"]


def test_a_long_cell_says_how_much_there_was():
    assert cell("a" * (MAX_CELL + 5)) == "a" * MAX_CELL + "… (+5)"


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("payload", [*PAYLOADS.values(), b'",=1+1,"', b"=cmd|'/C calc'!A0"])
def test_hostile_text_stays_in_its_cell(name, payload):
    text = table(runs.events_of(poisoned(payload), sample_rules.ALL), name)

    parsed = list(csv.reader(io.StringIO(text, newline="")))
    assert tuple(parsed[0]) == TABLES[name]
    assert len(parsed) > 1
    assert {len(row) for row in parsed} == {len(TABLES[name])}
    assert not FORBIDDEN.search(text.replace("\r\n", "\n"))
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for row in parsed for value in row)


def test_each_story_has_a_row_for_each_of_its_calls():
    for story in stories.ALL.values():
        events = list(runs.events(story))
        calls = sum(type(event).__name__ == "Call" for event in events)

        assert len(rows(table(events, "calls"))) == calls
