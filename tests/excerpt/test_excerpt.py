"""What an excerpt holds: every fragment and segment, the media of its calls, the interfaces and losses of the capture."""

import itertools
import struct

import pytest

from analyser import Call, Finding, Sighting, analyse
from analyser.capture import read
from analyser.errors import UsageError
from analyser.excerpt import choosing
from analyser.wire import SECOND, Coverage
from tests.support.captures import (
    OPTIONS,
    START,
    block,
    enhanced,
    ethernet,
    interface,
    ipv4,
    ipv6,
    pcap,
    section,
    tcp,
    udp,
    websocket,
)
from tests.support.excerpts import cut, kept, told
from tests.support.rung import STEP, call, describe, packet, request, response, voice

OTHER = OPTIONS.replace(b"one@", b"two@").replace(b"z9hG4bK1", b"z9hG4bK2")


@pytest.fixture
def frames(tmp_path):
    """Packets -> the numbers of those that the excerpt of a Call-ID holds, told by their octets, which must all be different."""

    def run(*packets, call_id="one", link=101, form="pcapng", **options):
        path, target = tmp_path / "a.pcap", tmp_path / f"b.{form}"
        path.write_bytes(pcap(packets, link=link, kind="ns"))
        if cut([path], target, kept([call_id]), **options) is None:
            return []
        whole, found = list(packets_in(path)), list(packets_in(target))
        assert len(set(whole)) == len(whole)
        return [whole.index(each) + 1 for each in found]

    return run


def packets_in(*paths):
    """Time, length on the wire and octets of each packet."""
    for batch in read(paths, Coverage()):
        for time, wire, offset, size in zip(
            batch.time.tolist(),
            batch.wirelen.tolist(),
            batch.offset.tolist(),
            batch.caplen.tolist(),
            strict=True,
        ):
            yield time, wire, batch.buffer[offset : offset + size]


def segment(data, sequence, *, flags="PA", back=False, port=40000):
    ports = {"source": port, "target": 5060} if not back else {"source": 5060, "target": port}
    ends = {"source": "192.0.2.1", "target": "192.0.2.2"}
    if back:
        ends = {"source": "192.0.2.2", "target": "192.0.2.1"}
    return ipv4(tcp(data, sequence, flags, **ports), 6, **ends)


def test_whole_packets_of_one_call_and_nothing_else(frames):
    assert frames(packet(voice()), packet(OPTIONS), packet(OTHER), packet(b"\r\n\r\n")) == [2]


def test_every_fragment_of_ipv4(frames):
    whole = udp(OPTIONS)
    parts = [
        ipv4(whole[:80], fragment=0x2000),
        packet(OTHER),
        ipv4(whole[160:], fragment=20),
        ipv4(whole[80:160], fragment=0x2000 | 10),
        ipv4(whole[80:160], fragment=0x2000 | 10, ident=8),
    ]

    assert frames(*parts) == [1, 3, 4]


def test_every_fragment_of_ipv6(frames):
    whole = udp(OPTIONS)

    def part(start, end, *, more):
        return ipv6(struct.pack(">BBHI", 17, 0, start | more, 77) + whole[start:end], 44)

    assert frames(
        part(0, 80, more=True), part(160, len(whole), more=False), packet(OTHER), part(80, 160, more=True)
    ) == [1, 2, 4]


def test_every_segment_and_what_opens_and_closes_the_connection(frames):
    first, second = OPTIONS[:100], OPTIONS[100:]
    size = len(OPTIONS)
    packets = [
        segment(b"", 99, flags="S"),
        segment(b"", 4999, flags="SA", back=True),
        segment(b"", 100, flags="A"),
        segment(OTHER, 100),
        segment(first, 100 + size),
        segment(b"", 5000, flags="A", back=True),
        segment(second, 200 + size),
        segment(b"", 300, flags="S", port=40001),
        segment(b"", 100 + 2 * size, flags="FA"),
    ]

    assert frames(*packets) == [1, 2, 5, 7, 9]


def test_a_stream_begins_with_the_message_whose_end_shares_a_segment(frames):
    both = OTHER + OPTIONS
    cuts = [0, 50, len(OTHER) - 10, len(OTHER) + 50, len(both)]
    packets = [segment(both[a:b], 100 + a) for a, b in itertools.pairwise(cuts)]

    assert frames(*packets) == [1, 2, 3, 4]
    assert frames(*packets, call_id="two") == [1, 2, 3]


def test_how_far_back_a_stream_is_followed_is_bounded(frames, monkeypatch):
    monkeypatch.setattr(choosing, "MAX_STEPS", 3)
    messages = [
        OPTIONS.replace(b"one@", b"%03d@" % number).replace(b"bK1", b"bK%03d" % number)
        for number in range(20)
    ]
    data = b"".join(messages)
    size = len(messages[0])
    cuts = [0, *(number * size + 30 for number in range(20)), len(data)]
    packets = [segment(data[a:b], 100 + a) for a, b in itertools.pairwise(cuts)]

    assert frames(*packets, call_id="010") == [8, 9, 10, 11, 12]


def test_all_of_a_websocket_connection_up_to_the_message(frames):
    upgrade = (
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\nConnection: Upgrade\r\n\r\n"
    )
    accepted = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
    data, sequence = [websocket(OTHER), websocket(OPTIONS), websocket(OTHER.replace(b"bK2", b"bK3"))], 100
    packets = [segment(upgrade, sequence), segment(accepted, 5000, back=True), packet(OTHER)]
    sequence += len(upgrade)
    for each in data:
        packets.append(segment(each, sequence))
        sequence += len(each)

    assert frames(*packets) == [1, 2, 4, 5]


def test_times_and_lengths_are_as_they_were(tmp_path):
    path, target = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    packets = [(START + 123_456_789, ethernet(packet(OPTIONS + b"x" * 900, ident=3)))]
    path.write_bytes(pcap(packets, kind="ns", snaplen=400))
    cut([path], target, kept(["one"]))

    assert list(packets_in(target)) == list(packets_in(path))
    assert next(packets_in(target))[:2] == (START + 123_456_789, len(packets[0][1]))


@pytest.mark.parametrize("form", ["pcapng", "pcap"])
def test_both_forms_hold_the_same(frames, form):
    assert frames(packet(OTHER), packet(OPTIONS), form=form) == [2]


MEDIA = call("one", media=2)
"""INVITE, 200, ACK; voice there, back, sender report; voice there, back; BYE, 200."""


def test_media_only_when_asked(frames):
    assert frames(*MEDIA) == [1, 2, 3, 9, 10]
    assert frames(*MEDIA, media=True) == list(range(1, 11))


@pytest.mark.parametrize(
    ("contents", "source", "target", "wanted"),
    [
        (voice(9), ("203.0.113.9", 40123), ("198.51.100.2", 6000), True),
        (voice(9), ("198.51.100.2", 6000), ("203.0.113.9", 40123), True),
        (b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12), ("203.0.113.9", 40123), ("198.51.100.2", 6000), True),
        (b"\x16\xfe\xfd" + bytes(30), ("192.0.2.1", 4000), ("198.51.100.9", 6000), True),
        (b"\x80\xc9" + bytes(30), ("192.0.2.1", 4001), ("198.51.100.9", 1), True),
        (voice(9), ("203.0.113.9", 40123), ("198.51.100.2", 6002), False),
        (voice(9), ("203.0.113.9", 4000), ("198.51.100.3", 6000), False),
    ],
)
@pytest.mark.parametrize("wrap", ["plain", "vlan", "gre", "options"])
def test_what_is_media_of_a_call(frames, contents, source, target, wanted, wrap):
    inner = packet(contents, source, target)
    odd = {
        "plain": ethernet(inner),
        "vlan": ethernet(inner, tags=(0x8100,)),
        "gre": ethernet(ipv4(b"\0\0\x08\0" + inner, 47, source="10.0.0.1", target="10.0.0.2")),
        "options": ethernet(packet(contents, source, target, options=b"\1\1\1\1")),
    }[wrap]
    packets = [(time, ethernet(each)) for time, each in MEDIA]
    packets.insert(3, (MEDIA[2][0] + 1, odd))

    assert (4 in frames(*packets, link=1, media=True)) is wanted


def test_media_of_another_time_and_of_another_call_stay_behind(frames):
    later = MEDIA[-1][0] + 100 * SECOND
    packets = [
        *MEDIA,
        (later, packet(voice(5), ("192.0.2.1", 4000), ("198.51.100.2", 6000))),
        *call("two", start=later + SECOND, ports=(4000, 6000), media=1, user="carol"),
        *call("three", start=later + SECOND, ports=(4010, 6010), media=1),
    ]

    assert frames(*packets, media=True) == list(range(1, 11))


def test_media_over_ipv6(frames):
    def six(contents, ports, *, back=False):
        ends = ("2001:db8::1", "2001:db8::2")
        source, target = ends[::-1] if back else ends
        return ipv6(udp(contents, *ports), source=source, target=target)

    sdp = describe("2001:db8::1", 4000)
    packets = [
        (START, six(request("INVITE", sdp=sdp, answered=False), (5060, 5060))),
        (START + STEP, six(voice(1), (6000, 4000), back=True)),
        (START + 2 * STEP, six(voice(1), (6000, 4002), back=True)),
        (START + 3 * STEP, six(response(486, "Busy", "INVITE"), (5060, 5060), back=True)),
    ]

    assert frames(*packets, media=True) == [1, 2, 4]


def test_of_a_call_that_a_finding_cites_all_messages_come_and_its_media(tmp_path):
    path, target = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    silent = [(START + 40 * SECOND, packet(b"end"))]
    lost = [each for number, each in enumerate(call("lost", media=1)) if number != 2][:-2]
    again = [(lost[1][0] + SECOND * after, lost[1][1]) for after in (1, 3, 7)]
    packets = sorted([*lost, *again, *call("well", ports=(4100, 6100)), *silent], key=lambda each: each[0])
    path.write_bytes(pcap(packets, link=101, kind="ns"))
    wanted = lambda event: isinstance(event, Finding)  # noqa: E731
    written = cut([path], target, None, wanted, media=True)

    found = [event for event in analyse([target]) if isinstance(event, Sighting | Finding)]
    assert {event.message.call_id for event in found if isinstance(event, Sighting)} == {"lost"}
    assert any(isinstance(event, Finding) for event in found)
    assert written.packets == len(lost) + len(again)


def test_subjects_can_be_chosen_by_what_they_are(tmp_path):
    path, target = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    path.write_bytes(
        pcap([*call("one"), *call("two", status=486, start=START + SECOND)], link=101, kind="ns")
    )
    cut([path], target, None, lambda event: isinstance(event, Call) and event.state == "failed")

    assert {e.message.call_id for e in analyse([target]) if isinstance(e, Sighting)} == {"two"}


def test_messages_without_a_call_id_are_chosen_one_by_one(tmp_path):
    path, target = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    bare = OPTIONS.replace(b"Call-ID: one@192.0.2.1\r\n", b"")
    path.write_bytes(pcap([packet(bare), packet(bare.replace(b"bK1", b"bK9")), packet(OTHER)], link=101))
    picked = lambda event: isinstance(event, Finding) and event.frame == 2  # noqa: E731
    written = cut([path], target, None, picked)

    assert written.packets == 1


def test_several_captures_keep_their_interfaces(tmp_path):
    files = []
    for number, link in enumerate((101, 1)):
        data = packet(OPTIONS.replace(b"bK1", b"bK%d" % number))
        files.append(tmp_path / f"{number}.pcap")
        files[-1].write_bytes(pcap([data if link == 101 else ethernet(data), packet(OTHER)], link=link))
    target = tmp_path / "out.pcapng"
    written = cut(files, target, kept(["one"]))
    (batch,) = read([target], Coverage())

    assert written.packets == 2
    assert [each.link for each in batch.interfaces] == [101, 1]
    assert batch.interface.tolist() == [0, 1]
    with pytest.raises(UsageError, match="several link types"):
        cut(files, tmp_path / "out.pcap", kept(["one"]))


def named(name, description, link=101):
    options = b"".join(
        struct.pack("<HH", code, len(text)) + text + bytes(-len(text) % 4)
        for code, text in ((2, name), (3, description))
    )
    return block(1, struct.pack("<HHI", link, 0, 9000) + options + bytes(4))


def test_interfaces_of_a_pcapng_file_keep_their_names(tmp_path):
    path, target = tmp_path / "a.pcapng", tmp_path / "b.pcapng"
    ticks = START // 1000
    path.write_bytes(
        section()
        + named(b"eth0", b"inside")
        + named(b"eth1", b"outside \xff")
        + named(b"eth2", b"nothing")
        + enhanced(packet(OPTIONS), ticks, 1)
        + enhanced(packet(OTHER), ticks, 0)
        + section(">")
        + interface(101, ">")
        + enhanced(packet(OPTIONS, ident=9), ticks + 1, 0, ">")
    )
    cut([path], target, kept(["one"]))
    (batch,) = read([target], Coverage())

    assert [(each.link, each.snaplen, dict(each.options)) for each in batch.interfaces] == [
        (101, 9000, {2: b"eth1", 3: b"outside \xff"}),
        (101, 262_144, {}),
    ]
    assert batch.interface.tolist() == [0, 1]


def test_what_describes_interfaces_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("analyser.capture.pcapng.MAX_SECTION_TEXTS", 20)
    path = tmp_path / "a.pcapng"
    long = named(b"eth2", b"x" * 1025)
    path.write_bytes(
        section()
        + named(b"eth0", b"inside")
        + named(b"eth1", b"outside")
        + long
        + enhanced(packet(OPTIONS), 1)
    )
    (batch,) = read([path], Coverage())

    assert [dict(each.options) for each in batch.interfaces] == [{2: b"eth0", 3: b"inside"}, {}, {}]


def test_losses_before_a_packet_are_those_since_the_one_before_it(tmp_path):
    path, target = tmp_path / "a.pcapng", tmp_path / "b.pcapng"

    def lossy(data, lost):
        option = struct.pack("<HHQ", 4, 8, lost) + bytes(4)
        head = struct.pack("<IIIII", 0, 0, START // 1000 & 0xFFFFFFFF, len(data), len(data))
        return block(6, head + data + bytes(-len(data) % 4) + option)

    path.write_bytes(
        section()
        + interface(101)
        + b"".join(
            lossy(each, lost)
            for each, lost in (
                (packet(OTHER), 3),
                (packet(OPTIONS), 2),
                (packet(OTHER), 5),
                (packet(OPTIONS, ident=8), 0),
            )
        )
    )
    cut([path], target, kept(["one"]))
    coverage = Coverage()
    (batch,) = read([target], coverage)

    assert batch.lost.tolist() == [5, 5]
    assert coverage.lost["capture"] == 10


def test_the_excerpt_listened_as_long_as_the_capture(tmp_path):
    path, target = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    path.write_bytes(pcap([(START, packet(OPTIONS)), (START + 90 * SECOND, packet(b"later"))], link=101))
    cut([path], target, kept(["one"]))
    coverage = Coverage()
    list(read([target], coverage))

    assert coverage.watched_until == START + 90 * SECOND


def trunk(*messages):
    """Messages of one TCP connection, each in two segments, those that begin with SIP/2.0 on their way back."""
    sequence, packets = {False: 100, True: 5000}, []
    for data in messages:
        back = data.startswith(b"SIP/2.0")
        for piece in (data[:90], data[90:]):
            packets.append(segment(piece, sequence[back], back=back))
            sequence[back] += len(piece)
    return [(START + number * STEP, each) for number, each in enumerate(packets)]


def test_what_was_left_out_of_a_connection_is_not_waited_for(tmp_path):
    path, target = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    calls = [
        (
            request("INVITE", name, answered=False),
            response(200, "OK", "INVITE", name),
            request("ACK", name, branch=f"{name}A"),
        )
        for name in ("one", "two", "three")
    ]
    ends = [
        (request("BYE", name, cseq=2), response(200, "OK", "BYE", name, cseq=2))
        for name in ("three", "one", "two")
    ]
    packets = trunk(
        *(message for each in zip(*calls, strict=True) for message in each),
        *(m for each in ends for m in each),
    )
    packets.append((START + 20 * SECOND, packet(b"end")))
    path.write_bytes(pcap(packets, link=101, kind="ns"))
    for name in ("one", "two", "three"):
        cut([path], target, kept([name]))
        numbers = [event.number for event in analyse([target]) if isinstance(event, Sighting)]

        assert told([target], kept([name])) == told([path], kept([name]))
        assert [event.message.cseq_method for event in analyse([target]) if isinstance(event, Sighting)] == [
            "INVITE",
            "INVITE",
            "ACK",
            "BYE",
            "BYE",
        ]
        assert numbers == [1, 2, 3, 4, 5]


def test_segments_of_a_message_may_come_in_any_order_behind_what_was_left_out(tmp_path):
    path, target = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    again = OPTIONS.replace(b"z9hG4bK1", b"z9hG4bK9")
    *before, head, tail = trunk(OPTIONS, OTHER, again)
    swapped = [*before, (head[0], tail[1]), (tail[0], head[1])]
    path.write_bytes(pcap(swapped, link=101, kind="ns"))
    cut([path], target, kept(["one"]))

    assert [event.message.raw for event in analyse([target]) if isinstance(event, Sighting)] == [
        OPTIONS,
        again,
    ]


@pytest.mark.parametrize(
    ("between", "gaps"),
    [(range(1000, 7200, 1000), 0), ((), 1), ((100,), 1)],
    ids=["heard", "silent", "stopped"],
)
def test_hours_in_which_nothing_was_chosen_are_told_from_hours_in_which_nobody_listened(
    tmp_path, between, gaps
):
    path, target = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    later = 7200 * SECOND
    packets = [
        (START, packet(OPTIONS)),
        *((START + second * SECOND, packet(OTHER, ident=second)) for second in between),
        (START + later, packet(OPTIONS, ident=9)),
    ]
    path.write_bytes(pcap(packets, link=101, kind="ns"))
    cut([path], target, kept(["one"]))
    (batch,) = read([target], Coverage())

    assert batch.gaps(0) == [(START, START + later)] * gaps


def test_nothing_chosen_is_nothing_written(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([packet(OTHER)], link=101))

    assert cut([path], tmp_path / "b.pcapng", kept(["one"])) is None
    assert not (tmp_path / "b.pcapng").exists()


def test_what_does_not_fit_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(choosing, "MAX_NOTED", 2)
    monkeypatch.setattr(choosing, "MAX_MEDIA", 1)
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(MEDIA, link=101, kind="ns"))
    choice = choosing.choose([str(path)], None, media=True)

    assert {number: frames.tolist() for number, frames in choice.frames.items()} == {0: [1, 2]}
    assert choice.notes == (
        "3 messages at the end are not in the excerpt: too many",
        "the media of 3 endpoints are not in the excerpt: too many",
    )
    assert len(choice.media) == 1


def test_segments_out_of_order_are_waited_for_in_an_excerpt_too(tmp_path):
    """The first message is sent again 300 ms behind the second; what was between them and is not chosen never comes."""
    third = OPTIONS.replace(b"z9hG4bK1", b"z9hG4bK3").replace(b"1 OPTIONS", b"3 OPTIONS")
    size = len(OPTIONS)
    packets = [
        (START, segment(b"", 99, flags="S")),
        (START + STEP, segment(OTHER, 100 + size)),
        (START + 3 * STEP, segment(OPTIONS, 100)),
        (START + 4 * STEP, segment(OTHER.replace(b"1 OPTIONS", b"2 OPTIONS"), 100 + 2 * size)),
        (START + 5 * STEP, segment(third, 100 + 3 * size)),
    ]
    path, both, one = tmp_path / "a.pcap", tmp_path / "both.pcapng", tmp_path / "one.pcapng"
    path.write_bytes(pcap(packets, link=101, kind="ns"))
    assert len(told([path])) > 4

    cut([path], both)
    assert told([both]) == told([path])
    cut([path], one, kept(["one"]))
    assert told([one], kept(["one"])) == told([path], kept(["one"]))
    sighted = [event for event in analyse([one]) if isinstance(event, Sighting)]
    assert [event.message.cseq for event in sighted if event.message.call_id.startswith("one")] == [1, 3]


def test_behind_what_was_left_out_segments_may_be_out_of_order(tmp_path):
    """All of a message but its first octet, by which one can tell as well what it is, stands before that octet."""
    size, head, rest = len(OPTIONS), OPTIONS[:1], OPTIONS[1:]
    packets = [
        (START, segment(b"", 99, flags="S")),
        (START + STEP, segment(OPTIONS.replace(b"1 OPTIONS", b"7 OPTIONS"), 100)),
        (START + 2 * STEP, segment(OTHER, 100 + size)),
        (START + 3 * STEP, segment(rest, 101 + 2 * size)),
        (START + 4 * STEP, segment(head, 100 + 2 * size)),
    ]
    path, one = tmp_path / "a.pcap", tmp_path / "one.pcapng"
    path.write_bytes(pcap(packets, link=101, kind="ns"))

    cut([path], one, kept(["one"]))
    sighted = [event for event in analyse([one]) if isinstance(event, Sighting)]
    assert [event.message.cseq for event in sighted if event.message.call_id.startswith("one")] == [7, 1]
