"""The excerpt inside a report: the first groups of frames, whole, within a bound."""

import pytest

from analyser.capture import read
from analyser.excerpt import excerpt
from analyser.wire import Coverage
from tests.support.captures import START, pcap


@pytest.fixture
def captures(tmp_path):
    """Two captures, each with ten packets of 100 octets that say which they are."""
    paths = []
    for number in range(2):
        packets = [(START + frame, bytes([number, frame]) * 50) for frame in range(1, 11)]
        paths.append(tmp_path / f"{number}.pcap")
        paths[-1].write_bytes(pcap(packets, link=101, kind="ns"))
    return [str(path) for path in paths]


def packets_in(octets, tmp_path):
    path = tmp_path / "excerpt.pcapng"
    path.write_bytes(octets)
    return [
        tuple(batch.buffer[offset : offset + 2])
        for batch in read([path], Coverage())
        for offset in batch.offset.tolist()
    ]


def test_the_frames_in_the_order_of_the_captures(captures, tmp_path):
    found = excerpt(captures, [[(1, 3), (0, 9)], [(0, 2), (0, 9), (1, 10)]])

    assert packets_in(found.octets, tmp_path) == [(0, 2), (0, 9), (1, 3), (1, 10)]
    assert (found.packets, found.groups, found.left_out) == (4, 2, 0)


@pytest.mark.parametrize(
    ("most", "kept"),
    [
        (600, [(0, 1), (0, 2), (0, 3), (0, 4), (1, 1), (1, 2)]),
        (599, [(0, 2), (0, 3), (0, 4), (1, 2)]),
        (400, [(0, 2), (0, 3), (0, 4), (1, 2)]),
        (399, [(0, 3), (1, 2)]),
        (199, []),
    ],
)
def test_where_there_is_no_room_the_last_groups_are_left_out_whole(captures, tmp_path, most, kept):
    groups = [[(0, 3), (1, 2)], [(0, 2), (0, 4), (0, 3)], [(1, 1), (0, 1), (0, 2)]]
    found = excerpt(captures, groups, most_octets=most)

    assert (packets_in(found.octets, tmp_path) if found.octets else []) == kept
    assert found.packets == len(kept)
    assert found.groups + found.left_out == 3


@pytest.mark.parametrize("most", [600, 699])
def test_of_a_group_too_large_by_itself_the_beginning_is_taken(captures, tmp_path, most):
    groups = [[(0, frame) for frame in range(1, 9)], [(1, 1), (0, 9)], [(1, 2), (1, 3)]]
    found = excerpt(captures, groups, most_octets=most)

    assert packets_in(found.octets, tmp_path) == [(0, 1), (0, 2), (0, 3), (0, 9), (1, 1)]
    assert (found.groups, found.left_out, found.cut_short) == (2, 1, {0})


def test_several_too_large(captures, tmp_path):
    groups = [[(number, frame) for frame in range(1, 11)] for number in range(2)]
    found = excerpt(captures, groups, most_octets=420)

    assert packets_in(found.octets, tmp_path) == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert (found.groups, found.left_out, found.cut_short) == (2, 0, {0, 1})


def test_nothing_to_hold_is_no_file(captures):
    assert excerpt(captures, []) == (b"", 0, 0, 0, frozenset())
    assert excerpt(captures, [[(0, 99)]]).octets == b""
