"""The Via header field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.sip.lexical import first_value
from analyser.sip.via import branch_of, parse_via


@pytest.mark.parametrize(
    ("value", "transport", "sent_by", "branch"),
    [
        ("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1", "UDP", "192.0.2.1:5060", "z9hG4bK1"),
        (
            "SIP  / 2.0  / tcp   host.example.com   ;  branch  =   z9hG4bK2",
            "TCP",
            "host.example.com",
            "z9hG4bK2",
        ),
        ("SIP/2.0/TLS [2001:db8::1]:5061;rport;BRANCH=x", "TLS", "[2001:db8::1]:5061", "x"),
        ("SIP/2.0/UDP", "UDP", "", ""),
        ("SIP/2.0", "", "", ""),
        ("", "", "", ""),
        (";branch=x", "", "", "x"),
    ],
)
def test_via(value, transport, sent_by, branch):
    via = parse_via(value)
    assert (via.transport, via.sent_by, via.branch) == (transport, sent_by, branch)


def test_response_routing_parameters():
    via = parse_via("SIP/2.0/UDP 10.0.0.1;rport=4711;received=[2001:db8::9:255];branch=x")
    assert (via.rport, via.received, via.asks_rport) == (4711, "2001:db8::9:255", True)
    via = parse_via("SIP/2.0/UDP 10.0.0.1;rport;branch=x")
    assert (via.rport, via.received, via.asks_rport) == (None, "", True)
    assert parse_via("SIP/2.0/UDP 10.0.0.1;rport=99999999999999999999").rport is None
    assert not parse_via("SIP/2.0/UDP 10.0.0.1").asks_rport


PIECES = st.sampled_from(
    [
        "SIP/2.0/UDP a",
        ";",
        ";branch=1",
        ";BRANCH=2",
        "branch",
        "=",
        " ",
        ",",
        '"',
        "<",
        ">",
        ";rport",
        "x",
        "\t",
        "SIP/2.0/UDP b",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30))
def test_the_short_cut_to_the_branch_gives_what_the_whole_via_gives(value):
    assert branch_of(value) == parse_via(first_value(value)).branch
