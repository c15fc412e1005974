"""Header fields: order, repetition, compact forms, lists."""

import pytest

from analyser.sip import Headers, canonical_name

LINES = [
    "v: SIP/2.0/UDP a, SIP/2.0/UDP b",
    "Via:SIP/2.0/UDP c",
    "SUPPORTED : path,  , timer",
    "Date: Sat, 13 Nov 2010",
    "x",
]


def test_names_are_blind_to_case_and_compact_form():
    headers = Headers(LINES)
    for name in ("v", "V", "via", "Via", "VIA"):
        assert headers.first(name) == "SIP/2.0/UDP a, SIP/2.0/UDP b"
        assert headers.all(name) == ["SIP/2.0/UDP a, SIP/2.0/UDP b", "SIP/2.0/UDP c"]
        assert name in headers
    assert headers.first("k") == "path,  , timer"
    assert headers.first("Contact") is None
    assert headers.all("Contact") == []
    assert "Contact" not in headers
    assert 7 not in headers


def test_lists_come_apart_where_the_grammar_has_them():
    headers = Headers(LINES)
    assert headers.values("via") == ["SIP/2.0/UDP a", "SIP/2.0/UDP b", "SIP/2.0/UDP c"]
    assert headers.values("Supported") == ["path", "timer"]
    assert headers.values("date") == ["Sat, 13 Nov 2010"]


def test_iteration_keeps_order_and_spelling():
    assert [name for name, _ in Headers(LINES)] == ["v", "Via", "SUPPORTED", "Date"]
    assert len(Headers(LINES)) == 4
    assert Headers(LINES).malformed == ["x"]
    assert repr(Headers(["A: b"])) == "Headers([('A', 'b')])"


@pytest.mark.parametrize(
    ("name", "long"),
    [
        ("i", "Call-ID"),
        ("CSEQ", "CSeq"),
        ("sip-etag", "SIP-ETag"),
        ("max-forwards", "Max-Forwards"),
        ("o", "Event"),
    ],
)
def test_canonical_names(name, long):
    assert canonical_name(name) == long
