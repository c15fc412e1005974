# ruff: noqa: RUF001 - full-width marks are what it is about
"""The report in Japanese: nothing left in English, every line within the width, every column where it belongs."""

import functools
import io
import json
import re

import pytest
from click.testing import CliRunner

from analyser.annotate import Finding
from analyser.codes import phrases, sentences
from analyser.errors import UsageError
from analyser.pipeline import analyse
from analyser.report.jsonl import JsonLines
from analyser.report.layout import cells
from analyser.report.terminal import TerminalReport
from analyser.rules import all_rules
from tests.report import stories
from tests.report.runs import events, events_of, report_of
from tests.report.test_hostile import FORBIDDEN, PAYLOADS, poisoned
from tests.support.samples import SAMPLES

WIDTHS = [60, 80, 100, 132]
CAPTURES = {path.stem: path for path in sorted(SAMPLES.glob("*.pcap"))}
WORDS = sentences("report", "ja")

ENGLISH = re.compile(
    r"(?<![\w-])(?:the|of|was|were|and|is|are|with|after|no|not|frames?|seconds?|packets?|calls?|messages?)(?![\w-])"
    r"|\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b"
)
OF_THE_PROTOCOL = re.compile(
    r'"[^"]*"|\S+\.pcap|sip-analyser explain \S+|'
    + "|".join(re.escape(phrase) for phrase in sorted(phrases().values(), key=len, reverse=True))
)
BEGINS_NO_LINE = "、。，．）」』：；？！ーっゃゅょッャュョ"
ENDS_NO_LINE = "（「『"


@functools.cache
def happened(name):
    if name in CAPTURES:
        return list(analyse([CAPTURES[name]]))
    return list(events(stories.ALL[name.removeprefix("story ")], all_rules()))


@functools.cache
def report(name, width=100):
    return report_of(happened(name), width, lang="ja")


LISTED = {
    60: {
        "busy",
        "codec-mismatch-488",
        "forked-call",
        "healthy-call",
        "redirect-302",
        "stuck-on-trying",
        "story proxied",
    },
    80: {"forked-call"},
}
"""Whose ladder is a list on a narrow screen, because its elements do not fit side by side."""
WITHOUT_RATIOS = {"publish-412-loop", "publish-412-recovery", "story alive"}
"""No call and no registration, so nothing to measure."""
EVERY = pytest.mark.parametrize("name", [*CAPTURES, *(f"story {story}" for story in stories.ALL)])
EACH_WIDTH = pytest.mark.parametrize("width", WIDTHS)


@EVERY
def test_nothing_is_left_in_english(name):
    assert ENGLISH.findall(own_words(report_of(happened(name), 132)))
    assert ENGLISH.findall(own_words(report(name, 132))) == []


def own_words(text):
    return OF_THE_PROTOCOL.sub("", re.sub(r"[ |\n]+", " ", text))


@EVERY
@EACH_WIDTH
def test_every_line_fits_and_breaks_where_japanese_may(name, width):
    lines = report(name, width).splitlines()

    assert max(map(cells, lines)) <= width
    further = [line.strip() for line in lines if line.startswith(" ") and line.strip()]
    assert further
    assert not [line for line in further if line[0] in BEGINS_NO_LINE]
    assert not [line for line in lines if line and line[-1] in ENDS_NO_LINE]


def at(line, column):
    """The letter that begins in a column of the screen; nothing in the middle of a wide one."""
    used = 0
    for letter in line:
        if used >= column:
            return letter if used == column else ""
        used += cells(letter)
    return " "


def column_of(line, text):
    return cells(line[: line.index(text)])


@EVERY
@EACH_WIDTH
def test_the_lifelines_of_a_ladder_stand_below_each_other(name, width):
    columns, gutter, rows, heads = [], 0, 0, 0
    for line in report(name, width).splitlines():
        if re.match(r" *No\. +秒", line):
            heads += 1
            gutter = column_of(line, "秒") + 4
            columns = [cells(line[: found.start()]) for found in re.finditer(r"(?<=  )\S+", line)][1:]
        elif not re.match(r" *\d+ +[+-]\d|  +\S", line):
            gutter = 0
        if gutter and columns and "No." not in line:
            rows += 1
            assert columns[0] == gutter
            assert at(line, columns[0]) in "|:"
            assert at(line, columns[-1]) in "|:"
    assert heads
    assert (rows == 0) == (name in LISTED.get(width, ()))


@EVERY
@EACH_WIDTH
def test_the_tables_have_straight_columns(name, width):
    lines = report(name, width).splitlines()
    numbers = lines[lines.index(WORDS["figures.heading"]) : lines.index(WORDS["coverage.heading"])]
    codes = {
        column_of(line, found[1]) for line in numbers if (found := re.search(r"\d  (\d{3} [A-Z])", line))
    }
    assert len(codes) == 1

    measured = [line for line in numbers if re.match(r"[A-Z]{3}\S* +[\d.,]+ ", line)]
    starts = set()
    for line in measured:
        definition = WORDS[f"kpi.{line.split()[0]}.definition"]
        starts.add(column_of(line, definition[:4]))
    assert len(starts) == (0 if name in WITHOUT_RATIOS else 1)


@EVERY
@EACH_WIDTH
def test_a_finding_has_its_text_in_one_column(name, width):
    lines = report(name, width).splitlines()
    assert (WORDS["findings.heading"] in lines) == any(isinstance(event, Finding) for event in happened(name))
    if WORDS["findings.heading"] not in lines:
        return
    labels = [WORDS[f"findings.{label}"] for label in ("seen", "where", "next", "standard", "also", "rule")]
    indent = 5 + max(map(cells, labels))
    found = lines[lines.index(WORDS["findings.heading"]) : lines.index(WORDS["ladder.heading"])]
    rows = [line for line in found if line.startswith("   ") and not re.match(r" {5,}(?! )", line)]
    assert set(labels[:3]) < {line.split()[0] for line in rows} <= set(labels)
    assert all(at(line, indent) not in ("", " ") and at(line, indent - 1) == " " for line in rows)


@pytest.mark.parametrize("name", ["wrong-password", "ack-lost-behind-nat"])
def test_json_lines_speak_japanese_where_asked_to(name):
    objects = {}
    for lang in ("en", "ja"):
        stream = io.StringIO()
        lines = JsonLines(stream, lang)
        for event in happened(name):
            lines.receive(event)
        objects[lang] = [json.loads(line) for line in stream.getvalue().splitlines()]

    ever = set()
    assert {"finding", "message"} <= {english["event"] for english in objects["en"]}
    for english, japanese in zip(*objects.values(), strict=True):
        said = {key for key in english if english[key] != japanese[key]}
        ever |= said
        assert said <= {"summary", "note", "remedy", "annotation"}
        if english["event"] == "finding":
            assert said == {"summary", "note", "remedy"}
        if "annotation" in said:
            assert {
                key for key, value in english["annotation"].items() if japanese["annotation"][key] != value
            } == {"meaning"}
    assert ever == {"summary", "note", "remedy", "annotation"}


def printed(*arguments, **environment):
    from analyser.cli import main

    return CliRunner().invoke(main, ["read", *arguments], env=environment, catch_exceptions=False)


def test_the_report_follows_the_locale_and_the_option():
    path = str(CAPTURES["busy"])

    assert WORDS["figures.heading"] in printed(path, LC_ALL="ja_JP.UTF-8").stdout
    assert WORDS["figures.heading"] in printed(path, "--lang", "JA", LC_ALL="C").stdout
    assert "NUMBERS" in printed(path, "--lang", "en", LC_ALL="ja_JP.UTF-8").stdout
    with pytest.raises(UsageError, match="unknown language 'xx'"):
        printed(path, "--lang", "xx")


def test_json_lines_do_not_follow_the_locale():
    path = str(CAPTURES["wrong-password"])
    here = printed(path, "--format", "jsonl", LC_ALL="C").stdout

    assert printed(path, "--format", "jsonl", LC_ALL="ja_JP.UTF-8").stdout == here
    assert printed(path, "--format", "jsonl", "--lang", "ja", LC_ALL="C").stdout != here


def test_colour_changes_no_word():
    stream = io.StringIO()
    terminal = TerminalReport(stream, 80, True, lang="ja")
    for event in happened("wrong-password"):
        terminal.receive(event)
    terminal.finish()

    plain = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()]
    assert plain == report("wrong-password", 80).splitlines()


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
@EACH_WIDTH
def test_the_wire_has_no_power_over_a_japanese_report(payload, width):
    text = report_of(events_of(poisoned(payload), all_rules()), width, lang="ja")

    assert not FORBIDDEN.search(text)
    assert max(map(cells, text.splitlines())) <= width
