"""What a message has against the grammar, in the reader's language; the id of the defect stands behind in brackets."""

from __future__ import annotations

import re
from typing import Final

from analyser.codes import translated
from analyser.report.foreign_words import ENGLISH, foreign
from analyser.sip import Defect

_REFERENCE: Final = re.compile(r" \(RFC [^)]*\)\.$")
_BEGINS: Final = re.compile("(?:An?|The|There|No|Extra|Octets)(?= )")
"""Other first words are names of header fields."""


def sentence_of(defect: Defect, lang: str) -> str:
    """A sentence with the section that the message breaks."""
    return f"{translated(defect.desc, 'message', lang)} [{defect}]"


def brief(defect: Defect, lang: str) -> str:
    """A few words, to stand within a sentence."""
    if lang != ENGLISH:
        return f"{foreign('defect', str(defect), lang)} [{defect}]"
    text = _REFERENCE.sub("", defect.desc)
    if _BEGINS.match(text):
        text = text[0].lower() + text[1:]
    return f"{text} [{defect}]"


def sentences_of_all(lang: str) -> dict[str, str]:
    """Of every defect by its id."""
    return {str(defect): sentence_of(defect, lang) for defect in Defect}
