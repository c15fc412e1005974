"""A pcapng file may say until when it listened: then what did not come is known not to have come."""

import struct

import pytest

from analyser import analyse
from analyser.annotate import Finding
from analyser.capture import read
from analyser.wire import SECOND, Coverage
from tests.support.ladder import compile_ladder
from tests.support.live import with_end
from tests.support.pcap import capture

STUCK = "alice = 192.0.2.10:5060\nbob = 203.0.113.20:5060\n0 alice -> bob INVITE\n0.1 alice <- bob 100\n"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "stuck.pcap"
    path.write_bytes(capture(compile_ladder(STUCK)).data)
    return path


def began(path):
    return int(next(read([path], Coverage())).time[0])


def test_quiet_at_the_end_counts(path, tmp_path):
    assert [event for event in analyse([path]) if isinstance(event, Finding)] == []

    ended = with_end(path, began(path) + 20 * SECOND, tmp_path / "ended.pcapng")
    (found,) = [event for event in analyse([ended]) if isinstance(event, Finding)]
    assert found.rule.id == "stuck-on-trying"
    assert "The capture ended 20.0 s after the INVITE" in found.note


def test_the_end_is_that_of_the_option_else_that_of_the_block(path, tmp_path):
    end = began(path) + 20 * SECOND
    ended = with_end(path, end, tmp_path / "ended.pcapng")
    data = ended.read_bytes()
    ended.write_bytes(data[:-40] + struct.pack("<IIIIII", 5, 24, 0, end >> 32, end & 0xFFFFFFFF, 24))
    for given in (data, ended.read_bytes()):
        ended.write_bytes(given)
        coverage = Coverage()
        list(read([ended], coverage))
        assert coverage.watched_until == end


@pytest.mark.parametrize(
    "block",
    [
        struct.pack("<IIIIII", 5, 24, 7, 0xFFFFFFFF, 0xFFFFFFFF, 24),  # of an interface that is not described
        struct.pack("<IIIIIHHII", 5, 32, 0, 0, 0, 3, 65535, 0, 32),  # an option longer than its block
        struct.pack("<IIIIIHHII", 5, 32, 0, 0, 0, 3, 4, 1, 32),  # an end of four octets
        struct.pack("<III", 5, 12, 12),  # nothing in it
    ],
)
def test_a_block_that_makes_no_sense_does_no_harm(block, path, tmp_path):
    odd = with_end(path, began(path), tmp_path / "odd.pcapng")
    odd.write_bytes(odd.read_bytes()[:-40] + block)

    assert list(analyse([odd]))[-1].messages == 2
