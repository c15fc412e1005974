"""The gate between the wire and the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.report.wire_text import MAX_WIRE_TEXT, escape, wire_text


@pytest.mark.parametrize(
    ("wire", "shown"),
    [
        ("sip:bob@[fe80::1]", "sip:bob@[fe80::1]"),
        ("[bold]x[/bold] [/x]", "[bold]x[/bold] [/x]"),
        ("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x00\x7f\x85\x9b2J", r"\x00\x7f\x85\x9b2J"),
        ("eve\u202egro.live", r"eve\u202egro.live"),
        ("\u2066x\u2069\u200b\u200d\ufeff", r"\u2066x\u2069\u200b\u200d\ufeff"),
        ("lone \udc80 \ud800", r"lone \udc80 \ud800"),
        ("line\u2028paragraph\u2029", r"line\u2028paragraph\u2029"),
        ("\U000e0041tag", r"\U000e0041tag"),
        ("\u3164\u2800\ufe0f", r"\u3164\u2800\ufe0f"),
        ("Zoë Ångström Ελένη Мария", "Zoë Ångström Ελένη Мария"),
        ("鈴木\u3000一郎 ☎", "鈴木\u3000一郎 ☎"),
        ("สวัสดีค่ะ", "สวัสดีค่ะ"),
        ("e" + "\u0301" * 4, "e\u0301\u0301" + r"\u0301\u0301"),
        ("\u0301first", r"\u0301first"),
    ],
)
def test_what_is_invisible_or_active_is_shown_as_an_escape(wire, shown):
    assert escape(wire) == shown


@given(st.text())
def test_nothing_that_passes_can_act_on_the_terminal(text):
    shown = escape(text)

    assert all(character == "\u3000" or character.isprintable() for character in shown)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(character) for character in shown} & {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
    }
    shown.encode("utf-8")


@given(st.text(max_size=MAX_WIRE_TEXT))
def test_a_second_pass_changes_nothing(text):
    once = escape(text)

    assert escape(once) == once


def test_long_text_is_cut_and_says_by_how_much():
    assert wire_text("x" * 1000, 10) == "x" * 10 + "… (+990)"
    assert wire_text("x" * 10, 10) == "x" * 10
