"""--select, --ignore and --set: which rules run, with which thresholds."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from analyser.annotate import Rule
from analyser.errors import UsageError
from analyser.rules import all_rules


def chosen_rules(select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """The rules to run; names are rule ids or families. Raises UsageError for an unknown name."""
    rules = all_rules()
    for name in (*select, *ignore):
        _known(name, {rule.id for rule in rules} | {rule.family for rule in rules}, "rule or family")
    return tuple(
        rule
        for rule in rules
        if (not select or rule.id in select or rule.family in select)
        and rule.id not in ignore
        and rule.family not in ignore
    )


def thresholds(settings: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`RULE.PARAMETER=VALUE` settings by rule and parameter, of the default's type."""
    rules = {rule.id: rule for rule in all_rules()}
    chosen: dict[str, dict[str, Any]] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        rule_id, _, parameter = name.rpartition(".")
        if not equals or not rule_id:
            raise UsageError(f"--set {setting}: write RULE.PARAMETER=VALUE, such as stuck-on-trying.error=60")
        _known(rule_id, set(rules), "rule")
        defaults = rules[rule_id].parameters
        _known(parameter, set(defaults), f"parameter of {rule_id}")
        kind = type(defaults[parameter])
        try:
            value = kind(text)
        except ValueError:
            raise UsageError(f"--set {setting}: {text!r} is no number") from None
        if value < 0:
            raise UsageError(f"--set {setting}: a threshold is not below 0")
        chosen.setdefault(rule_id, {})[parameter] = value
    return chosen


def _known(name: str, names: set[str], kind: str) -> None:
    if name not in names:
        near = get_close_matches(name, names, 1)
        hint = f"; did you mean {near[0]}?" if near else " (see 'sip-analyser list rules')"
        raise UsageError(f"{name!r} is no {kind}{hint}")
