"""The defects as a list: names, sentences, references."""

import re

import pytest

from analyser.sip import Defect


@pytest.mark.parametrize("defect", list(Defect), ids=str)
def test_each_defect_has_a_name_and_a_sentence_with_its_section(defect):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", defect.value)
    assert defect.value == defect.name.lower().replace("_", "-")
    assert re.search(r"\(RFC \d{4} §[\d.]+", defect.desc)
    assert defect.desc.endswith(").")
    assert isinstance(defect.broken, bool)
    assert str(defect) == defect.value
