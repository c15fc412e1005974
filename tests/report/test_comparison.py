"""All 75 * 74 / 2 comparisons in every language: nothing empty, cut, repeated or left over, no difference that is none."""

import re
from itertools import combinations

import pytest

from analyser.codes import all_codes, languages, pairs, status_code
from analyser.report.comparison import Comparison
from analyser.report.document import Code, Entries, Items, Rows, Text, lines_of
from analyser.report.layout import width_of
from analyser.report.page_markdown import markdown

EVERY = list(combinations(all_codes(), 2))
ENDS = (".", "。", "?", "?", ".)", "」。")
TWICE = re.compile(r"\b([^\W\d_]{2,})\s+\1\b(?!-)|([をはがにでと、。])\2|((?<!も)のの)", re.IGNORECASE)


def texts(document):
    """Every text of a page."""
    yield document.title
    yield from (text.text for text in document.lead)
    for part in document.sections:
        yield from texts_of(part)


def texts_of(part):
    yield part.heading
    for block in part.blocks:
        match block:
            case Text() | Code():
                yield block.text
            case Items():
                yield from block.items
            case Rows():
                yield from (text for row in block.rows for text in row)
            case Entries():
                yield from (text for entry in block.entries for text in (entry.name, entry.text))
    for inner in part.sections:
        yield from texts_of(inner)


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("one", all_codes()[:-1])
def test_every_comparison_is_whole(one, lang):
    for other in all_codes():
        if other <= one:
            continue
        comparison = Comparison(one, other, lang)
        document = comparison.document()
        where = f"{one} and {other} in {lang}"

        assert all(part.blocks or part.sections for part in document.sections), where
        assert comparison.differences or comparison.pair, f"{where}: no difference at all"
        assert comparison.intro.endswith(ENDS), where
        for text in texts(document):
            assert text.strip() == text, f"{where}: {text!r}"
            assert text, where
            assert not re.search(r"[{}]|None|\.\.|。。|  ", text), f"{where}: {text}"
            assert not TWICE.search(text), f"{where}: {text}"
        for sentence in (*comparison.which, *(each.text for each in comparison.differences)):
            assert sentence.endswith(ENDS), f"{where}: {sentence}"


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("one", all_codes()[:-1])
def test_no_difference_states_equal_values(one, lang):
    for other in all_codes():
        if other <= one:
            continue
        for difference in Comparison(one, other, lang).differences:
            if difference.sides:
                ours, theirs = difference.sides
                assert ours.replace(str(one), "#") != theirs.replace(str(other), "#"), difference
                assert str(one) in ours
                assert str(other) in theirs


def test_the_order_of_the_codes_changes_no_difference():
    for one, other in EVERY[::7]:
        ours, theirs = Comparison(one, other, "en"), Comparison(other, one, "en")

        assert {each.aspect for each in ours.differences} == {each.aspect for each in theirs.differences}
        assert (ours.one.code, theirs.one.code) == (one, other)


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize(("one", "other"), pairs())
def test_curated_sentences_name_what_they_compare(one, other, lang):
    pair = Comparison(one, other, lang).pair

    for code in (one, other):
        assert str(code) in pair.contrast + pair.which
    for sentence in (pair.contrast, *pair.differences, pair.which):
        assert sentence.endswith(ENDS), sentence


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_comparison_fits_the_screen(width, lang):
    for one, other in EVERY[::31]:
        for line in lines_of(Comparison(one, other, lang).document(), width):
            assert width_of(line) <= width, line


def differences(one, other, lang="en"):
    return {each.aspect: each.text for each in Comparison(one, other, lang).differences}


def test_codes_that_answer_different_requests_say_so():
    assert (
        "cannot answer the same request: 412 answers PUBLISH, 486 answers" in differences(412, 486)["Answers"]
    )


def test_provisional_against_final():
    found = differences(100, 486)

    assert found["Finality"].startswith("100 is provisional")
    assert "Timer C of a proxy goes on" in found["Timers"]
    assert "a proxy never forwards it" in found["On its way"]


def test_what_ends_the_search():
    assert "600 ends the search" in differences(486, 600)["On its way"]


def test_causes_and_figures_are_those_of_calls():
    found = differences(404, 486)

    assert "cause 1 (" in found["Q.850"]
    assert "cause 17 (" in found["Q.850"]
    assert "486 counts as effective in SEER" in found["Key figures"]
    assert "Q.850" not in differences(412, 489)


def test_header_fields_are_those_of_the_requests_both_answer():
    assert "SIP-ETag" in differences(200, 412)["Header fields"]
    assert "SIP-ETag" not in differences(200, 486)["Header fields"]


def test_what_is_equal_is_not_said():
    found = differences(401, 407)

    assert (
        not {"Finality", "Class", "Trying again", "Dialog", "Timers", "Age", "Q.850", "Key figures"}
        & found.keys()
    )


def test_the_younger_code_may_be_unknown():
    assert "A client that does not know 607 takes it for 600." in differences(603, 607)["Age"]
    assert "takes it for 183" in differences(180, 199)["Age"]


def test_a_code_is_as_old_as_its_first_document():
    assert "489 stood first in RFC 3265 (2002)." in differences(400, 489)["Age"]
    assert "does not know" not in differences(400, 489)["Age"]
    assert "A client that does not know 428 takes it for 400." in differences(428, 429)["Age"]


def test_what_cannot_stand_in_a_dialog_says_nothing_of_dialogs():
    assert "Dialog" not in differences(200, 412)
    assert "Dialog" not in differences(202, 425) or "NOTIFY" not in differences(202, 425)["Dialog"]
    assert "BYE" not in differences(200, 204)["Dialog"]


def test_only_an_answered_invite_cancels_the_other_branches():
    assert "INVITE" in differences(200, 486)["On its way"]
    assert "INVITE" not in differences(202, 425)["On its way"]


def test_what_is_deprecated_is_said_once():
    assert differences(200, 202)["Standing"] == "202 is deprecated."


def test_markdown_keeps_every_text():
    comparison = Comparison(401, 407, "en")
    written = markdown(comparison.document()).replace("\\", "")

    for text in texts(comparison.document()):
        assert text in written


def test_the_object_is_the_same_page():
    comparison = Comparison(100, 412, "en")
    found = comparison.object()

    assert [code["code"] for code in found["codes"]] == [100, 412]
    assert found["common_methods"] == ["PUBLISH"]
    assert found["differences"][-1] == {
        "aspect": comparison.differences[-1].aspect,
        "text": comparison.differences[-1].text,
    }
    assert found["contrast"] == comparison.pair.contrast


def test_differences_for_a_method():
    comparison = Comparison(200, 404, "en", "REGISTER")
    found = {each.aspect for each in comparison.differences}

    assert not {"Dialog", "Timers", "Key figures"} & found
    assert "INVITE" in comparison.common
    assert "INVITE" not in " ".join(each.text for each in comparison.differences)


def test_words_for_a_method():
    general = Comparison(401, 403, "en").words(status_code(401)).meaning
    register = Comparison(401, 403, "en", "REGISTER").words(status_code(401)).meaning

    assert general != register


def test_the_differences_come_before_the_pages_of_the_two():
    headings = [part.heading for part in Comparison(401, 407, "en").document().sections]

    assert headings == [
        "In short",
        "Key differences",
        "Which one when",
        "401 Unauthorized",
        "407 Proxy Authentication Required",
        "Read on",
    ]


def test_a_method_that_a_code_may_not_answer_is_said():
    lead = [text.text for text in Comparison(408, 480, "en", "BYE").document().lead]

    assert "The standard does not allow 408 as an answer to BYE." in lead
    assert len(lead) == 2
