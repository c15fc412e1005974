# ruff: noqa: RUF001 - full-width marks are what it is about
"""What the decoders say in English is found in the reader's language, whatever the wire puts into it."""

import ast
import time

import pytest

from analyser.codes import languages, sentences
from analyser.report.foreign_words import foreign
from analyser.wire import MILLISECOND
from tests.support import decoder_words
from tests.support.decoder_words import template, texts

OF_THE_SYSTEM = {"standard input", "Permission denied", "Input/output error", "No space left on device"}
"""Values of other texts, which no source of ours says."""


def test_the_sources_are_understood():
    found = texts()

    assert {"IP protocol {}", "IP protocol {} ({})", "incomplete IP fragments"} <= found["reason"]
    assert {"TCP streams", "peers", "registrations"} <= found["evicted"]
    assert {"not read: {}", "is a {} file; convert it first: editcap -F pcap {} converted.pcap"} <= found[
        "note"
    ]


@pytest.mark.parametrize("lang", [lang for lang in languages() if lang != "en"])
@pytest.mark.parametrize("group", ["reason", "evicted", "note", "defect"])
def test_all_that_decoders_say_is_translated(lang, group):
    known = {
        template(key.partition(".")[2]) for key in sentences("wire", lang) if key.startswith(f"{group}.")
    }

    assert known - (OF_THE_SYSTEM if group == "note" else set()) == texts()[group]


SAID = [
    ("reason", "link type 147", "リンクタイプ 147"),
    ("reason", "IP protocol 9", "IP プロトコル 9"),
    ("reason", "IP protocol 132 (SCTP)", "IP プロトコル 132（SCTP）"),
    ("reason", "ethertype 0x88b7", "EtherType 0x88b7"),
    ("evicted", "IP fragments", "IP フラグメント"),
    (
        "note",
        "a: b.pcap: the file ends inside the record of frame 7",
        "a: b.pcap: フレーム 7 のレコードの途中でファイルが終わっています。",
    ),
    ("note", "standard input: the file is empty", "標準入力: ファイルが空です。"),
    (
        "note",
        "not read: d/x.txt: is text, not a packet capture",
        "読み込みませんでした。d/x.txt: パケットキャプチャではなく、テキストファイルです。",
    ),
    (
        "note",
        "not read: x: is a snoop file; convert it first: editcap -F pcap x converted.pcap",
        "読み込みませんでした。x: snoop のファイルです。先に変換してください：editcap -F pcap x converted.pcap",
    ),
    ("note", "not read: x: Permission denied", "読み込みませんでした。x: 読み取る権限がありません。"),
    ("defect", "missing-cseq", "CSeq なし"),
]


@pytest.mark.parametrize(("group", "english", "japanese"), SAID)
def test_a_text_is_said_in_japanese(group, english, japanese):
    assert foreign(group, english, "ja") == japanese
    assert foreign(group, english, "en") == english


@pytest.mark.parametrize(
    "text", ["", "a new reason", "link type", "link type x", "{0}", "link type {number}"]
)
def test_what_nobody_translated_is_not_lost(text):
    assert foreign("reason", text, "ja") == text


def test_braces_in_the_name_of_a_file_are_letters():
    said = foreign("note", "{0}{x!r:>9999}: the file ends inside the record of frame 1", "ja")

    assert said == "{0}{x!r:>9999}: フレーム 1 のレコードの途中でファイルが終わっています。"


@pytest.mark.parametrize(
    "part", [": ", "not read: ", ": is a  file; convert it first: editcap -F pcap ", "link type "]
)
def test_a_hostile_name_costs_no_more_than_its_length(part):
    """Ten times the length takes about ten times as long; a search that begins anew at each letter takes a hundred times."""

    def best(times):
        name = part * times
        taken = []
        for _ in range(5):
            begin = time.process_time_ns()
            assert foreign("note", name, "ja")
            taken.append(time.process_time_ns() - begin)
        return min(taken)

    best(1)  # reads the catalogue
    assert best(200_000) < 40 * max(best(20_000), MILLISECOND)


def test_an_expression_that_is_not_understood_is_told():
    module = decoder_words._Module(ast.parse("packet.reason = why(packet)\npacket.reason = packet.reason"))
    calls, passed_on = [value for _, value in module.said(reasons=True)]

    assert module.templates(passed_on) == set()
    with pytest.raises(AssertionError, match=r"line 1: not understood: why\(packet\)"):
        module.templates(calls)
