"""A call with its media as packets, octet by octet: INVITE, 200, ACK, voice both ways, BYE, 200."""

import struct

from tests.support.captures import START, ipv4, udp

STEP = 20_000_000
ALICE, BOB = ("192.0.2.1", 5060), ("198.51.100.2", 5060)
ALICE_VOICE, BOB_VOICE = ("192.0.2.1", 4000), ("198.51.100.2", 6000)


def describe(host, port, *lines, kind="audio", proto="RTP/AVP", form="8"):
    family = "IP6" if ":" in host else "IP4"
    return "\r\n".join(
        (
            "v=0",
            f"o=- 1 1 IN {family} {host}",
            "s=-",
            f"c=IN {family} {host}",
            "t=0 0",
            f"m={kind} {port} {proto} {form}",
            *lines,
            "",
        )
    )


def request(
    method, call_id="one", *, cseq=1, sdp="", back=False, branch=None, user="bob", answered=True, fields=()
):
    tags = ("a", "b" if answered else "")
    near, far = tags if not back else tags[::-1]
    to = f"<sip:{user}@example.com>" + (f";tag={far}" if far else "")
    host = (BOB if back else ALICE)[0]
    lines = [
        f"{method} sip:{user}@example.com SIP/2.0",
        f"Via: SIP/2.0/UDP {host}:5060;branch=z9hG4bK{branch or f'{call_id}{method}{cseq}{int(back)}'}",
        f"From: <sip:alice@example.com>;tag={near}",
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        f"Contact: <sip:x@{host}>",
        "Max-Forwards: 70",
        *fields,
    ]
    return _message(lines, sdp)


def response(status, reason, method, call_id="one", *, cseq=1, sdp="", back=False, branch=None):
    tags = ("a", "b") if not back else ("b", "a")
    host = (BOB if back else ALICE)[0]
    lines = [
        f"SIP/2.0 {status} {reason}",
        f"Via: SIP/2.0/UDP {host}:5060;branch=z9hG4bK{branch or f'{call_id}{method}{cseq}{int(back)}'}",
        f"From: <sip:alice@example.com>;tag={tags[0]}",
        f"To: <sip:bob@example.com>;tag={tags[1]}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        f"Contact: <sip:x@{ALICE[0] if back else BOB[0]}>",
    ]
    return _message(lines, sdp)


def _message(lines, sdp):
    body = sdp.encode()
    kind = ["Content-Type: application/sdp"] if body else []
    return "\r\n".join((*lines, *kind, f"Content-Length: {len(body)}", "", "")).encode() + body


def packet(contents, source=ALICE, target=BOB, **more):
    return ipv4(udp(contents, source[1], target[1]), source=source[0], target=target[0], **more)


def voice(ssrc=7, kind=8, size=20):
    return b"\x80" + bytes([kind]) + struct.pack(">HII", 1, 160, ssrc) + bytes(size)


def call(call_id="one", *, start=START, user="bob", media=3, ports=(4000, 6000), status=200, step=STEP):
    """(time, packet) of a call; refused where `status` is no 200."""
    alice, bob = (ALICE[0], ports[0]), (BOB[0], ports[1])
    offer, answer = describe(*alice), describe(*bob)
    packets = [packet(request("INVITE", call_id, sdp=offer, answered=False, user=user))]
    if status != 200:
        packets += [
            packet(response(status, "No", "INVITE", call_id), BOB, ALICE),
            packet(request("ACK", call_id, branch=f"{call_id}INVITE10", user=user)),
        ]
    else:
        packets += [
            packet(response(200, "OK", "INVITE", call_id, sdp=answer), BOB, ALICE),
            packet(request("ACK", call_id, branch=f"{call_id}ACK", user=user)),
        ]
        for number in range(media):
            packets.append(packet(voice(ssrc=hash(ports) & 0xFFFF), alice, bob))
            packets.append(packet(voice(ssrc=hash(ports) & 0xFFF), bob, alice))
            if number == 0:
                packets.append(
                    packet(b"\x80\xc8\0\6" + bytes(24), (alice[0], alice[1] + 1), (bob[0], bob[1] + 1))
                )
        packets += [
            packet(request("BYE", call_id, cseq=2, user=user)),
            packet(response(200, "OK", "BYE", call_id, cseq=2), BOB, ALICE),
        ]
    return [(start + number * step, each) for number, each in enumerate(packets)]
