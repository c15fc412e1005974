"""A password in a URI is nowhere in what `check`, `diff` and a document say, as in no other form."""

import json

import pytest

from analyser.report.check.as_github import github
from analyser.report.check.as_json import document
from analyser.report.check.as_junit import junit
from analyser.report.check.as_sarif import sarif
from analyser.report.records import raw_text
from analyser.rules import all_rules
from analyser.sip import parse
from tests.report.checked import check
from tests.report.comparisons import compared_ladders

LADDER = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.000  alice -> bob    INVITE sip:bob:opensesame@example.com
       From: <sip:alice:opensesame@example.com>;tag=1
       To: <sip:bob:opensesame@example.com>
0.100  alice <- bob    403 Forbidden
       From: <sip:alice:opensesame@example.com>;tag=1
       To: <sip:bob:opensesame@example.com>;tag=2
0.110  alice -> bob    ACK
"""
SILENT = LADDER.replace("403 Forbidden", "484 Address Incomplete")


@pytest.mark.parametrize("form", [github, document, junit, sarif])
def test_a_check(form):
    result = check(LADDER, rules=tuple(all_rules()), fail_on="notice")

    assert any("opensesame" in tally.note or "open…" in tally.note for tally in result.tallies)
    assert "opensesame" not in form(result)


def test_a_comparison():
    text = json.dumps(compared_ladders(LADDER, SILENT), ensure_ascii=False)

    assert "open…" in text
    assert "opensesame" not in text


@pytest.mark.parametrize("most", range(60, 130))
def test_a_message_that_was_cut(most):
    data = (
        b"OPTIONS sip:a SIP/2.0\r\nCSeq: 1 OPTIONS\r\nContact: <sip:alice:opensesame@192.0.2.1:5060>\r\n\r\n"
    )
    message = parse(data)
    assert message is not None

    shown = raw_text(message, most)

    assert "opens" not in shown
    assert shown.endswith(data[:most].decode()[-4:]) or "open…" in shown
