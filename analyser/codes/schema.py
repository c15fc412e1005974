"""The shape of the catalogue's tables. A check gives nothing, or raises CatalogueError with file and key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unicodedata import east_asian_width

from analyser.codes.model import EVERY_METHOD, METHODS
from analyser.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Check = Callable[[Any], str | None]
    """Gives what is wrong with a value, or None."""

RETRIES: Final = (
    "wait",
    "done",
    "no",
    "with-credentials",
    "with-identity",
    "after-change",
    "new-target",
    "new-service",
    "other-target",
    "other-flow",
    "later",
    "backoff",
    "user-choice",
)
SENDERS: Final = (
    "uas",
    "proxy",
    "edge-proxy",
    "registrar",
    "redirect-server",
    "gateway",
    "notifier",
    "subscriber",
    "event-state-compositor",
    "relay",
    "verifier",
    "intermediary",
    "client",
)
DIALOGS: Final = (
    "none",
    "transaction",
    "early",
    "ends-early",
    "establishes",
    "by-notify",
    "usage",
    "dialog",
    "unclear",
)
REACHES: Final = ("hop", "all", "best", "global", "as-500", "proxies")
LEVELS: Final = ("MUST", "SHOULD", "EXPECTED", "MAY")
KPIS: Final = ("established", "effective", "ineffective", "redirected", "challenge")
STATUSES: Final = ("active", "deprecated", "reserved")
LIKENESSES: Final = ("same", "similar", "misleading")
VERDICTS: Final = ("normal", "attention", "problem")

MAX_SHORT: Final = 60
"""Columns of the words beside an arrow."""

_RULE_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_HEADER_NAME: Final = re.compile(r"[A-Z][A-Za-z]*(-[A-Za-z]+)*")


class Key(NamedTuple):
    """One key of a table."""

    check: Check
    required: bool = True


def text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "must be a text that is not empty"


def maybe_empty(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be a text"


def short_text(value: Any) -> str | None:
    if isinstance(value, str) and (size := columns(value)) > MAX_SHORT:
        return f"takes {size} columns, more than {MAX_SHORT}"
    return text(value)


def columns(value: str) -> int:
    """Columns on a screen: a full-width letter takes two."""
    return len(value) + sum(east_asian_width(letter) in "WF" for letter in value)


def texts(value: Any) -> str | None:
    if isinstance(value, list) and value and all(text(item) is None for item in value):
        return None
    return "must be a list of texts"


def number(value: Any) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else "must be a whole number"


def flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def status_codes(value: Any) -> str | None:
    if isinstance(value, list) and all(type(item) is int and 100 <= item <= 699 for item in value):
        return None
    return "must be a list of status codes"


def listed(check: Check, what: str) -> Check:
    """A list of what passes another check; an empty one passes."""

    def check_list(value: Any) -> str | None:
        if isinstance(value, list) and all(check(item) is None for item in value):
            return None
        return f"must be a list of {what}"

    return check_list


def referring(pattern: str, examples: str) -> tuple[Check, Check]:
    """The checks of one reference that fits the pattern, and of a list of them."""
    known = re.compile(pattern)

    def reference(value: Any) -> str | None:
        return (
            None
            if isinstance(value, str) and known.fullmatch(value)
            else f"must be a reference such as {examples}"
        )

    return reference, listed(reference, f"references such as {examples}")


reference, references = referring(
    r"RFC [1-9][0-9]{0,4}( §[0-9]{1,2}(\.[0-9]{1,2}){0,4})?|3GPP TS [0-9.]{1,12}|ATIS-[0-9]{1,10}",
    "'RFC 3261 §21.4.5'",
)


def rule_id(value: Any) -> str | None:
    return None if isinstance(value, str) and _RULE_ID.fullmatch(value) else "must be the id of a rule"


def header_name(value: Any) -> str | None:
    if isinstance(value, str) and _HEADER_NAME.fullmatch(value):
        return None
    return "must be the name of a header field"


def cause(value: Any) -> str | None:
    if value in ("by-warning", "none") or (type(value) is int and 1 <= value <= 127):
        return None
    return "must be a Q.850 cause from 1 to 127, 'by-warning' or 'none'"


def one_of(allowed: Collection[str]) -> Check:
    def check(value: Any) -> str | None:
        return None if value in allowed else f"must be one of {', '.join(allowed)}"

    return check


def some_of(allowed: Collection[str]) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, list) and value and all(item in allowed for item in value):
            return None
        return f"must be a list out of {', '.join(allowed)}"

    return check


def headers(value: Any) -> str | None:
    if not isinstance(value, list):
        return "must be a list of tables"
    for item in value:
        if not isinstance(item, dict):
            return "must be a list of tables"
        fault = fault_in(item, HEADER)
        if fault is not None:
            return f"{item.get('name', '?')}: {fault[0]} {fault[1]}"
    return None


def texts_by_name(value: Any) -> str | None:
    if isinstance(value, dict) and value and all(text(item) is None for item in value.values()):
        return None
    return "must be a table of texts"


_METHODS_OR_ALL: Final = (EVERY_METHOD, *METHODS)

HEADER: Final = {
    "name": Key(header_name),
    "level": Key(one_of(LEVELS)),
    "ref": Key(reference),
    "methods": Key(some_of(METHODS), required=False),
    "conditional": Key(flag, required=False),
}
FACTS: Final = {
    "phrase": Key(text),
    "ref": Key(reference),
    "first_ref": Key(reference, required=False),
    "more_refs": Key(references, required=False),
    "status": Key(one_of(STATUSES), required=False),
    "methods": Key(some_of(_METHODS_OR_ALL)),
    "not_methods": Key(some_of(METHODS), required=False),
    "misused_on": Key(some_of(METHODS), required=False),
    "senders": Key(some_of(SENDERS)),
    "not_senders": Key(some_of(SENDERS), required=False),
    "reach": Key(one_of(REACHES)),
    "retry": Key(one_of(RETRIES)),
    "retry_refs": Key(references),
    "dialog": Key(one_of(DIALOGS)),
    "q850": Key(cause, required=False),
    "kpi": Key(some_of(KPIS), required=False),
    "verdict": Key(one_of(VERDICTS)),
    "related": Key(status_codes),
    "headers": Key(headers, required=False),
    "rules": Key(listed(rule_id, "ids of rules"), required=False),
    "http": Key(number, required=False),
    "likeness": Key(one_of(LIKENESSES), required=False),
}
UNREGISTERED: Final = {
    "phrase": Key(maybe_empty),
    "treat_as": Key(number),
    "last": Key(number, required=False),
}
WORDS: Final = {
    "short": Key(short_text),
    "meaning": Key(text),
    "when": Key(texts),
    "fix": Key(texts),
    "retry": Key(text),
    "pitfalls": Key(text, required=False),
    "choose": Key(text, required=False),
    "http": Key(text, required=False),
    "origin": Key(text, required=False),
}
METHOD_WORDS: Final = {name: Key(key.check, required=False) for name, key in WORDS.items()}


def fault_in(table: Any, shape: Mapping[str, Key]) -> tuple[str, str] | None:
    """The key and what is wrong with it, if anything is."""
    if not isinstance(table, dict):
        return "", "must be a table"
    for name, value in table.items():
        key = shape.get(name)
        if key is None:
            return name, "is not a key of this table"
        fault = key.check(value)
        if fault is not None:
            return name, fault
    for name, key in shape.items():
        if key.required and name not in table:
            return name, "is missing"
    return None


def check_table(table: Any, shape: Mapping[str, Key], where: str) -> None:
    """Raise CatalogueError if the table breaks the shape. `where` is file and table, as the message says it."""
    fault = fault_in(table, shape)
    if fault is not None:
        key, problem = fault
        raise CatalogueError(f"{where}.{key}: {problem}" if key else f"{where}: {problem}")


def check_value(value: Any, check: Check, where: str) -> None:
    """Raise CatalogueError if one value fails a check. `where` is file, table and key."""
    fault = check(value)
    if fault is not None:
        raise CatalogueError(f"{where}: {fault}")


def check_words(table: Any, where: str) -> None:
    """Check the words of one code with the tables in it: `headers` and one a method."""
    if not isinstance(table, dict):
        raise CatalogueError(f"{where}: must be a table")
    own: dict[str, Any] = {}
    for name, value in table.items():
        if name in METHODS:
            check_table(value, METHOD_WORDS, f"{where}.{name}")
        elif name == "headers":
            check_value(value, texts_by_name, f"{where}.headers")
        else:
            own[name] = value
    check_table(own, WORDS, where)
