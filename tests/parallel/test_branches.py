"""Whether two processes know of one branch, told batch by batch."""

import pytest

from analyser.parallel.branches import BEGUN, MET, OVER, Branches, BranchLog


def batch(*told):
    """What two processes tell: (process, branch, number, what)."""
    logs = [BranchLog(), BranchLog()]
    for process, *note in told:
        logs[process].note(*note)
    return [log.take() for log in logs]


def test_a_branch_that_is_under_way_in_another_process_is_found_however_long_ago_it_was_told():
    branches = Branches(2)
    assert branches.first_shared(batch((0, "a", 1, BEGUN), (1, "b", 2, BEGUN))) is None
    for number in range(3, 50):
        assert branches.first_shared(batch((1, f"c{number}", number, BEGUN))) is None
    assert branches.first_shared(batch((1, "d", 50, BEGUN), (1, "a", 51, BEGUN))) == 51


def test_a_branch_that_is_over_may_be_used_by_another_process():
    branches = Branches(2)
    assert branches.first_shared(batch((0, "a", 1, BEGUN))) is None
    assert branches.first_shared(batch((0, "a", 2, OVER))) is None
    assert branches.first_shared(batch((1, "a", 3, BEGUN))) is None
    assert branches.first_shared(batch((0, "a", 4, MET))) == 4


@pytest.mark.parametrize("first", [0, 1])
def test_within_a_batch_the_order_of_the_messages_decides(first):
    second = 1 - first
    free = batch((first, "a", 1, BEGUN), (first, "a", 2, OVER), (second, "a", 2, BEGUN))
    taken = batch((first, "a", 1, BEGUN), (second, "a", 2, BEGUN), (first, "a", 3, OVER))
    assert Branches(2).first_shared(free) is None  # of one message, what is over comes first
    assert Branches(2).first_shared(taken) == 2


def test_a_branch_stays_under_way_until_all_of_its_transactions_are_over():
    branches = Branches(2)
    assert branches.first_shared(batch((0, "a", 1, BEGUN), (0, "a", 2, BEGUN))) is None
    assert branches.first_shared(batch((0, "a", 3, OVER))) is None
    assert branches.first_shared(batch((1, "a", 4, BEGUN))) == 4


def test_many_branches_are_counted_and_those_that_are_over_are_forgotten():
    branches = Branches(2)
    for start in range(0, 250_000, 50_000):
        numbers = range(start, start + 50_000)
        notes = [(0, f"b{n}", n, what) for n in numbers for what in (BEGUN, OVER)]
        assert branches.first_shared(batch(*notes)) is None
    assert branches.first_shared(batch((0, "last", 300_000, BEGUN))) is None
    assert branches.first_shared(batch((1, "b7", 300_001, BEGUN))) is None
    assert branches.first_shared(batch((1, "last", 300_002, BEGUN))) == 300_002
