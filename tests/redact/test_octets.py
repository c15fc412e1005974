"""Any octets: as many come out, the parser makes the same of them, and nothing crashes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.redact import Redactor
from analyser.redact.messages import overwritten
from analyser.sip import Request, parse
from tests.redact.marked import MARKED, MARKS

REDACTOR = Redactor(b"k" * 32)


@st.composite
def damaged(draw):
    """One of the marked messages with something cut out of it, put into it or turned around in it."""
    data = draw(st.sampled_from(MARKED))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 40)))
    piece = draw(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from([b"\r\n", b"\n ", b'"', b"<", b">", b";", b"%", b":", b"\0", b"@", b""]),
        )
    )
    data = data[:start] + piece + data[end:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


@given(st.binary(max_size=400))
def test_random_octets(data):
    assert len(REDACTOR.octets(data)) == len(data)


@given(damaged())
def test_damaged_messages(data):
    redacted = REDACTOR.octets(data)
    before, after = parse(data), parse(redacted)

    assert len(redacted) == len(data)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert type(after) is type(before)
        assert after.body_at == before.body_at
        assert (after.cseq, after.content_length) == (before.cseq, before.content_length)
        assert bool(after.call_id) == bool(before.call_id)
        if isinstance(before, Request):
            assert (after.method == before.method) or not before.method.isalpha()
        else:
            assert after.status == before.status or before.status > 699


@pytest.mark.parametrize("data", MARKED, ids=lambda data: data[:30].decode("latin-1"))
def test_cut_anywhere_says_nothing(data):
    for end in range(len(data)):
        redacted = REDACTOR.octets(data[:end]).decode("latin-1").lower()

        assert not [mark for mark in MARKS if mark in redacted], data[max(0, end - 60) : end]


@pytest.mark.parametrize("data", MARKED, ids=lambda data: data[:30].decode("latin-1"))
def test_no_mark_survives(data):
    redacted = REDACTOR.octets(data)

    assert len(redacted) == len(data)
    assert not [mark for mark in MARKS if mark in redacted.decode("latin-1").lower()], redacted.decode(
        "latin-1"
    )
    assert redacted == Redactor(b"k" * 32).octets(data)
    assert b"sip:" not in data or redacted != Redactor(b"o" * 32).octets(data)


@pytest.mark.parametrize("data", MARKED, ids=lambda data: data[:30].decode("latin-1"))
def test_the_parser_finds_the_same_fault(data):
    before, after = parse(data), parse(REDACTOR.octets(data))

    if before is None:
        assert after is None
    else:
        assert after.defects == before.defects
        known = [name for name, _ in before.headers if "quillfeather" not in name.lower()]
        assert [name for name, _ in after.headers if name in known] == known


def test_what_tells_the_story_stays():
    lines = (
        "SIP/2.0 486 Busy Here\r\n",
        "CSeq: 314159 INVITE\r\n",
        'Reason: Q.850;cause=17;text="User busy"\r\n',
        "Supported: 100rel, timer, path\r\n",
        "User-Agent: Heron Desk 3.2\r\n",
        "Session-Expires: 1800;refresher=uac\r\n",
        "Event: presence\r\n",
        "Subscription-State: terminated;reason=timeout\r\n",
        "Retry-After: 120\r\n",
        "Content-Length: 0\r\n",
        "\r\n",
    )
    data = "".join(lines).encode()

    assert REDACTOR.octets(data) == data


@given(st.binary(max_size=200))
def test_overwritten_bodies_have_no_letter_left(data):
    left = overwritten(data)

    assert len(left) == len(data)
    assert not set(left.decode("latin-1")) & set(
        "abcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWYZ123456789"
    )


PIECES = {
    "a measure": "Expires:{}x",
    "a length": "Content-Length:{}x",
    "a reason": "Reason: SIP{};text",
    "credentials": "Authorization: Digest a{}b",
}
"""Of a million octets, which take an hour where the time grows with the square of their number."""


@pytest.mark.parametrize("field", PIECES.values(), ids=PIECES)
def test_long_white_space_in_a_field(field):
    head = "OPTIONS sip:a@b SIP/2.0\r\nCSeq: 1 OPTIONS\r\n" + field.format(" " * 1_000_000) + "\r\n\r\n"

    assert len(REDACTOR.octets(head.encode())) == len(head)


def test_long_white_space_in_a_description():
    head = "OPTIONS sip:a@b SIP/2.0\r\nCSeq: 1 OPTIONS\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"
    data = f"{head}a=candidate:1 1 UDP 1 host 1 typ host{' ' * 1_000_000}x\r\n"

    assert len(REDACTOR.octets(data.encode())) == len(data)


@pytest.mark.parametrize(
    ("names", "sentence", "expected"),
    [
        (["e"], "e: the file ends inside the record", "capture 1: the file ends inside the record"),
        (["-"], "a well-known sentence", "a well-known sentence"),
        (["capture", "1"], "1: as long as capture", "capture 2: as long as capture 1"),
        (["/home/wobble/a.pcap", "b.pcap"], "a.pcap and b.pcap end", "capture 1 and capture 2 end"),
        (["/home/wobble/a.pcap"], "/home/wobble/a.pcap: damaged", "capture 1: damaged"),
        (["(wobble).pcap"], "(wobble).pcap: damaged", "capture 1: damaged"),
        ([""], "damaged", "damaged"),
    ],
)
def test_whole_names_of_captures_in_a_sentence_are_replaced_once(names, sentence, expected):
    redactor = Redactor(b"k" * 32)
    redactor.inputs(names)

    assert redactor.note(sentence) == expected
