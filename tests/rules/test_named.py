"""Whom a finding names, and where it sends the reader: words that the note or the next step of a page's case must hold."""

from pathlib import Path
from typing import Final

import pytest

from analyser.annotate import Finding
from tests.support.page import cases_of, events_of
from tests.support.pcap import capture

PAGES: Final = Path(__file__).parent
NAMED: Final = [
    (
        "server-refused-service",
        "The gateway answers 503, and the proxy makes 500 of it",
        ["203.0.113.20:5060, which refused with 503", "(frame 4)", "Go to 203.0.113.20:5060 first"],
        ["internal fault"],
    ),
    (
        "server-refused-service",
        "The gateway is silent, and the proxy gives up",
        ["203.0.113.20:5060 (frame 3), and no response"],
        ["internal fault"],
    ),
    (
        "server-refused-service",
        "The trunk has no line left",
        [
            "The cause that it gives is one of the telephone network",
            "a phone or trunk that it had sent the call to",
            "Of a trunk, count",
        ],
        ["network behind it says"],
    ),
    (
        "callee-not-reachable",
        "The proxy says 480 for what the gateway said",
        ["203.0.113.20:5060, which refused with 488"],
        ["no phone is registered", "do-not-disturb"],
    ),
    ("destination-unknown", "A number without a domain", ["no such user or number"], ["domain"]),
    (
        "unacknowledged-answer",
        "The proxy keeps the answer to itself",
        ["198.51.100.1:5060 did not pass the answer on to 192.0.2.10:5060", "log of 198.51.100.1:5060"],
        ["Contact"],
    ),
    (
        "unacknowledged-answer",
        "The ACK names another dialog",
        ["The ACK in frame 4", "To tag is other"],
        ["No ACK is in this capture", "must send the ACK to the Contact"],
    ),
    (
        "unacknowledged-answer",
        "The ACK has another CSeq number",
        ["CSeq 77, expected 1", "wrote the ACK of frame 4"],
        ["Record-Route"],
    ),
    (
        "unacknowledged-refusal",
        "The ACK passes here, and the refusal goes on",
        ["(frame 5), so the refusal arrived", "Capture at 198.51.100.20:5060", "ACK of frame 5"],
        ["Capture at the caller", "the refusal does not reach it"],
    ),
    (
        "unacknowledged-provisional",
        "The PRACK names another response",
        ["in frame 3 is not for it: its RAck is 999 1 INVITE"],
        ["No PRACK"],
    ),
    (
        "unanswered-invite",
        "Over TCP, to a connection that nobody reads from",
        ["something does listen at 198.51.100.20:5060"],
        ["rport", "something listens there"],
    ),
    (
        "unanswered-in-dialog",
        "A CANCEL in vain, and an answer long after it",
        ["same address as its INVITE"],
        ["Record-Route"],
    ),
    (
        "challenge-unanswered",
        "The gateway asks, and the proxy passes it back",
        ["203.0.113.20:5060 asked 192.0.2.10:5060", "trust the address of 198.51.100.1:5060"],
        [],
    ),
    (
        "publish-precondition-failed",
        "A proxy passes the PUBLISH on, and the 412 back",
        ["203.0.113.9:5060 does not know the entity-tag"],
        ["198.51.100.1"],
    ),
    (
        "unanswered-request",
        "A proxy passes the REGISTER on in vain",
        ["calls do not reach 192.0.2.10"],
        ["do not reach 198.51.100.1"],
    ),
    (
        "registration-lapsed",
        "Registered again after a long time",
        ["in the 96.0 s after it no refresh"],
        ["capture goes on"],
    ),
    (
        "binding-absent-from-answer",
        "The registrar puts in the outer address of a NAT",
        ["the address that the REGISTER came from"],
        ["ALG"],
    ),
    (
        "forbidden-with-credentials",
        "The registrar behind the edge proxy forbids it",
        ["203.0.113.9:5060 forbids REGISTER of 192.0.2.10:5060"],
        ["198.51.100.1"],
    ),
    (
        "event-package-refused",
        "The exchange has busy lamps, and stores no presence",
        [
            "takes no PUBLISH of 192.0.2.10:5060 for the event package presence: 489",
            "not about what it subscribes to",
        ],
        ["does not know", "busy lamps, presence, message"],
    ),
    (
        "unanswered-invite",
        "The other program on the same host is dead",
        ["holds nothing from 192.0.2.10:5080 to 192.0.2.10:5060: 192.0.2.10:5080 is down"],
        ["does hold other SIP"],
    ),
    (
        "call-forbidden",
        "An exchange passes on that the callee declines",
        ["not about a password, for it gives a cause", "Call rejected", "the key to decline"],
        ["account", "has not asked"],
    ),
    (
        "call-forbidden",
        "The proxy asks for the password, and the gateway behind it forbids the call",
        ["203.0.113.9:5060 forbids", "198.51.100.1:5060 that had asked"],
        ["account", "has not asked"],
    ),
    (
        "credentials-refused",
        "The same wrong password in REGISTER and in a call",
        ["challenged REGISTER, INVITE of 192.0.2.10:5060 again with 401, 407", "twice"],
        [],
    ),
    (
        "challenge-unanswered",
        "No password for calls either",
        ["(401, 407 to REGISTER, INVITE, for alice, pbx, twice)"],
        [],
    ),
    (
        "credentials-refused",
        "The registrar behind the edge proxy does not take them",
        ["203.0.113.9:5060 challenged REGISTER of 192.0.2.10:5060", "account at 203.0.113.9:5060"],
        ["198.51.100.1"],
    ),
    (
        "registration-refused",
        "The registrar behind the edge proxy is overloaded",
        ["203.0.113.9:5060 refuses REGISTER", "load and state of 203.0.113.9:5060"],
        ["198.51.100.1"],
    ),
    (
        "notify-refused",
        "The phone behind the edge proxy does not know it",
        ["192.0.2.10:5060 answers a NOTIFY of 203.0.113.9:5060"],
        ["198.51.100.1"],
    ),
    (
        "call-forbidden",
        "Forbidden by the gateway behind the proxy",
        [
            "203.0.113.9:5060 forbids",
            "the address 198.51.100.1:5060",
            "the address of 198.51.100.1:5060 is on",
        ],
        [],
    ),
    (
        "unanswered-in-dialog",
        "A proxy passes the BYE on in vain",
        ["192.0.2.10:5060 has hung up"],
        ["198.51.100.1:5060 has hung up"],
    ),
    (
        "answer-crossed-cancel",
        "Through a proxy",
        ["203.0.113.20:5060 answered it (200)"],
        ["198.51.100.1"],
    ),
]


@pytest.mark.parametrize(
    ("rule", "name", "said", "unsaid"), NAMED, ids=[f"{one[0]}: {one[1]}" for one in NAMED]
)
def test_finding_names(rule: str, name: str, said: list[str], unsaid: list[str]) -> None:
    case = next(one for one in cases_of(PAGES / f"{rule}.md") if one.name == name)
    found = [
        event
        for event in events_of(capture(case.compile()).data)
        if isinstance(event, Finding) and event.rule.id == rule
    ]
    text = f"{found[0].note} {found[0].remedy}"
    assert [words for words in said if words not in text] == [], text
    assert [words for words in unsaid if words in text] == [], text
