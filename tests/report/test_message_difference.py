"""Two messages are compared by what they mean."""

import pytest

from analyser.report import message_fields
from analyser.report.message_difference import message_differences, passed_over
from analyser.sip import parse

SDP = (
    "v=0\r\no=alice 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    "m=audio {port} {profile} {formats}\r\na=rtpmap:96 opus/48000/2\r\n{lines}"
)


def invite(*fields, uri="sip:bob@example.com", sdp="", status=""):
    start = status or f"INVITE {uri} SIP/2.0"
    head = [start, *fields]
    if sdp:
        head.append("Content-Type: application/sdp")
    head.append(f"Content-Length: {len(sdp)}")
    message = parse(("\r\n".join(head) + "\r\n\r\n" + sdp).encode())
    assert message is not None
    return message


def description(host="192.0.2.10", port=4000, profile="RTP/AVP", formats="0 8", lines=""):
    return SDP.format(host=host, port=port, profile=profile, formats=formats, lines=lines)


def names(one, other, *roles):
    return [found.name for found in message_differences(one, other, *roles)]


BASE = (
    "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKa;rport",
    "From: Alice <sip:alice@example.com>;tag=a",
    "To: <sip:bob@example.com>",
    "Call-ID: a",
    "CSeq: 1 INVITE",
)


def changed(**fields):
    """The base with some fields otherwise: `from_="..."` replaces From; new names are added."""
    wanted = {name.strip("_").replace("_", "-").lower(): value for name, value in fields.items()}
    kept = [line for line in BASE if line.partition(":")[0].lower() not in wanted]
    return invite(*kept, *(f"{name}: {value}" for name, value in wanted.items()))


@pytest.mark.parametrize(
    "same",
    [
        {"via": "SIP / 2.0 / UDP 192.0.2.10;rport;branch=z9hG4bKother"},
        {"from_": '"Alice" <sip:alice@EXAMPLE.com:5060>;tag=zzz'},
        {"call_id": "other@host"},
        {"cseq": "4711 INVITE"},
    ],
    ids=str,
)
def test_what_differs_always_or_is_only_spelt_otherwise_is_no_difference(same):
    assert names(invite(*BASE), changed(**same)) == []


def test_compact_forms_and_case_are_folded():
    one = invite(*BASE, "Supported: timer, 100rel", "Session-Expires: 1800;refresher=uac")
    other = invite(*BASE, "k: 100REL,Timer", "X: 1800 ; Refresher=uac")

    assert names(one, other) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"from_": "Alice <sip:alice@example.net>;tag=a"}, "From"),
        ({"from_": "Bob <sip:alice@example.com>;tag=a"}, "From"),
        ({"to": "<sip:bob@example.com;user=phone>"}, "To"),
        ({"via": "SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bKa;rport"}, "Via"),
        ({"via": "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKa"}, "Via"),
        ({"user_agent": "Heron"}, "User-Agent"),
        ({"subject": "x"}, "Subject"),
        ({"date": "Sat, 13 Nov 2010 23:29:00 GMT"}, "Date"),
    ],
    ids=str,
)
def test_what_means_something_else_is_named(change, name):
    assert names(invite(*BASE), changed(**change)) == [name]


def test_lists_without_order_tell_what_each_has_alone():
    one = invite(*BASE, "Supported: 100rel, timer", "Allow: INVITE, ACK, BYE")
    other = invite(*BASE, "Supported: timer, path", "Allow: ACK, INVITE, BYE")

    [found] = message_differences(one, other)

    assert found[:5] == ("header", "Supported", "100rel", "path", True)


def test_ephemeral_ports_are_one_as_good_as_another():
    one = invite(*BASE, "Contact: <sip:alice@192.0.2.10:50001;transport=tcp>")

    assert names(one, invite(*BASE, "Contact: <sip:alice@192.0.2.10:61234;transport=tcp>")) == []
    assert names(one, invite(*BASE, "Contact: <sip:alice@192.0.2.10:5070;transport=tcp>")) == ["Contact"]


def test_the_elements_count_by_their_part():
    one = invite(*BASE, "Contact: <sip:alice@192.0.2.10>", sdp=description("192.0.2.10"))
    fields = [line.replace("192.0.2.10", "203.0.113.7") for line in BASE]
    other = invite(*fields, "Contact: <sip:alice@203.0.113.7>", sdp=description("203.0.113.7", 6000))
    behind_nat = invite(*fields, "Contact: <sip:alice@10.0.0.5>", sdp=description("10.0.0.5"))
    roles = {"192.0.2.10": "caller"}, {"203.0.113.7": "caller"}

    assert names(one, other, *roles) == []
    assert names(one, other) == ["Via", "Contact", "audio address"]
    assert names(one, behind_nat, *roles) == ["Contact", "audio address"]


SECRET = "0123456789abcdef0123456789abcdef"


def test_challenges_and_credentials_without_what_opens_a_door():
    digest = 'Digest username="{}", realm="example.com", nonce="{}", uri="sip:x", response="' + SECRET + '"'
    one = invite(
        *BASE, f"Authorization: {digest.format('alice', 'n1')}", "Proxy-Authorization: Basic YWxpY2U6c2VjcmV0"
    )
    same = invite(
        *BASE, f"Authorization: {digest.format('alice', 'n2')}", "Proxy-Authorization: Basic Ym9iOnNlY3JldA=="
    )
    other = invite(
        *BASE,
        f"Authorization: {digest.format('erin', 'n3')}",
        'Authentication-Info: rspauth="' + SECRET + '"',
    )

    assert names(one, same) == []
    found = message_differences(one, other)
    assert [difference.name for difference in found] == [
        "Authorization",
        "Proxy-Authorization",
        "Authentication-Info",
    ]
    assert found[0].one == 'Digest username="alice", realm="example.com"'.replace(
        'username="alice", realm="example.com"', 'realm="example.com", username="alice"'
    )
    assert not [text for text in (SECRET, "YWxpY2U6c2VjcmV0") if text in repr(found)]


def test_the_password_of_a_uri_and_the_keys_of_sdp_are_not_shown():
    one = invite(
        *BASE,
        uri="sip:alice:geheimnis@example.com",
        sdp=description(lines=f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{SECRET}\r\n"),
    )
    other = invite(
        *BASE,
        uri="sip:bob:geheimnis@example.com",
        sdp=description(lines=f"a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:{SECRET}\r\n"),
    )

    found = message_differences(one, other)

    assert [difference.name for difference in found] == ["Request-URI", "audio crypto"]
    assert found[1][2:4] == ("AES_CM_128_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_80")
    assert "geheimnis" not in repr(found)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"formats": "8 0"}, ["audio codecs"]),
        ({"formats": "0 8 96"}, ["audio codecs"]),
        ({"profile": "RTP/SAVP"}, ["audio profile"]),
        ({"lines": "a=sendonly\r\n"}, ["audio direction"]),
        ({"lines": "a=ptime:40\r\n"}, ["audio ptime"]),
        ({"lines": "a=fmtp:96 useinbandfec=1; stereo=0\r\n"}, ["audio format OPUS"]),
        ({"lines": "a=rtcp-mux\r\na=setup:actpass\r\n"}, ["audio rtcp-mux", "audio setup"]),
        ({"lines": "a=ice-ufrag:x\r\na=candidate:1 1 UDP 1 192.0.2.10 4000 typ host\r\n"}, ["audio ICE"]),
        ({"host": "0.0.0.0"}, ["audio address"]),
        ({"port": 0}, ["audio port"]),
        ({"port": 6000}, []),
        ({"lines": "m=video 5000 RTP/AVP 34\r\n"}, ["SDP"]),
    ],
    ids=str,
)
def test_session_descriptions(change, expected):
    assert names(invite(*BASE, sdp=description()), invite(*BASE, sdp=description(**change))) == expected


def test_a_message_without_sdp_beside_one_with_it():
    one, other = invite(*BASE, sdp=description()), invite(*BASE)

    assert names(one, other) == ["Content-Type", "SDP"]
    assert names(other, one) == ["Content-Type", "SDP"]


def test_two_media_of_one_kind_are_told_apart():
    lines = "m=audio {} RTP/AVP 0\r\n"
    one = invite(*BASE, sdp=description(lines=lines.format(5000)))

    assert names(one, invite(*BASE, sdp=description(lines=lines.format(0)))) == ["audio 2 port"]


def test_another_body_is_told_by_its_length():
    def message(body):
        text = (
            "\r\n".join(["MESSAGE sip:x SIP/2.0", *BASE, f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body
        )
        return parse(text.encode())

    [found] = message_differences(message("hello"), message("goodbye"))

    assert found[:4] == ("body", "body", "5", "7")


def test_what_was_passed_over_is_told():
    assert passed_over(invite(*BASE), invite(*BASE, "Date: x")) == [
        "Via branch",
        "From tag",
        "To tag",
        "Call-ID",
        "CSeq number",
        "Content-Length",
        "Date",
    ]


def test_fields_beyond_the_bound_are_counted(monkeypatch):
    monkeypatch.setattr(message_fields, "MAX_FIELDS", 3)

    assert names(invite(*BASE), invite(*BASE, "X-1: a")) == ["further header fields"]
