"""The catalogue: what status codes mean, as frozen records, and the sentences of a language.

Takes a code or a key and gives a `StatusCode` or a sentence. Facts and words are TOML files (see
`catalogue/README.md`); only the files that a question needs are read, once. Nothing here imports more than
the standard library, so that `explain 412` stays instant.
"""

from analyser.codes.model import METHODS, HeaderField, StatusCode, Words
from analyser.codes.pairs import Pair, Rfc, pair, pairs, rfc, rfc_of
from analyser.codes.store import (
    Catalogue,
    all_codes,
    cause_name,
    codes_of_cause,
    codes_of_rules,
    codes_with_header,
    fallback_code,
    languages,
    phrases,
    rule_words,
    sentence,
    sentences,
    status_code,
    translated,
    wire_words,
)
from analyser.codes.topics import Link, Topic, Topics, our_topics, tls_alert

__all__ = [
    "METHODS",
    "Catalogue",
    "HeaderField",
    "Link",
    "Pair",
    "Rfc",
    "StatusCode",
    "Topic",
    "Topics",
    "Words",
    "all_codes",
    "cause_name",
    "codes_of_cause",
    "codes_of_rules",
    "codes_with_header",
    "fallback_code",
    "languages",
    "our_topics",
    "pair",
    "pairs",
    "phrases",
    "rfc",
    "rfc_of",
    "rule_words",
    "sentence",
    "sentences",
    "status_code",
    "tls_alert",
    "translated",
    "wire_words",
]
