"""What the sieve tells of a packet is what the decoder makes of it, and whose it is by its octets."""

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyser.capture import read
from analyser.decode import Decoder
from analyser.decode.hops import Hops
from analyser.parallel.share import UNKNOWN, Share
from analyser.parallel.sift import LEFT, OWN, UNTOLD, Sieve
from analyser.sip import looks_like_sip
from analyser.wire import Coverage
from tests.support.captures import ethernet, ipv4, ipv6, pcap, tcp, udp
from tests.support.damage import damaged

JOBS = 3
FIELDS = [
    b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
    b"From: <sip:a@192.0.2.1>;tag=1",
    b"To: <sip:b@192.0.2.2>",
    b"CSeq: 1 OPTIONS",
    b"Content-Length: 0",
]
FIRST_LINES = [
    b"OPTIONS sip:bob@192.0.2.2 SIP/2.0",
    b"PRACK sip:bob@192.0.2.2 SIP/2.0",
    b"SIP/2.0 200 OK",
    b"SIP/2.0 180 Ringing",
]
ODD_LINES = [
    b"PUBLISH sip:bob@192.0.2.2 SIP/2.0",
    b"SIP/2.0 OK",
    b"options sip:bob@192.0.2.2 SIP/2.0",
    b"BREW sip:bob@192.0.2.2 SIP/2.0",
    b"OPTIONS sip:bob@192.0.2.2 HTTP/1.1",
    b"OPTIONS sip:bob@192.0.2.2",
    b"M-SEARCH * HTTP/1.1",
    b"\r\nOPTIONS sip:bob@192.0.2.2 SIP/2.0",
]
CALL_IDS = [
    b"a84b4c76e66710@192.0.2.1",
    b"7",
    b"0123456789abcdefghij",
    b"0123456789abcdefghi",
    b"f81d4fae-7dec-11d0@x",
]
ODD_FIELDS = [
    b"Call-ID:  spaced@192.0.2.1",
    b"Call-ID: trailing   ",
    b"Call-ID: \xc3\xa4\xc3\xb6",
    b"Call-ID:" + b" " * 40,
    b"i: compact@192.0.2.1",
    b"CALL-ID: shouted@192.0.2.1",
]


def message(first, call_id, before):
    fields = [*FIELDS[:before], call_id, *FIELDS[before:]]
    return b"\r\n".join([first, *fields, b"", b""])


USUAL = st.builds(
    lambda first, call_id, before: message(first, b"Call-ID: " + call_id, before),
    st.sampled_from(FIRST_LINES),
    st.sampled_from(CALL_IDS) | st.from_regex(rb"\A[a-z0-9@.-]{1,40}\Z"),
    st.integers(0, len(FIELDS)),
)
ODD = st.builds(
    message,
    st.sampled_from(FIRST_LINES + ODD_LINES),
    st.sampled_from(
        [*ODD_FIELDS, b"X-Note: \nCall-ID: in-a-broken-line"]
        + [b"Call-ID: " + call_id for call_id in CALL_IDS]
    ),
    st.integers(0, len(FIELDS)),
)


def framed(data, six=False):  # noqa: FBT002
    return ethernet(ipv6(udp(data)), 0x86DD) if six else ethernet(ipv4(udp(data)))


FRAMES = st.one_of(
    st.builds(framed, USUAL | ODD | damaged(USUAL), st.booleans()),
    damaged(st.builds(framed, USUAL, st.booleans())),
    st.builds(lambda data: ethernet(ipv4(udp(data), fragment=0x2000)), USUAL),
    st.builds(lambda data: ethernet(ipv4(udp(data), options=bytes(4))), USUAL),
    st.builds(lambda data: ethernet(ipv4(udp(data, 5060, 4789))), USUAL),
    st.builds(lambda data: ethernet(ipv4(tcp(data), 6)), USUAL),
    st.builds(lambda data: ethernet(ipv4(udp(data)), tags=(0x8100,)), USUAL),
)


def sifted(path, index):
    """The batches of a capture, each with what the sieve has told of it."""
    sieve = Sieve(index, JOBS)
    for batch in read([path], Coverage()):
        assert sieve.sift(batch)
        yield batch, sieve


@example([framed(message(FIRST_LINES[1], b"Call-ID: a84b4c76e66710@192.0\x802.1", 1))], 0, 65535)
@example([framed(message(FIRST_LINES[1], b"Call-ID: short" + b" " * 30, 1))], 0, 65535)
@settings(max_examples=200)
@given(st.lists(FRAMES, min_size=1, max_size=8), st.integers(0, JOBS - 1), st.sampled_from([90, 65535]))
def test_what_is_told_is_what_the_decoder_and_the_message_say(tmp_path_factory, frames, index, snaplen):
    path = tmp_path_factory.getbasetemp() / "sifted.pcap"
    path.write_bytes(pcap(frames, snaplen=snaplen))
    decoder = Decoder(Coverage(), looks_like_sip)
    hops, share = Hops("UDP"), Share(index, JOBS)

    for batch, sieve in sifted(path, index):
        payloads = decoder.receive(batch)
        times = Counter(payload.frames[-1] for payload in payloads)
        whole = {payload.frames[-1]: payload for payload in payloads if payload.whole}
        left = iter(range(len(sieve.frames)))
        assert sieve.frames == [n for n, told in enumerate(sieve.told, batch.first_frame) if told == LEFT]
        for number, told in enumerate(sieve.told, batch.first_frame):
            assert sieve.is_own(number) == (told == OWN)
            if told == UNTOLD:
                continue
            payload = whole[number]
            assert (times[number], payload.missing, len(payload.frames)) == (1, 0, 1)
            guess = share.guess(payload.data)
            # A guess looks at the whole Call-ID, where the sieve needs only what decides.
            assert guess == UNKNOWN or (guess == index) == (told == OWN)
            if told == LEFT:
                at = next(left)
                assert hops[sieve.key(at)] == payload.hop
                assert sieve.times[at] == payload.time


@pytest.mark.parametrize("six", [False, True])
@pytest.mark.parametrize("call_id", CALL_IDS)
@pytest.mark.parametrize("first", FIRST_LINES)
def test_of_usual_messages_everything_is_told(tmp_path, first, call_id, six):
    path = tmp_path / "usual.pcap"
    path.write_bytes(
        pcap([framed(message(first, b"Call-ID: " + call_id, n), six) for n in range(len(FIELDS))])
    )

    told = [sieve.told for index in range(JOBS) for _, sieve in sifted(path, index)]

    assert [sorted(column) for column in zip(*told, strict=True)] == [[OWN, *[LEFT] * (JOBS - 1)]] * len(
        FIELDS
    )


ASKED = b"OPTIONS sip:bob@192.0.2.2 SIP/2.0"
ANY = message(ASKED, b"Call-ID: a84b4c76e66710@192.0.2.1", 2)


@pytest.mark.parametrize(
    "frame",
    [
        *(framed(message(ASKED, field, 2)) for field in ODD_FIELDS),
        *(framed(message(first, b"Call-ID: a@x", 2)) for first in ODD_LINES if not first.startswith(b"BREW")),
        framed(message(ASKED, b"Call-ID: broken\nline", 2)),
        framed(ANY)[:-1],
        ethernet(ipv4(udp(ANY), fragment=0x2000)),
        ethernet(ipv4(udp(ANY), fragment=0x0001)),
        ethernet(ipv4(udp(ANY), fragment=0x0100)),
        ethernet(ipv4(udp(ANY), options=bytes(4))),
        ethernet(ipv4(udp(ANY), total=0)),
        ethernet(ipv4(udp(ANY, 4789, 5060))),
        ethernet(ipv4(udp(ANY, 5060, 4789))),
        ethernet(ipv4(tcp(ANY), 6)),
        ethernet(ipv6(tcp(ANY), 6), 0x86DD),
        ethernet(ipv4(udp(ANY)), tags=(0x8100,)),
        ethernet(ipv4(udp(ANY)), 0x0806),
        ethernet(ipv4(udp(b"SIP/2.0 200 OK\r\n"))),
    ],
)
def test_what_takes_a_closer_look_is_not_told(tmp_path, frame):
    path = tmp_path / "odd.pcap"
    path.write_bytes(pcap([frame]))

    assert [sieve.told for _, sieve in sifted(path, 0)] == [bytes([UNTOLD])]


def test_responses_are_not_told_once_a_publish_has_come(tmp_path):
    response = framed(message(b"SIP/2.0 200 OK", b"Call-ID: a@x", 1))
    request = framed(message(b"OPTIONS sip:bob@192.0.2.2 SIP/2.0", b"Call-ID: a@x", 1))
    publish = framed(message(b"PUBLISH sip:bob@192.0.2.2 SIP/2.0", b"Call-ID: b@x", 1))
    path = tmp_path / "publish.pcap"
    path.write_bytes(pcap([response, publish, response, request]))

    [told] = [list(sieve.told) for _, sieve in sifted(path, 0)]

    assert told[0] == told[3] != UNTOLD
    assert told[1] == told[2] == UNTOLD
