"""What charts are drawn from: its counts are exact and its size is bounded."""

import pytest

from analyser.report.tallies import BOUNDS, MAX_PEERS, MAX_STEPS, Hosts, OverTime, ResponseTimes
from analyser.track import Peer, Transaction
from analyser.wire import SECOND, Endpoint, Hop
from tests.report import runs, stories


def sightings(times):
    """The messages of a call, again and again, at these times in seconds."""
    known = [event for event in runs.events(stories.BUSY) if type(event).__name__ == "Sighting"]
    for number, time in enumerate(times):
        seen = known[number % len(known)]
        seen.time = int(time * SECOND)
        yield seen


@pytest.mark.parametrize("span", [0.1, 5, 100, 3_000, 90_000, 10**7, 10**10])
def test_a_series_has_a_bounded_number_of_steps_and_loses_nothing(span):
    over_time = OverTime()
    for seen in sightings(span * step / 999 for step in range(1000)):
        over_time.add(seen)

    series = over_time.series()

    assert len(series["requests"]) <= MAX_STEPS
    assert sum(series["requests"]) + sum(map(sum, series["classes"].values())) == 1000
    assert {len(counts) for counts in series["classes"].values()} == {len(series["requests"])}
    assert len(series["requests"]) * series["step"] >= span


def test_a_clock_that_goes_back_moves_the_beginning():
    over_time = OverTime()
    for seen in sightings([1_000_000, 10, 500_000]):
        over_time.add(seen)

    series = over_time.series()

    assert series["start"].startswith("1970-01-01T00:00:")
    assert len(series["requests"]) <= MAX_STEPS


def test_response_times_are_those_of_the_first_hop():
    times = ResponseTimes()
    for event in runs.events(stories.HEALTHY):
        if type(event).__name__ == "Transaction":
            times.add(event)

    histograms = {(each["method"], each["until"]): each for each in times.histograms()}

    assert histograms.keys() == {("INVITE", "progress"), ("INVITE", "final"), ("BYE", "final")}
    for each in histograms.values():
        assert len(each["counts"]) == len(BOUNDS) + 1
        assert sum(each["counts"]) == each["total"] == 1


def peer_of(host, statuses):
    hop = Hop(Endpoint(host, 5060), Endpoint("192.0.2.200", 5060), "UDP")
    peer = Peer(host, Transaction("INVITE", "z9hG4bK1", "1@example", 1, "tag", hop))
    peer.statuses.update(statuses)
    return peer


def test_hosts_with_the_most_failures_come_first_and_challenges_are_none():
    hosts = Hosts()
    hosts.add(peer_of("192.0.2.1", {("REGISTER", 401): 5, ("REGISTER", 200): 5}))
    hosts.add(peer_of("192.0.2.2", {("INVITE", 503): 1, ("INVITE", 0): 2, ("INVITE", 487): 1, ("ACK", 0): 9}))
    hosts.add(peer_of("192.0.2.2", {("INVITE", 503): 1}))

    records, further = hosts.records()

    assert [(each["host"], each["attempts"], each["failures"]) for each in records] == [
        ("192.0.2.2", 5, 4),
        ("192.0.2.1", 10, 0),
    ]
    assert records[0]["codes"] == {"487": 1, "503": 2, "none": 2}
    assert further == 0


RINGING = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060
carol = 203.0.113.30:5060

0.000  alice -> bob    INVITE
0.100  alice <- bob    180 Ringing
1.000  [2] alice -> bob    MESSAGE
{}[3] carol -> bob    OPTIONS
"""


@pytest.mark.parametrize(
    ("time", "attempts"), [("1.000", 0), ("90.000", 1)], ids=["all under way", "one in vain"]
)
def test_what_was_under_way_at_the_end_of_the_capture_did_not_fail(time, attempts):
    hosts = Hosts()
    for event in runs.events(RINGING.format(time + "  ")):
        if isinstance(event, Peer):
            hosts.add(event)

    records, _ = hosts.records()

    assert [(each["host"], each["attempts"], each["failures"]) for each in records] == [
        ("192.0.2.10", attempts, attempts)
    ] * attempts


def test_a_crowd_of_hosts_is_counted_and_the_worst_stay():
    hosts = Hosts()
    for number in range(20_000):
        hosts.add(peer_of(f"10.0.{number // 256}.{number % 256}", {("INVITE", 404): 7 if number == 3 else 1}))

    records, further = hosts.records()

    assert records[0]["host"] == "10.0.0.3"
    assert len(records) == MAX_PEERS
    assert len(records) + further == 20_000
