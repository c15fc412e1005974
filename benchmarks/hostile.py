"""Writes captures that were made to hurt: each drives one table, list or buffer as far as a sender can.

`python benchmarks/hostile.py` writes all of them to benchmarks/data/hostile/, `… NAME --count N` one of them with N
steps. The same arguments give the same bytes. `endure.py` runs the analyser over them.
"""

import argparse
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent / "data" / "hostile"
START = 1_760_000_000_000_000
"""Of the first packet, in microseconds since 1970: 2025-10-09 08:53:20 UTC."""
UDP, TCP, IP_IN_IP = 17, 6, 4
SYN, ACK = 0x02, 0x10
ALICE, BOB = "192.0.2.10", "198.51.100.20"

Packet = tuple[int, bytes]
"""Microseconds since the first packet, and an Ethernet frame."""


def address(number: int) -> str:
    """A host of 10.0.0.0/8."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def ip(source: str, target: str, protocol: int, contents: bytes, ident: int = 0, fragment: int = 0) -> bytes:
    ends = bytes(int(part) for host in (source, target) for part in host.split("."))
    head = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(contents), ident & 0xFFFF, fragment, 64, protocol)
    total = sum(struct.unpack("!10H", head + b"\0\0" + ends)) % 65535
    return head + struct.pack("!H", 65535 - total) + ends + contents


def ethernet(packet: bytes) -> bytes:
    return b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + packet


def datagram(source: str, target: str, data: bytes, ident: int, port: int = 5060) -> bytes:
    """A datagram without a checksum, which IPv4 allows."""
    return ethernet(ip(source, target, UDP, struct.pack("!HHHH", port, 5060, 8 + len(data), 0) + data, ident))


def segment(source: str, port: int, sequence: int, data: bytes, flags: int = ACK) -> bytes:
    head = struct.pack("!HHIIBBHHH", port, 5060, sequence % 2**32, 0, 5 << 4, flags, 65535, 0, 0)
    return ethernet(ip(source, BOB, TCP, head + data))


def request(
    method: str, call_id: str, cseq: int, branch: str, *, tag: str = "a", to_tag: str = "", fields: str = ""
) -> bytes:
    return (
        f"{method} sip:bob@{BOB} SIP/2.0\r\nVia: SIP/2.0/UDP {ALICE};branch=z9hG4bK{branch}\r\n"
        f"From: <sip:alice@{ALICE}>;tag={tag}\r\nTo: <sip:bob@{BOB}>{';tag=' + to_tag if to_tag else ''}\r\n"
        f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n{fields}Content-Length: 0\r\n\r\n"
    ).encode()


def response(
    status: str, method: str, call_id: str, cseq: int, branch: str, *, to_tag: str = "b", fields: str = ""
) -> bytes:
    return (
        f"SIP/2.0 {status}\r\nVia: SIP/2.0/UDP {ALICE};branch=z9hG4bK{branch}\r\n"
        f"From: <sip:alice@{ALICE}>;tag=a\r\nTo: <sip:bob@{BOB}>;tag={to_tag}\r\n"
        f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n{fields}Content-Length: 0\r\n\r\n"
    ).encode()


def strangers(method: str, fields: str = "") -> Callable[[int], Iterator[Packet]]:
    """Requests of one method that nobody answers, each with a Call-ID of its own."""

    def packets(count: int) -> Iterator[Packet]:
        for number in range(count):
            data = request(method, f"{number:x}@{ALICE}", 1, f"{number:x}", fields=fields)
            if method == "PUBLISH":  # a publication is told by its resource
                data = data.replace(b"sip:bob@", b"sip:b%x@" % number, 1)
            yield number * 100, datagram(ALICE, BOB, data, number)

    return packets


def sources(count: int) -> Iterator[Packet]:
    """OPTIONS from as many hosts, each refused."""
    for number in range(count):
        host, name = address(number), f"{number:x}"
        yield number * 200, datagram(host, BOB, request("OPTIONS", name, 1, name), number)
        yield number * 200 + 50, datagram(BOB, host, response("403 No", "OPTIONS", name, 1, name), number)


def half_open(count: int) -> Iterator[Packet]:
    """TCP connections that begin a message each and never end it."""
    beginning = request("INVITE", "half", 1, "half")[:180]
    for number in range(count):
        host, port = address(number >> 14), 1024 + (number & 0x3FFF)
        yield number * 200, segment(host, port, 99, b"", SYN)
        yield number * 200 + 50, segment(host, port, 100, beginning)


def first_fragments(count: int) -> Iterator[Packet]:
    """First fragments of datagrams whose rest never comes."""
    part = struct.pack("!HHHH", 5060, 5060, 1600, 0) + request("INVITE", "part", 1, "part")[:184]
    for number in range(count):
        yield number * 50, ethernet(ip(address(number >> 16), BOB, UDP, part, number, 0x2000))


def over_tcp(data: bytes) -> Iterator[Packet]:
    yield 0, segment(ALICE, 40_000, 99, b"", SYN)
    for number, at in enumerate(range(0, len(data), 1400)):
        yield 100 + number * 100, segment(ALICE, 40_000, 100 + at, data[at : at + 1400])


def long_header(count: int) -> Iterator[Packet]:
    """One header field of as many octets, over TCP, and a sound message behind it."""
    long = request("OPTIONS", "long", 1, "long", fields=f"Subject: {'x' * count}\r\n")
    return over_tcp(long + request("OPTIONS", "after", 1, "after"))


def many_fields(count: int) -> Iterator[Packet]:
    """One message of as many header fields, over TCP."""
    return over_tcp(
        request("OPTIONS", "many", 1, "many", fields="".join(f"X{n:x}:\r\n" for n in range(count)))
    )


def tunnels(count: int) -> Iterator[Packet]:
    """IP in IP, as often as fits into a packet, around one message."""
    inner = ip(ALICE, BOB, UDP, b"\x13\xc4\x13\xc4\0\x08\0\0")
    for depth in range(3000):
        inner = ip(address(depth), BOB, IP_IN_IP, inner)
    for number in range(count):
        yield number * 100, ethernet(inner)


def one_dialog(count: int) -> Iterator[Packet]:
    """A call in which INFO after INFO is sent and answered."""
    yield 0, datagram(ALICE, BOB, request("INVITE", "dialog", 1, "i"), 1)
    yield 10_000, datagram(BOB, ALICE, response("200 OK", "INVITE", "dialog", 1, "i"), 1)
    yield 20_000, datagram(ALICE, BOB, request("ACK", "dialog", 1, "k", to_tag="b"), 2)
    for number in range(2, count):
        time, branch = number * 10_000, f"n{number:x}"
        method = "INVITE" if number % 5 == 0 else "INFO"
        ask = request(method, "dialog", number, branch, to_tag="b")
        yield time, datagram(ALICE, BOB, ask, number)
        yield time + 2_000, datagram(BOB, ALICE, response("200 OK", method, "dialog", number, branch), number)


def one_call_id(count: int) -> Iterator[Packet]:
    """INVITEs with one Call-ID, each with a From tag and a branch of its own, each refused (as a test tool that
    was started with a fixed Call-ID does)."""
    for number in range(count):
        time, branch = number * 5_000, f"c{number:x}"
        yield time, datagram(ALICE, BOB, request("INVITE", "same", number, branch, tag=branch), number)
        refusal = response("486 Busy", "INVITE", "same", number, branch, to_tag=branch)
        yield time + 1_000, datagram(BOB, ALICE, refusal, number)


def one_peer(count: int) -> Iterator[Packet]:
    """REGISTER after REGISTER of one host, each with a Call-ID of its own, each refused."""
    for number in range(count):
        time, name = number * 2_000, f"p{number:x}"
        yield time, datagram(ALICE, BOB, request("REGISTER", name, 1, name), number)
        yield time + 500, datagram(BOB, ALICE, response("404 No", "REGISTER", name, 1, name), number)


def many_responses(count: int) -> Iterator[Packet]:
    """One INVITE, and provisional responses without end, no two alike."""
    yield 0, datagram(ALICE, BOB, request("INVITE", "many", 1, "many"), 0)
    for number in range(count):
        data = response(f"183 Step {number}", "INVITE", "many", 1, "many")
        yield 1_000 + number * 500, datagram(BOB, ALICE, data, number)


def forks(count: int) -> Iterator[Packet]:
    """One INVITE, answered with 200 by as many callees, each with a To tag of its own."""
    yield 0, datagram(ALICE, BOB, request("INVITE", "fork", 1, "fork"), 0)
    for number in range(count):
        data = response("200 OK", "INVITE", "fork", 1, "fork", to_tag=f"{number:x}")
        yield 1_000 + number * 500, datagram(BOB, ALICE, data, number)


def one_branch(count: int) -> Iterator[Packet]:
    """One INVITE, octet by octet the same, from as many hosts."""
    data = request("INVITE", "branch", 1, "branch")
    for number in range(count):
        yield number * 500, datagram(address(number), BOB, data, number)
        if number % 2:
            yield number * 500 + 100, datagram(BOB, address(number), response("100 T", "INVITE", "branch", 1, "branch"), number)  # fmt: skip


def one_branch_unrelated(count: int) -> Iterator[Packet]:
    """Requests with one branch from as many ports, each with a Call-ID of its own."""
    for number in range(count):
        data = request("OPTIONS", f"{number:x}", 1, "branch")
        yield number * 500, datagram(ALICE, BOB, data, number, 1024 + number % 60_000)


def many_hops(count: int) -> Iterator[Packet]:
    """A request from every port of every host."""
    for number in range(count):
        data = request("OPTIONS", f"{number:x}", 1, f"{number:x}")
        yield number * 100, datagram(address(number // 60_000), BOB, data, number, 1024 + number % 60_000)


def repeats(count: int) -> Iterator[Packet]:
    """One INVITE that is sent again and again."""
    data = request("INVITE", "again", 1, "again")
    for number in range(count):
        yield number * 200_000, datagram(ALICE, BOB, data, number)


def loose_acks(count: int) -> Iterator[Packet]:
    """ACKs that acknowledge one answer, no two alike."""
    yield 0, datagram(ALICE, BOB, request("INVITE", "acks", 1, "acks"), 0)
    yield 500, datagram(BOB, ALICE, response("200 OK", "INVITE", "acks", 1, "acks"), 0)
    for number in range(count):
        data = request("ACK", "acks", 1, f"k{number:x}", to_tag="b")
        yield 1_000 + number * 500, datagram(ALICE, BOB, data, number)


def entity_tags(count: int) -> Iterator[Packet]:
    """One publication that is refreshed without end, each time with a new entity-tag."""
    for number in range(count):
        time, name = number * 20_000, f"e{number:x}"
        fields = f"Event: presence\r\nSIP-If-Match: {number}\r\n"
        yield time, datagram(ALICE, BOB, request("PUBLISH", "tags", number, name, fields=fields), number)
        fields = f"SIP-ETag: {number + 1}\r\nExpires: 3600\r\n"
        answer = response("200 OK", "PUBLISH", "tags", number, name, fields=fields)
        yield time + 500, datagram(BOB, ALICE, answer, number)


class Case(NamedTuple):
    """A capture that hurts, and how many steps it has unless asked otherwise."""

    packets: Callable[[int], Iterator[Packet]]
    count: int


CASES = {
    "invites": Case(strangers("INVITE"), 1_000_000),
    "options": Case(strangers("OPTIONS"), 1_000_000),
    "registers": Case(strangers("REGISTER"), 1_000_000),
    "subscribes": Case(strangers("SUBSCRIBE", "Event: presence\r\n"), 1_000_000),
    "publishes": Case(strangers("PUBLISH", "Event: presence\r\n"), 1_000_000),
    "sources": Case(sources, 300_000),
    "half-open": Case(half_open, 200_000),
    "first-fragments": Case(first_fragments, 1_000_000),
    "long-header": Case(long_header, 10_000_000),
    "many-fields": Case(many_fields, 100_000),
    "tunnels": Case(tunnels, 2_000),
    "one-dialog": Case(one_dialog, 10_000),
    "one-call-id": Case(one_call_id, 10_000),
    "one-peer": Case(one_peer, 100_000),
    "many-responses": Case(many_responses, 100_000),
    "forks": Case(forks, 100_000),
    "one-branch": Case(one_branch, 10_000),
    "one-branch-unrelated": Case(one_branch_unrelated, 50_000),
    "many-hops": Case(many_hops, 200_000),
    "repeats": Case(repeats, 100_000),
    "loose-acks": Case(loose_acks, 100_000),
    "entity-tags": Case(entity_tags, 50_000),
}


def write(path: Path, packets: Iterator[Packet]) -> None:
    """Write a pcap file, in microseconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for time, frame in packets:
            seconds, micros = divmod(START + time, 1_000_000)
            out.write(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)
    part.replace(path)


def capture(name: str, count: int | None = None) -> Path:
    """The capture of that name, written where it is missing."""
    case = CASES[name]
    steps = case.count if count is None else count
    path = DATA / f"{name}-{steps}.pcap"
    if not path.exists():
        write(path, case.packets(steps))
    return path


def main() -> None:
    options = argparse.ArgumentParser(description="Write captures that were made to hurt.")
    options.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CASES)}; default: all")
    options.add_argument("--count", type=int, help="steps, instead of the case's own number")
    chosen = options.parse_args()
    for name in chosen.names or CASES:
        path = capture(name, chosen.count)
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
