"""Lines are measured in cells, wrapped at words and never cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.report.layout import LEAST_TEXT, cells, hang, pad, pad_left, wrap

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "M", "Z"]) | st.sampled_from(" 日本語"))


def plain(line):
    return "".join(text for text, _ in line)


def test_words_move_to_the_next_line():
    lines = wrap([("the call was answered but no ACK ", ""), ("reached the callee", "strong")], 20)

    assert [plain(line) for line in lines] == ["the call was", "answered but no ACK", "reached the callee"]
    assert lines[2] == [("reached the callee", "strong")]


def test_a_word_longer_than_the_line_is_broken_not_cut():
    assert [plain(line) for line in wrap([("see " + "x" * 45, "")], 20)] == [
        "see",
        "x" * 20,
        "x" * 20,
        "x" * 5,
    ]


def test_wide_letters_take_two_columns_and_need_no_spaces():
    lines = [plain(line) for line in wrap([("応答 " + "通話が確立しましたが確認が届きません", "")], 20)]

    assert [cells(line) for line in lines] == [19, 20, 2]
    assert "".join(lines).replace(" ", "") == "応答通話が確立しましたが確認が届きません"


@given(st.lists(st.tuples(TEXT, st.sampled_from(["", "strong"]))), st.integers(LEAST_TEXT, 60))
def test_no_line_is_too_wide_and_no_letter_is_lost(spans, width):
    lines = wrap(spans, width)

    assert all(cells(plain(line)) <= width for line in lines)
    assert "".join("".join(map(plain, lines)).split()) == "".join("".join(map(plain, [spans])).split())


def test_a_hanging_text_stays_in_its_column():
    lines = hang([("Seen", "faint")], [("one two three four five six seven", "")], 30, 12)

    assert [plain(line) for line in lines] == ["Seen        one two three four", "            five six seven"]


@pytest.mark.parametrize("text", ["abc", "日本", ""])
def test_padding_counts_columns(text):
    assert cells(pad(text, 6)) == 6
    assert cells(pad_left(text, 6)) == 6
