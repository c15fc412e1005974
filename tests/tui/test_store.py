"""What the store keeps, and what its bounds let go."""

import pytest

from analyser.annotate import Revision
from analyser.cli import tui_sources
from analyser.pipeline import analyse
from analyser.tui import entry, store
from analyser.watch import Watch
from analyser.wire import Coverage
from tests.support.played import Played
from tests.tui import rooms

CALL = """
alice = 192.0.2.10:5060
bob = 198.51.100.20:5060

0.000  alice -> bob    OPTIONS
"""


def stored(*paths):
    kept = store.Store()
    kept.receive(analyse(paths))
    return kept


def test_every_message_is_in_one_row():
    kept = stored(str(rooms.SAMPLES))

    assert kept.messages == sum(each.messages for each in kept.entries) == kept.summary.messages
    assert kept.octets == sum(each.octets for each in kept.entries)
    assert [each.index for each in kept.entries] == list(range(1, len(kept.entries) + 1))


def test_findings_are_counted_as_the_analysis_counts_them():
    kept = stored(str(rooms.SAMPLES))

    assert {rule: found.count for rule, found in kept.found.items()} == dict(kept.summary.rules)


@pytest.mark.parametrize("sample", ["wrong-password", "stuck-on-trying", "publish-412-loop"])
def test_what_was_found_early_is_shown_as_it_came_to_be(sample):
    ended = []
    live = Played([rooms.sample(sample)], each=1, stay=True, hang=0, ended=lambda: ended.append(True))
    watch = Watch(live, Coverage(), release=False, ahead=lambda: 0)
    kept = store.Store()
    revised = 0
    for events in watch.turns(lambda: bool(ended)):
        kept.receive(events)
        revised += sum(isinstance(event, Revision) for event in events)
    offline = stored(rooms.sample(sample))

    assert revised
    assert shown(kept) == shown(offline)
    assert [row.rules for row in kept.entries] == [row.rules for row in offline.entries]


def test_what_goes_on_is_shown_as_it_stands_now(monkeypatch):
    monkeypatch.setattr(tui_sources, "REFRESHED_EVERY", 0.0)
    given = []
    live = Played(
        [rooms.sample("publish-412-loop")], each=1, stay=True, hang=0, ended=lambda: given.append(True)
    )
    source = tui_sources.LiveSource(live, rooms.WANTED)
    kept = store.Store()
    notes = []
    for events in source.turns(lambda: bool(given)):
        kept.receive(events)
        found = kept.found.get("publish-precondition-failed")
        notes += [each.note for each in found.findings] if found and not given else []

    assert "still to come" in notes[0]
    assert "still to come" not in notes[-1]
    assert "such refusals within" in notes[-1]
    assert len(kept.found["publish-precondition-failed"].findings) == 1


def shown(kept):
    return {
        rule: (found.count, found.worst, sorted((each.frame, each.note) for each in found.findings))
        for rule, found in kept.found.items()
    }


def test_as_long_as_there_is_no_summary_methods_and_codes_are_counted():
    kept = store.Store()
    events = list(analyse([rooms.sample("healthy-call")]))
    kept.receive(events[:-1])
    counted = kept.counted()
    kept.receive(events[-1:])

    assert kept.counted() is events[-1]
    assert (counted.methods, counted.statuses) == (events[-1].methods, events[-1].statuses)


@pytest.mark.parametrize(("bound", "most"), [("MAX_ENTRIES", 10), ("MAX_OCTETS", 40_000)])
def test_a_bound_lets_the_oldest_go_and_counts_them(monkeypatch, bound, most):
    monkeypatch.setattr(store, bound, most)
    kept = stored(str(rooms.SAMPLES))

    assert kept.evicted == kept.entries[-1].index - len(kept.entries) > 0
    assert kept.octets == sum(each.octets for each in kept.entries)
    assert len(kept.entries) <= most
    assert kept.octets <= store.MAX_OCTETS
    assert kept.messages == kept.summary.messages
    assert {rule: found.count for rule, found in kept.found.items()} == dict(kept.summary.rules)
    for found in kept.found.values():
        for finding in found.findings:
            assert kept.entry_of(finding) is None or kept.entry_of(finding) in kept.entries


def test_marked_rows_go_last(monkeypatch):
    monkeypatch.setattr(store, "MAX_ENTRIES", 10)
    kept = store.Store()
    marked = None
    for event in analyse([str(rooms.SAMPLES)]):
        kept.receive((event,))
        if marked is None and kept.entries:
            (marked,) = kept.entries
            kept.mark(marked)

    assert kept.evicted
    assert marked in kept.entries
    assert kept.marked == {marked}


def test_a_row_keeps_its_first_and_its_latest_messages(monkeypatch):
    monkeypatch.setattr(entry, "MAX_MESSAGES", 8)
    kept = stored(rooms.sample("ack-lost-behind-nat"))
    (row,) = kept.entries

    assert row.messages == 16
    assert row.dropped == 16 - len(row.sightings) > 0
    assert row.sightings[0].number == 1
    assert row.sightings[-1].number == 16
    assert row.octets == sum(len(seen.message.raw) for seen in row.sightings)


def test_rows_of_one_path_share_their_addresses_and_a_bound_counts_those_beyond_it(monkeypatch):
    one, other = stored(rooms.sample("busy")).entries
    assert one.addresses is other.addresses

    monkeypatch.setattr(entry, "MAX_ADDRESSES", 2)
    row = stored(rooms.sample("busy")).entries[0]
    assert len(row.addresses.split()) == 2
    assert row.elsewhere == sum(
        not {str(end) for end in seen.hop[:2]} <= set(row.addresses.split()) for seen in row.sightings
    )
    assert row.elsewhere


def test_clearing_forgets_and_goes_on():
    kept = stored(rooms.sample("busy"))
    kept.clear()
    assert (kept.entries, kept.found, kept.octets) == ([], {}, 0)
    kept.receive(analyse([rooms.sample("busy")]))
    assert kept.entries
