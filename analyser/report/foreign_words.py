"""What the decoders say in English, in the reader's language: `catalogue/<lang>/wire.toml` by the English text.

The rooms that read and decode know no catalogue. They say why a packet could not be read, what was let go and what a file
lacks in English; the report finds the sentence of its language by that text, with fields where the text has values. What
nobody has translated stays English: it is not lost.
"""

from __future__ import annotations

import functools
from string import Formatter
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.codes import wire_words

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final = "en"
_DEEPEST: Final = 3
"""A note may hold the reason of another one, and that the name of a file."""


class _Template(NamedTuple):
    """An English text with fields: `literals` stand before, between and behind the `fields`."""

    literals: tuple[str, ...]
    fields: tuple[str, ...]
    said: str


def foreign(group: str, text: str, lang: str) -> str:
    """`text` of a group (`reason`, `evicted`, `note`, `defect`) in a language. It may carry text from the wire: escape it."""
    return text if lang == ENGLISH else _said(group, text, lang, _DEEPEST)


def _said(group: str, text: str, lang: str, depth: int) -> str:
    if depth:
        for template in _templates(group, lang):
            values = _values(template, text)
            if values is not None:
                return template.said.format(
                    **{name: _said(group, value, lang, depth - 1) for name, value in values.items()}
                )
    return text


@functools.cache
def _templates(group: str, lang: str) -> tuple[_Template, ...]:
    known = wire_words(lang)
    found = {key.partition(".")[2]: said for key, said in known.items() if key.startswith(f"{group}.")}
    if group == "note":  # most begin with the name of the file
        found |= {f"{{name}}: {key}": f"{{name}}: {said}" for key, said in found.items()}
    return tuple(_template(key, said) for key, said in found.items())


def _template(english: str, said: str) -> _Template:
    literals, fields = [""], []
    for literal, field, _, _ in Formatter().parse(english):
        literals[-1] += literal
        if field is not None:
            fields.append(field)
            literals.append("")
    return _Template(tuple(literals), tuple(fields), said)


def _values(template: _Template, text: str) -> Mapping[str, str] | None:
    """What stands in the fields; None where the text is another one. It looks at each letter about once."""
    first, *between = template.literals
    if not template.fields:
        return {} if text == first else None
    last = between.pop()
    at, end = len(first), len(text) - len(last)
    if not (text.startswith(first) and text.endswith(last) and at <= end):
        return None
    values: dict[str, str] = {}
    for field, literal in zip(template.fields, between, strict=False):
        found = text.find(literal, at, end)
        if found < 0:
            return None
        values[field] = text[at:found]
        at = found + len(literal)
    values[template.fields[-1]] = text[at:end]
    number = values.get("number", "0")
    return values if number.isascii() and number.isdecimal() else None
