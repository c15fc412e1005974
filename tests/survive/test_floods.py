"""Floods: every table is bounded, each eviction is counted, and no step costs more because there were many before."""

import pytest

from analyser.sip import parse
from analyser.track import Call, Registration, Tracker, Transaction, bounds
from analyser.track.sighting import Sighting
from analyser.wire import MILLISECOND, Coverage, Endpoint, Hop
from tests.survive.wire import A, B, datagram, message, outcome


class Flood:
    """Messages straight into a tracker."""

    def __init__(self):
        self.coverage = Coverage()
        self.tracker = Tracker(self.coverage)
        self.settled = []
        self.time = 10**18
        self.number = 0

    def send(self, octets, source=A, port=5060, target=B):
        self.number += 1
        self.time += MILLISECOND
        hop = Hop(Endpoint(source, port), Endpoint(target, 5060), "UDP")
        sighting = Sighting(self.number, self.time, hop, parse(octets), (self.number,))
        self.tracker.receive(sighting)
        self.settled += self.tracker.drain()
        return sighting

    def close(self):
        self.tracker.close()
        self.settled += self.tracker.drain()
        return [each for each in self.settled if isinstance(each, Transaction)]

    @property
    def held(self):
        table = self.tracker._table
        return sum(
            map(len, (table._answerless, table._lingering, table._trying, table._pending, table._standalone))
        )


def request(method, number, branch=None, **named):
    via = f"SIP/2.0/UDP {A};branch=z9hG4bK{number if branch is None else branch}"
    return message(f"{method} sip:b@b SIP/2.0", Via=via, **{"Call_ID": f"c{number}", **named})


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REGISTER", "SUBSCRIBE", "PUBLISH", "FROBNICATE"])
def test_open_transactions_are_bounded_and_those_pushed_out_leave_memory(monkeypatch, method):
    monkeypatch.setattr(bounds, "MAX_TRANSACTIONS", 50)
    monkeypatch.setattr(bounds, "MAX_HELD_OCTETS", 20_000)
    flood = Flood()
    for number in range(500):
        flood.send(request(method, number))
        assert flood.tracker._table.open <= 51
        assert flood.held <= 300

    assert len(flood.close()) == 500
    assert sum(flood.coverage.evicted.values()) >= 200
    assert flood.tracker._table.open == 0
    assert flood.tracker._table.octets == 0


def test_large_requests_that_nobody_owns_are_bounded_in_octets(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_STANDALONE_OCTETS", 100_000)
    flood = Flood()
    for number in range(100):
        flood.send(request("MESSAGE", number) + b"x" * 9_000)
        assert flood.tracker._table.octets <= 100_000

    assert flood.coverage.evicted["transactions"] >= 89
    assert len(flood.close()) == 100
    assert flood.tracker._table.octets == 0


def test_one_branch_on_every_hop_keeps_its_chain_short():
    flood = Flood()
    for number in range(3 * bounds.MAX_CHAIN):
        flood.send(request("INVITE", 1), port=1024 + number)
        link, length = flood.tracker._chains["z9hG4bK1"], 0
        while link is not None:
            link, length = link.other_hop, length + 1
        assert length <= bounds.MAX_CHAIN

    assert flood.coverage.evicted["transactions"] == 2 * bounds.MAX_CHAIN
    assert len(flood.close()) == 3 * bounds.MAX_CHAIN


def test_one_branch_with_many_methods_keeps_its_chain_short():
    flood = Flood()
    for number in range(3 * bounds.MAX_CHAIN):
        flood.send(request(f"M{number}", 1, branch="same"))
        link, length = flood.tracker._chains["z9hG4bKsame"], 0
        while link is not None:
            link, length = link.other_hop, length + 1
        assert length <= bounds.MAX_CHAIN

    assert flood.coverage.evicted["transactions"] == 2 * bounds.MAX_CHAIN
    assert len(flood.close()) == 3 * bounds.MAX_CHAIN


def test_a_branch_used_again_for_other_requests_settles_each_of_them():
    flood = Flood()
    for number in range(100):
        flood.send(request("OPTIONS", number, branch="same"))

    assert len({found.call_id for found in flood.close()}) == 100


def test_responses_forks_and_acks_of_one_invite_are_bounded_and_counted():
    flood = Flood()
    flood.send(request("INVITE", 1))
    via = f"SIP/2.0/UDP {A};branch=z9hG4bK1"
    for number in range(300):
        told = message("SIP/2.0 200 OK", Via=via, To=f"<sip:b@b>;tag={number}", Call_ID="c1", CSeq="1 INVITE")
        flood.send(told, source=B, target=A)
    for number in range(300):
        flood.send(request("ACK", 1, branch=f"ack{number}", To="<sip:b@b>;tag=1"))
    call = flood.tracker._owners.calls["c1"]
    transaction = call.transactions[0]

    assert len(transaction.responses) == bounds.MAX_COPIES
    assert len(transaction.acks) == bounds.MAX_COPIES
    assert len(call.dialogs) <= 64
    assert flood.coverage.evicted["copies"] == 2 * (300 - bounds.MAX_COPIES)
    assert flood.coverage.evicted["dialogs of one call"]


def test_one_call_id_for_everything_keeps_the_latest_transactions(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_SUBJECT_TRANSACTIONS", 20)
    flood = Flood()
    for number in range(200):
        via = f"SIP/2.0/UDP {A};branch=z9hG4bK{number}"
        flood.send(request("REGISTER", number, Call_ID="same"))
        flood.send(message("SIP/2.0 403 No", Via=via, Call_ID="same", CSeq="1 REGISTER"), source=B, target=A)
        flood.time += 60_000 * MILLISECOND  # each settles before the next
        owner = flood.tracker._owners._registrations.get("same")
        assert owner is None or owner.octets == sum(found.octets for found in owner.transactions)

    owner = flood.tracker._owners._registrations["same"]
    assert len(owner.transactions) <= 21
    assert flood.coverage.evicted["transactions of one subject"] == owner.dropped
    assert len(flood.close()) == 200


def test_what_peers_keep_is_bounded_for_all_of_them_together(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_FAILURES", 30)
    monkeypatch.setattr(bounds, "MAX_FAILURES_OF_PEER", 5)
    flood = Flood()
    for number in range(200):
        source = f"198.51.100.{number % 20}"
        via = f"SIP/2.0/UDP {A};branch=z9hG4bK{number}"
        flood.send(request("OPTIONS", number), source=source)
        told = message("SIP/2.0 403 No", Via=via, Call_ID=f"c{number}", CSeq="1 OPTIONS")
        flood.send(told, source=B, target=source)
    flood.tracker.advance(flood.time + 200_000 * MILLISECOND)
    peers = flood.tracker._owners.peers.values()

    assert sum(len(peer.failures) for peer in peers) == 30
    assert flood.coverage.evicted["failed transactions of peers"] == 170
    flood.close()
    assert flood.tracker._owners.failures.octets == 0


def test_everyday_failures_are_few_and_push_out_no_others():
    flood = Flood()
    refusals = {7: "403 No", 8: "404 Not Found", 9: "503 Later"}
    calls = 10 + 4 * bounds.MAX_EVERYDAY_OF_PEER
    for number in range(calls):
        via = f"SIP/2.0/UDP {A};branch=z9hG4bK{number}"
        flood.send(request("INVITE", number))
        for status in ("180 Ringing", refusals.get(number, "486 Busy" if number % 2 else "487 Cancelled")):
            answer = message(f"SIP/2.0 {status}", Via=via, Call_ID=f"c{number}", CSeq="1 INVITE")
            flood.send(answer, source=B, target=A)
    flood.tracker.advance(flood.time + 200_000 * MILLISECOND)
    peer = flood.tracker.peer(A)

    assert [failure.status for failure in peer.failures][:3] == [403, 404, 503]
    assert len(peer.failures) == 3 + bounds.MAX_EVERYDAY_OF_PEER
    assert peer.failures[-1].call_id == f"c{calls - 1}"
    assert (peer.failed, peer.forgotten, peer.everyday) == (calls, 0, bounds.MAX_EVERYDAY_OF_PEER)
    assert flood.tracker._owners.failures.octets == sum(each.owner.octets for each in peer.failures)
    flood.close()
    assert flood.tracker._owners.failures.octets == 0


def test_octets_that_failures_hold_are_bounded_too(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_FAILURE_OCTETS", 50_000)
    flood = Flood()
    for number in range(100):
        via = f"SIP/2.0/UDP {A};branch=z9hG4bK{number}"
        flood.send(request("INVITE", number) + b"x" * 5_000)
        flood.send(
            message("SIP/2.0 404 No", Via=via, Call_ID=f"c{number}", CSeq="1 INVITE"), source=B, target=A
        )
        flood.time += 60_000 * MILLISECOND
        assert flood.tracker._owners.failures.octets <= 50_000

    assert flood.coverage.evicted["failed transactions of peers"] >= 90


def test_thousands_of_call_ids_are_all_seen_once(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_CALLS", 2_000)
    packets = [
        (10**18 + number * MILLISECOND, datagram(request("INVITE", number))) for number in range(5_000)
    ]

    seen = outcome(tmp_path, packets)

    assert len(seen.messages) == 5_000
    assert len(seen.of(Call)) == 5_000
    assert seen.coverage.evicted["calls"] == 3_000
    assert "request-flood" in seen.findings


def test_a_scanner_is_one_finding(tmp_path):
    packets = [
        datagram(message(f"REGISTER sip:{number}@b SIP/2.0", "User-Agent: friendly-scanner", Call_ID=f"s{number}",
                         Via=f"SIP/2.0/UDP {A};branch=z9hG4bK{number}"))
        for number in range(300)
    ]  # fmt: skip

    seen = outcome(tmp_path, packets)

    assert seen.findings.count("scanner-signature") == 1
    assert len(seen.of(Registration)) == 300
