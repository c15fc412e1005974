"""The shape of the topics' tables, by kind; see `schema.py` for what a check is."""

from __future__ import annotations

import re
from typing import Any, Final

from analyser.codes.model import METHODS
from analyser.codes.schema import (
    Key,
    fault_in,
    flag,
    listed,
    number,
    one_of,
    referring,
    short_text,
    some_of,
    status_codes,
    text,
    texts,
    texts_by_name,
)

KINDS: Final = (
    "code",
    "rule",
    "method",
    "timer",
    "header",
    "option-tag",
    "event-package",
    "q850",
    "warning",
    "reason",
    "tls-alert",
    "term",
)
"""What a link may lead to."""

_CODE: Final = re.compile(r"[1-6][0-9]{2}")
_SECONDS: Final = 100_000


reference, references = referring(
    r"RFC [1-9][0-9]{0,4}( §[0-9A-Z]{1,2}(\.[0-9]{1,2}){0,4})?|3GPP TS [0-9.]{1,12}|ATIS-[0-9]{1,10}"
    r"|ITU-T [A-Z]\.[0-9]{1,4}|IANA",
    "'RFC 3261 §21.4.5', 'ITU-T Q.850' or 'IANA'",
)


def link(value: Any) -> str | None:
    kind, _, key = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind in KINDS and key and (kind != "code" or _CODE.fullmatch(key)):
        return None
    return "must be a link such as 'code:412'"


links = listed(link, "links such as 'code:412'")


def seconds(value: Any) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _SECONDS:
        return None
    return "must be a number of seconds"


def schedule(value: Any) -> str | None:
    if isinstance(value, list) and all(seconds(item) is None for item in value) and value == sorted(value):
        return None
    return "must be a list of seconds in order"


def vendors(value: Any) -> str | None:
    if not isinstance(value, list):
        return "must be a list of tables"
    for item in value:
        fault = fault_in(item, _VENDOR)
        if fault is not None:
            return f"{fault[0]} {fault[1]}".strip()
    return None


def _optional(**checks: Any) -> dict[str, Key]:
    return {name: Key(check, required=False) for name, check in checks.items()}


_VENDOR: Final = {
    "vendor": Key(one_of(("Asterisk", "FreeSWITCH"))),
    "direction": Key(one_of(("to-sip", "from-sip"))),
    "code": Key(number),
}
_COMMON: Final = {
    "ref": Key(reference),
    **_optional(more_refs=references, aliases=texts, found_by=texts, see=links),
}

FACTS: Final = {
    "method": {
        **_COMMON,
        "transaction": Key(one_of(("invite", "non-invite", "none"))),
        "dialog": Key(one_of(("creates", "within", "may-be-within", "outside", "by-notify"))),
        "target_refresh": Key(flag),
        "offer_answer": Key(one_of(("both", "offer", "offer-or-answer", "answer-only", "none"))),
        "contact": Key(one_of(("must", "may", "never"))),
    },
    "timer": {
        **_COMMON,
        "side": Key(one_of(("client", "server", "proxy", "subscriber", "any", "element"))),
        "transaction": Key(one_of(("invite", "non-invite", "any"))),
        "reliable": Key(one_of(("same", "zero", "unused"))),
        **_optional(
            value=text, seconds=seconds, schedule=schedule, schedule_of=one_of(("requests", "responses"))
        ),
    },
    "header": {
        **_COMMON,
        "in": Key(one_of(("requests", "responses", "both"))),
        "repeats": Key(flag),
        "example": Key(text),
        **_optional(compact=text, methods=some_of(METHODS)),
    },
    "option-tag": {**_COMMON, "used_in": Key(texts), **_optional(methods=some_of(METHODS))},
    "event-package": {**_COMMON, "registered": Key(flag), **_optional(body=text, expires=seconds)},
    "q850": {**_COMMON, "name": Key(text), **_optional(to_sip=status_codes, vendors=vendors)},
    "warning": {
        **_COMMON,
        "group": Key(one_of(("sdp", "network", "qos", "sips", "misc"))),
        "phrase": Key(text),
    },
    "reason": {**_COMMON, "parameters": Key(texts)},
    "tls-alert": {
        **_COMMON,
        "number": Key(number),
        "level": Key(one_of(("fatal", "warning"))),
        "in": Key(one_of(("all", "old"))),
    },
    "term": {**_COMMON, "ref": Key(reference, required=False)},
}
"""The keys of a fact by kind."""

_SPOKEN: Final = {
    "short": Key(short_text),
    "meaning": Key(text),
    **_optional(name=text, when=texts, fix=texts, pitfalls=text, aliases=texts, found_by=texts),
}
_NAMED: Final = {**_SPOKEN, "name": Key(text)}

WORDS: Final = {
    "method": _SPOKEN,
    "timer": {**_NAMED, **_optional(value=text)},
    "header": _SPOKEN,
    "option-tag": _SPOKEN,
    "event-package": _SPOKEN,
    "q850": {**_NAMED, **_optional(to_sip=text)},
    "warning": _SPOKEN,
    "reason": {**_SPOKEN, **_optional(causes=texts_by_name)},
    "tls-alert": _SPOKEN,
    "term": _NAMED,
}
"""The keys of the words by kind."""
