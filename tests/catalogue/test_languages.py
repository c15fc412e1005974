"""Every language says all that English says, with the same placeholders, and nothing of it is older than its English."""

import pytest

from analyser.annotate import Sentence, rule
from analyser.annotate.wording import said
from analyser.codes import languages, translated
from analyser.codes.files import Files
from analyser.codes.sentences import placeholders
from analyser.codes.translation import digest, faults, stale
from tests.support.catalogue import ROOT, replace
from tests.support.sentences import sentences_by_family
from tests.support.translated import rule_entries, rule_faults

OTHERS = [lang for lang in languages() if lang != "en"]


def test_japanese_is_there():
    assert "ja" in OTHERS


@pytest.mark.parametrize("lang", OTHERS)
def test_a_language_is_complete_and_current(lang):
    assert list(faults(Files(ROOT), lang)) == []


@pytest.mark.parametrize("lang", OTHERS)
def test_all_that_rules_say_is_translated_and_current(lang):
    assert list(rule_faults(Files(ROOT), lang)) == []


CHANGES = [
    (
        "ja/report.toml",
        '\n[title]\ncall = "',
        '\n[title]\ncalled = "',
        "report.toml: [title].call: is missing",
    ),
    (
        "ja/report.toml",
        "\n[title]\n",
        '\n[title]\nspare = "x"\n',
        "report.toml: [title].spare: is not in English",
    ),
    ("ja/report.toml", "{source}", "{sauce}", "has the placeholders"),
    ("ja/codes/4xx.toml", "[412.PUBLISH]", "[412.INVITE]", "codes/4xx.toml: [412].PUBLISH: is missing"),
    (
        "en/codes/4xx.toml",
        "entity-tag unknown",
        "entity-tag not known",
        "codes/4xx.toml:412: the English has changed",
    ),
    (
        "en/report.toml",
        'ms = "{number} ms"',
        'ms = "{number} msec"',
        "report.toml:time.ms: the English has changed",
    ),
    ("en/pairs.toml", "100 comes from", "A 100 comes from", "pairs.toml:100-180: the English has changed"),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), CHANGES, ids=[change[3] for change in CHANGES])
def test_what_is_wrong_is_named(copy, name, old, new, message):
    replace(copy / name, old, new)

    assert [fault for fault in faults(Files(copy), "ja") if message in fault]


def test_a_file_that_is_missing_or_too_much(copy):
    (copy / "ja/terms.toml").rename(copy / "ja/words.toml")

    found = list(faults(Files(copy), "ja"))

    assert "catalogue/ja/terms.toml: is missing" in found
    assert "catalogue/ja/words.toml: has no counterpart in catalogue/en/" in found


def test_a_list_that_lost_an_item(copy):
    replace(copy / "ja/pairs.toml", "differences = [", 'differences = ["新しい文。",')

    assert [fault for fault in faults(Files(copy), "ja") if "items where English has" in fault]


def test_a_rule_whose_english_changed_is_stale():
    current = rule_entries()
    entry = next(iter(current))

    found = list(stale(Files(ROOT), "ja", current | {entry: "0"}))

    assert found == [f"catalogue/ja/{entry}: the English has changed since it was translated"]


def test_aliases_are_free():
    assert digest({"short": "x", "aliases": ["y"]}) == digest({"short": "x"})
    assert digest({"short": "x"}) != digest({"short": "y"})


def test_placeholders_count_with_their_formats():
    assert placeholders("{b:.1f} and {a}, again {a}") == ["a:", "b:.1f"]


def test_the_sentences_of_the_rules_are_found_in_their_sources():
    found = sentences_by_family()

    assert sum(map(len, found.values())) > 200
    assert all(isinstance(text, str) and text for texts in found.values() for text in texts)


def test_a_sentence_without_translation_stays_english():
    unknown = Sentence("{who} said what no rule says.")

    assert translated(unknown, "calls", "ja") == unknown
    assert said(unknown, {"who": "alice"}, "calls", "ja") == "alice said what no rule says."


def test_a_rule_without_translation_stays_english():
    def check(subject):
        """Explains."""
        yield from ()

    check.__module__ = "analyser.rules.calls.another"
    made = rule("another", on=object, severity=1, summary="a summary", remedy="A remedy.", refs=())(check)

    assert made.words_in("ja") == ("a summary", "A remedy.", "Explains.")
