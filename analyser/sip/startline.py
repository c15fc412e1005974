"""Start lines that are not spelled as usual (RFC 3261 §7.1, §7.2).

Both readers take the line without its end, append the defects they see, and give None where the line is
no start line of their kind at all.
"""

import re
from typing import Final

from analyser.sip.defects import Defect
from analyser.sip.lexical import is_token

VERSION: Final = "SIP/2.0"
_REQUEST_LINE: Final = re.compile(
    r"(\S+)[ \t](.*)[ \t](SIP/[0-9]{1,9}\.[0-9]{1,9})\Z", re.IGNORECASE | re.DOTALL
)
_STATUS_LINE: Final = re.compile(
    r"(SIP/[0-9]{1,9}\.[0-9]{1,9})([ \t]+)([0-9]+)(.*)\Z", re.IGNORECASE | re.DOTALL
)
_WHITE: Final = re.compile(r"\s")
_LARGEST_STATUS: Final = 10**9


def read_request_line(line: str, defects: list[Defect]) -> tuple[str, str, str] | None:
    """Method, Request-URI and version."""
    stripped = line.rstrip(" \t")
    found = _REQUEST_LINE.match(stripped)
    if found is None or not is_token(found[1]):
        return None
    method, middle, version = found.groups()
    uri = middle.strip(" \t")
    if not uri:
        return None
    _check_version(version, defects)
    if uri != middle or stripped != line or "\t" in line.replace(uri, "", 1):
        defects.append(Defect.START_LINE_WHITESPACE)
    if _WHITE.search(uri):
        defects.append(Defect.REQUEST_URI_WHITESPACE)
    return method, uri, version


def read_status_line(line: str, defects: list[Defect]) -> tuple[int, str, str] | None:
    """Status code, reason phrase and version."""
    found = _STATUS_LINE.match(line)
    if found is None:
        return None
    version, gap, digits, rest = found.groups()
    _check_version(version, defects)
    status = int(digits) if len(digits) < 10 else _LARGEST_STATUS
    if len(digits) != 3 or not 100 <= status <= 699:
        defects.append(Defect.STATUS_CODE_OUT_OF_RANGE)
    if rest[:1] != " ":
        defects.append(Defect.STATUS_LINE_SPACE)
    if gap != " ":
        defects.append(Defect.START_LINE_WHITESPACE)
    return status, rest.strip(), version


def _check_version(version: str, defects: list[Defect]) -> None:
    if version.upper() != VERSION:
        defects.append(Defect.VERSION_UNSUPPORTED)
    elif version != VERSION:
        defects.append(Defect.VERSION_CASE)
