"""Text in cells, the columns of the table, differences, and when the collector runs."""

import gc
import weakref

import pytest

from analyser.pipeline import analyse
from analyser.report.layout import cells, width_of
from analyser.sip import parse
from analyser.tui import difference, memory, store, table
from analyser.tui.labels import Labels
from analyser.tui.shape import chopped, cut
from tests.tui import rooms

TEXTS = ("", "abc", "電話番号", "a電b話c", "é" * 9)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", range(9))
def test_cut_text_fits(text, width):
    shown = cut(text, width)

    assert cells(shown) <= width
    assert shown == text or not width or shown.endswith("…")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", range(2, 9))
def test_chopped_text_fits_and_is_whole(text, width):
    pieces = list(chopped(text, width))

    assert "".join(pieces) == text
    assert all(cells(piece) <= width for piece in pieces)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [60, 80, 100, 132, 200])
def test_the_columns_fit_the_screen_and_the_important_ones_stay(width, lang):
    columns = table.layout(width, Labels(lang))

    assert 2 + sum(size + 1 for _, size in columns) <= width
    assert {"state", "code", "from", "to", "findings"} <= {column.name for column, _ in columns}
    assert width_of(table.head(columns, table.Table(), Labels(lang))) == 2 + sum(
        size + 1 for _, size in columns
    )


@pytest.mark.parametrize("width", [60, 120])
def test_differences_hold_every_line_of_both(width):
    one, other = ["same", "only here", "", "  end"], ["same", "there", "and there", "", "  end"]
    lines = difference.difference(one, other, width, Labels("en"))
    text = "\n".join("".join(part for part, _ in line) for line in lines)

    assert all(line in text for line in (*one, *other))
    assert "- only here" in text
    assert "+ and there" in text
    assert {style for line in lines for _, style in line} >= {"faint", "removed", "added"}


def test_messages_that_are_the_same_are_said_to_be():
    lines = difference.difference(["a"], ["a"], 80, Labels("en"))

    assert lines[0][-1] == ("The two messages are the same.", "good")


def test_only_so_many_lines_are_compared_and_that_is_said(monkeypatch):
    monkeypatch.setattr(difference, "MAX_COMPARED", 3)
    lines = difference.difference(list("abcdef"), list("abcdxy"), 80, Labels("en"))

    assert "Only the first 3 lines were compared." in "".join(text for text, _ in lines[-1])


class _Cycle:
    def __init__(self):
        self.me = self


@pytest.fixture
def _collector_as_before():
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("_collector_as_before")
def test_rows_that_were_let_go_leave_memory_in_the_end():
    cycle = _Cycle()
    collector = memory.Collector()
    gone = weakref.ref(cycle)
    del cycle
    collector.turn(10)
    gc.collect()
    assert gone() is not None
    collector.turn(100_000)
    assert gone() is None


def test_what_was_let_go_is_taken_apart(monkeypatch):
    monkeypatch.setattr(store, "MAX_ENTRIES", 5)
    kept = store.Store()
    monkeypatch.setattr("analyser.track.release._WAITING", 0)
    calls = {}
    for event in analyse([str(rooms.SAMPLES)]):
        kept.receive((event,))
        calls |= {each: each.subject for each in kept.entries if each.subject is not None}
    empty = [subject for subject in calls.values() if not subject.transactions]
    assert empty
    assert not {id(subject) for subject in empty} & {id(each.subject) for each in kept.entries}


def _message(*fields, start="OPTIONS sip:bob@example.com SIP/2.0"):
    head = [start, "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa", "CSeq: 1 OPTIONS", "Call-ID: a", *fields]
    return parse(("\r\n".join(head) + "\r\nContent-Length: 0\r\n\r\n").encode())


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_two_messages_say_otherwise_comes_before_their_lines(lang):
    one, other = _message("Supported: 100rel", "Max-Forwards: 70"), _message("k: timer", "max-forwards: 70")
    lines = difference.meaning(one, other, 60, Labels(lang))
    text = "\n".join("".join(part for part, _ in line) for line in lines)

    assert "Supported" in text
    assert "100rel" in text.partition("+")[0]
    assert "timer" in text.partition("+")[2]
    assert "Max-Forwards" not in text


def test_messages_that_are_only_spelt_otherwise_say_the_same():
    lines = difference.meaning(_message("s: x"), _message("Subject:  x"), 90, Labels("en"))

    assert lines[0][-1][0].startswith("They say the same")


def test_a_request_and_a_response_are_not_alike():
    assert difference.meaning(_message(), _message(start="SIP/2.0 200 OK"), 60, Labels("en")) == []
