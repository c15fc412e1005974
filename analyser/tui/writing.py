"""Packets -> a pcap or pcapng file, as they were captured."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from struct import Struct, pack
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final

from analyser.errors import UsageError
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from analyser.tui.source import Packet

_SNAPLEN: Final = 262_144
_RECORD: Final = Struct("<IIII")
_BLOCK: Final = Struct("<IIIIIII")
"""Of an Enhanced Packet Block up to the data: type, length, interface, time (high and low half), captured and original length."""
_NANOSECONDS: Final = pack("<HHB3x", 9, 1, 9)
"""The option if_tsresol: 10^-9 s."""


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
            file.write(pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, _SNAPLEN, link))
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
    file.write(pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28))
    interfaces: dict[int, int] = {}
    written = 0
    for packet in packets:
        if packet.link not in interfaces:
            interfaces[packet.link] = len(interfaces)
            body = pack("<HHI", packet.link, 0, _SNAPLEN) + _NANOSECONDS + bytes(4)
            file.write(pack("<II", 1, len(body) + 12) + body + pack("<I", len(body) + 12))
        padding = -len(packet.data) % 4
        length = _BLOCK.size + len(packet.data) + padding + 4
        high, low = divmod(packet.time, 1 << 32)
        file.write(
            _BLOCK.pack(
                6,
                length,
                interfaces[packet.link],
                high,
                low,
                len(packet.data),
                max(packet.wirelen, len(packet.data)),
            )
        )
        file.write(packet.data + bytes(padding) + pack("<I", length))
        written += 1
    return written
