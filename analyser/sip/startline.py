"""Start lines that are not spelled as usual (RFC 3261 §7.1, §7.2)."""

import re
from typing import Final, NamedTuple

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


class StartLine(NamedTuple):
    """The parts of a start line."""

    status: int
    """-1 for a request."""
    method: str
    text: str
    """Request-URI or reason phrase."""
    version: str
    defects: list[Defect]


def read_start_line(line: str) -> StartLine | None:
    """The parts of any start line, None where it is none."""
    return _read_request_line(line) or _read_status_line(line)


def _read_request_line(line: str) -> StartLine | None:
    stripped = line.rstrip(" \t")
    found = _REQUEST_LINE.match(stripped)
    if found is None or not is_token(found[1]):
        return None
    method, middle, version = found.groups()
    uri = middle.strip(" \t")
    if not uri:
        return None
    defects = _version_defects(version)
    if uri != middle or stripped != line or "\t" in line.replace(uri, "", 1):
        defects.append(Defect.START_LINE_WHITESPACE)
    if _WHITE.search(uri):
        defects.append(Defect.REQUEST_URI_WHITESPACE)
    return StartLine(-1, method, uri, version, defects)


def _read_status_line(line: str) -> StartLine | None:
    found = _STATUS_LINE.match(line)
    if found is None:
        return None
    version, gap, digits, rest = found.groups()
    defects = _version_defects(version)
    status = int(digits) if len(digits) < 10 else _LARGEST_STATUS
    if len(digits) != 3 or not 100 <= status <= 699:
        defects.append(Defect.STATUS_CODE_OUT_OF_RANGE)
    if rest[:1] != " ":
        defects.append(Defect.STATUS_LINE_SPACE)
    if gap != " ":
        defects.append(Defect.START_LINE_WHITESPACE)
    return StartLine(status, "", rest.strip(), version, defects)


def _version_defects(version: str) -> list[Defect]:
    if version == VERSION:
        return []
    return [Defect.VERSION_CASE if version.upper() == VERSION else Defect.VERSION_UNSUPPORTED]
