"""What is fuzzed: functions that take octets, raise nothing, and assert what must hold whatever the octets are.

A new decoder needs a function under `@target(name, seeds)`; `layer_target` does it for one that is a link type.
"""

import io
import struct
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from seeds import (
    associations,
    captures,
    compressed,
    frames,
    handshakes,
    heps,
    layers,
    messages,
    segments,
    session_descriptions,
    websockets,
)

from analyser import analyse
from analyser.annotate import Summary
from analyser.capture import read
from analyser.capture.source import open_source, read_exactly
from analyser.decode import Decoder, decoder, rows, wide
from analyser.decode.bounds import MAX_ALL_HELD_OCTETS, MAX_HELD_FRAGMENTS
from analyser.decode.link import LINKS
from analyser.errors import CaptureError
from analyser.report.jsonl import JsonLines
from analyser.report.terminal import TerminalReport
from analyser.sip import Defect, Request, Response, StreamFramer, looks_like_sip, parse, parse_sdp
from analyser.sip import check as full_check
from analyser.sip.general import parse_any
from analyser.wire import Coverage, Payload
from tests.support.captures import ipv4, tcp, udp

Octets = bytes
Check = Callable[[Octets], None]


class Target(NamedTuple):
    """One thing to fuzz."""

    check: Check
    seeds: Callable[[], Iterable[Octets]]


TARGETS: dict[str, Target] = {}
SCRATCH = Path(tempfile.mkdtemp(prefix="fuzz-")) / "capture"


def target(name: str, seeds: Callable[[], Iterable[Octets]]) -> Callable[[Check], Check]:
    """Enter a function as a target."""

    def enter(check: Check) -> Check:
        TARGETS[name] = Target(check, seeds)
        return check

    return enter


# SIP


@target("parse", messages)
def parse_both_ways(data: Octets) -> None:
    """The usual way gives what the general way gives; no attribute raises."""
    for missing in (0, 7):
        usual, general = parse(data, missing), parse_any(data, missing)
        assert (usual is None) == (general is None)
        if usual is None or general is None:
            continue
        assert type(usual) is type(general)
        names = [name for name in dir(usual) if not name.startswith("_") and name != "kept"]
        for name in names:
            one, other = getattr(usual, name), getattr(general, name)
            if name not in {"headers", "sdp"}:
                assert one == other, name
        if full_check.is_plain(usual) and not isinstance(usual, Request):
            assert _long_check(usual) == ()
        list(usual.headers)
        repr(usual)
        if isinstance(usual, Request):
            assert usual.method


def _long_check(response: Response) -> tuple[Defect, ...]:
    """The full check, without its short way to a clean bill."""
    is_plain, full_check.is_plain = full_check.is_plain, lambda _message: False
    try:
        return full_check.check_response(response)
    finally:
        full_check.is_plain = is_plain


@target("framer", messages)
def framing_does_not_depend_on_cuts(data: Octets) -> None:
    """The first octets say where the stream is cut; the messages are those of the stream in one piece."""
    if len(data) < 4:
        return
    cuts, stream = data[:4], data[4:]
    framed = []
    for step in (len(stream) or 1, cuts[0] + 1, cuts[1] % 7 + 1):
        framer: StreamFramer[int] = StreamFramer()
        found = []
        for at in range(0, len(stream), step):
            found += [octets for octets, _ in framer.feed(stream[at : at + step], at)]
        found += [octets for octets, _ in framer.close()]
        framed.append((found, framer.unfinished and framer.unfinished.octets))
    assert framed[0] == framed[1] == framed[2]
    for octets in framed[0][0]:
        parse(octets)


@target("sdp", session_descriptions)
def session_description(data: Octets) -> None:
    """Every medium of a description can be asked for everything."""
    sdp = parse_sdp(data)
    _ = sdp.bundle, sdp.codecs, sdp.attribute("x"), repr(sdp)
    for medium in sdp.media:
        for name in dir(medium):
            if not name.startswith("_") and not callable(getattr(medium, name)):
                getattr(medium, name)


# Files


@target("capture", captures)
def capture_file(data: Octets) -> None:
    """pcap, pcapng or anything else: a file that is refused is refused with a sentence."""
    SCRATCH.write_bytes(data)
    coverage = Coverage()
    try:
        for batch in read([SCRATCH], coverage):
            assert len(batch)
            assert (batch.offset + batch.caplen <= len(batch.buffer)).all()
            assert (batch.time >= 0).all()
    except CaptureError as refused:
        assert str(refused)


@target("expand", compressed)
def compressed_file(data: Octets) -> None:
    """What is damaged ends early; nothing gives more than was asked for."""
    source = open_source(io.BytesIO(data), "x", Coverage())  # type: ignore[arg-type]
    for _ in range(64):
        octets = read_exactly(source, 4096)
        assert len(octets) <= 4096
        if len(octets) < 4096:
            return


# Packets


def decoded(packets: list[Octets], link: int, step: int = 1_000_000) -> tuple[list[Payload], Coverage]:
    """What the decoder makes of packets of a link type, microseconds apart."""
    records = b"".join(
        struct.pack("<IIII", 1, number * step // 1_000 % 1_000_000, len(octets), len(octets)) + octets
        for number, octets in enumerate(packets)
    )
    SCRATCH.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link) + records)
    coverage = Coverage()
    one = Decoder(coverage, looks_like_sip)
    payloads = [payload for batch in read([SCRATCH], coverage) for payload in one.receive(batch)]
    payloads += one.close()
    assert one._streams._held_octets <= MAX_ALL_HELD_OCTETS  # noqa: SLF001 - what it holds is what is asserted
    assert coverage.frames == coverage.carried.total() + coverage.not_decoded.total()
    assert one._fragments._frames <= MAX_HELD_FRAGMENTS  # noqa: SLF001
    return payloads, coverage


def split(data: Octets) -> list[Octets]:
    """Octets to packets: each begins with its length in two octets."""
    packets = []
    while len(data) > 2 and len(packets) < 64:
        size = int.from_bytes(data[:2], "big") % 2048
        packets.append(data[2 : 2 + size])
        data = data[2 + size :]
    return [packet for packet in packets if packet]


def everything_narrow(batch: wide.Packets, *_: object) -> wide.Rows:
    """What the wide lane would give if it knew no shape."""
    packets = np.arange(len(batch.offset))
    return wide.Rows(*rows.rows(packets, rows.OTHER, batch.offset, batch.offset + batch.caplen))


def lanes_agree(link: int) -> Check:
    """A check that both lanes give the same payloads and account for the same frames."""

    def check(data: Octets) -> None:
        packets = split(data)
        if not packets:
            return
        both, coverage = decoded(packets, link)
        look, decoder.look = decoder.look, everything_narrow
        try:
            narrow, narrow_coverage = decoded(packets, link)
        finally:
            decoder.look = look
        assert both == narrow
        assert coverage == narrow_coverage

    return check


def layer_target(link: int) -> None:
    """Fuzz the packets of a link type."""
    TARGETS[f"link-{link}"] = Target(lanes_agree(link), lambda: frames(link))


for each in LINKS:
    layer_target(each)
TARGETS["layers"] = Target(lanes_agree(1), layers)


@target("streams", segments)
def fragments_and_segments(data: Octets) -> None:
    """Raw IP packets in order, then without every third one: nothing is given twice, nothing fails."""
    packets = split(data)
    decoded(packets, 101)
    decoded([packet for number, packet in enumerate(packets) if number % 3], 101, 900_000_000)


def _in_tcp(pieces: list[Octets], back: list[bool], port: int) -> list[Octets]:
    """Raw IP packets of a TCP connection whose sides say these octets, in this order."""
    at = [1000, 5000]
    packets = []
    for piece, from_server in zip(pieces, back, strict=True):
        ends = (port, 40_000) if from_server else (40_000, port)
        packets.append(ipv4(tcp(piece, at[from_server], source=ends[0], target=ends[1]), 6))
        at[from_server] += len(piece)
    return packets


@target("websocket", websockets)
def websocket_stream(data: Octets) -> None:
    """One direction of a connection; the first octets say where it is cut."""
    if len(data) < 5:
        return
    cuts, stream, pieces = data[:4], data[4:], []
    while stream and len(pieces) < 256:
        size = cuts[len(pieces) % 4] + 1
        pieces.append(stream[:size])
        stream = stream[size:]
    decoded(_in_tcp(pieces, [False] * len(pieces), 80), 101)


@target("hep", heps)
def hep_datagrams_and_streams(data: Octets) -> None:
    """The same packets in datagrams and in a stream."""
    packets = split(data)
    decoded([ipv4(udp(packet, 40_000, 9060)) for packet in packets], 101)
    decoded(_in_tcp(packets, [False] * len(packets), 9060), 101)


@target("sctp", associations)
def sctp_packets(data: Octets) -> None:
    """Packets of both directions, in order and backwards."""
    packets = [ipv4(packet, 132) for packet in split(data)]
    decoded(packets, 101)
    decoded(packets[::-1], 101)


@target("tls", handshakes)
def tls_connection(data: Octets) -> None:
    """Both sides of a connection; the first bit of each length says who speaks."""
    pieces, back = [], []
    while len(data) > 2 and len(pieces) < 64:
        size = int.from_bytes(data[:2], "big")
        pieces.append(data[2 : 2 + size % 4096])
        back.append(size >= 0x8000)
        data = data[2 + size % 4096 :]
    packets = _in_tcp(pieces, back, 5061)
    decoded(packets, 101)
    decoded([packet for number, packet in enumerate(packets) if number % 3], 101)


# The whole


@target("report", captures)
def whole_capture(data: Octets) -> None:
    """Both reports of a whole capture: no rule crashes, nothing active is printed."""
    SCRATCH.write_bytes(data)
    lines, screen = io.StringIO(), io.StringIO()
    reports = JsonLines(lines), TerminalReport(screen, 80, False, all_calls=True)
    try:
        for event in analyse([SCRATCH]):
            for report in reports:
                report.receive(event)
            if isinstance(event, Summary):
                assert not event.crashed, event.crashed
    except CaptureError:
        return
    for report in reports:
        report.finish()
    assert all(character == "\n" or character.isprintable() for character in screen.getvalue())
    assert lines.getvalue().isascii()
