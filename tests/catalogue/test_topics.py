# ruff: noqa: RUF001 - full-width marks are what a Japanese sentence ends with
"""The topics beside the codes: whole sentences, links that lead somewhere, timers that add up, causes both ways."""

import re

import pytest

from analyser.codes import all_codes, languages, our_topics, status_code, tls_alert
from analyser.codes.files import Files
from analyser.codes.store import ours
from analyser.codes.topics import FILES, folded
from analyser.rules import all_rules

TOPICS = our_topics()
EVERY = [(kind, key, lang) for lang in languages() for kind in FILES for key in TOPICS.keys(kind)]
ENDS = (".", "。", "?", "？", "!")
T1, T2, LAST = 0.5, 4.0, 32.0


def texts(topic):
    return [topic.meaning, *topic.when, *topic.fix, *filter(None, [topic.pitfalls])]


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("lang", languages())
def test_words_are_whole_sentences(kind, lang):
    for key in TOPICS.keys(kind):
        topic = TOPICS.topic(kind, key, lang)
        for text in texts(topic):
            assert text.endswith(ENDS), f"{kind} {key}: {text}"
            assert text == text.strip()
            assert not re.search(r"\b([^\W\d_]{2,}) \1\b(?!-)|[{}]|  |。。", text, re.IGNORECASE), (
                f"{kind} {key}: {text}"
            )
        assert not topic.short.endswith((".", "。")), topic.short


def test_every_link_to_a_rule_leads_to_one():
    ids = {rule.id for rule in all_rules()}
    linked = {
        link.key
        for kind, key, lang in EVERY
        if lang == "en"
        for link in TOPICS.topic(kind, key).see
        if link.kind == "rule"
    }

    assert linked <= ids


def test_every_code_names_rules_that_there_are():
    ids = {rule.id for rule in all_rules()}

    for code in all_codes():
        assert set(status_code(code).rules) <= ids, code


def test_every_header_field_of_a_code_has_its_page():
    named = {field.name for code in all_codes() for field in status_code(code).headers}

    assert named <= set(TOPICS.keys("header"))


def test_the_glossary_has_sixty_terms():
    assert len(TOPICS.keys("term")) >= 60


def test_an_alert_of_tls_is_found_by_its_number():
    assert tls_alert(48).key == "unknown_ca"
    assert tls_alert(48, "ja").meaning.startswith("相手の証明書")
    assert tls_alert(255) is None


def test_nothing_is_without_a_reference_but_terms():
    assert not [
        (kind, key) for kind, key, lang in EVERY if kind != "term" and not TOPICS.topic(kind, key, lang).ref
    ]


def doubling(cap):
    """Copies of what is sent at 0, then after T1, doubling up to a cap, until 64*T1."""
    at, gap, found = 0.0, T1, []
    while at < LAST:
        found.append(at)
        at, gap = at + gap, min(2 * gap, cap)
    return found


SCHEDULES = {"A": LAST, "E": T2, "G": T2, "2xx-retransmission": T2, "reliable-1xx-retransmission": LAST}


@pytest.mark.parametrize(("timer", "cap"), SCHEDULES.items())
def test_a_timer_that_sends_follows_its_rule(timer, cap):
    schedule = list(TOPICS.topic("timer", timer).facts["schedule"])

    assert schedule in (doubling(cap), doubling(cap)[1:])


@pytest.mark.parametrize(
    ("timer", "seconds"),
    [
        ("T1", 0.5),
        ("T2", 4),
        ("T4", 5),
        ("B", 32),
        ("F", 32),
        ("H", 32),
        ("I", 5),
        ("J", 32),
        ("K", 5),
        ("L", 32),
        ("M", 32),
        ("N", 32),
    ],
)
def test_the_values_of_timers(timer, seconds):
    assert TOPICS.topic("timer", timer).facts["seconds"] == seconds


@pytest.mark.parametrize(
    ("cause", "codes"),
    [
        (1, [404]),
        (16, None),
        (17, [486]),
        (18, [408]),
        (19, [480]),
        (27, [502]),
        (28, [484]),
        (34, [503]),
        (102, [504]),
        (127, [500]),
    ],
)
def test_causes_to_sip_are_those_of_rfc_3398(cause, codes):
    assert TOPICS.topic("q850", str(cause)).facts.get("to_sip") == codes


def test_every_cause_that_a_code_maps_to_has_its_page():
    causes = {status_code(code).q850 for code in all_codes()}

    assert {str(cause) for cause in causes if isinstance(cause, int)} <= set(TOPICS.keys("q850"))


@pytest.mark.parametrize("lang", languages())
def test_no_two_entries_of_a_kind_share_a_name(lang):
    for kind in FILES:
        seen = {}
        for key, names in TOPICS.names(kind, "en", lang):
            for name in set(map(folded, names)):
                assert seen.setdefault(name, key) == key, f"{kind}: {name} is {seen[name]} and {key}"


CUT = sorted(
    name
    for name in (path.relative_to(ours().root).as_posix() for path in ours().root.rglob("*.toml"))
    if "/rules/" not in name and not name.endswith(("digests.toml", "wire.toml"))
)


@pytest.mark.parametrize("path", CUT)
def test_entries_cut_out_of_a_file_are_those_of_the_file(path):
    files, whole = Files(ours().root), Files(ours().root).table(path)

    assert {key: files.entry(path, key) for key in files.keys(path)} == {
        key: value for key, value in whole.items() if isinstance(value, (dict, list))
    }
    if path.endswith(("report.toml", "explain.toml", "compare.toml")):
        return
    for field in ("phrase", "name", "aliases", "found_by", "rules", "q850"):
        assert files.field(path, field) == {
            key: value[field] for key, value in whole.items() if isinstance(value, dict) and field in value
        }
