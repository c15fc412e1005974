"""Calls whose messages hold what is never printed in full."""

LADDER = """
alice = 192.0.2.10:5060
bob   = 203.0.113.20:5060

0.0  alice -> bob  INVITE sip:bob:opensesame@example.com
     Authorization: Digest username="alice", realm="a", nonce="b", uri="sip:a", response="5ec4e7aa5ec4e7bb", cnonce="c11e47aac11e47bb"
     Contact: <sip:alice:opensesame@192.0.2.10>
     | v=0
     | o=- 1 1 IN IP4 192.0.2.10
     | s=-
     | c=IN IP4 192.0.2.10
     | t=0 0
     | k=clear:keyofthemedium
     | m=audio 4000 RTP/SAVP 0
     | a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:keyofthemediumkeyofthemediumkeyofthemed
0.1  alice <- bob  481
     Contact: <sip:bob:opensesame@203.0.113.20>
0.2  alice -> bob  ACK
0.3  alice -> bob  REGISTER sip:alice:opensesame@example.com
0.4  alice <- bob  404
0.5  alice -> bob  PUBLISH sip:alice:opensesame@example.com
0.6  alice <- bob  489
[capture ends 60]
"""

WORDS = ("opensesame", "5ec4e7aa5", "c11e47aac", "keyofthemedium")
"""Of each secret more than its first characters."""


def printed(text):
    """Those that are in a text."""
    return [word for word in WORDS if word in text]
