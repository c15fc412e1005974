"""The words beside an arrow say what this very message asks for."""

import re

import pytest

from analyser.wire import SECOND
from tests.report.runs import events, events_of, messages, report_of

PHONE = "phone = 192.0.2.10:5060\nserver = 198.51.100.20:5060\n"
CALL = "alice = 192.0.2.10:5060\nproxy = 203.0.113.5:5060\ndesk = 198.51.100.20:5060\nmobile = 198.51.100.30:5060\n"


def words_of(ladder):
    """The report without its lifelines, on one line."""
    return re.sub(r"[ |\n]+", " ", report_of(events(ladder), 200, all_calls=True))


def exchange(request, *lines):
    return PHONE + "\n".join(
        [f"0.000  phone -> server  {request}", *lines, f"0.020  phone <- server  200 OK ({request})"]
    )


@pytest.mark.parametrize(
    ("method", "lines", "said"),
    [
        ("REGISTER", ["       Contact: <sip:a@192.0.2.10>"], "tells the registrar where"),
        ("REGISTER", ["       Contact: <sip:a@192.0.2.10>;expires=0"], "signs off"),
        ("REGISTER", ["       Contact: *", "       Expires: 0"], "signed off: the registrar has removed"),
        ("REGISTER", ["       Contact:"], "asks the registrar which addresses"),
        ("SUBSCRIBE", ["       Expires: 0"], "asks for the present state, once"),
        ("PUBLISH", ["       SIP-If-Match: x"], "refreshes the state"),
        ("PUBLISH", ["       SIP-If-Match: x", "       Expires: 0"], "takes back the state"),
    ],
)
def test_what_a_request_asks_for(method, lines, said):
    assert said in words_of(exchange(method, *lines))


def test_credentials_that_were_not_accepted_are_no_first_challenge():
    text = words_of(
        PHONE
        + """
0.000  phone -> server  REGISTER
0.020  phone <- server  401 Unauthorized
       WWW-Authenticate: Digest realm="r", nonce="1"
0.040  phone -> server  REGISTER
       Authorization: Digest username="a", realm="r", nonce="1", uri="sip:r", response="0"
0.060  phone <- server  401 Unauthorized
       WWW-Authenticate: Digest realm="r", nonce="2"
"""
    )

    assert "registrar asks for the password (after 20 ms)" in text
    assert "now proving the password" in text
    assert "problem: asks again: the user name or password sent was not accepted" in text


FORK = (
    CALL
    + """
0.000  alice -> proxy  INVITE
0.010  proxy -> desk   INVITE
0.011  proxy -> mobile INVITE
0.100  proxy <- desk   180 Ringing
2.000  proxy <- mobile 200 OK
2.010  alice <- proxy  200 OK
2.020  proxy -> desk   CANCEL
       Reason: SIP;cause=200;text="Call completed elsewhere"
2.030  proxy <- desk   200 OK
2.040  proxy <- desk   487 Request Terminated
2.050  proxy -> desk   ACK
2.060  alice -> proxy  ACK
2.070  proxy -> mobile ACK
"""
)


def test_a_branch_that_is_no_longer_needed_is_no_call_given_up():
    text = words_of(FORK)

    assert "ends this branch: the call was answered elsewhere" in text
    assert 'reason given: SIP 200 "Call completed elsewhere"' in text
    assert "gives up before" not in text


def test_a_branch_of_a_back_to_back_user_agent_is_no_call_given_up():
    """It has a Call-ID of its own, so that nothing but the Reason tells."""
    text = words_of(
        CALL
        + """
0.000  proxy -> desk   INVITE
0.100  proxy <- desk   180 Ringing
2.020  proxy -> desk   CANCEL
       Reason: SIP;cause=200;text="Call completed elsewhere"
2.030  proxy <- desk   200 OK
2.040  proxy <- desk   487 Request Terminated
2.050  proxy -> desk   ACK
"""
    )

    assert "ends this branch: the call was answered elsewhere" in text
    assert "gives up before" not in text


MAILBOX = """
0.000  phone <- server  NOTIFY
       From: <sip:1001@example.com>;tag=s
       To: <sip:1001-dev@192.0.2.10>{tag}
       Event: message-summary
       Subscription-State: terminated
       Content-Type: application/simple-message-summary
       | Messages-Waiting: no
0.010  phone -> server  481 Subscription Does Not Exist
"""


def test_a_notification_that_nobody_subscribed_to_ends_no_subscription():
    text = words_of(PHONE + MAILBOX.format(tag=""))

    assert "Notification to 1001-dev@192.0.2.10 about 1001@example.com, without a subscription" in text
    assert "unasked: no subscription stands behind it" in text
    assert "attention: the phone takes no notification that it has not subscribed to" in text
    assert "the subscription is over" not in text
    assert "the notifier must remove it" not in text


def test_a_notification_goes_from_the_notifier_to_the_subscriber():
    text = words_of(PHONE + MAILBOX.format(tag=";tag=p"))

    assert "Subscription of 1001-dev@192.0.2.10 to 1001@example.com" in text
    assert "tells a subscriber that the subscription is over" in text
    assert "problem: no such subscription; the notifier must remove it" in text


def test_the_ack_of_an_answer_is_told_apart_from_that_of_a_refusal():
    text = words_of(FORK)

    assert text.count("confirms that the 487 has arrived") == 1
    assert text.count("confirms the answer: the call is up") == 2


def test_the_ack_of_a_refusal_that_has_a_branch_of_its_own_brings_no_call_up():
    busy = (
        CALL
        + """
0.000  alice -> proxy  INVITE
0.100  alice <- proxy  486 Busy Here
0.200  alice -> proxy  ACK
       Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKits-own
"""
    )
    text = words_of(busy)

    assert "confirms that the 486 has arrived" in text
    assert "the call is up" not in text
    assert "confirms a final answer" in words_of(busy + "       To: <sip:bob@example.com>;tag=another\n")


def test_a_clock_that_is_set_back_makes_no_delay_of_less_than_nothing():
    call = messages(
        CALL
        + """
0.000  alice -> proxy  INVITE
0.600  alice <- proxy  180 Ringing
1.000  alice <- proxy  486 Busy Here
"""
    )
    times = (9 * SECOND, 3 * SECOND, 10 * SECOND)
    moved = [(time, hop, data) for time, (_, hop, data) in zip(times, call, strict=True)]
    text = report_of(events_of(moved), 200, all_calls=True)

    assert "after -" not in text
    assert "(after 1.0 s)" in text


def test_a_message_that_breaks_the_grammar_is_named():
    assert "malformed: CSeq is not a number and a method [cseq-malformed]" in words_of(
        exchange("OPTIONS", "       CSeq: many")
    )
