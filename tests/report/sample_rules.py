"""Rules for the tests of reports: simple, and of every kind of subject."""

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.track import Call, Peer, Registration, Sighting, Transaction


@rule(
    "answer-without-ack",
    on=Transaction,
    severity=Severity.ERROR,
    summary="the call was answered but no ACK reached the callee",
    remedy="Compare the Contact with the addresses that the caller can reach.",
    refs=("RFC 3261 §13.2.2.4", "RFC 3261 §13.3.1.4"),
    methods=("INVITE",),
)
def answer_without_ack(invite):
    """The callee repeats its answer."""
    if invite.answers[1:] and not invite.acks:
        first, *repeats = invite.answers
        contact = str(next(iter(first.message.headers.all("Contact")), ""))
        yield Evidence(
            first,
            Sentence("repeated {count} times; {contact}"),
            repeats,
            remedy=Sentence("Compare the Contact {contact} with the addresses that the caller can reach."),
            count=len(repeats),
            contact=contact,
        )


@rule(
    "busy-callee",
    on=Call,
    severity=Severity.NOTICE,
    summary="the callee was busy",
    remedy="Call again later.",
    refs=("RFC 3261 §21.4.24",),
)
def busy_callee(call):
    """The callee answered 486."""
    for invite in call.first_leg:
        if invite.status == 486:
            yield Evidence(
                invite.final,
                Sentence("refused by {who}"),
                who=invite.final.message.headers.first("Server") or "nobody",
            )


@rule(
    "refused-registration",
    on=Registration,
    severity=Severity.WARNING,
    summary="a registration was refused",
    remedy="Check the password.",
    refs=("RFC 3261 §10.3",),
)
def refused_registration(registration):
    """The registrar answered 403."""
    for register in registration.first_leg:
        if register.status == 403:
            yield Evidence(
                register.final,
                Sentence("refused: {reason}"),
                remedy=Sentence("Check the password of {user}."),
                reason=register.final.message.reason,
                user="bob",
            )


@rule(
    "odd-message",
    on=Sighting,
    severity=Severity.NOTICE,
    summary="a message carries a Subject",
    remedy="Nothing to do.",
    refs=(),
)
def odd_message(sighting):
    """Any message with a Subject header field."""
    subject = sighting.message.headers.first("Subject")
    if subject is not None:
        yield Evidence(sighting, Sentence("Subject: {subject}"), subject=subject)


@rule(
    "failing-peer",
    on=Peer,
    severity=Severity.WARNING,
    summary="requests of a host failed",
    remedy="Look at that host.",
    refs=(),
)
def failing_peer(peer):
    """A host whose requests failed."""
    if peer.failures:
        yield Evidence(peer.failures[0].first, Sentence("failed with {host}"), host=peer.host)


ALL = (answer_without_ack, busy_callee, refused_registration, odd_message, failing_peer)
