"""A fault in a file is a CatalogueError that names file and key."""

import shutil

import pytest

from analyser.codes import Catalogue, Topics, pairs, rfc, rfc_of, sentence, status_code
from analyser.codes.check import check_catalogue
from analyser.codes.files import Files
from analyser.codes.translation import english_entries
from analyser.errors import CatalogueError
from tests.support.catalogue import replace

FAULTS = [
    (
        "codes/4xx.toml",
        'retry = "after-change"',
        'retry = "perhaps"',
        r"4xx\.toml: \[400\]\.retry: must be one of",
    ),
    ("codes/4xx.toml", 'phrase = "Bad Request"\n', "", r"4xx\.toml: \[400\]\.phrase: is missing"),
    ("codes/4xx.toml", 'verdict = "problem"\n', "", r"4xx\.toml: \[400\]\.verdict: is missing"),
    ("codes/4xx.toml", "q850 = 41", "q850 = 300", r"4xx\.toml: \[400\]\.q850: must be a Q\.850 cause"),
    ("codes/4xx.toml", "q850 = 41", "q851 = 41", r"4xx\.toml: \[400\]\.q851: is not a key"),
    ("codes/4xx.toml", '"RFC 3261 §21.4.1"', '"3261"', r"4xx\.toml: \[400\]\.ref: must be a reference"),
    (
        "codes/4xx.toml",
        'methods = ["PUBLISH"]',
        'methods = ["PUBLISHED"]',
        r"\[412\]\.methods: must be a list out of",
    ),
    ("codes/4xx.toml", "related = [401, 402", "related = [402", r"\[401\]\.related: 403 does not name 401"),
    (
        "codes/4xx.toml",
        'level = "MUST"',
        'level = "HAS TO"',
        r"\[401\]\.headers: WWW-Authenticate: level must be",
    ),
    ("codes/4xx.toml", "[400]", "[foo]", r"4xx\.toml: \[foo\]: must be a table named by a number"),
    ("codes/1xx.toml", "[100]", "[100", r"catalogue/codes/1xx\.toml: "),
    (
        "codes/unregistered.toml",
        "treat_as = 183",
        'treat_as = "183"',
        r"\[101\]\.treat_as: must be a whole number",
    ),
    (
        "en/codes/4xx.toml",
        "[412.PUBLISH]",
        "[412.INVITE]",
        r"en/codes/4xx\.toml: \[412\]\.INVITE: it may not answer",
    ),
    (
        "en/codes/4xx.toml",
        "[412.PUBLISH]",
        "[412.Publish]",
        r"en/codes/4xx\.toml: \[412\]\.Publish: is not a key",
    ),
    ("en/codes/4xx.toml", "Min-SE = ", "Min-Expires = ", r"\[422\]\.headers: Min-SE: is missing"),
    ("en/codes/5xx.toml", "[505]", "[506]", r"en/codes/5xx\.toml: \[506\] has no facts"),
    (
        "en/codes/unregistered.toml",
        "[class.3]",
        "[class.7]",
        r"unregistered\.toml: \[class\.3\]: must be a table",
    ),
    ("codes/4xx.toml", 'phrase = "Bad Request"', "phrase = 5", r"4xx\.toml: \[400\]\.phrase: must be a text"),
    ("codes/4xx.toml", '"RFC 3261 §21.4.1"', '["RFC 3261"]', r"4xx\.toml: \[400\]\.ref: must be a reference"),
    (
        "codes/4xx.toml",
        "retry_refs = [",
        "retry_refs = [5, ",
        r"4xx\.toml: \[400\]\.retry_refs: must be a list of ref",
    ),
    (
        "methods.toml",
        'see = ["',
        'see = ["code:abc", "',
        r"methods\.toml: \[INVITE\]\.see: must be a list of links",
    ),
    (
        "methods.toml",
        'see = ["',
        'see = ["code:999", "',
        r"methods\.toml: \[INVITE\]\.see: must be a list of links",
    ),
    (
        "methods.toml",
        'see = ["',
        'see = ["code:444", "',
        r"methods\.toml: \[INVITE\]\.see: 444 is not registered",
    ),
    (
        "timers.toml",
        "schedule = [",
        'schedule = [1, "a", ',
        r"timers\.toml: \[A\]\.schedule: must be a list of seconds",
    ),
    (
        "timers.toml",
        "schedule = [",
        "schedule = [9, ",
        r"timers\.toml: \[A\]\.schedule: must be a list of seconds",
    ),
    (
        "timers.toml",
        'value = "',
        '# "',
        r"timers\.toml: \[T1\]\.value: is missing, here or in catalogue/en/",
    ),
    ("q850.toml", "[1]", "[one]", r"q850\.toml: \[one\]: must be a table named by a number"),
    ("q850.toml", 'name = "', 'name = 5 #"', r"q850\.toml: \[1\]\.name: must be a text"),
    ("pairs.toml", '["100-180"]', "[abc]", r"pairs\.toml: \[100-180\] stands on one side only"),
    ("en/explain.toml", "backoff = ", "back-off = ", r"en/explain\.toml: retry\.backoff: is missing"),
    (
        "en/explain.toml",
        'backoff = "',
        'list = ["x"]\nbackoff = "',
        r"en/explain\.toml: retry\.list: must be a text",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), FAULTS, ids=[fault[3] for fault in FAULTS])
def test_a_fault_names_file_and_key(copy, name, old, new, message):
    replace(copy / name, old, new)

    with pytest.raises(CatalogueError, match=message):
        check_catalogue(copy)


@pytest.mark.parametrize("key", ["abc", "100", "100-", "100-1800", "０００-180"])  # noqa: RUF001 - no digits of ASCII
def test_a_pair_is_named_by_two_codes(copy, key):
    for name in ("pairs.toml", "en/pairs.toml", "ja/pairs.toml"):
        replace(copy / name, '["100-180"]', f'["{key}"]')

    with pytest.raises(
        CatalogueError, match=rf"catalogue/pairs\.toml: \[{key}\]: must be a table named by two codes"
    ):
        pairs(Catalogue(copy))
    with pytest.raises(
        CatalogueError, match=rf"catalogue/pairs\.toml: \[{key}\]: must be a table named by two codes"
    ):
        check_catalogue(copy)


NAMES = [("en", "name", "5"), ("ja", "aliases", "5"), ("ja", "found_by", '"x"'), ("en", "aliases", "[5]")]


@pytest.mark.parametrize(("lang", "key", "value"), NAMES)
def test_a_name_to_be_searched_is_a_text(copy, lang, key, value):
    (copy / f"{lang}/terms.toml").write_text(f"[dialog]\n{key} = {value}\n", encoding="utf-8")
    topics = Topics(Catalogue(copy))

    with pytest.raises(CatalogueError, match=rf"catalogue/{lang}/terms\.toml: \[dialog\]\.{key}: must be a "):
        list(topics.find("no such name", lang))


def test_a_document_that_a_rfc_does_not_define(copy):
    replace(copy / "codes/4xx.toml", '"RFC 3261 §21.4.1"', '"3GPP TS 24.229"')

    check_catalogue(copy)
    assert Catalogue(copy).status_code(400).ref == "3GPP TS 24.229"


@pytest.mark.parametrize(
    ("key", "ask"),
    [
        ("rules", lambda catalogue: catalogue.codes_of_rules()),
        ("q850", lambda catalogue: catalogue.codes_of_cause(1)),
        ("headers", lambda catalogue: catalogue.codes_with_header("Contact")),
    ],
)
def test_facts_that_are_searched_are_checked(copy, key, ask):
    replace(copy / "codes/6xx.toml", "[600]\n", f"[600]\n{key} = 5.5\n#")

    with pytest.raises(CatalogueError, match=rf"catalogue/codes/6xx\.toml: \[600\]\.{key}: must be a "):
        ask(Catalogue(copy))


@pytest.mark.parametrize(("lang", "value"), [("en", "5"), ("ja", "5"), ("ja", "['x']")])
def test_the_name_of_a_cause_is_a_text(copy, lang, value):
    file = copy / ("q850.toml" if lang == "en" else "ja/q850.toml")
    replace(file, '\nname = "', f'\nname = {value} #"')

    with pytest.raises(CatalogueError, match=r"q850\.toml: \[1\]\.name: must be a text"):
        Catalogue(copy).cause_name(1, lang)


def test_words_that_are_too_long_for_the_ladder(copy):
    replace(copy / "en/codes/4xx.toml", 'short = "', f'short = "{"x" * 60}')

    with pytest.raises(
        CatalogueError, match=r"en/codes/4xx\.toml: \[400\]\.short: takes \d+ columns, more than 60"
    ):
        check_catalogue(copy)


def test_a_missing_file_is_named(copy):
    (copy / "en/codes/6xx.toml").unlink()

    with pytest.raises(CatalogueError, match=r"catalogue/en/codes/6xx\.toml: No such file"):
        Catalogue(copy).status_code(603)


def test_bytes_that_are_no_text(copy):
    (copy / "codes/6xx.toml").write_bytes(b'[600]\nphrase = "\xff"\n')

    with pytest.raises(CatalogueError, match=r"catalogue/codes/6xx\.toml: not UTF-8 at byte 16"):
        Catalogue(copy).status_code(603)


def test_only_the_class_that_is_asked_for_is_read(copy):
    for digit in (1, 2, 3, 5, 6):
        (copy / f"codes/{digit}xx.toml").unlink()

    assert Catalogue(copy).status_code(412).phrase == "Conditional Request Failed"


def test_a_second_language_is_another_folder(copy):
    shutil.copytree(copy / "en", copy / "nl")
    replace(
        copy / "nl/codes/4xx.toml",
        'short = "entity-tag unknown or expired"',
        'short = "entity-tag onbekend of verlopen"',
    )
    stamped = (f'"{entry}" = "{digest}"\n' for entry, digest in english_entries(Files(copy)).items())
    (copy / "nl/digests.toml").write_text("".join(stamped), encoding="utf-8")

    check_catalogue(copy)
    catalogue = Catalogue(copy)
    assert catalogue.sentences.languages() == ("en", "ja", "nl")
    assert catalogue.status_code(412, "nl").words.short == "entity-tag onbekend of verlopen"
    assert catalogue.status_code(412).words.short == "entity-tag unknown or expired"


def test_a_language_that_is_not_there():
    with pytest.raises(CatalogueError, match="catalogue/xx: no such language; there are: en, ja"):
        status_code(412, "xx")


def test_sentences_are_found_by_dotted_key(copy):
    (copy / "en/report.toml").write_text('top = "Top"\n[a.b]\nc = "Deep"\n', encoding="utf-8")
    catalogue = Catalogue(copy)

    assert catalogue.sentences.one("top") == "Top"
    assert catalogue.sentences.one("a.b.c") == "Deep"
    with pytest.raises(CatalogueError, match=r"catalogue/en/report\.toml: a\.b: no such key"):
        catalogue.sentences.one("a.b")


def test_an_unknown_sentence_names_the_file():
    with pytest.raises(CatalogueError, match=r"catalogue/en/report\.toml: no\.such\.key: no such key"):
        sentence("no.such.key")


def test_the_document_of_a_reference():
    assert rfc_of("RFC 3261 §21.4.5") == rfc_of("RFC 3261") == rfc(3261)
    assert [rfc_of(ref) for ref in ("3GPP TS 24.229", "ITU-T Q.850", "IANA", "RFC 1", "RFC", "")] == [
        None
    ] * 6
