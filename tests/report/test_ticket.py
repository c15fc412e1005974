"""Markdown for a ticket: what it says, and that the wire cannot add to it."""

import io
import re

import pytest

from analyser.pipeline import analyse
from analyser.report.ticket import Ticket, block, inline
from tests.report import runs, sample_rules
from tests.report.test_hostile import FORBIDDEN, PAYLOADS, poisoned
from tests.support.samples import SAMPLES

CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


def ticket(events, **options):
    stream = io.StringIO()
    report = Ticket(stream, **options)
    for event in events:
        report.receive(event)
    report.finish()
    return stream.getvalue()


def bare(text):
    """A page without its blocks and code spans: where markup would mean something."""
    lines, fence = [], ""
    for line in text.splitlines():
        if fence:
            fence = "" if line == fence else fence
        elif line.startswith("```"):
            fence = line.removesuffix("text")
        else:
            lines.append(CODE.sub("", line))
    assert not fence, "a block is not closed"
    return lines


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pcap")), ids=lambda path: path.stem)
def test_a_sample_says_what_is_wrong_and_where(path):
    events = list(analyse([path]))

    text = ticket(events)

    assert text.startswith("# `")
    for event in events:
        if type(event).__name__ == "Finding":
            assert f"- **Rule**: {event.rule.id}" in text
    assert "## What was read" in text


def test_the_worked_example_is_drawn():
    text = ticket(analyse([SAMPLES / "ack-lost-behind-nat.pcap"]))

    assert "    1  +0.000  |-- INVITE (SDP) ----->|  asks to start a call" in text
    assert "- **Next step**: Compare the Contact" in text
    assert "- **SER 100.0 %** of 1: Session Establishment Ratio" in text


def test_japanese():
    text = ticket(analyse([SAMPLES / "busy.pcap"]), lang="ja")

    assert "## 数値" in text or re.search(r"## [぀-ヿ一-鿿]", text)


DANGEROUS = [
    "@octocat",
    "see #12 and GH-12",
    "[x](http://evil.example)",
    "![x](data:1)",
    "http://evil.example/x",
    "www.evil.example",
    "<img src=x onerror=y>",
    "&#64;octocat &lt;b&gt;",
    "a | b | c",
    "**bold** _it_ ~~no~~",
    "`code` and ``more`",
    "$x$ !12 %3 ~label &1",
    "- item",
    "1. item",
    "# heading",
    "===",
    "> quote",
    "{panel} [~user]",
    ":tada:",
    "alice@example.com",
    "mailto:a",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_sentence_means_only_itself(text):
    shown = inline(text)

    outside = CODE.sub("", shown)
    assert not re.search(r"[@#<>&\[\]|*_~$`{}]|://|www\.|:[a-z]+:|GH-\d|mailto:", outside), shown
    assert not re.match(r"(- |\d+\. |[=-]+$)", outside)
    said = CODE.sub(lambda found: found[2].strip(" ") if "`" in found[2] else found[2], shown)
    assert said.replace("\\", "") == text


def test_brackets_and_quotes_stay_outside_of_code():
    assert inline('gateway/4 (gw_sip) says "a_b".') == 'gateway/4 (`gw_sip`) says "`a_b`".'


def test_plain_words_stay_plain():
    text = "200 OK (after 3.4 s): the call is up, 12:03:04, 100 %. 次のホップ、192.0.2.1:5060"

    assert inline(text) == text


def test_no_line_closes_its_block():
    lines = list(block([[("````", "")], [("```text", "")]]))

    assert lines == ["", "`````text", "````", "```text", "`````"]


@pytest.mark.parametrize(
    "payload", [*PAYLOADS.values(), b"```` # x", b"<script>", b"|a|", b"@octocat http://x"]
)
def test_hostile_text_adds_no_markup(payload):
    text = ticket(
        runs.events_of(poisoned(payload), sample_rules.ALL, inputs=(repr(payload),)), all_calls=True
    )

    assert not FORBIDDEN.search(text)
    for line in bare(text):
        rest = re.sub(r"\*\*|^#+ |^- |^\d+\. ", "", line)
        assert not re.search(r"[@<>&\[\]|`]|://", rest), line
