"""A fault in what a language says is a CatalogueError that names file and key, and never a crash on a page."""

import shutil

import pytest

from analyser.codes import Catalogue
from analyser.codes.check import check_catalogue
from analyser.errors import CatalogueError
from tests.support.catalogue import replace

LANGUAGE_FAULTS = [
    (
        "ja/explain.toml",
        '\n[sender]\nuas = "',
        '\n[sender]\nuas = "{who}',
        r"ja/explain\.toml: sender\.uas: has \{who\}, which",
    ),
    ("ja/compare.toml", "{code}", "{cod}", r"ja/compare\.toml: \S+: has \{cod\}, which English has not"),
    ("ja/report.toml", "{number}", "{number", r"ja/report\.toml: time\.ms: expected '}'"),
    ("ja/report.toml", "{number}", "{}", r"ja/report\.toml: time\.ms: has \{\}, which English has not"),
    (
        "ja/report.toml",
        "{number}",
        "{number.real}",
        r"ja/report\.toml: time\.ms: has \{number\.real\}, which",
    ),
    ("ja/report.toml", "{number}", "{number:d}", r"ja/report\.toml: time\.ms: has \{number:d\}, which"),
    ("ja/report.toml", "{number}", "{number!x}", r"ja/report\.toml: time\.ms: has \{number!x\}, which"),
    (
        "ja/wire.toml",
        '= "リンクタイプ {number}"',
        '= "{kind}"',
        r"ja/wire\.toml: reason\.link type \{number\}: has \{kind\}",
    ),
    (
        "ja/wire.toml",
        '"link type {number}" = "リンクタイプ {number}"',
        '"link {}" = "リンク {}"',
        r"wire\.toml: reason\.link \{\}: has \{\}, which has no name",
    ),
    (
        "ja/wire.toml",
        '"link type {number}"',
        '"link type {number"',
        r"wire\.toml: reason\.link type \{number: expected '}'",
    ),
    (
        "ja/wire.toml",
        '"too many headers" = "',
        '"too many headers" = 5 #',
        r"wire\.toml: reason\.too many headers: must be a text",
    ),
    (
        "ja/rules/calls.toml",
        'summary = "',
        "summary = 5 #",
        r"ja/rules/calls\.toml: \[answer-crossed-cancel\]\.summary: must be a text",
    ),
    (
        "ja/rules/calls.toml",
        'explanation = """',
        'explanation = 5\nspare = """',
        r"calls\.toml: \[answer-crossed-cancel\]\.explanation: must",
    ),
    (
        "ja/rules/calls.toml",
        "[answer-crossed-cancel]\n",
        'spare = "x"\n[answer-crossed-cancel]\n',
        r"calls\.toml: \[spare\]: must be a table",
    ),
    (
        "ja/rules/shared.toml",
        "[sentences]\n",
        '[sentences]\n"{one}" = "{two}"\n',
        r"shared\.toml: \[sentences\]\.\{one\}: has \{two\}",
    ),
    (
        "ja/rules/shared.toml",
        "[sentences]\n",
        '[sentences]\n"one" = ["two"]\n',
        r"shared\.toml: \[sentences\]\.one: must be a text",
    ),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"), LANGUAGE_FAULTS, ids=[fault[3] for fault in LANGUAGE_FAULTS]
)
def test_a_broken_language_is_named_when_it_is_read(copy, name, old, new, message):
    replace(copy / name, old, new)
    lang, _, file = name.removesuffix(".toml").partition("/")
    said = Catalogue(copy).sentences

    with pytest.raises(CatalogueError, match=message):
        said.rule_table(file.removeprefix("rules/"), lang) if "/" in file else said.all_of(file, lang)
    with pytest.raises(CatalogueError, match=message):
        check_catalogue(copy)


@pytest.mark.parametrize("name", ["report", "explain", "compare"])
def test_a_sentence_that_a_language_lacks_is_named(copy, name):
    (copy / f"ja/{name}.toml").write_text('[a]\nb = "c"\n', encoding="utf-8")
    (copy / f"en/{name}.toml").write_text('[a]\nb = "c"\nd = "e"\n', encoding="utf-8")
    said = Catalogue(copy).sentences.all_of(name, "ja")

    assert (said["a.b"], said.get("a.d"), "a.d" in said) == ("c", None, False)
    with pytest.raises(CatalogueError, match=rf"catalogue/ja/{name}\.toml: a\.d: no such key"):
        said["a.d"]


def test_a_language_that_is_only_begun_is_none(copy):
    shutil.copytree(copy / "en/codes", copy / "nl/codes")
    (copy / "spare").mkdir()
    catalogue = Catalogue(copy)

    assert catalogue.sentences.languages() == ("en", "ja")
    for asked in (catalogue.sentences.check_language, lambda lang: catalogue.status_code(412, lang)):
        with pytest.raises(CatalogueError, match=r"catalogue/nl/check\.toml: is missing"):
            asked("nl")
    with pytest.raises(CatalogueError, match=r"catalogue/nl/check\.toml: is missing"):
        check_catalogue(copy)


def test_a_language_needs_no_words_for_the_decoders(copy):
    (copy / "ja/wire.toml").unlink()

    assert Catalogue(copy).sentences.wire_words("ja") == {}
