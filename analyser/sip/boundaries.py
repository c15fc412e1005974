"""By what one tells in a byte stream where messages begin and heads end. Each pattern takes linear time on any line."""

import re
from typing import Final

START: Final = re.compile(
    rb"(?:SIP/[0-9]{1,9}\.[0-9]{1,9}[ \t]+[0-9][^\n]*"
    rb"|[A-Za-z0-9\-.!%*_+`'~]+[ \t][^\n]*[ \t]SIP/[0-9]{1,9}\.[0-9]{1,9}[ \t]*\r?)\n",
    re.IGNORECASE,
)
_METHODS: Final = (
    b"INVITE|ACK|BYE|CANCEL|OPTIONS|REGISTER|PRACK|SUBSCRIBE|NOTIFY|PUBLISH|INFO|REFER|MESSAGE|UPDATE"
)
_INSIDE: Final = (
    rb"(?:SIP/2\.0 [1-6][0-9][0-9] [^\n]{0,900}|(?:" + _METHODS + rb") [a-z]+:[^\s]{1,900} SIP/2\.0\r?)\n"
)
START_INSIDE: Final = re.compile(_INSIDE)
"""A start line behind garbage on the same line: the end of a body whose beginning was not seen."""
NEXT: Final = re.compile(
    _INSIDE
    + rb"(?=(?i:via|v|from|f|to|t|call-id|i|cseq|max-forwards|record-route|route)[ \t]*:"
    + rb"|[A-Za-z\-]{1,14}(?P<end>\Z))"
)
"""The start line of another message, with the beginning of its head, in what should be a body."""
QUOTES_SIP: Final = re.compile(rb"\n(?:Content-Type|c)[ \t]*:[ \t]*(?:message|multipart)/", re.IGNORECASE)
"""A body that may well hold a message."""
LONGEST_START: Final = 1024
"""Octets of a start line that is looked for in a body."""
TORN: Final = frozenset(method[size:] for method in _METHODS.split(b"|") for size in range(1, len(method)))
"""What is left of a method whose first octets are missing."""
LINE_ENDS: Final = re.compile(rb"[\r\n]*")
HEAD_END: Final = re.compile(rb"\n\r?\n")
LENGTHS: Final = re.compile(rb"\n(?:Content-Length|l)[ \t]*:[ \t]*([0-9]{1,9})[ \t]*\r?(?=\n)", re.IGNORECASE)
"""Content-Length as it is usually written."""
