"""Judgement: one module a rule, in family folders, found by looking.

A module `analyser/rules/<family>/<rule_id>.py` holds one `Rule`, made by `@rule`, whose id is the module's
name with hyphens. There is no list to keep. Modules with a leading underscore hold what several rules share.
"""

import functools
import importlib
import pkgutil

from analyser.annotate.rule import Rule


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of the house, by family and id."""
    found: list[Rule] = []
    for family in pkgutil.iter_modules(__path__, f"{__name__}."):
        if not family.ispkg:
            continue
        package = importlib.import_module(family.name)
        for module in pkgutil.iter_modules(package.__path__, f"{family.name}."):
            loaded = importlib.import_module(module.name)
            found.extend(value for value in vars(loaded).values() if isinstance(value, Rule))
    return tuple(sorted(found, key=lambda rule: (rule.family, rule.id)))
