"""What every rule says about itself must read well on its own, without a case at hand."""

import re
from typing import Final

import pytest

from analyser.annotate import Rule
from analyser.rules import all_rules

RULES: Final = all_rules()
STANDARD: Final = re.compile(
    r"(?:RFC [0-9]{3,5}|3GPP TS [0-9.]+|ITU-T [A-Z.0-9]+|ATIS-[0-9]+)(?: §[0-9A-Z.]+)?"
)

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


@each_rule
def test_summary_and_remedy_need_no_values(rule: Rule) -> None:
    assert "{" not in rule.summary + rule.remedy, "the template with fields belongs to the Evidence"


@each_rule
def test_summary_is_half_a_sentence(rule: Rule) -> None:
    assert rule.summary[0].islower()
    assert not rule.summary.endswith(".")


@each_rule
def test_remedy_is_sentences(rule: Rule) -> None:
    assert rule.remedy[0].isupper()
    assert rule.remedy.endswith(".")
    assert "  " not in rule.remedy
    assert " ." not in rule.remedy
    assert " ," not in rule.remedy


@each_rule
def test_references_name_a_standard(rule: Rule) -> None:
    assert rule.refs
    for reference in rule.refs:
        assert STANDARD.fullmatch(reference), reference


@each_rule
def test_documentation_is_there(rule: Rule) -> None:
    assert len(rule.explanation.splitlines()) >= 3
    for parameter in rule.parameters:
        assert f"`{parameter}`" in rule.explanation, f"says nothing of {parameter}"


@each_rule
def test_id_is_the_name_of_the_module(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", rule.id)
    assert rule.check.__module__.rpartition(".")[2].replace("_", "-") == rule.id
    assert rule.check.__name__.replace("_", "-") == rule.id
