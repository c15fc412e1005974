"""A turn of a live run is whole: everything in it can be looked at, and the last ones hold all that had passed."""

from analyser.track import Call, Sighting
from analyser.watch import Watch
from analyser.wire import Coverage
from tests.support.captures import ethernet, ipv4, pcap, udp
from tests.support.live import Replay
from tests.support.scene import sightings

CALLS = 200
"""More than are kept whole where events are taken one by one."""

MICROSECOND = 1000

CALL = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.000  alice -> bob    INVITE
0.100  alice <- bob    180 Ringing
0.200  alice <- bob    200 OK
0.210  alice -> bob    ACK
0.500  alice -> bob    BYE
0.510  alice <- bob    200 OK
"""


def many(tmp_path):
    """The same call so many times, each with a Call-ID and branches of its own."""
    packets = []
    for number in range(CALLS):
        for message in sightings(CALL):
            first, rest = message.message.raw.split(b"\r\n", 1)
            own = b"%d" % number
            data = (
                first
                + b"\r\n"
                + rest.replace(b"z9hG4bK", b"z9hG4bK" + own).replace(b"Call-ID: ", b"Call-ID: " + own)
            )
            source, target = message.hop.source.host, message.hop.target.host
            frame = ethernet(ipv4(udp(data), source=source, target=target))
            packets.append((message.time + number * MICROSECOND, frame))
    packets.sort(key=lambda packet: packet[0])
    path = tmp_path / "many.pcap"
    path.write_bytes(pcap(packets))
    return path


def turns(live, over):
    return Watch(live, Coverage(), ahead=lambda: 0).turns(over)


def states(turn):
    return [event.state for event in turn if isinstance(event, Call)]


def test_all_that_settles_in_one_turn_is_whole_when_it_is_told(tmp_path):
    live = Replay(many(tmp_path), 60.0, 120.0)
    told = [states(turn) for turn in turns(live, lambda: live.is_over)]
    assert ["ended"] * CALLS in told


def test_all_that_settles_at_the_end_is_whole(tmp_path):
    live = Replay(many(tmp_path), 60.0)
    *_, last = turns(live, lambda: live.is_over)
    assert states(last) == ["ended"] * CALLS


def test_what_has_passed_when_the_run_is_told_to_end_is_seen(tmp_path):
    live = Replay(many(tmp_path), 0.3)
    seen = [event for turn in turns(live, lambda: True) for event in turn if isinstance(event, Sighting)]
    assert len(seen) == CALLS * len(sightings(CALL))
