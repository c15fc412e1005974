"""Messages as nearly everybody writes them: one expression that reads a whole head in one pass. Where it is compiled,
`analyser.sip.octets` does the same faster.

What `match_usual` accepts is sound: each mandatory field is there once and in its long spelling, no other name
can stand for one of them, nothing is folded, no quotes or lists need to be taken apart, and numbers are small.
If the method of CSeq is that of the request line and Content-Length is right or absent, the head scan has no
defect to tell. What looks different in the least is not matched and goes the general way.
"""

import re
import sys
from typing import Final

_NAMES: Final = (
    "ACK",
    "BYE",
    "CANCEL",
    "INFO",
    "INVITE",
    "MESSAGE",
    "NOTIFY",
    "OPTIONS",
    "PRACK",
    "PUBLISH",
    "REFER",
    "REGISTER",
    "SUBSCRIBE",
    "UPDATE",
)
METHODS: Final = {name: name for name in _NAMES}
"""The registered methods by themselves, so that all messages share one string."""

LENGTHS: Final = {str(length): length for length in range(2048)}
"""What Content-Length says of usual bodies, so that all messages share one number."""

STATUS_LINES: Final[dict[bytes, tuple[int, str]]] = {}
"""Codes and reason phrases by the text behind the version; bounded, as the phrase is the sender's choice."""
MAX_STATUS_LINES: Final = 1024

WORD: Final = r"[!#-+\--:=-~]"  # of a tag or branch: printable, but nothing that separates or quotes
OTHER: Final = r"[!-9;-BDEGHJKM-SUW-Zabdeghjkm-suw-z]"  # what no name of a scanned field begins with
HOST: Final = r"[\--:A-z]"  # of sent-by in Via
ADDRESS_SPEC: Final = r"[!#-+\--:=?-~]"  # of a URI without brackets
BRACKETED: Final = "[!-;=?-~]"  # of one in brackets
QUOTED: Final = r'[^"\\\r\n]'  # of a display name in quotes
DISPLAY: Final = r'[^"<\r\n]'  # of one without
MAX_PARAMS: Final = 16
"""Parameters of Via before its branch."""
MAX_LINES: Final = 64

_BRANCH: Final = (
    rf"(?: ;branch= | (?: ;(?![Bb]){WORD}+ ){{1,{MAX_PARAMS}}} ;branch= ) ({WORD}*) (?: [;,].* | \r )\n"
)
_ADDRESS: Final = (
    rf'(?: sip:(?=[^"<\n]*\n){ADDRESS_SPEC}* | (?: "{QUOTED}*"\ ? | {DISPLAY}+ | ) <{BRACKETED}*> )'
)
_TAG: Final = rf"(?: ;tag= | (?=\r) ) ({WORD}*) (?: ;.* | \r )\n"
_TIMES: Final = f"{{0,{MAX_LINES}}}" + ("+" if sys.version_info >= (3, 11, 5) else "")
"""How often a line may come. Nothing is ever given back, and saying so saves a fifth; but earlier releases lose
matches then (CPython issue 106052)."""

match_usual: Final = re.compile(
    rf"""
    (?: SIP/2\.0\ ([1-6][0-9][0-9]\ .*) | ([A-Z]+)\ ([!-~]+)\ SIP/2\.0\r ) \n
    (?: {OTHER} .*\n
      | Via:\ (?(4) .*\n | SIP/2\.0/[A-Z]+\ {HOST}+ {_BRANCH} )
      | From:\ (?(5) (?!) | {_ADDRESS} {_TAG} )
      | To:\ (?(6) (?!) | {_ADDRESS} {_TAG} )
      | Call-ID:\ (?(7) (?!) | ([!-~]+)\r\n )
      | CSeq:\ (?(8) (?!) | ([0-3]?[0-9]{{1,9}})\ ([A-Z]+)\r\n )
      | Content-Length:\ + (?(10) (?!) | ([0-9]{{1,9}})\r\n )
      | Conta .*\n
      | (?: Call-In | Content-[DET] | Ci | F[el] | I[dn] | T[ai] ) .*\n
    ){_TIMES} \r\n
    (?(4) (?(5) (?(6) (?(7) (?(8) | (?!) ) | (?!) ) | (?!) ) | (?!) ) | (?!) )
    """,
    re.VERBOSE,
).match
"""Takes a datagram as Latin-1 text. The groups are the status line behind its version; method and Request-URI;
branch; tags of From and To; Call-ID; number and method of CSeq; Content-Length. It ends where the body begins.

A second field of a name that may come once does not match, as its group is then set. Each line matches in one
way only and loops that hold other loops are bounded, so that it fails in linear time and flat memory.
"""


def read_status_line(line: bytes) -> tuple[int, str]:
    """Status code and reason phrase of what stands behind the version, not met before."""
    parts = int(line[:3]), line[4:].decode("utf-8", "backslashreplace").strip()
    if len(STATUS_LINES) < MAX_STATUS_LINES and len(line) < 64:
        STATUS_LINES[line] = parts
    return parts
