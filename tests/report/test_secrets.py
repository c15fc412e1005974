"""What opens a door is never printed in full."""

import pytest

from analyser.report.secrets import Apart, without_passwords, without_secrets

DIGEST = 'Digest username="alice", realm="a", nonce="n0nce", uri="sip:a", '

SECRETS = {
    "response": f'Authorization: {DIGEST}response="0123456789abcdef"',
    "unquoted": f"Proxy-Authorization: {DIGEST}response=0123456789abcdef, qop=auth",
    "spaced": f'authorization : {DIGEST}RESPONSE = "0123456789abcdef"',
    "folded": f'Authorization: {DIGEST}\r\n response="0123456789abcdef"',
    "client nonce with a comma": f'Authorization: {DIGEST}cnonce="0123,456789abcdef", qop=auth',
    "quoted pair": f'Authorization: {DIGEST}cnonce="0123\\"456789abcdef"',
    "cut by the capture": f'Authorization: {DIGEST}response="0123456789abcd',
    "answer of the server": 'Authentication-Info: rspauth="0123456789abcdef", nc=1',
    "session keys": 'WWW-Authenticate: Digest realm="a", ik="0123456789abcdef", ck="0123456789abcdef"',
    "basic": "Authorization: Basic 0123456789abcdef==",
    "bearer": "Authorization: Bearer 0123.456789abcdef",
    "key of a medium": "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:0123456789abcdef|2^20|1:4",
    "two keys": "a=crypto:1 AES inline:0123456789abcdef|2^20;inline:0123456789abcdef",
    "MIKEY": "a=key-mgmt:mikey 0123456789abcdef",
    "key in the clear": "k=clear:0123456789abcdef",
    "ICE": "a=ice-pwd:0123456789abcdef",
    "semicolons between": 'Authorization: Digest username="alice";response="0123456789abcdef"',
    "password of a URI": "Contact: <sip:alice:0123456789abcdef@192.0.2.1:5060;lr>",
    "password behind a parameter": "Contact: <sip:+81312;phone-context=x:0123456789abcdef@192.0.2.1>",
    "long password": f"Contact: <sip:alice:0123456789abcdef{'x' * 1000}@192.0.2.1>",
    "long user": f"Contact: <sip:{'alice' * 1000}:0123456789abcdef@192.0.2.1>",
    "no brackets": "To:sip:alice:0123456789abcdef@192.0.2.1",
}


@pytest.mark.parametrize("line", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("short", [None, Apart()], ids=["ellipsis", "told apart"])
def test_a_secret_is_shortened(line, short):
    message = f"REGISTER sip:a SIP/2.0\r\nVia: x\r\n{line}\r\nSubject: after\r\n\r\n"

    shown = without_secrets(message, short) if short else without_secrets(message)

    assert "456789" not in shown
    assert "0123" in shown
    assert shown.endswith("\r\nSubject: after\r\n\r\n")


OPEN = [
    'WWW-Authenticate: Digest realm="somewhere", nonce="0123456789abcdef", qop="auth"',
    "Contact: <sip:alice@192.0.2.1:5060;transport=tcp>",
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK0123456789",
    "From: <sip:192.0.2.1:5060>;tag=response=0123456789",
    "a=fingerprint:SHA-1 00:11:22:33:44:55",
]


@pytest.mark.parametrize("line", OPEN)
def test_what_is_no_secret_stays(line):
    message = f"REGISTER sip:a SIP/2.0\r\n{line}\r\n\r\n"

    assert without_secrets(message) == message


def test_the_same_secret_is_shown_alike_and_another_one_apart():
    short = Apart()

    assert [short("0123aa"), short("0123bb"), short("0123aa"), short("0123")] == [
        "0123...",
        "0123...2",
        "0123...",
        "0123",
    ]


def test_a_password_in_a_sentence_is_shortened():
    text = "it went to sip:bob:secret-word@example.com, and to sip:example.com:5060"

    assert without_passwords(text) == "it went to sip:bob:secr…@example.com, and to sip:example.com:5060"


@pytest.mark.parametrize(
    "text",
    [
        "sip:a:" * 20_000 + "@",
        "a" * 1_000_000 + " @",
        'Authorization: response="' + "\\" * 100_000,
        "\nk=a:" * 20_000,
        "\ninline:" * 20_000,
    ],
)
def test_nonsense_takes_no_longer_than_its_length(text):
    assert without_secrets(f"X\r\n{text}").startswith("X")
