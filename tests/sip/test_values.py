"""Typed values of header fields, and what nonsense gives."""

import pytest

from analyser.sip import Request, Response
from tests.sip.samples import request, response

NONSENSE = ["", ";", ",", "=", '"', "<", "\\", "999999999999999999999999", "-1", "a=b;c", "\x00", "٣"]


def test_addresses():
    message = request(
        Contact='<sip:a@b>;q=0.5, "C, D" <sip:c@d>', Route="<sip:p1;lr>,<sip:p2;lr>", Record_Route="<sip:p3>"
    )
    assert [contact.uri.text for contact in message.contacts] == ["sip:a@b", "sip:c@d"]
    assert [route.uri.text for route in message.routes] == ["sip:p1;lr", "sip:p2;lr"]
    assert [route.uri.host for route in message.record_routes] == ["p3"]
    assert message.from_ is not None
    assert (message.from_.display, message.from_.uri.user, message.from_.tag) == ("Alice", "alice", "a1")
    assert message.to is not None
    assert message.to.tag == ""
    assert request(Contact="*").contacts[0].is_star
    assert request(From=None).from_ is None
    assert message.request_uri.host == "example.com"


def test_vias_of_several_lines():
    message = request(Via="SIP/2.0/UDP a;branch=1, SIP/2.0/TCP b;branch=2")
    assert [via.branch for via in message.vias] == ["1", "2"]


def test_reasons():
    message = request(Reason='Q.850;cause=16;text="Normal, clearing", SIP ;cause=200 ;text="elsewhere"')
    first, second = message.reasons
    assert (first.protocol, first.cause, first.text) == ("Q.850", 16, "Normal, clearing")
    assert (second.protocol, second.cause, second.text) == ("SIP", 200, "elsewhere")
    assert request(Reason="Q.850;cause=x").reasons[0].cause is None


def test_warnings():
    message = response(Warning='307 isi.edu "a, b", 399 h:5060 "x"')
    assert [(warning.code, warning.agent, warning.text) for warning in message.warnings] == [
        (307, "isi.edu", "a, b"),
        (399, "h:5060", "x"),
    ]


def test_numbers():
    message = request(
        RSeq="776656", Expires="3600", Min_Expires="60", Min_SE="90;x=y", Retry_After="120 (busy);duration=60"
    )
    assert (message.rseq, message.expires, message.min_expires, message.min_se) == (776656, 3600, 60, 90)
    assert (message.retry_after, message.max_forwards) == (120, 70)
    absent = request(Max_Forwards=None)
    assert (absent.rseq, absent.expires, absent.min_se, absent.retry_after, absent.max_forwards) == (
        None,
    ) * 5


def test_rack():
    rack = request(RAck="776656 1 INVITE").rack
    assert rack is not None
    assert (rack.rseq, rack.cseq, rack.method) == (776656, 1, "INVITE")


@pytest.mark.parametrize(
    ("value", "expected"), [("1800;refresher=UAS", (1800, "uas")), ("90", (90, "")), ("soon", None)]
)
def test_session_expires(value, expected):
    assert request(x=value).session_expires == expected
    assert request(Session_Expires=value).session_expires == expected


def test_events():
    event = request(o="Dialog;id=7").event
    assert event is not None
    assert (event.package, event.params) == ("dialog", {"id": "7"})
    state = request(Subscription_State="Terminated;reason=Timeout;retry-after=5;expires=0").subscription_state
    assert state is not None
    assert (state.state, state.reason, state.retry_after, state.expires) == ("terminated", "timeout", 5, 0)


def test_lists_of_tokens():
    message = request(
        Require="100rel,timer",
        Supported="path",
        Unsupported="x, y",
        Allow="INVITE, ACK",
        Proxy_Require="sec-agree",
    )
    assert message.require == ["100rel", "timer"]
    assert message.supported == ["path"]
    assert message.unsupported == ["x", "y"]
    assert message.allow == ["INVITE", "ACK"]
    assert message.proxy_require == ["sec-agree"]


def test_texts():
    message = request(SIP_ETag="t1", SIP_If_Match="t0", Server="S", User_Agent="U")
    assert (message.etag, message.if_match, message.user_agent) == ("t1", "t0", "U")
    assert request(Server="S").user_agent == "S"
    assert request().user_agent == ""
    assert request().etag == ""


def test_challenges_and_credentials():
    message = response(
        "SIP/2.0 407 x",
        WWW_Authenticate='Digest realm="a, b", nonce="n=", qop="auth,auth-int", stale=TRUE',
        Proxy_Authenticate='Digest realm="p" , nonce=n2, algorithm=SHA-256, Digest realm="p", nonce=n3',
    )
    first, second, third = message.challenges
    assert (first.scheme, first.realm, first.nonce, first.stale, first.proxy) == (
        "Digest",
        "a, b",
        "n=",
        True,
        False,
    )
    assert first.params["qop"] == "auth,auth-int"
    assert (second.nonce, second.params["algorithm"], second.proxy, second.stale) == (
        "n2",
        "SHA-256",
        True,
        False,
    )
    assert third.nonce == "n3"
    credentials = request(
        Authorization='Digest username="u",realm="r"', Proxy_Authorization="Basic dTpw=="
    ).credentials
    assert [(auth.scheme, auth.username, auth.proxy) for auth in credentials] == [
        ("Digest", "u", False),
        ("Basic", "", True),
    ]
    assert credentials[1].params == {"token68": "dTpw=="}
    assert request(Authorization="NoOneKnowsThisScheme opaque-data=here").credentials[0].params == {
        "opaque-data": "here"
    }
    assert request(Authorization="NTLM").credentials[0].scheme == "NTLM"


FIELDS = ["From", "To", "Contact", "Route", "Via", "CSeq"]
FIELDS += ["Call_ID", "Expires", "Min_SE", "Session_Expires", "Retry_After", "Event"]
FIELDS += ["Subscription_State", "Reason", "Warning", "RAck", "RSeq", "WWW_Authenticate"]
FIELDS += ["Authorization", "Content_Type", "Content_Length", "Max_Forwards", "Require", "Date"]
FIELDS += ["SIP_ETag"]
LAZY = sorted({name for kind in (Request, Response) for name in vars(kind) if not name.startswith("__")})


@pytest.mark.parametrize("value", NONSENSE)
@pytest.mark.parametrize("field", FIELDS)
def test_nonsense_gives_nothing_and_raises_nothing(field, value):
    message = request(body=b"v=0\r\nx", **{field: value})
    for name in LAZY:
        getattr(message, name, None)


def test_lazy_values_are_kept():
    message = request()
    assert message.headers is message.headers
    assert message.vias is message.vias
