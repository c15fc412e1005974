"""Judgement: one module a rule, in family folders, found by looking.

A module `analyser/rules/<family>/<rule_id>.py` holds one `Rule`, made by `@rule`, whose id is the module's
name with hyphens. There is no list to keep. Modules with a leading underscore hold what several rules share.
"""

import functools
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from analyser.annotate.rule import Rule


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of the house, by family and id."""
    found = [rule for module in _modules() for rule in _rules_in(module)]
    return tuple(sorted(found, key=lambda rule: (rule.family, rule.id)))


def find_rule(rule_id: str) -> Rule | None:
    """The rule of that id, without importing the others; None where there is none."""
    name = rule_id.replace("-", "_")
    modules = (module for module in _modules() if module.rpartition(".")[2] == name)
    return next((rule for module in modules for rule in _rules_in(module)), None)


def _modules() -> Iterator[str]:
    for family in pkgutil.iter_modules(__path__, f"{__name__}."):
        if family.ispkg:
            folders = [str(Path(folder, family.name.rpartition(".")[2])) for folder in __path__]
            yield from (module.name for module in pkgutil.iter_modules(folders, f"{family.name}."))


def _rules_in(module: str) -> Iterator[Rule]:
    if not module.rpartition(".")[2].startswith("_"):
        yield from (
            value for value in vars(importlib.import_module(module)).values() if isinstance(value, Rule)
        )
