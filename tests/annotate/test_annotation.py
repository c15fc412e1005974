"""The note beside each status line."""

import pytest

from analyser.annotate import Role, Verdict, annotate
from analyser.wire import MILLISECOND
from tests.support.scene import Scene

HOSTS = """
alice = 192.0.2.10:5060
proxy = 198.51.100.1:5060
bob   = 203.0.113.20:5060
"""


def verdicts(ladder):
    notes = [annotate(sighting) for sighting in Scene(HOSTS + ladder).sightings]
    return [str(note.verdict) for note in notes if note is not None]


def test_a_healthy_call_is_all_normal():
    assert (
        verdicts("""
0.00  alice -> bob  INVITE
0.05  alice <- bob  407
0.06  alice -> bob  ACK
0.10  alice -> bob  INVITE
0.15  alice <- bob  100 Trying
0.50  alice <- bob  180 Ringing
0.60  alice <- bob  183 Session Progress
2.00  alice <- bob  200 OK
2.05  alice -> bob  ACK
9.00  alice -> bob  BYE
9.10  alice <- bob  200 OK
""")
        == ["normal"] * 6
    )


def test_487_after_cancel_is_normal_and_without_it_is_not():
    assert (
        verdicts("""
0.0  alice -> bob  INVITE
0.1  alice <- bob  180 Ringing
5.0  alice -> bob  CANCEL
5.1  alice <- bob  200 OK (CANCEL)
5.2  alice <- bob  487
""")
        == ["normal"] * 3
    )
    assert verdicts("0.0 alice -> bob INVITE\n5.2 alice <- bob 487\n") == ["attention"]


def test_the_second_challenge_for_the_same_realm_is_a_problem():
    assert verdicts("""
0.0  alice -> bob  REGISTER
0.1  alice <- bob  401
0.2  alice -> bob  REGISTER
0.3  alice <- bob  401
""") == ["normal", "problem"]


def test_a_stale_nonce_is_normal():
    assert verdicts("""
0.0  alice -> bob  REGISTER
0.1  alice <- bob  401
0.2  alice -> bob  REGISTER
0.3  alice <- bob  401
     WWW-Authenticate: Digest realm="example.com", nonce="n2", stale=true
""") == ["normal", "normal"]


def test_412_is_attention_once_and_a_problem_in_a_loop():
    assert verdicts("""
0.0  alice -> bob  PUBLISH
     SIP-If-Match: dead
0.1  alice <- bob  412
1.0  alice -> bob  PUBLISH
     SIP-If-Match: dead
1.1  alice <- bob  412
""") == ["attention", "problem"]


def test_412_without_a_condition_is_a_problem_of_the_server():
    assert verdicts("0.0 alice -> bob PUBLISH\n0.1 alice <- bob 412\n") == ["problem"]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("486", "attention"), ("404", "problem"), ("503", "problem"), ("302", "attention"), ("202", "normal")],
)
def test_the_catalogue_decides_where_the_exchange_does_not(answer, verdict):
    assert verdicts(f"0.0 alice -> bob INVITE\n0.1 alice <- bob {answer}\n") == [verdict]


def test_elapsed_counts_from_the_first_copy_of_the_request():
    scene = Scene(HOSTS + "0.0, 0.5 alice -> bob INVITE\n0.9 alice <- bob 180 Ringing\n")
    note = annotate(scene.sightings[2])

    assert note.elapsed == 900 * MILLISECOND
    assert note.request_frame == 1
    assert note.role is Role.PROVISIONAL
    assert note.verdict is Verdict.NORMAL


def test_the_meaning_is_that_for_the_method():
    refused = annotate(Scene(HOSTS + "0 alice -> bob PUBLISH\n1 alice <- bob 412\n").sightings[1])

    assert "entity-tag" in refused.meaning
    bye = annotate(Scene(HOSTS + "0 alice -> bob BYE\n1 alice <- bob 481\n").sightings[1])
    notify = annotate(Scene(HOSTS + "0 alice -> bob NOTIFY\n1 alice <- bob 481\n").sightings[1])
    assert bye.meaning != notify.meaning


def test_a_response_passed_on_by_a_proxy_is_a_forward():
    scene = Scene(
        HOSTS
        + """
0.00  alice -> proxy  INVITE
0.01  proxy -> bob    INVITE
0.50  proxy <- bob    180 Ringing
0.51  alice <- proxy  180 Ringing
"""
    )

    assert [annotate(seen).role for seen in scene.sightings[2:]] == [Role.PROVISIONAL, Role.FORWARD]


def test_a_request_has_no_annotation():
    assert annotate(Scene(HOSTS + "0 alice -> bob OPTIONS\n").sightings[0]) is None
