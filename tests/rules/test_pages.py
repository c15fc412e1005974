"""Each rule's page: its ladders give the findings written on their arrows, and no others of any rule."""

from pathlib import Path

import pytest

from analyser.annotate import Rule
from analyser.rules import all_rules
from tests.support.page import Case, cases_of, differences, findings_of, title_of

PAGES = {page.stem: page for page in sorted(Path(__file__).parent.glob("*.md"))}
CASES = [case for page in PAGES.values() for case in cases_of(page)]
RULES = all_rules()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.page.stem}: {case.name}")
def test_page(case: Case) -> None:
    ladder = case.compile()
    wrong = differences(case, ladder, findings_of(ladder))
    assert not wrong, f"\n{wrong}"


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_page_is_whole(page: Path) -> None:
    assert page.stem in {rule.id for rule in RULES}, "a page is named after its rule"
    assert title_of(page) == page.stem
    marks = [
        any(mark.rule == page.stem for arrow in case.compile().arrows for mark in arrow.marks)
        for case in cases_of(page)
    ]
    assert True in marks, "a page shows its rule firing"
    assert False in marks, "a page shows its rule holding its tongue"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_whole(rule: Rule) -> None:
    assert rule.id in PAGES
    module = rule.check.__module__.rpartition(".")[2]
    assert module.replace("_", "-") == rule.id
    assert rule.summary
    assert rule.summary[0].islower()
    assert not rule.summary.endswith(".")
    assert rule.remedy.endswith(".")
    assert rule.refs
    assert rule.explanation


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
