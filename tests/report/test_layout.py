# ruff: noqa: RUF001 - full-width marks are what it is about
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


JAPANESE = (
    "プロキシは（400～699 の応答を）「再送」します。INVITE、ACK、BYE が 32 秒以内に届かなければ、Session-Expires と "
    "Min-SE（RFC 4028）を確認してください。"
)


@pytest.mark.parametrize("width", range(LEAST_TEXT, 90))
def test_japanese_breaks_where_japanese_may(width):
    lines = [plain(line) for line in wrap([(JAPANESE, "")], width)]

    assert all(cells(line) <= width for line in lines)
    assert not [line for line in lines[1:] if line[0] in "、。，．）」～ーっゃゅょッャュョ"]
    assert not [line for line in lines if line[-1] in "（「"]
    words = ["400", "699", "INVITE", "ACK", "BYE", "RFC", "4028", "Session-Expires", "Min-SE"]
    assert all(any(word in line for line in lines) for word in words)


def test_a_number_goes_with_what_it_counts():
    for width in range(LEAST_TEXT, 40):
        lines = [plain(line) for line in wrap([("タイムアウトまでの時間は 32 秒です", "")], width)]
        assert not [line for line in lines if line.endswith("32")]


def test_a_mark_stays_with_a_word_of_another_style():
    lines = wrap([("長い説明のある呼の確立", "strong"), ("。次", "")], 22)

    assert [plain(line) for line in lines] == ["長い説明のある呼の確", "立。次"]
    assert lines[1] == [("立", "strong"), ("。次", "")]


def test_marks_without_end_are_wrapped_fast():
    for text in (
        "（" * 50_000,
        "。" * 50_000,
        "（。" * 50_000,
        "あ1 " * 50_000,
        "1 あ" * 50_000,
        "か\u3099" * 50_000,
    ):
        assert all(cells(plain(line)) <= 80 for line in wrap([(text, "")], 80))


def test_a_number_stays_with_its_measure():
    lines = wrap([("the final answer came (after 60 ms) and no more", "")], 29)

    assert ["".join(text for text, _ in line) for line in lines] == [
        "the final answer came (after",
        "60 ms) and no more",
    ]


def test_a_number_in_brackets_stays_with_what_it_counts():
    lines = wrap([("変更を受け入れ、ACK が続く（195 ミリ秒後）", "")], 32)

    assert ["".join(text for text, _ in line) for line in lines] == [
        "変更を受け入れ、ACK が続く",
        "（195 ミリ秒後）",
    ]
