"""The 75 registered codes against the registry, and the laws that a SIP expert would hold them to."""

import csv
import re
from pathlib import Path

import pytest

from analyser.codes import METHODS, all_codes, languages, status_code
from analyser.codes.check import check_catalogue

REGISTRY = Path(__file__).with_name("iana_sip_response_codes.csv")
BOTH = [(code, lang) for lang in languages() for code in all_codes()]
SENTENCE_END = (".", "?", "!", "。")


def registry():
    lines = [line for line in REGISTRY.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def every_words(status):
    return [status.words, *status.by_method.values()]


def test_every_file_keeps_the_schema():
    check_catalogue()


def test_the_set_is_that_of_iana():
    ours = [
        (status.code, status.phrase, status.ref.split()[1], "yes" if status.status == "deprecated" else "no")
        for status in map(status_code, all_codes())
    ]

    assert ours == [(int(row["code"]), row["phrase"], row["rfc"], row["deprecated"]) for row in registry()]
    assert len(ours) == 75


@pytest.mark.parametrize(("code", "lang"), BOTH)
def test_words_are_whole_sentences(code, lang):
    for words in every_words(status_code(code, lang)):
        for sentence in (
            words.meaning,
            *words.when,
            *words.fix,
            words.retry,
            *filter(None, [words.pitfalls]),
        ):
            assert sentence.endswith(SENTENCE_END), sentence
            assert sentence == sentence.strip()
            assert lang != "en" or not sentence[0].islower(), sentence
        assert not words.short.endswith("."), words.short


@pytest.mark.parametrize(("code", "lang"), BOTH)
def test_no_word_stands_twice_in_a_row(code, lang):
    for words in every_words(status_code(code, lang)):
        for text in (words.short, words.meaning, *words.when, *words.fix, words.retry, words.pitfalls):
            assert not re.search(r"\b(\w+) \1\b", text, re.IGNORECASE), text
            assert "{" not in text
            assert "  " not in text


AMERICAN = re.compile(
    r"\b(?:\w+(?:ize|ized|izing|ization|yze|yzed)|color|behavior|canceled|canceling|center|dialing|favor"
    r"|honor|license[sd]?|labeled|signaling|catalog)\b",
    re.IGNORECASE,
)
SPELT_SO_EVERYWHERE = {"size", "seize", "authorization"}
"""The last is a header field."""


@pytest.mark.parametrize("code", all_codes())
def test_english_is_british(code):
    for words in every_words(status_code(code)):
        for text in (words.short, words.meaning, *words.when, *words.fix, words.retry, words.pitfalls):
            found = {word.lower() for word in AMERICAN.findall(text)} - SPELT_SO_EVERYWHERE
            assert not found, text


@pytest.mark.parametrize("code", all_codes())
def test_verdicts_fit_the_class(code):
    status = status_code(code)

    assert (status.default_verdict == "normal") == (status.status_class <= 2)


def test_a_registrar_never_sends_6xx():
    """RFC 3261 §10.3."""
    for code in filter(lambda code: code >= 600, all_codes()):
        assert "registrar" in status_code(code).not_senders
        assert "registrar" not in status_code(code).senders


def test_nobody_answers_ack():
    assert not [code for code in all_codes() if status_code(code).may_answer("ACK")]


def test_challenges_never_answer_cancel():
    """RFC 3261 §22.1."""
    for code in (401, 407):
        assert not status_code(code).may_answer("CANCEL")
        assert status_code(code).may_answer("BYE")


@pytest.mark.parametrize(
    ("code", "methods"),
    [
        (408, {"INVITE"}),  # RFC 4320 §4.2
        (412, {"PUBLISH"}),
        (422, {"INVITE", "UPDATE"}),
        (423, {"REGISTER", "SUBSCRIBE", "PUBLISH"}),
        (439, {"REGISTER"}),
        (469, {"INFO"}),
        (487, {"INVITE", "OPTIONS", "PRACK", "UPDATE", "INFO", "SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE"}),
        (489, {"SUBSCRIBE", "NOTIFY", "PUBLISH"}),
        (199, {"INVITE"}),
        (204, {"SUBSCRIBE"}),
    ],
)
def test_codes_of_few_methods(code, methods):
    assert set(status_code(code).answers) == methods


@pytest.mark.parametrize("code", all_codes())
def test_what_a_code_answers_stands_in_the_order_of_the_methods(code):
    status = status_code(code)

    assert status.answers == tuple(method for method in METHODS if status.may_answer(method))
    assert status.answers


@pytest.mark.parametrize(
    ("code", "method"),
    [(412, "PUBLISH"), (439, "REGISTER"), (199, "INVITE"), (422, ""), (400, ""), (444, "")],
)
def test_the_one_method_of_a_code(code, method):
    assert status_code(code).only_method == method


def test_a_code_that_is_misused_on_others_has_no_one_method():
    assert status_code(408).answers == ("INVITE",)
    assert status_code(408).misused_on
    assert status_code(408).only_method == ""


def test_100_is_the_only_hop_by_hop_code_and_not_for_invite_alone():
    """RFC 3261 §16.7 and RFC 4320 §4.1."""
    assert [code for code in all_codes() if status_code(code).reach == "hop"] == [100]
    assert status_code(100).may_answer("REGISTER")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (401, "WWW-Authenticate"),
        (405, "Allow"),
        (407, "Proxy-Authenticate"),
        (420, "Unsupported"),
        (421, "Require"),
        (422, "Min-SE"),
        (423, "Min-Expires"),
        (469, "Recv-Info"),
        (489, "Allow-Events"),
        (494, "Security-Server"),
    ],
)
def test_header_fields_that_must_come(code, name):
    assert name in {header.name for header in status_code(code).headers if header.level == "MUST"}


def test_retry_after_comes_only_where_the_standard_names_it():
    """RFC 3261 §20.33."""
    with_it = {
        code for code in all_codes() for header in status_code(code).headers if header.name == "Retry-After"
    }

    assert with_it == {404, 413, 480, 486, 500, 503, 600, 603}


def test_the_ratios_count_the_codes_that_rfc_6076_names():
    def counted(keyword):
        return {code for code in all_codes() if keyword in status_code(code).kpi}

    assert counted("established") == {200}
    assert counted("effective") == {200, 480, 486, 600, 603}
    assert counted("ineffective") == {408, 500, 503, 504}
    assert counted("redirected") == {300, 301, 302, 305, 380}


def test_what_ends_a_whole_dialog():
    """RFC 5057 §5; 483 and 502 with its reservations."""
    whole = {code for code in all_codes() if status_code(code).dialog == "dialog"}
    usage = {code for code in all_codes() if status_code(code).dialog == "usage"}

    assert whole == {404, 410, 416, 482, 483, 484, 485, 502, 604}
    assert usage == {405, 408, 480, 481, 489, 501}


def test_words_for_a_method_override_only_what_differs():
    status = status_code(401)

    assert status.for_method("REGISTER").short != status.words.short
    assert status.for_method("OPTIONS") is status.words


def test_412_is_about_publications():
    words = status_code(412).for_method("PUBLISH")

    assert "SIP-If-Match" in words.meaning
    assert words.short == "entity-tag unknown or expired"
