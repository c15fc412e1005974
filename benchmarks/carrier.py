"""One call between a customer's PBX and a carrier's session border controller, as datagrams in time order.

Takes the call's number, kind, start and a source of chance; gives `Packet`s. Every call has its own Call-ID,
tags, branches and media ports. The messages follow RFC 3261 §17 and §13 (an ACK to a 486 repeats the branch
of the INVITE, an ACK to a 200 has its own), the media RFC 3550 and G.711 in 20 ms frames.
"""

import random
import struct
from collections.abc import Iterator
from typing import NamedTuple

RTP_STEP = 20_000
"""Microseconds between two packets of a stream: G.711 in 20 ms frames."""
STUCK, BUSY, ANSWERED = range(3)
SBC = "203.0.113.10"
SBC_MEDIA = [f"203.0.113.{n}" for n in range(32, 40)]
PBXS = [f"198.51.100.{n}" for n in range(11, 31)]
AGENTS = [
    "Asterisk PBX 20.9.3",
    "FreeSWITCH-mod_sofia/1.10.12",
    "3CXPhoneSystem 20.0.3.884",
    "Mitel-5000-ICP-6.3.9",
]

SDP = """v=0\r
o=- {session} {session} IN IP4 {host}\r
s=-\r
c=IN IP4 {host}\r
t=0 0\r
m=audio {port} RTP/AVP {formats}\r
a=rtpmap:8 PCMA/8000\r
a=rtpmap:0 PCMU/8000\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-16\r
a=ptime:20\r
a=sendrecv\r
"""

REQUEST = """{method} {uri} SIP/2.0\r
Via: SIP/2.0/UDP {host}:5060;branch=z9hG4bK{branch};rport\r
Max-Forwards: 70\r
From: {near}\r
To: {far}\r
Call-ID: {call_id}\r
CSeq: {cseq} {method}\r
{extra}Content-Length: {length}\r
\r
{body}"""

RESPONSE = """SIP/2.0 {status}\r
Via: SIP/2.0/UDP {host}:5060;branch=z9hG4bK{branch};rport=5060;received={host}\r
From: {near}\r
To: {far}\r
Call-ID: {call_id}\r
CSeq: {cseq} {method}\r
{extra}Content-Length: {length}\r
\r
{body}"""

ALLOW = "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, PRACK, UPDATE\r\n"


class Packet(NamedTuple):
    """A datagram to be: framed only when its turn comes, so that each host's IP identification counts up."""

    time: int
    source: tuple[str, int]
    target: tuple[str, int]
    data: bytes


class Call:
    """One call between a PBX and the border controller, either of which may be the caller."""

    def __init__(self, number: int, kind: int, start: int, rtp: int, dice: random.Random) -> None:
        self.kind, self.time, self.rtp, self.dice = kind, start, rtp, dice
        pbx = number % len(PBXS)
        customer = (
            PBXS[pbx],
            PBXS[pbx],
            10_000 + number // len(PBXS) % 10_000 * 2,
            AGENTS[pbx % len(AGENTS)],
        )
        media = number % len(SBC_MEDIA)
        carrier = (
            SBC,
            SBC_MEDIA[media],
            20_000 + number // len(SBC_MEDIA) % 20_000 * 2,
            "Carrier-SBC 9.2.0p6",
        )
        outbound = dice.random() < 0.7
        caller, callee = (customer, carrier) if outbound else (carrier, customer)
        self.hosts = (caller[0], callee[0])
        self.media = ((caller[1], caller[2]), (callee[1], callee[2]))
        self.agents = (caller[3], callee[3])
        self.users = tuple(f"+441632960{dice.randrange(1000):03d}" for _ in range(2))
        self.tags = tuple(f"{dice.getrandbits(40):010x}" for _ in range(2))
        self.call_id = f"{dice.getrandbits(96):024x}@{caller[0]}"
        self.cseq = dice.randrange(1, 30_000)

    def wait(self, least: float, most: float) -> None:
        """Let between `least` and `most` seconds pass."""
        self.time += int((least + (most - least) * self.dice.random()) * 1_000_000)

    def packets(self) -> Iterator[Packet]:
        invite = self.branch()
        yield self.request("INVITE", 0, invite, self.offer(0))
        self.wait(0.001, 0.025)
        yield self.response("100 Trying", "INVITE", 0, invite, tagged=False)
        if self.kind == STUCK:
            return
        if self.kind == ANSWERED or self.dice.random() < 0.5:
            self.wait(0.3, 2.5)
            yield self.response("180 Ringing", "INVITE", 0, invite)
        if self.kind == BUSY:
            self.wait(0.05, 6.0)
            yield self.response("486 Busy Here", "INVITE", 0, invite)
            self.wait(0.001, 0.02)
            yield self.request("ACK", 0, invite)
            return
        self.wait(1.5, 12.0)
        yield self.response("200 OK", "INVITE", 0, invite, self.offer(1))
        self.wait(0.001, 0.03)
        yield self.request("ACK", 0, self.branch())
        if self.rtp:
            yield from self.talk()
        else:
            self.wait(20.0, 60.0)
        yield from self.bye()

    def bye(self) -> Iterator[Packet]:
        side = int(self.dice.random() < 0.4)
        branch = self.branch()
        self.cseq += 1
        yield self.request("BYE", side, branch)
        self.wait(0.001, 0.02)
        yield self.response("200 OK", "BYE", side, branch)

    def talk(self) -> Iterator[Packet]:
        """Both ways of the voice, a packet each way every 20 ms, the callee's half a step behind."""
        voices = (self.voice(), self.voice())
        start = self.time + 1_000
        for n in range(self.rtp):
            self.time = start + n * (RTP_STEP // 2) + self.dice.randrange(900)
            source, target = self.media[n % 2], self.media[1 - n % 2]
            yield Packet(self.time, source, target, next(voices[n % 2]))
        self.wait(0.02, 0.3)

    def voice(self) -> Iterator[bytes]:
        """The packets of one stream: A-law, the marker bit on the first."""
        ssrc, sequence, stamp = (self.dice.getrandbits(bits) for bits in (32, 16, 32))
        sound = self.dice.randbytes(160)
        marker = 0x88
        while True:
            head = struct.pack("!BBHII", 0x80, marker, sequence, stamp, ssrc)
            yield head + sound
            sequence, stamp, marker = (sequence + 1) & 0xFFFF, (stamp + 160) & 0xFFFFFFFF, 0x08

    def branch(self) -> str:
        return f"{self.dice.getrandbits(64):016x}"

    def offer(self, side: int) -> str:
        host, port = self.media[side]
        formats = "8 101" if side else "8 0 101"
        text = SDP.format(session=self.time // 1_000_000 + side, host=host, port=port, formats=formats)
        return text.replace("a=rtpmap:0 PCMU/8000\r\n", "") if side else text

    def party(self, side: int, *, tagged: bool = True) -> str:
        tag = f";tag={self.tags[side]}" if tagged else ""
        return f"<sip:{self.users[side]}@{self.hosts[side]}>{tag}"

    def contact(self, side: int) -> str:
        return f"sip:{self.users[side]}@{self.hosts[side]}:5060;transport=udp"

    def request(self, method: str, side: int, branch: str, body: str = "") -> Packet:
        """A request from the caller (side 0) or the callee (side 1)."""
        final = self.kind == ANSWERED and method != "INVITE"
        uri = self.contact(1 - side) if final else f"sip:{self.users[1 - side]}@{self.hosts[1 - side]}"
        extra = f"User-Agent: {self.agents[side]}\r\n"
        if method == "INVITE":
            extra = (
                f"Contact: <{self.contact(side)}>\r\n{extra}{ALLOW}Supported: timer, replaces, 100rel\r\n"
                f"Session-Expires: 1800\r\nMin-SE: 90\r\n"
                f"P-Asserted-Identity: <sip:{self.users[side]}@{self.hosts[side]}>\r\n"
                "Content-Type: application/sdp\r\n"
            )
        text = REQUEST.format(
            method=method, uri=uri, host=self.hosts[side], branch=branch, near=self.party(side),
            far=self.party(1 - side, tagged=method != "INVITE"), call_id=self.call_id, cseq=self.cseq,
            extra=extra, length=len(body), body=body,
        )  # fmt: skip
        return self.send(side, text)

    def response(
        self, status: str, method: str, side: int, branch: str, body: str = "", *, tagged: bool = True
    ) -> Packet:
        """The answer to a request that `side` sent."""
        extra = f"Server: {self.agents[1 - side]}\r\n"
        if method == "INVITE" and tagged and status[0] in "12":
            extra = f"Contact: <{self.contact(1 - side)}>\r\n{extra}{ALLOW}"
        if body:
            extra += "Supported: timer, replaces\r\nRequire: timer\r\nSession-Expires: 1800;refresher=uac\r\n"
            extra += "Content-Type: application/sdp\r\n"
        text = RESPONSE.format(
            status=status, method=method, host=self.hosts[side], branch=branch, near=self.party(side),
            far=self.party(1 - side, tagged=tagged), call_id=self.call_id, cseq=self.cseq,
            extra=extra, length=len(body), body=body,
        )  # fmt: skip
        return self.send(1 - side, text)

    def send(self, side: int, text: str) -> Packet:
        return Packet(self.time, (self.hosts[side], 5060), (self.hosts[1 - side], 5060), text.encode("ascii"))
