"""Writes the captures that the race runs on: a carrier's session border controller and its customers' PBXs.

Takes the number of calls and of RTP packets per answered call; gives a pcap (µs, Ethernet, IPv4, UDP) in
time order, all checksums right; the same arguments give the same bytes. Of each 100 calls 2 stay on 100
Trying for good, 8 are busy and 90 are answered. Calls arrive at random, 50 a second on average. An answered
call lasts 20 to 60 s, so that more than two thousand overlap; with RTP it lasts as long as its voice does.
Memory holds the calls that are going on, never the capture.

Each call is a generator of packets in time order (`carrier`); a heap merges those that overlap. With `--tcp` or `--voices` it writes
so many packets without any SIP instead (`crowd`): TCP connections of every sort, or RTP streams.
"""

import argparse
import heapq
import random
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import crowd
from carrier import ANSWERED, BUSY, STUCK, Call, Packet

DATA = Path(__file__).parent / "data"
START = 1_760_000_000_000_000
"""The first call, in microseconds since 1970: 2025-10-09 08:53:20 UTC."""
ARRIVALS = 50
"""Calls a second."""


class Wire:
    """Frames datagrams: each host counts its own IP identification, as most stacks do."""

    def __init__(self) -> None:
        self.idents: dict[str, int] = {}
        self.heads: dict[tuple[str, str], tuple[bytes, bytes, int]] = {}

    def frame(self, packet: Packet) -> bytes:
        _, source, target, data = packet
        head = self.heads.get((source[0], target[0]))
        if head is None:
            head = self.heads[source[0], target[0]] = link_head(source[0], target[0])
        ethernet, addresses, address_sum = head
        ident = self.idents[source[0]] = (self.idents.get(source[0], 0) + 1) & 0xFFFF
        length = len(data) + 8
        # The ones' complement sum of 16-bit words is the number itself modulo 65535.
        ip_sum = (0x4500 + length + 20 + ident + 0x4000 + 0x4011 + address_sum) % 65535
        padded = data if len(data) % 2 == 0 else data + b"\0"
        udp_sum = (
            address_sum + 17 + 2 * length + source[1] + target[1] + int.from_bytes(padded, "big")
        ) % 65535
        return b"".join(
            (
                ethernet,
                struct.pack("!HHHHHH", 0x4500, length + 20, ident, 0x4000, 0x4011, 65535 - ip_sum),
                addresses,
                struct.pack("!HHHH", source[1], target[1], length, (65535 - udp_sum) or 65535),
                data,
            )
        )


def link_head(source: str, target: str) -> tuple[bytes, bytes, int]:
    """The Ethernet header, the two addresses, and what these add to both checksums."""
    near, far = (bytes(int(part) for part in host.split(".")) for host in (source, target))
    ethernet = b"\x02\x00" + far + b"\x02\x00" + near + b"\x08\x00"
    return ethernet, near + far, int.from_bytes(near + far, "big") % 65535


def calls(count: int, rtp: int) -> Iterator[Call]:
    """Calls in order of their first packet."""
    dice = random.Random(count * 1_000 + rtp)
    kinds = [STUCK] * 2 + [BUSY] * 8 + [ANSWERED] * 90
    dice.shuffle(kinds)
    start = START
    for number in range(count):
        start += int(dice.expovariate(ARRIVALS) * 1_000_000)
        yield Call(number, kinds[number % 100], start, rtp, random.Random(dice.getrandbits(64)))


def merged(arriving: Iterator[Call]) -> Iterator[Packet]:
    """The packets of all calls in time order, holding only the calls that go on."""
    going: list[tuple[int, int, Packet, Iterator[Packet]]] = []
    coming = next(arriving, None)
    number = 0
    while going or coming is not None:
        if coming is not None and (not going or coming.time <= going[0][0]):
            packets = coming.packets()
            heapq.heappush(going, (coming.time, number, next(packets), packets))
            number += 1
            coming = next(arriving, None)
            continue
        _, order, packet, packets = going[0]
        yield packet
        following = next(packets, None)
        if following is None:
            heapq.heappop(going)
        else:
            heapq.heapreplace(going, (following.time, order, following, packets))


def framed(packets: Iterator[Packet]) -> Iterator[crowd.Frame]:
    """The packets as frames."""
    wire = Wire()
    for packet in packets:
        yield packet.time, wire.frame(packet)


def write(path: Path, frames: Iterator[crowd.Frame], limit: int | None = None) -> int:
    """Write at most `limit` frames; return how many were written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    written = 0
    record = struct.Struct("<IIII").pack
    with part.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for time, frame in islice(frames, limit):
            seconds, micros = divmod(time, 1_000_000)
            out.write(record(seconds, micros, len(frame), len(frame)) + frame)
            written += 1
    part.replace(path)
    return written


def capture_path(count: int, rtp: int, limit: int | None = None) -> Path:
    """Where a capture of calls lives by default."""
    return DATA / f"calls-{count}-rtp-{rtp}{'' if limit is None else f'-first-{limit}'}.pcap"


def crowd_path(kind: str, count: int) -> Path:
    """Where a capture without SIP lives by default; the kind is `tcp` or `voices`."""
    return DATA / f"{kind}-{count}.pcap"


def main() -> None:
    options = argparse.ArgumentParser(description="Write a benchmark capture.")
    options.add_argument("--calls", type=int, default=50_000)
    options.add_argument(
        "--rtp", type=int, default=0, help="RTP packets per answered call, both ways together"
    )
    options.add_argument("--packets", type=int, help="stop after so many packets")
    options.add_argument("--tcp", type=int, metavar="PACKETS", help="so many packets of TCP without SIP")
    options.add_argument("--voices", type=int, metavar="PACKETS", help="so many packets of RTP")
    options.add_argument(
        "-o", "--output", type=Path, help="default: a name made of the numbers, in benchmarks/data/"
    )
    chosen = options.parse_args()
    if chosen.tcp:
        path, frames = crowd_path("tcp", chosen.tcp), crowd.connections(chosen.tcp, START)
    elif chosen.voices:
        path, frames = crowd_path("voices", chosen.voices), crowd.voices(chosen.voices, START)
    else:
        path = capture_path(chosen.calls, chosen.rtp, chosen.packets)
        frames = framed(merged(calls(chosen.calls, chosen.rtp)))
    path = chosen.output or path
    written = write(path, frames, chosen.packets)
    print(f"{path}: {written:,} packets, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
