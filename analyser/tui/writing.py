"""Packets -> a pcap or pcapng file, as they were captured."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from struct import Struct, pack
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final

from analyser.capture.pcapng_blocks import SNAP, interface_block, packet_block, section_block
from analyser.errors import UsageError
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from analyser.tui.source import Packet

_RECORD: Final = Struct("<IIII")


def write(path: Path, packets: Iterable[Packet], *, replace: bool) -> int:
    """Write a capture and give the number of its packets. It is pcapng where the name says so, else pcap with nanoseconds.

    The file is there only once it is whole. Raises UsageError where it cannot be written, is there already and not to be
    replaced, or where pcap cannot hold the packets, as they came by several link types.
    """
    if path.exists() and not replace:
        raise UsageError(f"{path}: is there already")
    try:
        with NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as unfinished:
            place = Path(unfinished.name)
            try:
                written = (_pcapng if path.suffix == ".pcapng" else _pcap)(unfinished, packets)  # type: ignore[arg-type]
                place.chmod(0o666 & ~_umask())
            except BaseException:
                place.unlink(missing_ok=True)
                raise
        _put(place, path, replace=replace)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    return written


def _put(place: Path, path: Path, *, replace: bool) -> None:
    """Give the file its name; where something took that name since it was looked at, leave it alone."""
    try:
        if replace:
            place.replace(path)
            return
        with suppress(PermissionError, NotImplementedError):
            path.hardlink_to(place)
            return
        if path.exists():
            raise FileExistsError(17, "is there already")
        place.replace(path)
    finally:
        place.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _pcap(file: BinaryIO, packets: Iterable[Packet]) -> int:
    link: int | None = None
    written = 0
    for packet in packets:
        if link is None:
            link = packet.link
            file.write(pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, SNAP, link))
        if packet.link != link:
            raise UsageError("the packets came by several link types: save them as .pcapng")
        seconds, rest = divmod(packet.time, SECOND)
        file.write(
            _RECORD.pack(seconds & 0xFFFFFFFF, rest, len(packet.data), max(packet.wirelen, len(packet.data)))
        )
        file.write(packet.data)
        written += 1
    return written


def _pcapng(file: BinaryIO, packets: Iterable[Packet]) -> int:
    file.write(section_block())
    interfaces: dict[int, int] = {}
    written = 0
    for packet in packets:
        if packet.link not in interfaces:
            interfaces[packet.link] = len(interfaces)
            file.write(interface_block("", packet.link))
        wire = max(packet.wirelen, len(packet.data))
        file.write(packet_block(interfaces[packet.link], packet.time, packet.data, wire, 0))
        written += 1
    return written
