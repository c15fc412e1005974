"""The catalogue: what status codes mean, as frozen records, and the sentences of a language.

Takes a code or a key and gives a `StatusCode` or a sentence. Facts and words are TOML files (see
`catalogue/README.md`); only the files that a question needs are read, once. Nothing here imports more than
the standard library, so that `explain 412` stays instant.
"""

from analyser.codes.model import METHODS, HeaderField, StatusCode, Words
from analyser.codes.store import (
    Catalogue,
    all_codes,
    cause_name,
    languages,
    phrases,
    rule_words,
    sentence,
    sentences,
    status_code,
    translated,
)

__all__ = [
    "METHODS",
    "Catalogue",
    "HeaderField",
    "StatusCode",
    "Words",
    "all_codes",
    "cause_name",
    "languages",
    "phrases",
    "rule_words",
    "sentence",
    "sentences",
    "status_code",
    "translated",
]
