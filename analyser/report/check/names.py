"""The figures that an expectation can name, and what each is measured in."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

RATIOS: Final = ("SER", "SEER", "ISA", "SCR", "ASR", "NER", "IRA")
"""Key figures in per cent."""

DELAYS: Final = {
    "PDD": "post_dial",
    "SRD": "session_request",
    "SRD-F": "failed_session_request",
    "SDD": "session_disconnect",
    "SDT": "session_duration",
    "ACD": "session_duration",
    "RRD": "registration",
}
"""Key figures in seconds, and the attribute of `Kpis` that holds the single durations."""

COUNTS: Final = (
    "calls",
    "attempts",
    "messages",
    "retransmissions",
    "duplicates",
    "findings",
    "errors",
    "warnings",
    "notices",
    "known",
    "frames",
    "undecoded",
    "lost",
    "truncated",
    "gaps",
    "evicted",
    "notes",
)
DURATION: Final = "duration"
"""From the first SIP message to the last, in seconds."""

OF_A_DELAY: Final = ("mean", "max")
COUNT: Final = "count"
OF_THE_WIRE: Final = ("finding", "code", "method")
PERCENTILE: Final = re.compile(r"p([1-9]\d?)\Z", re.ASCII)
CODE: Final = re.compile(r"(?:([A-Za-z0-9.!%*_+`'~-]{1,40}):)?([1-6](?:\d\d|xx))\Z", re.ASCII)
"""486, 4xx, INVITE:486: the method is a token of RFC 3261 §25.1."""

WORDS: Final = ("and", "or", "not")

FIGURES: Final = {name.lower(): name for name in (*RATIOS, *DELAYS, *COUNTS, DURATION)}
"""Lower case -> as it is written."""
FUNCTIONS: Final = (*OF_A_DELAY, COUNT, *OF_THE_WIRE, "p95")
"""With one percentile for all of them."""


class Kind(Enum):
    """What a value is: numbers can be compared with anything, other kinds only with their like."""

    NUMBER = "a number"
    COUNT = "a count"
    PERCENT = "a percentage"
    SECONDS = "a length of time"
    TRUTH = "true or false"


UNITS: Final = {
    "": (Kind.NUMBER, 1.0),
    "%": (Kind.PERCENT, 1.0),
    "ms": (Kind.SECONDS, 0.001),
    "s": (Kind.SECONDS, 1.0),
    "min": (Kind.SECONDS, 60.0),
}
"""Of a literal: kind, and how many of the base unit it is."""


def kind_of(function: str, name: str) -> Kind:
    """What the figure is measured in; `function` is empty for the figure itself."""
    if function == COUNT or function in OF_THE_WIRE:
        return Kind.COUNT
    if name in RATIOS:
        return Kind.PERCENT
    return Kind.SECONDS if name in DELAYS or name == DURATION else Kind.COUNT
