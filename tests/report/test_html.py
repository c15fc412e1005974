"""The HTML page: one file that loads nothing, says its verdict without a script, and holds each call once."""

import base64
import hashlib
import io
import random
import re

import pytest

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.pipeline import analyse
from analyser.report.dossier import Dossier
from analyser.report.html import write_page
from analyser.report.page.frame import environment, frame
from analyser.report.page.packing import MAX_GROUP, Packing, gated
from analyser.rules import all_rules
from analyser.track import Sighting
from analyser.wire import Coverage
from tests.report import sample_rules, stories
from tests.report.pages import block, groups, page_of, page_of_ladders, parsed, records
from tests.report.runs import events_of, messages
from tests.report.test_hostile import PAYLOADS, poisoned
from tests.support.samples import SAMPLES

STORIES = tuple(stories.ALL.values())

BUDGET_OF_A_CALL = 3 * 1024
"""Octets in the page of an everyday call over one proxy, at most: docs/report.md says so."""

MARKUP = {
    "end of script": b"</script><script>document.title='owned'</script>",
    "comment": b"<!--<script>",
    "image": b"<img src=x onerror=document.title='owned'>",
    "attribute": b"\"' onmouseover=alert(1) x='\"",
    "link": b'<a href="javascript:alert(1)">',
    "entity": b"&lt;b&gt;&#x3c;",
    "template": b"{{ 7*7 }}{% include 'base.html' %}${7*7}",
    "line separators": "\u2028\u2029".encode(),
    "NUL": b"a\x00b",
    "prototype": b"__proto__",
}

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


@pytest.fixture(scope="module")
def page():
    return page_of_ladders(*STORIES, rules=sample_rules.ALL)


def test_the_policy_lets_in_the_style_and_the_script_by_their_hashes(page):
    (policy,) = parsed(page).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))

    for name, pattern in (("style-src", r"<style>(.*?)</style>"), ("script-src", r'"module">(.*?)</script>')):
        (text,) = re.findall(pattern, page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules.pop(name) == f"'sha256-{digest}'"
    assert rules == {
        "default-src": "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_nothing_in_it_is_loaded_from_elsewhere(page):
    tree = parsed(page)

    assert not tree.xpath("//@src | //@srcset | //@action | //@data | //iframe | //object | //embed | //base")
    assert {link for link in tree.xpath("//@href") if not link.startswith("#")} == {"data:,"}
    (style,) = tree.xpath("//style/text()")
    assert not re.search(r"url\(|@import|expression", style)
    assert not tree.xpath("//@style | //@*[starts-with(name(), 'on')]")


def test_the_script_never_makes_markup_of_text(page):
    (script,) = parsed(page).xpath("//script[@type='module']/text()")

    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setAttribute\(.style|DOMParser|"
        r"\bfetch\(|XMLHttpRequest|import\(|^\s*(import|export)\s",
        script,
        re.MULTILINE,
    )


def test_each_call_is_where_the_index_says(page):
    index, held = block(page, "index"), groups(page)

    assert len(index["key"]) == len({*index["key"]}) == sum(map(len, held)) == len(STORIES)
    for key, group, place in zip(index["key"], index["group"], index["place"], strict=True):
        assert held[group][place]["key"] == key


def test_findings_stand_in_the_page_without_its_script(page):
    tree = parsed(page)
    articles = tree.xpath("//article[contains(@class, 'finding')]")
    arrows = {
        (record["key"], message["number"]) for record in records(page) for message in record["messages"]
    }

    assert articles
    assert tree.xpath("//section[@id='verdict']//p")
    assert tree.xpath("//noscript//p")
    for article in articles:
        assert list(article.xpath(".//dt/text()"))[:3] == ["Seen", "Where", "Next step"]
        (link, *_) = article.xpath(".//a[contains(@class, 'arrow-link')]/@href")
        call, message = map(int, re.fullmatch(r"#call-(\d+)/message-(\d+)", link).groups())
        assert (call, message) in arrows


def test_the_worst_comes_first(page):
    order = ["error", "warning", "notice"]
    found = [name.split()[1] for name in parsed(page).xpath("//article/@class")]

    assert found == sorted(found, key=order.index)


@pytest.mark.parametrize("payload", (PAYLOADS | MARKUP).values(), ids=PAYLOADS | MARKUP)
def test_hostile_text_stays_text(payload):
    name = payload.decode(errors="surrogateescape")
    coverage = Coverage(frames=1, notes=[name])
    coverage.not_decoded[name] = 1

    text = page_of(events_of(poisoned(payload), sample_rules.ALL, inputs=(name,), coverage=coverage))

    text.encode("utf-8")
    assert not UNSEEN.search(text)
    tree = parsed(text)
    assert not tree.xpath("//img | //a[starts-with(@href, 'javascript')] | //@onerror | //@onmouseover")
    data = tree.xpath("//script[@type!='module']")
    assert len(tree.xpath("//script")) == len(data) + 1
    assert {element.get("id") for element in data} == {
        "words", "head", "index", *(f"group-{number}" for number in range(len(groups(text)))),
    }  # fmt: skip
    found = records(text)
    assert block(text, "index")["key"] == [record["key"] for record in found]
    assert not UNSEEN.search(str(found))
    raw = "".join(message["raw"] for record in found for message in record["messages"])
    if payload.isascii() and payload.decode().isprintable():
        assert payload.decode()[:200] in raw


def test_the_gate_knows_keys_and_keeps_the_lines_of_a_message():
    told = gated(
        {"\u202ekey": ["a\r\nb", {"raw": "INVITE\r\nVia: \x1b[2J\r\n\r\n\tb"}], "n": 1.5, "none": None}
    )

    assert told == {
        "\\u202ekey": ["a\\r\\nb", {"raw": "INVITE\nVia: \\x1b[2J\n\n\\tb"}],
        "n": 1.5,
        "none": None,
    }


def test_an_everyday_call_keeps_to_its_budget():
    text = page_of_ladders(*[stories.PROXIED] * 50)
    octets = sum(map(len, parsed(text).xpath("//script[starts-with(@id, 'group-')]/text()")))

    assert octets / len(records(text)) < BUDGET_OF_A_CALL
    assert "KiB of this file each" in text


def test_a_call_of_huge_messages_is_cut_and_says_so():
    noise = random.Random(1)
    exchange = [
        (time, hop, octets.replace(b"\r\n\r\n", b"\r\nX-Noise: %s\r\n\r\n" % noise.randbytes(30_000).hex().encode(), 1))
        for time, hop, octets in messages(stories.NO_ACK)
    ]  # fmt: skip
    text = page_of(events_of(exchange))
    (record,) = records(text)

    assert all(len(message["raw"]) < 5_000 for message in record["messages"])
    assert all(message["raw_left_out"] > 50_000 for message in record["messages"])
    assert len(text) < 200_000


def test_the_page_is_written_while_the_calls_come():
    """What has been written is not held: after thousands of calls most of them are in the stream."""
    dossier = Dossier("en")
    for event in events_of(messages(stories.NO_ACK)):
        dossier.receive(event)
    (record,) = dossier.subjects()
    noise = random.Random(2)
    stream, seen = io.StringIO(), []

    def many():
        for number in range(400):
            seen.append(stream.tell())
            yield {**record, "key": number, "call_id": noise.randbytes(1_000).hex()}

    write_page(stream, dossier.head(), many(), "en")

    assert seen[200] > seen[0] + 100_000
    assert seen[-1] > seen[200] + 100_000
    assert len(groups(stream.getvalue())) > 3


def test_a_group_is_as_large_as_a_browser_likes():
    packing = Packing()
    record = {"key": 1, "call_id": "x" * (MAX_GROUP // 3)}
    held = list(packing.groups([record] * 7))

    assert len(held) == 4  # two fit
    assert packing.calls == 7
    assert packing.octets == sum(map(len, held))


@pytest.mark.parametrize(("lang", "title"), [("en", "SIP report"), ("ja", "SIP レポート")])
def test_it_speaks_the_language_asked_for(lang, title):
    tree = parsed(page_of_ladders(stories.BUSY, lang=lang))

    assert tree.get("lang") == lang
    assert tree.xpath("//h1/text()") == [title]
    assert tree.xpath("//title/text()")[0].startswith(title)


def test_one_call_needs_no_chart():
    tree = parsed(page_of_ladders(stories.BUSY))

    assert not tree.xpath("//figure")
    assert tree.xpath("//section[@id='figures']//table")


def test_many_calls_are_charted_without_style_or_script_of_the_charts():
    tree = parsed(page_of_ladders(*STORIES * 8))
    charts = tree.xpath("//figure//*[local-name()='svg' and @role='img']")

    assert len(charts) >= 2
    assert all(chart.get("aria-label") for chart in charts)
    assert not tree.xpath("//figure//style | //figure//script | //figure//@style | //figure//defs")
    assert not tree.xpath("//figure//@class[contains(., 'color-')]")
    for figure in tree.xpath("//figure"):
        assert figure.xpath("./figcaption/text()")
    labels = set(tree.xpath("//figure//*[local-name()='text']/text()"))
    assert not any("…" in label for label in labels)


def test_landmarks_headings_and_names(page):
    tree = parsed(page)

    assert len(tree.xpath("//main")) == len(tree.xpath("//h1")) == 1
    assert tree.xpath("//nav/@aria-label")
    assert tree.xpath("//a[@class='skip']/@href") == ["#content"]
    identifiers = tree.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    for link in tree.xpath("//header//a/@href"):
        assert link[1:] in identifiers
    for labelled in tree.xpath("//@aria-labelledby"):
        assert labelled in identifiers


def test_nothing_at_all_is_a_page_too():
    text = page_of(events_of([], coverage=Coverage()))

    assert block(text, "index")["key"] == []
    assert groups(text) == []
    assert parsed(text).xpath("//section[@id='verdict']//p")


def test_the_frame_serves_other_pages():
    text = environment().get_template("base.html").render(**frame("en"))
    tree = parsed(text)

    assert tree.xpath("//button[@id='theme']")
    assert "startTheme()" in tree.xpath("//script/text()")[0]


def test_real_rules_write_their_findings():
    text = page_of(events_of(messages(stories.NO_ACK), all_rules()))

    assert "unacknowledged-answer" in parsed(text).text_content()


@rule(
    "two-of-a-message",
    on=Sighting,
    severity=Severity.NOTICE,
    summary="two things of one message",
    remedy="Nothing to do.",
    refs=(),
)
def two_of_a_message(sighting):
    """The first message, twice."""
    if sighting.number == 1:
        yield Evidence(sighting, Sentence("the one"))
        yield Evidence(sighting, Sentence("the other"))


def test_all_that_a_rule_finds_at_a_message_is_told_there():
    page = page_of_ladders(STORIES[0], rules=[two_of_a_message])
    (finding,) = block(page, "head")["findings"]

    assert [[note for note, _ in notes] for notes in finding["notes"].values()] == [["the one", "the other"]]


@pytest.mark.parametrize(("lang", "said"), [("en", "no final response"), ("ja", "最終応答なし")])
def test_a_request_without_a_final_response_may_have_had_provisional_ones(lang, said):
    page = page_of(analyse([SAMPLES / "scanner.pcap"]), lang)
    (table,) = parsed(page).xpath("//section[@id='figures']//table[.//th[@scope='row'][.='203.0.113.66']]")

    assert said in table.text_content()


def test_where_nothing_was_read_nothing_is_called_good():
    """The tick stands for calls that went well, not for a capture of the wrong interface."""
    (verdict,) = parsed(page_of(events_of([]))).xpath("//section[@id='verdict']")

    assert verdict.get("class") == "verdict notice"
    assert "✓" not in verdict.text_content()
    (healthy,) = parsed(page_of_ladders(stories.HEALTHY)).xpath("//section[@id='verdict']")
    assert healthy.get("class") == "verdict good"
