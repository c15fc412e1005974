"""The tables of RFC 3261 §17: every pair decided, every state reached, no way back."""

import pytest

from analyser.track.machines import EVENT_OF_CLASS, INVITE, NON_INVITE, Event, State


@pytest.mark.parametrize("table", [INVITE, NON_INVITE], ids=["INVITE", "non-INVITE"])
def test_every_pair_is_decided(table):
    assert [len(row) for row in table] == [len(Event)] * len(State)


@pytest.mark.parametrize(
    ("table", "start", "never"),
    [
        (INVITE, State.CALLING, {State.TRYING}),
        (NON_INVITE, State.TRYING, {State.CALLING, State.ACCEPTED, State.CONFIRMED}),
    ],
    ids=["INVITE", "non-INVITE"],
)
def test_every_state_is_reached_but_those_of_the_other_machine(table, start, never):
    reached = {start}
    while True:
        further = reached | {table[state][event] for state in reached for event in Event}
        if further == reached:
            break
        reached = further

    assert reached == set(State) - never


def test_a_2xx_ends_an_invite_as_accepted_and_another_final_as_completed():
    assert INVITE[State.PROCEEDING][Event.SUCCESS] is State.ACCEPTED  # RFC 6026 §7
    assert INVITE[State.PROCEEDING][Event.FAILURE] is State.COMPLETED
    assert INVITE[State.COMPLETED][Event.ACK] is State.CONFIRMED


def test_a_provisional_stops_the_clock_of_the_client():
    """Timer B runs in Calling only (RFC 3261 §17.1.1.2); the timeout of Proceeding is the observer's."""
    assert INVITE[State.CALLING][Event.PROVISIONAL] is State.PROCEEDING
    assert NON_INVITE[State.PROCEEDING][Event.TIMER] is State.TERMINATED  # Timer F runs on, §17.1.2.2


@pytest.mark.parametrize("table", [INVITE, NON_INVITE], ids=["INVITE", "non-INVITE"])
def test_no_provisional_undoes_a_final(table):
    for state in (State.ACCEPTED, State.COMPLETED, State.CONFIRMED):
        assert table[state][Event.PROVISIONAL] is state


def test_every_status_class_is_an_event():
    assert [EVENT_OF_CLASS[code // 100] for code in (100, 200, 302, 404, 500, 603)] == [
        Event.PROVISIONAL,
        Event.SUCCESS,
        Event.FAILURE,
        Event.FAILURE,
        Event.FAILURE,
        Event.FAILURE,
    ]
