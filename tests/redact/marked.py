"""Messages in which everything that must not survive bears a mark: a name, number, host, address or secret that occurs nowhere else."""

NAME, USER, HOST, NUMBER = "Quillfeather", "wobblethorpe", "quokka", "0398765432"
SPACED, DASHED = "06 12 34 56 78", "00-15-65-a1-42-c3"
FOUR, SIX, SECRET = "203.0.113.77", "2001:db8::77:abcd", "5ecre7c0ffee5ecre7"
MARKS = tuple(
    mark.lower()
    for mark in (
        NAME,
        USER,
        HOST,
        NUMBER,
        NUMBER[1:],
        NUMBER[-8:],
        FOUR,
        SIX,
        SECRET,
        "77:abcd",
        "0.113.77",
        "opensesame",
        SPACED,
        SPACED[:8],
        SPACED[-8:],
        DASHED,
        DASHED[:8],
        "9876-5432",
        "9876 5432",
        "zwölfter",
    )
)

_HEAD = f"""\
Via: SIP/2.0/UDP {FOUR}:5060;branch=z9hG4bK{SECRET};received={FOUR};rport=5060
v : SIP / 2.0 / TCP sip.{HOST}.example.org : 5061;branch=z9hG4bK-{USER}-{FOUR};maddr={FOUR}
Max-Forwards: 70
From: "{NAME} Zwölfter" <sip:+81{NUMBER[1:]};phone-context={HOST}.org@{HOST}.example.org:5060;user=phone>;tag={USER}.{FOUR}
t: {NAME} <sips:{USER}%40{HOST}:opensesame@[{SIX}]:5061;transport=tcp?Subject={NAME}&Replaces={SECRET}%40{FOUR}%3Bto-tag%3D{SECRET}>
Call-ID: {SECRET}-{USER}@{FOUR}
CSeq: 1 INVITE
m: sip:{USER}@{HOST}:5060;q=0.7;expires=60, <sip:{NUMBER}@{FOUR}>;+sip.instance="<urn:uuid:{SECRET}>";reg-id=1
Record-Route: <sip:{HOST}.example.org;lr;{USER};did={SECRET}>
Authorization: Digest username="{USER}@{HOST}.org", realm="{HOST}.org", nonce="{SECRET}==", uri="sip:{HOST}.org", response="{SECRET}",
 opaque="{SECRET}", cnonce={SECRET}, nc=00000001, qop=auth, algorithm=MD5
Proxy-Authorization: Basic {SECRET}OPENSESAME
Proxy-Authorization: Bearer {SECRET}.{SECRET}
Identity: {SECRET}.{SECRET};info=<https://cert.{HOST}.org/{NAME}.crt>;alg=ES256;ppt=shaken
P-Asserted-Identity: "{NAME}" <tel:+81-3-9876-5432>, <tel:{NUMBER};phone-context=+81;ext={USER}>
Remote-Party-ID: "{NAME}" <sip:{USER}@{FOUR}>;party=calling;privacy=full;screen=yes
Diversion: <sip:{NUMBER}@{HOST}.org>;reason=user-busy;counter=1
History-Info: <sip:{USER}@{HOST}.org?Reason=SIP%3Bcause%3D302%3Btext%3D%22{NAME}%22>;index=1.1
Warning: 399 {USER} "{SPACED} and {DASHED} are busy"
Warning: 399 {HOST}.org:5060 "Line of {NAME} at {FOUR} is busy", 370 {USER} "{NUMBER}"
Reason: Q.850;cause=16;text="{NAME} hung up on {NUMBER}"
Subject: About {NAME}
 and {USER} (folded), call +81 3 9876 5432
Organization: {NAME} and sons
Call-Info: <http://www.{HOST}.org/{USER}/photo.jpg>;purpose=icon
Geolocation: <sip:{USER}@{HOST}.org>;inserted-by={HOST}, <cid:{SECRET}@{HOST}>
User-Agent: Heron Desk 3.2 00:15:65:ab:cd:ef {SECRET} ({USER}@{HOST}.org) {FOUR}
User-Agent: Heron/[{SIX}] {SIX} +81 3 9876 5432
Server: Heron 03-9876-5432, 03 9876 5432
P-Access-Network-Info: 3GPP-E-UTRAN-FDD; utran-cell-id-3gpp={SECRET}
P-Charging-Vector: icid-value={SECRET};icid-generated-at={FOUR};orig-ioi={HOST}.org
X-Unheard-Of: no field of ours, {NAME}
X-Unknown: {NAME}, {USER}@{HOST}.org, {NUMBER}, {FOUR}, [{SIX}], "{SECRET}", <{USER}>, \\"{NAME}\\"
Supported: 100rel, {USER}@{HOST}
{NAME} {NUMBER} this line is no header field
"{NAME}": neither is this
 {USER} folded onto it
Expires: {NUMBER}
Min-SE: +81{NUMBER[1:]}
Date: {NAME}
Retry-After: 18000;duration=3600 ({NAME} is in a meeting)
"""

_SDP = f"""\
v=0
o={USER} 2890844526 2890844526 IN IP4 {FOUR}
s=Talk with {NAME}
i={NAME}
u=http://www.{HOST}.org/{USER}
e={USER}@{HOST}.org ({NAME})
p=+81-3-9876-5432
c=IN IP4 {FOUR}
k=clear:{SECRET}
t=0 0
m=audio 49170 RTP/SAVP 0 8 97
a=rtpmap:97 opus/48000/2
a=fmtp:97 local={FOUR};other={SIX};third={FOUR}
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{SECRET}{SECRET}|2^20|1:32
a=ice-ufrag:{SECRET}
a=ice-pwd:{SECRET}{SECRET}
a=fingerprint:sha-256 5E:CR:E7:{SECRET}
a=candidate:1 1 UDP 2130706431 {FOUR} 49170 typ srflx raddr {SIX} rport 8998 ufrag {SECRET}
a=rtcp:49171 IN IP4 {FOUR}
a=ssrc:1234 cname:{USER}@{HOST}
a=msid:{SECRET} {USER}
a=label:{USER}
a=x-{USER}:{NAME}
a=sendrecv
{NAME} is no line of SDP
"""

_XML = f"""<?xml version="1.0"?><presence entity="sip:{USER}@{HOST}.org"><note>{NAME} {NUMBER}</note></presence>\n"""


def _message(start, body="", kind=""):
    head = start + "\n" + _HEAD
    if body:
        head += f"Content-Type: {kind}\n"
    octets = body.replace("\n", "\r\n").encode()
    return (head + f"Content-Length: {len(octets)}\n\n").replace("\n", "\r\n").encode() + octets


_PARTS = f"""\
This is for {NAME}
--part-{USER}
Content-Type: application/sdp
Content-ID: <{SECRET}@{HOST}>

{_SDP}
--part-{USER}
Content-Type: application/pidf+xml

{_XML}
--part-{USER}--
Good bye, {NAME}
"""

_ISUP = b"\x01\x00\x60\x01\x0a\x00\x02\x09\x07" + NUMBER.encode() + b"\x83\x90\x89\x67\x45\x23"

MARKED = (
    _message(f"INVITE sip:{USER}@{HOST}.example.org;transport=udp SIP/2.0", _SDP, "application/sdp"),
    _message(f"INVITE tel:+81{NUMBER[1:]} SIP/2.0", _PARTS, f'multipart/mixed;boundary="part-{USER}"'),
    _message(
        f"MESSAGE <sip:{NUMBER}@[{SIX}]> SIP/2.0",
        f"Dear {NAME},\ncall {NUMBER} or {USER}@{HOST}.org\n",
        "text/plain",
    ),
    _message(
        f"NOTIFY im:{USER}@{HOST} SIP/2.0",
        f"SIP/2.0 200 {NAME}\nTo: <sip:{USER}@{HOST}>\n",
        "message/sipfrag;version=2.0",
    ),
    _message(f"PUBLISH sip:{USER}@{FOUR}:5060 SIP/2.0", _XML, "application/pidf+xml"),
    _message(f"SIP/2.0 404 No such user {NAME} at {HOST}.org {NUMBER}"),
    _message(f"SIP/2.0 299 {USER}"),
    _message(
        f"INFO sip:{USER} {NAME}@{HOST} SIP/2.0", f"Signal={NUMBER}\nDuration=160\n", "application/dtmf-relay"
    ),
    _message("BYE sip:x@y SIP/2.0").replace(b"\r\n", b"\n"),
    _message("BYE sip:x@y SIP/2.0").replace(b"\r\n\r\n", b""),
    _message(f"BYE sip:{USER}@y SIP/2.0").replace("Zwölfter".encode(), "Zwölfter".encode("latin-1")),
    _message(f"INVITE sip:{USER}@{HOST} SIP/2.0") + b"trailing " + NAME.encode(),
    f"{NAME} wrote to {USER}@{HOST}.org from {FOUR}: {SECRET}".encode(),
    b"SIP/2.0 200 OK\r\nContent-Type: application/isup\r\nContent-Length: %d\r\n\r\n" % len(_ISUP) + _ISUP,
)
"""Well-formed, malformed and none."""
