"""What is said of a defect: a sentence of every language, its id behind it, and in English what it says within a sentence."""

import re

import pytest

from analyser.report.defect_words import brief, sentence_of, sentences_of_all
from analyser.sip import Defect
from tests.report.pages import block, page_of
from tests.report.runs import events_of


@pytest.mark.parametrize("defect", Defect, ids=str)
def test_every_defect_has_a_sentence_in_both_languages(defect):
    english, japanese = (sentence_of(defect, lang) for lang in ("en", "ja"))

    assert english == f"{defect.desc} [{defect}]"
    assert re.search("[ぁ-んァ-ン]", japanese)
    assert japanese.endswith(f"。 [{defect}]")


@pytest.mark.parametrize("defect", Defect, ids=str)
def test_beside_an_arrow_it_is_part_of_a_sentence(defect):
    assert re.fullmatch(r"[^.]*(?:SIP/2\.0[^.]*)? \[[a-z0-9-]+\]", brief(defect, "en"))
    assert brief(defect, "ja") != f"{defect} [{defect}]"


def test_the_first_word_is_small_unless_it_is_a_name():
    assert (
        brief(Defect.HOST_MALFORMED, "en")
        == "a host is no name and no address; IPv6 needs brackets [host-malformed]"
    )
    assert brief(Defect.CSEQ_MALFORMED, "en") == "CSeq is not a number and a method [cseq-malformed]"
    assert brief(Defect.MISSING_FROM_TAG, "en").startswith("From has no tag")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_script_of_a_page_has_them(lang):
    assert block(page_of(events_of([]), lang), "head")["defects"] == sentences_of_all(lang)
