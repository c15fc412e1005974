"""Session descriptions that end anywhere or leave out what most of them say."""

import pytest

from analyser.sip import parse_sdp
from tests.survive.wire import A, B, datagram, message, outcome

WHOLE = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 8 97\r\na=rtpmap:97 opus/48000/2\r\n"
)


def call(tmp_path, offer, answer):
    kind = "Content-Type: application/sdp"
    return outcome(
        tmp_path,
        [
            datagram(message("INVITE sip:b@b SIP/2.0", kind, body=offer)),
            datagram(message("SIP/2.0 200 OK", kind, body=answer, CSeq="1 INVITE"), B, A),
        ],
    )


def test_cut_anywhere_it_says_what_it_said_until_there(tmp_path):
    for end in range(len(WHOLE)):
        sdp = parse_sdp(WHOLE[:end])
        assert len(sdp.media) <= 1
        assert len(sdp.codecs) <= 3
    assert call(tmp_path, WHOLE, WHOLE[: WHOLE.index(b"m=") + 2]).messages


@pytest.mark.parametrize("line", [b"m=", b"m=X", b"m=audio", b"m=audio x RTP/AVP", b"m=audio 99999999999 RTP/AVP 0",
                                  b"m=audio 4000/-1 RTP/AVP 0", b"m=audio 4000 RTP/AVP " + b"0 " * 5000])  # fmt: skip
def test_a_media_line_that_makes_no_sense_hurts_nobody(tmp_path, line):
    """VoIPmonitor crashed where a description ended with `m=X`."""
    description = WHOLE[: WHOLE.index(b"m=")] + line

    assert len(call(tmp_path, description, description).messages) == 2


def test_static_payload_types_need_no_rtpmap():
    sdp = parse_sdp(b"v=0\r\nm=audio 4000 RTP/AVP 0 8 9 18\r\n")

    assert [name for name, _, _ in sdp.codecs] == ["pcmu", "pcma", "g722", "g729"]


def test_the_case_of_a_codec_does_not_matter(tmp_path):
    answer = WHOLE.replace(b"0 8 97", b"97").replace(b"opus", b"OPUS")

    seen = call(tmp_path, WHOLE, answer)

    assert "answer-without-codec-in-common" not in seen.findings


def test_lines_and_media_without_end_are_bounded_and_it_says_so():
    assert parse_sdp(b"v=0\r\n" + b"m=audio 1 RTP/AVP 0\r\n" * 100_000).truncated
    assert parse_sdp(b"v=0\r\n" + b"a=x\r\n" * 100_000).truncated
