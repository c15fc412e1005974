"""Packets to a capture file: pcapng with the interfaces that the packets came by, or pcap."""

from collections.abc import Iterable
from struct import Struct
from typing import BinaryIO, Final, NamedTuple

from analyser.capture.pcapng_blocks import (
    SNAP,
    described_block,
    packet_block,
    section_block,
    statistics_block,
)
from analyser.errors import UsageError
from analyser.excerpt.picking import Captured, SourceInterface
from analyser.wire import SECOND

_PCAP_HEAD: Final = Struct("<IHHiIII")
_PCAP_RECORD: Final = Struct("<IIII")
_PCAP_NANOSECONDS: Final = 0xA1B23C4D


class Written(NamedTuple):
    """What has been written."""

    packets: int
    octets: int
    """Of the packets, as they were captured."""


class _Counts:
    def __init__(self, number: int) -> None:
        self.number = number
        self.packets = self.lost = 0


def write_pcapng(
    file: BinaryIO, packets: Iterable[Captured], *, comment: str = "", watched_until: int = 0
) -> Written:
    """Write the packets with their times, interfaces and losses.

    `watched_until` is how long the captures listened, in ns: at the end of the file stands that nothing else was to be heard
    until then, so that what was over in the captures is so in the excerpt. Keys of TLS are not written.
    """
    file.write(section_block(comment, excerpt=True))
    counts: dict[SourceInterface, _Counts] = {}
    written = octets = latest = 0
    for packet in packets:
        known = counts.get(packet.source)
        if known is None:
            known = counts[packet.source] = _Counts(len(counts))
            described = packet.source.described
            file.write(described_block(described.link, described.snaplen or SNAP, described.options))
        known.packets += 1
        known.lost += packet.lost
        wire = max(packet.wirelen, len(packet.data))
        file.write(packet_block(known.number, packet.time, packet.data, wire, packet.lost))
        written += 1
        octets += len(packet.data)
        latest = max(latest, packet.time)
    until = max(latest, watched_until)
    file.writelines(statistics_block(each.number, until, each.packets, each.lost) for each in counts.values())
    return Written(written, octets)


def write_pcap(file: BinaryIO, packets: Iterable[Captured]) -> Written:
    """Write the packets with times in nanoseconds. Raises UsageError where they came by several link types."""
    link: int | None = None
    written = octets = 0
    for packet in packets:
        if link is None:
            link = packet.source.described.link
            file.write(_PCAP_HEAD.pack(_PCAP_NANOSECONDS, 2, 4, 0, 0, SNAP, link))
        if packet.source.described.link != link:
            raise UsageError(
                "the packets came by several link types, which pcap cannot hold: name the file .pcapng"
            )
        seconds, rest = divmod(packet.time, SECOND)
        wire = max(packet.wirelen, len(packet.data))
        file.write(_PCAP_RECORD.pack(seconds & 0xFFFFFFFF, rest, len(packet.data), wire) + packet.data)
        written += 1
        octets += len(packet.data)
    return Written(written, octets)
