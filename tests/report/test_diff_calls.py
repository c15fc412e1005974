"""A call beside a call: aligned, first divergence marked, the same whichever comes first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.report.diff import steps as steps_module
from analyser.report.diff.alignment import align, first_divergence
from analyser.report.diff.steps import Step, steps_of
from analyser.report.diff.taken import Taken, take
from tests.report import stories
from tests.report.comparisons import compared_ladders, compared_samples, taken_of
from tests.report.runs import events_of, messages

KINDS = [
    ("INVITE", 0),
    ("INVITE", 100),
    ("INVITE", 180),
    ("INVITE", 200),
    ("INVITE", 486),
    ("ACK", 0),
    ("BYE", 0),
]


def step(sent, kind):
    return Step(sent, kind, None, (), passing=100 <= kind[1] < 200)


SEQUENCES = st.lists(
    st.sampled_from([step(sent, kind) for kind in KINDS for sent in (True, False)]), max_size=12
)


@given(SEQUENCES, SEQUENCES)
def test_an_alignment_the_other_way_round_is_its_mirror(ones, others):
    there, back = align(ones, others), align(others, ones)

    assert there == [(one, other) for other, one in back]
    assert first_divergence(there) == first_divergence(back)


@given(SEQUENCES, SEQUENCES)
def test_an_alignment_holds_every_step_once_in_order(ones, others):
    pairs = align(ones, others)

    assert [pair.one for pair in pairs if pair.one is not None] == ones
    assert [pair.other for pair in pairs if pair.other is not None] == others


@given(SEQUENCES, SEQUENCES, SEQUENCES)
def test_a_common_beginning_stays_together(common, ones, others):
    pairs = align(common + ones, common + others)

    assert [pair.one for pair in pairs[: len(common)]] == common
    assert all(pair.same for pair in pairs[: len(common)])


@given(SEQUENCES)
def test_a_call_beside_itself_has_no_divergence(ones):
    pairs = align(ones, ones)

    assert all(pair.same for pair in pairs)
    assert first_divergence(pairs) is None


def course(call):
    return [
        (
            step["verdict"],
            *((side["label"], side["place"]) if side else None for side in (step["a"], step["b"])),
        )
        for step in call["steps"]
    ]


def test_answered_beside_busy():
    call = compared_ladders(stories.HEALTHY, stories.BUSY)["call"]

    assert course(call) == [
        ("same", ("INVITE", "1"), ("INVITE", "1")),
        ("same", ("100", "2"), ("100", "2")),
        ("only-a", ("180", "3"), None),
        ("differs", ("200", "4"), ("486", "3")),
        ("same", ("ACK", "5"), ("ACK", "4")),
        ("only-a", ("BYE", "6"), None),
        ("only-a", ("200", "7"), None),
    ]
    assert call["divergence"] == 3
    assert [step["divergence"] for step in call["steps"]].index(True) == 3
    assert call["sentences"][0] == "A: answered. B: refused with 486 Busy Here."
    assert call["sentences"][1].startswith(
        "The first divergence: A has 200 OK (frame 4), B has 486 Busy Here"
    )
    assert call["sentences"][1].endswith("the called device is busy (frame 3).")


def test_only_provisional_responses_differ():
    without = "\n".join(line for line in stories.HEALTHY.splitlines() if "100 Trying" not in line)
    call = compared_ladders(stories.HEALTHY, without)["call"]

    assert call["steps"][call["divergence"]]["a"]["label"] == "100"
    assert any("decide nothing by themselves" in sentence for sentence in call["sentences"])


def test_a_call_that_goes_silent():
    silent = "\n".join(stories.HEALTHY.splitlines()[:5]) + "\n40.000  alice -> bob  OPTIONS\n"
    call = compared_ladders(stories.HEALTHY, silent)["call"]

    assert call["divergence"] is not None
    assert "B has nothing after frame 1" in " ".join(call["sentences"])


def test_a_challenge_that_was_answered_is_not_the_divergence():
    """Only the healthy call was challenged; what parts them is the refusal of the offer."""
    call = compared_samples("healthy-call", "codec-mismatch-488")["call"]

    at = call["steps"][call["divergence"]]
    assert (at["a"]["label"], at["a"]["frame"], at["b"]["label"], at["b"]["frame"]) == ("200", 11, "488", 7)
    assert "Before they part, INVITE (frame 1 in A, 1 in B) already differs in: audio codecs" in " ".join(
        call["sentences"]
    )


def test_retransmissions_are_folded_and_findings_named():
    call = compared_ladders(stories.HEALTHY, stories.NO_ACK)["call"]

    [answer] = [step["b"] for step in call["steps"] if step["b"] and step["b"]["label"] == "200"]
    assert answer["copies"] == ["4", "5", "6", "7"]
    assert answer["rules"] == ["unacknowledged-answer"]


def test_the_first_hop_is_compared_and_the_others_counted():
    direct = "\n".join(line for line in stories.HEALTHY.splitlines()[:8])
    call = compared_ladders(direct, stories.PROXIED)["call"]

    assert [step["verdict"] for step in call["steps"]] == ["same"] * 4
    assert (call["a"]["other_hops"], call["b"]["other_hops"]) == (0, 3)
    assert (call["b"]["caller"], call["b"]["callee"]) == ("192.0.2.10", "203.0.113.5")


def test_two_elements_behind_one_address_are_told_apart():
    behind_one = stories.PROXIED.replace("198.51.100.20:5060", "192.0.2.10:5070")
    found = steps_of(taken_of(behind_one).single)

    assert found.caller == "192.0.2.10:5060"
    assert [step.kind[1] for step in found.steps] == [0, 100, 180, 200]
    assert found.other_hops == 3


def test_publications_are_laid_beside_each_other():
    call = compared_samples("publish-412-loop", "publish-412-recovery")["call"]

    at = call["steps"][call["divergence"]]
    assert (at["a"]["label"], at["b"]["label"], at["a"]["frame"], at["b"]["frame"]) == ("412", "200", 8, 8)
    assert any("SIP-If-Match, Content-Type and body" in sentence for sentence in call["sentences"])


def test_a_difference_that_comes_again_is_told_once():
    call = compared_samples("publish-412-loop", "publish-412-recovery")["call"]

    agents = [field for step in call["steps"] for field in step["fields"] if field["name"] == "User-Agent"]
    assert [(field["a"], field["b"], field["repeats"]) for field in agents] == [
        ("Plover Softphone 12.0", "Heron Desk 3.2", 4)
    ]


def test_a_call_beside_itself_says_so():
    document = compared_samples("healthy-call", "healthy-call")

    assert document["different"] is False
    assert document["call"]["divergence"] is None
    assert not any(step["fields"] for step in document["call"]["steps"])
    assert document["sentences"] == [
        "The two take the same course, and nothing differs in the 10 messages that both have."
    ]


@pytest.mark.parametrize(
    "name", ["forked-call", "cancel-race", "redirect-302", "ack-lost-behind-nat", "stuck-on-trying"]
)
def test_every_sample_beside_itself_has_no_difference(name):
    assert compared_samples(name, name)["different"] is False


def test_only_so_many_steps_are_compared(monkeypatch):
    monkeypatch.setattr(steps_module, "MAX_STEPS", 4)
    call = compared_ladders(stories.HEALTHY, stories.HEALTHY)["call"]

    assert len(call["steps"]) == 4
    assert call["a"]["left_out"] == 3


def test_a_call_without_its_first_request_is_seen_from_the_same_side():
    found = steps_of(take(events_of(list(messages(stories.BUSY))[1:]), Taken()).single)

    assert (found.caller, found.callee) == ("192.0.2.10", "198.51.100.20")
    assert [step.sent for step in found.steps] == [False, False, True]


def test_who_hangs_up_is_told_where_both_do():
    other_way = stories.HEALTHY.replace("alice -> bob  BYE", "alice <- bob  BYE").replace(
        "63.30  alice <- bob", "63.30  alice -> bob"
    )
    [sentence] = compared_ladders(stories.HEALTHY, other_way)["call"]["sentences"][:1]

    assert sentence == (
        "The first divergence: A has BYE of the caller (frame 6), B has BYE of the callee (frame 6)."
    )


def test_an_answer_tells_what_the_ringing_before_it_had_too():
    """The Contact that no ACK reaches is that of the answer."""
    call = compared_samples("healthy-call", "ack-lost-behind-nat")["call"]

    at = call["steps"][call["divergence"]]
    assert (at["a"]["label"], at["b"]) == ("ACK", None)
    assert "200 OK (frame 11 in A, 4 in B) already differs in: Record-Route, Contact" in " ".join(
        call["sentences"]
    )
