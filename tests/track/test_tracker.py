"""Messages become transactions and what owns them: hops, copies, forwards, endings."""

import pytest

from analyser.sip import Request
from analyser.track import Call, Ending, Publication, Registration, Subscription, Tracker, Transaction, bounds
from analyser.wire import SECOND, Coverage
from tests.support.scene import Scene, sightings

HOSTS = """
alice = 192.0.2.10:5060
proxy = 198.51.100.1:5060
bob   = 203.0.113.20:5060
"""

CALL = (
    HOSTS
    + """
0.000  alice -> bob    INVITE
0.050  alice <- bob    100 Trying
0.500  alice <- bob    180 Ringing
2.000  alice <- bob    200 OK
2.050  alice -> bob    ACK
9.000  alice -> bob    BYE
9.100  alice <- bob    200 OK
"""
)


def test_a_call_is_two_transactions_and_one_dialog():
    scene = Scene(CALL)
    invite, bye = scene.one(Transaction, "INVITE"), scene.one(Transaction, "BYE")
    call = scene.one(Call)

    assert [seen.role for seen in scene.sightings] == [
        "request", "provisional", "provisional", "final", "ack", "request", "final",
    ]  # fmt: skip
    assert [seen.message.status for seen in invite.responses] == [100, 180, 200]
    assert invite.final is scene.sightings[3]
    assert invite.ack is scene.sightings[4]
    assert bye.status == 200
    assert call.state == "ended"
    assert call.sightings == scene.sightings
    (dialog,) = call.dialogs.values()
    assert dialog.bye is bye
    assert dialog.confirmed is scene.sightings[3]


@pytest.mark.parametrize(
    ("until", "open_calls", "going_on"),
    [(0.05, 1, 1), (0.5, 1, 1), (2.05, 1, 1), (8.9, 1, 1), (9.0, 1, 0), (9.1, 1, 0)],
)
def test_a_call_goes_on_until_its_bye_though_late_copies_are_waited_for(until, open_calls, going_on):
    tracker = Tracker(Coverage())
    for sighting in sightings(CALL):
        if sighting.time <= sightings(CALL)[0].time + int(until * SECOND):
            tracker.receive(sighting)

    assert (tracker.open_calls, tracker.calls_going_on()) == (open_calls, going_on)


@pytest.mark.parametrize(
    ("ladder", "going_on"),
    [
        ("0 alice -> bob INVITE\n0.1 alice <- bob 486\n0.2 alice -> bob ACK\n", 0),
        ("0 alice -> bob INVITE\n0.1 alice <- bob 407\n0.3 alice -> bob INVITE (new)\n0.4 alice <- bob 180\n", 1),
        ("0 alice -> bob INVITE\n1 alice -> bob CANCEL\n1.1 alice <- bob 200\n1.2 alice <- bob 487\n", 0),
        ("0 alice -> bob INVITE\n[capture ends 20]\n", 1),
        ("0 alice -> bob BYE\n0.1 alice <- bob 481\n", 0),
        ("0 alice -> bob INVITE\n0 [b] alice -> bob INVITE\n0.5 alice <- bob 503\n", 1),
    ],
    ids=["refused", "asked again", "cancelled", "no answer yet", "no INVITE", "two calls"],
)  # fmt: skip
def test_what_is_refused_or_given_up_does_not_go_on(ladder, going_on):
    tracker = Tracker(Coverage())
    for sighting in sightings(HOSTS + ladder):
        tracker.receive(sighting)

    assert tracker.calls_going_on() == going_on


def test_a_call_leaves_memory_36_seconds_after_its_end():
    scene = Scene(CALL + "46.2 alice -> bob OPTIONS (new)\n")
    call = scene.one(Call)

    assert call.ending is Ending.COMPLETE
    assert scene.settled.index(call) < 3


def test_a_call_that_goes_on_stays_until_the_capture_ends():
    scene = Scene("\n".join(CALL.splitlines()[:-2]) + "\n[capture ends 500]")

    assert scene.one(Call).state == "answered"
    assert scene.one(Call).ending is Ending.CAPTURE_ENDED
    assert scene.one(Transaction, "INVITE").ending is Ending.COMPLETE


@pytest.mark.parametrize(
    ("gap", "copied", "role"),
    [
        ("0.010", "", "retransmission"),  # so fast, but a packet of its own
        ("0.100", " (copy)", "duplicate"),  # the same IP identification proves it
        ("0.100", "", "retransmission"),  # another one proves the contrary
        ("0.500", " (copy)", "retransmission"),  # after 0.35*T1 a host that never counts its packets up
        ("0.500", "", "retransmission"),
    ],
)
def test_copies_of_the_capture_and_retransmissions_are_told_apart(gap, copied, role):
    again = copied or " (again)"
    scene = Scene(HOSTS + f"0 alice -> bob INVITE\n+{gap} alice -> bob INVITE{again}\n")

    assert scene.sightings[1].role == role
    assert scene.coverage.duplicates == (role == "duplicate")
    assert len(scene.one(Transaction).requests) == (1 if role == "duplicate" else 2)


def test_where_ip_has_no_identification_only_a_mirror_is_so_fast():
    ladder = "alice = [2001:db8::1]:5060\nbob = [2001:db8::2]:5060\n0 alice -> bob INVITE\n"
    seen = sightings(ladder + "0.010 alice -> bob INVITE (again)\n0.110 alice -> bob INVITE (again)\n")
    tracker = Tracker(Coverage())
    for sighting in seen:
        sighting.ident = -1
        tracker.receive(sighting)

    assert [sighting.role for sighting in seen] == ["request", "duplicate", "retransmission"]


def test_after_forking_an_ack_belongs_to_the_branch_that_answered():
    scene = Scene(
        HOSTS
        + """
carol = 203.0.113.30:5060

0.000  alice -> proxy  INVITE
0.010  proxy -> bob    INVITE
0.011  proxy -> carol  INVITE
1.000  proxy <- carol  200 OK
1.010  alice <- proxy  200 OK (from carol)
1.020  proxy -> bob    CANCEL
1.030  proxy <- bob    200 OK (CANCEL)
1.040  proxy <- bob    487
1.050  proxy -> bob    ACK
1.100  alice -> proxy  ACK
1.110  proxy -> carol  ACK
"""
    )
    _, bob, carol = scene.all(Transaction, "INVITE")

    assert [ack.number for ack in carol.acks] == [11]
    assert [ack.number for ack in bob.acks] == [9]


def test_a_refresh_does_not_follow_from_the_challenge_before_the_success():
    scene = Scene(
        HOSTS
        + """
0.0    alice -> bob  REGISTER
0.1    alice <- bob  401
0.2    alice -> bob  REGISTER
0.3    alice <- bob  200 OK
60.0   alice -> bob  REGISTER
60.1   alice <- bob  200 OK
"""
    )
    first, second, third = scene.all(Transaction, "REGISTER")

    assert second.previous is first
    assert third.previous is None


def test_without_branch_and_cseq_a_request_with_credentials_is_another_one():
    scene = Scene(
        HOSTS
        + """
0.0    alice -> bob  REGISTER
       -Via
       -CSeq
0.1    alice <- bob  401
       -Via
       -CSeq
0.2    alice -> bob  REGISTER
       -Via
       -CSeq
       Authorization: Digest username="alice"
"""
    )

    assert [seen.role for seen in scene.sightings if seen.message.__class__ is Request] == [
        "request",
        "request",
    ]


def test_a_repeated_final_response_is_a_retransmission_even_if_reworded():
    scene = Scene(
        HOSTS
        + """
0.0  alice -> bob  INVITE
1.0  alice <- bob  200 OK
1.5  alice <- bob  200 OK
     Date: Mon, 05 Jan 2026 09:00:01 GMT
"""
    )

    assert scene.sightings[2].role == "retransmission"
    assert scene.one(Transaction).answers == scene.sightings[1:]


def test_the_same_request_on_the_next_hop_is_a_forward_not_a_retransmission():
    scene = Scene(
        HOSTS
        + """
0.000  alice -> proxy  INVITE
0.010  proxy -> bob    INVITE
0.500  proxy <- bob    180 Ringing
0.510  alice <- proxy  180 Ringing
2.000  proxy <- bob    200 OK
2.010  alice <- proxy  200 OK
2.050  alice -> proxy  ACK
2.060  proxy -> bob    ACK
"""
    )
    upstream, downstream = scene.all(Transaction, "INVITE")

    assert downstream.forward_of is upstream
    assert upstream.forwards == [downstream]
    assert len(upstream.requests) == len(downstream.requests) == 1
    assert upstream.ack is scene.sightings[6]
    assert downstream.ack is scene.sightings[7]
    assert scene.one(Call).first_leg == [upstream]


@pytest.mark.parametrize("method", ["MESSAGE", "OPTIONS", "PUBLISH"])
def test_a_request_that_stands_alone_is_a_forward_on_the_next_hop(method):
    scene = Scene(
        HOSTS
        + f"""
0.000  alice -> proxy  {method} sip:bob@example.com
0.010  proxy -> bob    {method}
0.500  proxy <- bob    200 OK
0.510  alice <- proxy  200 OK
"""
    )
    upstream, downstream = sorted(scene.all(Transaction, method), key=lambda seen: seen.first.number)

    assert downstream.forward_of is upstream
    assert upstream.forwards == [downstream]


def test_requests_that_stand_alone_are_linked_over_a_few_hops_only():
    """What is linked stays in memory: an endless chain must not."""
    hosts = "".join(f"h{number} = 192.0.2.{number + 1}:5060\n" for number in range(12))
    hops = "".join(
        f"0.{number:03}  h{number} -> h{number + 1}  MESSAGE sip:h11@example.com\n" for number in range(11)
    )
    asked = sorted(Scene(hosts + hops).all(Transaction, "MESSAGE"), key=lambda seen: seen.first.number)

    assert [seen.forward_of for seen in asked] == [None, *asked[:7], None, *asked[8:10]]


def test_forked_branches_are_siblings():
    scene = Scene(
        HOSTS
        + """
carol = 203.0.113.30:5060

0.000  alice -> proxy  INVITE
0.010  proxy -> bob    INVITE
0.011  proxy -> carol  INVITE
0.500  proxy <- bob    180 Ringing
0.600  proxy <- carol  180 Ringing
"""
    )
    first, *forks = scene.all(Transaction, "INVITE")

    assert first.forwards == forks
    assert [fork.forward_of for fork in forks] == [first, first]


def test_a_repeat_with_credentials_knows_the_attempt_before():
    scene = Scene(
        HOSTS
        + """
0.0  alice -> bob  INVITE
0.1  alice <- bob  407
0.2  alice -> bob  ACK
0.3  alice -> bob  INVITE
0.4  alice <- bob  486 Busy Here
0.5  alice -> bob  ACK
"""
    )
    first, second = scene.all(Transaction, "INVITE")

    assert scene.sightings[1].role == "challenge"
    assert second.previous is first
    assert (first.ack, second.ack) == (scene.sightings[2], scene.sightings[5])
    assert scene.one(Call).state == "failed"


def test_a_cancel_is_bound_to_its_invite():
    scene = Scene(
        HOSTS
        + """
0.0  alice -> bob  INVITE
0.1  alice <- bob  180 Ringing
5.0  alice -> bob  CANCEL
5.1  alice <- bob  200 OK (CANCEL)
5.2  alice <- bob  487
5.3  alice -> bob  ACK
"""
    )
    invite, cancel = scene.one(Transaction, "INVITE"), scene.one(Transaction, "CANCEL")

    assert invite.cancel is cancel
    assert cancel.invite is invite
    assert scene.one(Call).state == "cancelled"


def test_a_non_invite_times_out_and_an_invite_in_proceeding_does_not():
    scene = Scene(
        HOSTS
        + """
0.0  alice -> bob  OPTIONS
1.0  alice -> bob  INVITE
1.1  alice <- bob  100 Trying
[capture ends 200]
"""
    )

    assert scene.one(Transaction, "OPTIONS").ending is Ending.TIMEOUT
    assert scene.one(Transaction, "OPTIONS").settled_at == scene.sightings[0].time + 32 * SECOND
    assert scene.one(Transaction, "INVITE").ending is Ending.CAPTURE_ENDED
    assert scene.one(Call).state == "pending"


def test_before_its_timer_an_open_request_only_says_that_the_capture_ended():
    scene = Scene(HOSTS + "0.0 alice -> bob OPTIONS\n[capture ends 20]\n")

    assert scene.one(Transaction).ending is Ending.CAPTURE_ENDED


def test_silence_of_a_host_that_is_never_heard_is_marked():
    scene = Scene(HOSTS + "0 alice -> bob OPTIONS\n40 alice -> bob OPTIONS (new)\n[capture ends 100]\n")

    assert [transaction.peer_heard for transaction in scene.all(Transaction)] == [False, False]


def test_a_response_without_its_request_is_a_stray_and_kept():
    scene = Scene(HOSTS + "0.0 alice <- bob 180 Ringing\n1.0 alice <- bob 200 OK\n1.1 alice -> bob ACK\n")
    invite = scene.one(Transaction)

    assert [seen.role for seen in scene.sightings] == ["stray", "stray", "ack"]
    assert invite.request is None
    assert invite.ack is scene.sightings[2]
    assert scene.one(Call).state == "partial"
    assert not scene.one(Call).whole


def test_a_registration_lives_for_as_long_as_its_binding():
    scene = Scene(
        HOSTS
        + """
0.0   alice -> bob  REGISTER
0.1   alice <- bob  401
0.2   alice -> bob  REGISTER
      Expires: 60
0.3   alice <- bob  200 OK
[capture ends 50]
"""
    )
    registration = scene.one(Registration)

    assert [transaction.status for transaction in registration.transactions] == [401, 200]
    assert registration.expires_at == scene.sightings[3].time + 60 * SECOND
    assert registration.ending is Ending.CAPTURE_ENDED


def test_a_publication_remembers_its_entity_tags():
    scene = Scene(
        HOSTS
        + """
0.0   alice -> bob  PUBLISH
0.1   alice <- bob  200 OK
      SIP-ETag: one
      Expires: 30
60.0  alice -> bob  PUBLISH
      SIP-If-Match: one
60.1  alice <- bob  412
60.2  alice -> bob  PUBLISH
60.3  alice <- bob  200 OK
      SIP-ETag: two
"""
    )
    publication = scene.one(Publication)

    assert list(publication.tags) == ["one", "two"]
    assert publication.tags["one"] == (scene.sightings[1], scene.sightings[1].time + 30 * SECOND)
    assert [transaction.status for transaction in publication.transactions] == [200, 412, 200]


def test_a_subscription_owns_its_notifications():
    scene = Scene(
        HOSTS
        + """
0.0  alice -> bob    SUBSCRIBE
0.1  alice <- bob    200 OK
0.2  bob   -> alice  NOTIFY
0.3  bob   <- alice  200 OK
"""
    )
    subscription = scene.one(Subscription)

    assert [transaction.method for transaction in subscription.transactions] == ["SUBSCRIBE", "NOTIFY"]


def test_too_much_to_hold_pushes_out_the_oldest_call_and_counts_it(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_CALLS", 2)
    ladder = HOSTS + "".join(f"{n}.0 [c{n}] alice -> bob INVITE\n" for n in range(5))
    scene = Scene(ladder)

    assert scene.coverage.evicted == {"calls": 3}
    assert [call.ending for call in scene.all(Call)] == [Ending.EVICTED] * 3 + [Ending.CAPTURE_ENDED] * 2
    assert len(scene.all(Transaction)) == 5


def test_copies_beyond_the_bound_are_counted_not_kept(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_COPIES", 3)
    times = ", ".join(str(n) for n in range(8))
    transaction = Scene(HOSTS + f"{times} alice -> bob OPTIONS\n").one(Transaction)

    assert len(transaction.requests) == 3
    assert transaction.copies == 5


def test_nothing_stays_behind():
    tracker = Tracker(Coverage())
    for sighting in sightings(CALL):
        tracker.receive(sighting)
    tracker.close()

    assert not tracker._table.chains
    assert not tracker._owners.calls
    assert tracker._owners.octets == 0
