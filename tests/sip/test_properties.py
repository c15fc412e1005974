"""Whatever the octets are: nothing raises, and short cuts give what the general way gives."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from analyser.sip import Request, Response, looks_like_sip, parse, parse_sdp
from analyser.sip.headers import Headers
from analyser.sip.lexical import unfold
from analyser.sip.reading import read_head
from analyser.sip.via import parse_via
from tests.sip.samples import SDP, octets

PLAIN = [
    octets(body=SDP, Content_Type="application/sdp"),
    octets("SIP/2.0 401 Unauthorized", WWW_Authenticate='Digest realm="a", nonce="b"', Warning='399 a "b"'),
    octets("REGISTER sip:a SIP/2.0", CSeq="7 REGISTER", Contact="<sip:a@b>;expires=60", Expires="60"),
    octets(
        "NOTIFY sip:a SIP/2.0",
        body=b"--b\r\n\r\nv=0\r\n--b--",
        Content_Type="multipart/mixed;boundary=b",
        Event="x",
    ),
]
TOKENS = [
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b":",
    b";",
    b",",
    b'"',
    b"<",
    b">",
    b"=",
    b"\\",
    b"@",
    b"?",
    b"[",
    b"]",
    b"\x00",
]
TOKENS += [
    b"\xff",
    b"Call-ID: x",
    b"i: y",
    b"CSeq: 5 BYE",
    b"Via: SIP/2.0/UDP a;branch=b",
    b"SIP/2.0",
    b"-1",
    b"9" * 30,
]
TOKENS += [b"l: 3", b"\r\n\r\n", b";tag=z", b"<sip:a@b>", "é".encode(), b"\xd9\xa3"]
LAZY = sorted({name for kind in (Request, Response) for name in vars(kind) if not name.startswith("__")})

mutations = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 40), st.sampled_from(TOKENS)), max_size=6)


def mutate(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for at, cut, put in changes:
        place = at % (len(data) + 1)
        data = data[:place] + put + data[place + cut :]
    return data


def read_everything(data: bytes, missing: int) -> None:
    message = parse(data, missing)
    assert looks_like_sip(data) or message is None
    if message is None:
        return
    for name in LAZY:
        getattr(message, name, None)
    assert set(message.scan_defects) <= set(message.defects)
    assert len(set(message.defects)) == len(message.defects)
    compare_with_the_general_way(message)


def compare_with_the_general_way(message: Request | Response) -> None:
    """What the head scan found must be what the header fields, read one by one, say."""
    headers = Headers(unfold(read_head(message).split("\n")[1:]))
    assert message.call_id == (headers.first("call-id") or "")
    assert message.from_tag == (message.from_.tag if message.from_ else "")
    assert message.to_tag == (message.to.tag if message.to else "")
    first = (headers.all("via") or [""])[0]
    if "," not in first:
        assert message.branch == parse_via(first).branch
    cseq = re.match(r"0*([0-9]{1,10})[ \t]+(\S+)", headers.first("cseq") or "")
    if cseq and int(cseq[1]) < 2**32:
        assert (message.cseq, message.cseq_method) == (int(cseq[1]), cseq[2])
    else:
        assert message.cseq == -1


@settings(max_examples=400)
@given(st.binary(max_size=300), st.integers(0, 3))
def test_any_octets(data, missing):
    read_everything(data, missing)
    read_everything(b"INVITE sip:a SIP/2.0\r\n" + data, missing)
    read_everything(b"SIP/2.0 200 OK\r\n" + data + b"\r\n\r\n" + data, missing)
    parse_sdp(data)


@settings(max_examples=1500)
@given(st.sampled_from(PLAIN), mutations, st.integers(0, 3))
def test_mutations_of_good_messages(data, changes, missing):
    read_everything(mutate(data, changes), missing)


@settings(max_examples=200)
@given(mutations)
def test_mutations_of_session_descriptions(changes):
    sdp = parse_sdp(mutate(SDP, changes))
    assert sdp.codecs is not None
    assert repr(sdp)


@settings(max_examples=200)
@given(st.sampled_from(PLAIN), st.data())
def test_folding_and_compact_forms_change_nothing(data, draw):
    head, _, body = data.partition(b"\r\n\r\n")
    start, *lines = head.split(b"\r\n")
    for index, line in enumerate(lines):
        name, _, value = line.partition(b": ")
        compact = {b"Call-ID": b"i", b"Via": b"v", b"From": b"f", b"To": b"t", b"Content-Length": b"l"}.get(
            name, name
        )
        spelled = draw.draw(st.sampled_from([name, name.upper(), name.lower(), compact, name + b" "]))
        gap = draw.draw(st.sampled_from([b": ", b":", b":\r\n ", b":  \r\n\t", b":\t"]))
        lines[index] = spelled + gap + value
    plain, odd = parse(data), parse(b"\r\n".join([start, *lines]) + b"\r\n\r\n" + body)
    assert plain is not None
    assert odd is not None
    for name in (
        "call_id",
        "cseq",
        "cseq_method",
        "branch",
        "from_tag",
        "to_tag",
        "content_length",
        "defects",
        "body",
    ):
        assert getattr(plain, name) == getattr(odd, name), name


def test_hostile_sizes_take_no_time():
    """Quadratic work on any of these would take minutes."""
    size = 60_000
    for piece in (
        b'"',
        b"\\",
        b"<",
        b";",
        b",",
        b"a=",
        b" ",
        b"\t\r\n ",
        b"a ",
        b"SIP/2.0 ",
        b"\r",
        b"x:\r\n ",
        b"(",
        b"[",
        b"1",
    ):
        filler = piece * (size // len(piece))
        for field in (
            b"Via: ",
            b"From: ",
            b"Contact: ",
            b"WWW-Authenticate: ",
            b"CSeq: ",
            b"Content-Length: ",
            b"Warning: ",
            b"",
        ):
            read_everything(b"INVITE sip:a SIP/2.0\r\n" + field + filler + b"\r\n\r\n", 0)
        read_everything(b"INVITE " + filler + b" SIP/2.0\r\n\r\n", 0)
        read_everything(filler + b" SIP/2.0\r\n\r\n", 0)
        read_everything(b"SIP/2.0 " + filler, 0)
        read_everything(
            b"INVITE sip:a SIP/2.0\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n--x\r\n" + filler, 0
        )
        parse_sdp(b"v=0\nm=audio 1 RTP/AVP " + filler + b"\na=rtpmap:" + filler)
