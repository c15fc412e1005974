"""Session descriptions."""

import pytest

from analyser.sip import parse_sdp
from analyser.sip.sdp import MAX_LINES, MAX_MEDIA
from tests.sip.samples import SDP

WEBRTC = b"""v=0
o=- 4611 2 IN IP4 127.0.0.1
s=-
b=AS:500
t=0 0
a=group:BUNDLE 0 1
a=fingerprint:sha-256 AB:CD
a=ice-ufrag:sess
a=recvonly
m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8
c=IN IP6 2001:db8::1/127
b=TIAS:64000
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:F7gI
a=ice-pwd:x9cml
a=candidate:1 1 udp 2130706431 192.0.2.1 49170 typ host
a=setup:actpass
a=mid:0
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=ptime:20
a=maxptime:60
m=video 49170/2 RTP/SAVP 31 97
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:key
a=rtpmap:97 VP8/90000
m=image 0 udptl t38
""".replace(b"\n", b"\r\n")


def test_offer():
    sdp = parse_sdp(SDP)
    assert sdp.version == "0"
    assert sdp.origin == ("alice", "1", 2, "192.0.2.10")
    assert sdp.connection == "192.0.2.10"
    (audio,) = sdp.media
    assert (audio.kind, audio.port, audio.port_count, audio.proto) == ("audio", 40000, 1, "RTP/AVP")
    assert audio.formats == ["0", "8", "101"]
    assert audio.connection == "192.0.2.10"
    assert audio.direction == "sendrecv"
    assert audio.rtpmap == {0: ("PCMU", 8000, 1), 8: ("PCMA", 8000, 1), 101: ("telephone-event", 8000, 1)}
    assert sdp.codecs == [("pcmu", 8000, 1), ("pcma", 8000, 1), ("telephone-event", 8000, 1)]


def test_everything_a_browser_says():
    sdp = parse_sdp(WEBRTC)
    audio, video, image = sdp.media
    assert sdp.bundle == ["0", "1"]
    assert sdp.bandwidth == {"AS": 500}
    assert sdp.direction == "recvonly"
    assert sdp.attribute("group") == "BUNDLE 0 1"
    assert (audio.connection, audio.bandwidth, audio.direction) == (
        "2001:db8::1",
        {"TIAS": 64000},
        "sendonly",
    )
    assert audio.rtcp == (9, "0.0.0.0")
    assert audio.ice == ("F7gI", "x9cml", ("1 1 udp 2130706431 192.0.2.1 49170 typ host",))
    assert (audio.setup, audio.fingerprint, audio.mid, audio.rtcp_mux) == (
        "actpass",
        "sha-256 AB:CD",
        "0",
        True,
    )
    assert (audio.ptime, audio.maxptime) == (20, 60)
    assert audio.fmtp == {111: "minptime=10;useinbandfec=1"}
    assert audio.codecs == [("opus", 48000, 2), ("pcmu", 8000, 1), ("pcma", 8000, 1)]
    assert audio.attribute("mid") == "0"
    assert (video.port_count, video.direction, video.crypto) == (
        2,
        "recvonly",
        ["1 AES_CM_128_HMAC_SHA1_80 inline:key"],
    )
    assert video.ice == ("sess", "", ())
    assert video.connection == ""
    assert (image.port, image.formats, image.rtpmap, image.is_rtp) == (0, ["t38"], {}, False)


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b"", 0),
        (b"v=0", 0),
        (b"m=", 1),
        (b"m=audio", 1),
        (b"m=audio x RTP/AVP 0", 1),
        (b"m=audio 99999 RTP/AVP 0", 1),
        (b"m=audio 1/99999999999999999999 RTP/AVP 0 \xff", 1),
        (
            b"a=rtpmap:\r\nm=audio 1 RTP/AVP 96\r\na=rtpmap:96\r\na=rtpmap:96 x\r\na=rtpmap:x y/8000\r\na=fmtp\r\na=rtcp:",
            1,
        ),
        (b"o=a b\r\nc=IN\r\nb=x\r\nb=AS:x\r\na=group:\r\na=\r\n=\r\nno\r\n", 0),
    ],
)
def test_nonsense_survives(data, media):
    sdp = parse_sdp(data)
    assert len(sdp.media) == media
    assert sdp.codecs is not None
    assert sdp.bundle == []
    assert all(medium.port is None or medium.port <= 65535 for medium in sdp.media)


def test_every_cut_survives():
    for length in range(len(WEBRTC)):
        assert len(parse_sdp(WEBRTC[:length]).media) <= 3


def test_counts_are_bounded():
    assert not parse_sdp(b"a=x\n" * 100).truncated
    many = parse_sdp(b"a=x\n" * (MAX_LINES + 50))
    assert len(many.attributes) == MAX_LINES
    assert many.truncated
    media = parse_sdp(b"m=audio 1 RTP/AVP 0\n" * (MAX_MEDIA + 1))
    assert len(media.media) == MAX_MEDIA
    assert media.truncated


def test_repr():
    assert "audio 40000 RTP/AVP 0 8 101" in repr(parse_sdp(SDP))
