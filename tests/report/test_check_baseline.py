"""What makes a finding a known one."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.errors import UsageError
from analyser.report.check import baseline as module
from analyser.report.check import seen as seen_module
from analyser.report.check.baseline import read_baseline, write_baseline
from analyser.report.check.patterns import as_pattern, fits, is_literal, literal
from tests.report import stories
from tests.report.checked import check


def written(result):
    stream = io.StringIO()
    write_baseline(stream, result.tallies)
    return stream.getvalue()


@pytest.fixture
def baseline(tmp_path):
    """A text, or the entries of it -> the baseline."""

    def read(content):
        path = tmp_path / "known.json"
        if isinstance(content, list):
            content = json.dumps({"baseline": "sip-analyser", "schema": "1.0", "known": content})
        path.write_text(content, encoding="utf-8")
        return read_baseline(str(path))

    return read


NO_ACK_ELSEWHERE = (
    stories.NO_ACK.replace("192.0.2.10:5060", "192.0.2.77:7060")
    .replace("198.51.100.20", "198.51.100.99")
    .replace("3.700, 4.700", "3.800, 4.900")
    .replace("0.000  alice", "0.000  [again] alice")
)


def test_the_same_lab_run_again_finds_what_is_known(baseline):
    known = baseline(written(check(stories.NO_ACK, stories.BUSY)))

    # other hosts, ports, times and Call-ID, and in another order
    again = check(stories.BUSY, NO_ACK_ELSEWHERE, baseline=known, fail_on="notice")

    assert not again.failed
    assert [(tally.count, tally.known) for tally in again.tallies] == [(1, 1), (1, 1)]
    assert not known.gone()


def test_one_more_of_a_known_kind_fails(baseline):
    known = baseline(written(check(stories.NO_ACK)))

    twice = check(stories.NO_ACK, NO_ACK_ELSEWHERE, baseline=known, fail_on="error")

    (tally,) = twice.tallies
    assert (tally.count, tally.known, tally.new) == (2, 1, 1)
    assert [outcome.broke for outcome in twice.failed] == [[tally]]


def test_what_is_not_found_any_more_is_told(baseline):
    known = baseline(written(check(stories.NO_ACK, stories.BUSY)))

    healthy = check(stories.BUSY, baseline=known, fail_on="notice")

    assert not healthy.failed
    (gone,) = known.gone()
    assert (gone.found, gone.count) == (0, 1)
    assert "rule answer-without-ack" in str(gone)


def test_another_caller_is_another_finding(baseline):
    known = baseline(written(check(stories.BUSY)))
    other = stories.BUSY.replace("alice", "carol")

    assert check(other, baseline=known, fail_on="notice").failed


def test_an_entry_without_a_field_fits_anything_there(baseline):
    other = stories.BUSY.replace("alice", "carol")
    for entry in ({"rule": "busy-callee"}, {"rule": "busy-*", "from": "*", "status": 486}):
        known = baseline([entry])
        assert not check(stories.BUSY, other, baseline=known, fail_on="notice").failed
        assert not known.gone()
    assert check(
        stories.BUSY, other, baseline=baseline([{"rule": "busy-callee", "count": 1}]), fail_on="notice"
    ).failed
    assert check(
        stories.BUSY, baseline=baseline([{"rule": "busy-callee", "status": 600}]), fail_on="notice"
    ).failed


def test_an_exact_entry_is_taken_before_one_that_fits_more(baseline):
    (exact,) = json.loads(written(check(stories.BUSY)))["known"]
    known = baseline([{"rule": "busy-callee", "count": 1}, exact])
    other = stories.BUSY.replace("alice", "carol")

    assert not check(stories.BUSY, other, baseline=known, fail_on="notice").failed
    assert not known.gone()


def test_it_is_sorted_one_entry_a_line_and_the_same_every_time():
    one = written(check(stories.NO_ACK, stories.BUSY, stories.REFUSED))
    other = written(check(stories.REFUSED, stories.BUSY, stories.NO_ACK))

    assert one == other
    lines = one.splitlines()
    assert len(lines) == 5
    assert lines[1:-1] == sorted(lines[1:-1])
    assert all(json.loads(line.removesuffix(","))["count"] == 1 for line in lines[1:-1])


def test_nothing_found_is_a_baseline_too(baseline):
    assert baseline(written(check(stories.HEALTHY))).entries == []


def test_an_asterisk_in_a_number_is_an_asterisk(baseline):
    feature = stories.BUSY.replace(
        "bob   = 198.51.100.20:5060", "bob   = 198.51.100.20:5060  sip:*97@example.com"
    )
    first = check(feature)
    assert r"\\*97@example.com" in written(first)
    known = baseline(written(first))

    assert not check(feature, baseline=known, fail_on="notice").failed
    assert check(feature.replace("*97", "1197"), baseline=known, fail_on="notice").failed


def test_many_people_are_one_entry(baseline, monkeypatch):
    monkeypatch.setattr(module, "MAX_PEOPLE", 2)
    callers = [stories.BUSY.replace("alice", name) for name in ("alice", "carol", "dave")]
    text = written(check(*callers))
    (entry,) = json.loads(text)["known"]

    assert entry == {
        "rule": "busy-callee", "severity": "notice", "kind": "call", "method": "INVITE", "status": 486, "count": 3,
    }  # fmt: skip
    assert not check(*callers, baseline=baseline(text), fail_on="notice").failed


def test_beyond_the_bound_findings_count_by_rule_and_that_is_told(monkeypatch):
    monkeypatch.setattr(seen_module, "MAX_TALLIES", 1)
    result = check(
        *(stories.BUSY.replace("alice", name) for name in ("alice", "carol", "dave")), fail_on="notice"
    )

    assert sorted(tally.count for tally in result.tallies) == [1, 2]
    assert result.seen.not_told_apart == 2
    assert result.failed


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: no baseline"),
        ("{", "line 1: no baseline"),
        ("[" * 100_000, "no baseline"),
        ("[]", "no baseline"),
        ('{"baseline": "other"}', "no baseline"),
        ('{"baseline": "sip-analyser"}', "of version None"),
        (
            '{"baseline": "sip-analyser", "schema": "2.0", "known": []}',
            "of version '2.0'; this program reads 1.0",
        ),
        ('{"baseline": "sip-analyser", "schema": "1.7", "known": {}}', "'known' must be a list"),
        ([5], "entry 1: must be an object"),
        ([{"rule": "x"}, {"rul": "x"}], "entry 2: no field 'rul'; there are: rule, severity"),
        ([{}], "entry 1: 'rule' is missing"),
        ([{"rule": 5}], "entry 1: 'rule' must be a text"),
        ([{"rule": "x", "severity": "fatal"}], "entry 1: 'severity' must be"),
        ([{"rule": "x", "status": True}], "entry 1: 'status' must be a number"),
        ([{"rule": "x", "count": -1}], "entry 1: 'count' must be a number"),
        ([{"rule": "x", "count": 1.5}], "entry 1: 'count' must be a number"),
        ([{"rule": "x"}] * 1001, "more than 1000 entries with"),
    ],
)
def test_a_file_that_is_no_baseline_says_why(baseline, content, message):
    with pytest.raises(UsageError) as caught:
        baseline(content)

    assert message in str(caught.value)


TEXTS = st.text("ab*\\c", max_size=12)


@given(TEXTS, TEXTS)
def test_a_text_made_a_pattern_fits_itself_alone(text, other):
    pattern = as_pattern(text)

    assert is_literal(pattern)
    assert literal(pattern) == text
    assert fits(pattern, other) == (text == other)


@given(st.lists(TEXTS, min_size=2, max_size=4), TEXTS)
def test_an_asterisk_stands_for_anything(parts, between):
    pattern = "*".join(map(as_pattern, parts))

    assert fits(pattern, between.join(parts))
    assert not is_literal(pattern)
    assert not fits(pattern, "x" + parts[0] + between) or not parts[0]


def test_a_pattern_of_many_asterisks_takes_no_time():
    assert not fits("*a" * 5_000 + "b", "a" * 100_000)
