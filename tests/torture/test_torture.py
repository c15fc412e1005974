"""The torture messages of RFC 4475 and RFC 5118, read from the folder of captures where there is one.

Messages that the RFCs call valid carry no defect that breaks them; each broken one names its own.
"""

import csv
import os
from pathlib import Path

import pytest

from analyser.sip import Defect, looks_like_sip, parse

D = Defect

BROKEN = {
    "rfc4475/badaspec.dat": {D.URI_WHITESPACE},
    "rfc4475/baddate.dat": {D.DATE_MALFORMED},
    "rfc4475/baddn.dat": {D.DISPLAY_NAME_UNQUOTED, D.UNTERMINATED_HEAD},
    "rfc4475/baddn-crlf.dat": {D.DISPLAY_NAME_UNQUOTED},
    "rfc4475/badinv01.dat": {D.EMPTY_PARAMETER},
    "rfc4475/badvers.dat": {D.VERSION_UNSUPPORTED},
    "rfc4475/bigcode.dat": {D.STATUS_CODE_OUT_OF_RANGE},
    "rfc4475/clerr.dat": {D.CONTENT_LENGTH_TOO_LONG},
    "rfc4475/escruri.dat": {D.REQUEST_URI_HEADERS},
    "rfc4475/ltgtruri.dat": {D.REQUEST_URI_BRACKETS},
    "rfc4475/lwsruri.dat": {D.REQUEST_URI_WHITESPACE},
    "rfc4475/lwsstart.dat": {D.START_LINE_WHITESPACE},
    "rfc4475/mismatch01.dat": {D.CSEQ_METHOD_MISMATCH},
    "rfc4475/mismatch02.dat": {D.CSEQ_METHOD_MISMATCH},
    "rfc4475/ncl.dat": {D.CONTENT_LENGTH_NEGATIVE},
    "rfc4475/quotbal.dat": {D.QUOTE_UNTERMINATED},
    "rfc4475/regbadct.dat": {D.URI_NEEDS_BRACKETS},
    "rfc4475/scalar02.dat": {D.CSEQ_TOO_LARGE, D.MAX_FORWARDS_TOO_LARGE, D.EXPIRES_TOO_LARGE},
    "rfc4475/scalarlg.dat": {D.CSEQ_TOO_LARGE, D.RETRY_AFTER_TOO_LARGE, D.WARNING_MALFORMED},
    "rfc4475/trws.dat": {D.START_LINE_WHITESPACE},
    "rfc5118/ipv6-bad.dat": {D.HOST_MALFORMED},
    "rfc5118/ipv6-bug-abnf-3-colons.dat": {D.HOST_MALFORMED},
    # Faults of the message that the RFC files under the application layer
    "rfc4475/insuf.dat": {D.MISSING_CALL_ID, D.MISSING_FROM, D.MISSING_TO},
    "rfc4475/mcl01.dat": {D.CONTENT_LENGTH_CONFLICT},
    "rfc4475/multi01.dat": {
        D.REPEATED_CALL_ID,
        D.REPEATED_CSEQ,
        D.REPEATED_FROM,
        D.REPEATED_TO,
        D.REPEATED_MAX_FORWARDS,
    },
}
ODDITIES = {
    "rfc4475/badbranch.dat": {D.BRANCH_BARE_COOKIE},
    "rfc4475/dblreq.dat": {D.TRAILING_OCTETS},
    "rfc4475/inv2543.dat": {D.MISSING_FROM_TAG, D.MISSING_BRANCH, D.MISSING_MAX_FORWARDS},
    "rfc5118/via-received-param-with-delim.dat": {D.RECEIVED_BRACKETS},
}
FAULTS_OF_CLASS_APPLICATION = {"rfc4475/insuf.dat", "rfc4475/mcl01.dat", "rfc4475/multi01.dat"}
NO_MESSAGE = {"rfc4475/test.dat"}
"""Its first line has no version, so it is no start line."""


def _rows() -> list[dict[str, str]]:
    corpus = os.environ.get("SIP_ANALYSER_CORPUS")
    path = Path(corpus or "") / "torture" / "EXPECT.tsv"
    if not corpus or not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


ROWS = _rows()
NO_CORPUS = pytest.mark.skip(reason="SIP_ANALYSER_CORPUS names no folder with torture/EXPECT.tsv")


@pytest.mark.corpus
@pytest.mark.parametrize("rows", [ROWS] if ROWS else [pytest.param([], marks=NO_CORPUS)], ids=["expected"])
def test_the_torture_messages_are_there(rows):
    assert len(rows) >= 49
    names = {row["file"] for row in rows}
    assert set(BROKEN) | set(ODDITIES) | NO_MESSAGE <= names


@pytest.mark.corpus
@pytest.mark.parametrize(
    "row", ROWS or [pytest.param({"file": "none"}, marks=NO_CORPUS)], ids=lambda row: row["file"]
)
def test_torture(row):
    name = row["file"]
    data = (Path(os.environ["SIP_ANALYSER_CORPUS"]) / "torture" / name).read_bytes()
    message = parse(data)
    if name in NO_MESSAGE:
        assert message is None
        assert not looks_like_sip(data)
        return
    assert message is not None
    assert looks_like_sip(data)
    broken = {defect for defect in message.defects if defect.broken}
    assert broken <= BROKEN.get(name, set())
    assert BROKEN.get(name, set()) | ODDITIES.get(name, set()) <= set(message.defects)
    assert bool(BROKEN.get(name)) == (
        row["class"].startswith("invalid") or name in FAULTS_OF_CLASS_APPLICATION
    )
    expected = row["call_id"].split(" || ")[0]
    assert message.call_id.startswith(expected)
    number, _, method = row["cseq"].split(" || ")[0].partition(" ")
    assert message.cseq_method == method
    assert message.cseq == (int(number) if int(number) < 2**32 else -1)
