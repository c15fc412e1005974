"""What is absent between two captures, in a silence too long to be one, or behind the end of what an agent replays, is nobody's fault."""

import struct

import pytest

from analyser import Finding, analyse
from analyser.hep import hep3_packet
from analyser.track import Sighting
from analyser.wire import SECOND
from tests.support.captures import ipv4, pcap, udp
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture

HOSTS = "alice = 192.0.2.10:5060\nbob = 203.0.113.20:5060\n"
STUCK = HOSTS + "0 alice -> bob INVITE\n0.1 alice <- bob 100\n"
LATER = (
    HOSTS + "{at} [later] alice -> bob INVITE\n{at} [later] alice <- bob 486\n{at} [later] alice -> bob ACK\n"
)


def write(tmp_path, name, ladder):
    path = tmp_path / name
    path.write_bytes(capture(compile_ladder(ladder)).data)
    return path


def found(*paths):
    return [event.rule.id for event in analyse(paths) if isinstance(event, Finding)]


@pytest.mark.parametrize(("at", "rules"), [(50, ["stuck-on-trying"]), (70, []), (172_800, [])])
def test_what_ends_with_its_file_is_not_stuck_until_the_next(tmp_path, at, rules):
    first = write(tmp_path, "a.pcap", STUCK)
    second = write(tmp_path, "b.pcap", LATER.format(at=at))

    assert found(first, second) == rules


@pytest.mark.parametrize(("at", "rules"), [(3_000, ["stuck-on-trying"]), (4_000, []), (172_800, [])])
def test_nobody_waits_through_a_silence_in_which_nothing_was_captured(tmp_path, at, rules):
    assert found(write(tmp_path, "joined.pcap", STUCK + LATER.format(at=at).removeprefix(HOSTS))) == rules


def test_one_wild_timestamp_silences_nothing_that_comes_after_it(tmp_path):
    later = LATER.format(at=1).removeprefix(HOSTS)
    stuck = STUCK.removeprefix(HOSTS).replace("0.1 ", "2.1 ").replace("0 alice", "2 alice")
    end = "60 [end] alice -> bob OPTIONS\n60.1 [end] alice <- bob 200\n"
    path = write(tmp_path, "wild.pcap", HOSTS + later + stuck + end)
    data = bytearray(path.read_bytes())
    seconds = struct.unpack_from("<I", data, 24)[0]
    struct.pack_into("<I", data, 24, seconds + 10 * 365 * 86_400)
    path.write_bytes(data)

    assert found(path) == ["stuck-on-trying"]


@pytest.mark.parametrize(("watched", "rules"), [(1, []), (60, ["stuck-on-trying"])])
@pytest.mark.parametrize("behind", [0, 0.5, 600_000_000])
def test_a_capture_of_what_an_agent_has_replayed_ends_by_the_clock_of_the_agent(
    tmp_path, behind, watched, rules
):
    """Its frames were written years later, all within a moment."""
    seen = [event for event in analyse([write(tmp_path, "a.pcap", STUCK)]) if isinstance(event, Sighting)]
    packets = [hep3_packet(one.time, one.hop, one.message.raw, one.message.call_id or "") for one in seen]
    end = seen[-1].time + int(behind * SECOND)
    frames = [(end, ipv4(udp(packet, 40000, 9060))) for packet in packets]
    path = tmp_path / "replayed.pcap"
    path.write_bytes(pcap([*frames, (end + watched * SECOND, ipv4(udp(bytes(60))))], link=101))

    assert found(path) == rules
