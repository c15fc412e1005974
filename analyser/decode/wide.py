"""The wide lane: one look at every packet of a batch at once, with arrays.

It knows the everyday shapes: Ethernet with VLAN tags and MPLS labels, Linux cooked, raw and loopback links; IPv4 without
options or fragments and IPv6 without extension headers; UDP and TCP. `look` gives a row for each packet that
deserves a look by itself, in order: a datagram that may be SIP, a TCP segment that may begin SIP or go on with it, or a
packet of another shape for the narrow lane, which is also the one to say what is wrong with a malformed one. Everything
else, which is nearly everything, is counted by what it carries and passed over. Whatever this lane decides, the narrow lane
would decide the same.
"""

from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analyser.decode import layers, link, sctp
from analyser.decode.followed import Followed
from analyser.decode.ip import SILENT_PROTOCOLS
from analyser.decode.labels import look_under_labels
from analyser.decode.onlooker import Onlooker
from analyser.decode.packet import TCP, UDP
from analyser.decode.rows import (
    DATAGRAM4,
    DATAGRAM6,
    HEAD,
    NO_ROWS,
    OTHER,
    SEGMENT4,
    SEGMENT6,
    Column,
    Frames,
    Mask,
    Packets,
    Rows,
    Words,
    rows,
    windows,
)
from analyser.decode.transport import datagrams, segments
from analyser.wire import OTHER as OTHER_FRAMES

_PASS, _UDP, _TCP, _OTHER, _IP = range(5)
_MAX_TAGS: Final = 8
_LEAST_SIZE: Final = 20
"""Octets of the shortest IP packet, which may be the last fragment of one that matters."""
_IPV6_HEADER: Final = 40


def _types() -> tuple[NDArray[np.uint8], Mask, Mask]:
    """By Ethernet type: what to do, whether it is a VLAN tag, and whether it leads on to IP."""
    todo = np.full(65536, _OTHER, dtype=np.uint8)
    todo[list(link.SILENT_TYPES)] = _PASS
    todo[list(link.IP_TYPES)] = _IP
    tags = np.zeros(65536, dtype=np.bool_)
    tags[list(link.VLAN_TAGS)] = True
    leads_on = np.zeros(65536, dtype=np.bool_)
    leads_on[list(link.ETHERTYPES)] = True
    return todo, tags, leads_on


def _protocols() -> NDArray[np.uint8]:
    todo = np.full(256, _OTHER, dtype=np.uint8)
    todo[list(SILENT_PROTOCOLS)] = _PASS
    todo[[UDP, TCP]] = _UDP, _TCP
    return todo


def _tunnels() -> tuple[Mask, Mask]:
    """The ports of tunnels, and what tunnels on any port begin with."""
    ports, beginnings = np.zeros((2, 65536), dtype=np.bool_)
    ports[[*layers.PORTS, sctp.PORT]] = True
    beginnings[[int.from_bytes(two, "big") for two in layers.SIGNATURES]] = True
    return ports, beginnings


_BY_TYPE, _IS_TAG, _LEADS_ON = _types()
_BY_PROTOCOL: Final = _protocols()
IS_TUNNEL, _BEGINS_TUNNEL = _tunnels()


def look(
    batch: Packets,
    followed: Followed,
    carried: Counter[str],
    onlooker: Onlooker | None = None,
    chosen: Column | None = None,
) -> Rows:
    """The packets of the batch that deserve a look; what the others carry is added to `carried`, and shown to the `onlooker`.
    Where packets of a batch of one link type are `chosen`, the others are as good as not there."""
    links = batch.link
    buffer = batch.buffer
    end = batch.offset + batch.caplen
    if chosen is not None and isinstance(links, int):
        found = _look(buffer, links, chosen, batch.offset[chosen], end[chosen], followed, carried, onlooker)
    elif isinstance(links, int):
        found = _look(buffer, links, np.arange(len(end)), batch.offset, end, followed, carried, onlooker)
    else:
        found = []
        for each in np.unique(links).tolist():
            packet = np.flatnonzero(links == each)
            found += _look(buffer, each, packet, batch.offset[packet], end[packet], None, carried, onlooker)
    found = [group for group in found if group.shape[1]]
    if not found:
        return Rows(*NO_ROWS)
    if len(found) == 1:
        return Rows(*found[0])
    joined = np.concatenate(found, axis=1)
    return Rows(*joined[:, joined[0].argsort()])


def _look(
    buffer: bytes,
    link_type: int,
    packet: Column,
    offset: Column,
    end: Column,
    followed: Followed | None,
    carried: Counter[str],
    onlooker: Onlooker | None,
) -> list[Column]:
    """The rows of the packets of one link type, in groups."""
    shape = link.SHAPES.get(link_type)
    if shape is None:
        return [rows(packet, OTHER, offset, end)]
    net = offset + shape.size
    found = []
    fits = net + _LEAST_SIZE <= end
    if shape.type_at is not None:
        kind = windows(buffer, ">u2")[offset + shape.type_at]
        if link_type != link.COOKED2:
            kind = _skip_tags(buffer, kind, net)
        look_under_labels(buffer, kind, net, end)
        fits = net + _LEAST_SIZE <= end
        todo = _BY_TYPE[kind]
        passed = (todo == _PASS) & (net <= end)
        fits &= todo == _IP
    else:
        kind, passed = None, np.zeros_like(fits)
    if not fits.all():
        carried[OTHER_FRAMES] += int(np.count_nonzero(passed))
        odd = np.flatnonzero(~fits & ~passed)
        if len(odd):
            found.append(rows(packet[odd], OTHER, offset[odd], end[odd]))
            if kind is None or _LEADS_ON[kind[odd]].any():
                followed = None
        chosen = np.flatnonzero(fits)
        packet, offset, net, end = packet[chosen], offset[chosen], net[chosen], end[chosen]
    heads = windows(buffer, f"V{HEAD}")[net]
    frames = Frames(packet, net, end, heads.view(np.uint8).reshape(-1, HEAD))
    return found + _look_at_ip(buffer, frames, offset, followed, carried, onlooker)


def _skip_tags(buffer: bytes, kind: Words, net: Column) -> Words:
    """Move `net` behind VLAN tags; the Ethernet type that stands there."""
    for _ in range(_MAX_TAGS):
        tagged = np.flatnonzero(_IS_TAG[kind])
        if not len(tagged):
            break
        net[tagged] += 4
        kind[tagged] = windows(buffer, ">u2")[net[tagged] - 2]
    return kind


def _look_at_ip(
    buffer: bytes,
    frames: Frames,
    offset: Column,
    followed: Followed | None,
    carried: Counter[str],
    onlooker: Onlooker | None,
) -> list[Column]:
    """Tell the everyday shapes apart. Nearly all packets are UDP in plain IPv4, so these are looked at first."""
    octets = frames.octets
    plain = (octets[:, 0] == 0x45) & ((frames.words[:, 3] & 0x3FFF) == 0)
    udp4 = plain & (octets[:, 9] == UDP) & ~_may_be_tunnel(frames.words, 10)
    if udp4.all():
        return datagrams(frames, offset, DATAGRAM4, carried, onlooker)
    chosen, rest = np.flatnonzero(udp4), np.flatnonzero(~udp4)
    found = datagrams(frames.only(chosen), offset[chosen], DATAGRAM4, carried, onlooker)
    frames, offset, plain = frames.only(rest), offset[rest], plain[rest]
    octets = frames.octets
    six = (octets[:, 0] >> 4 == 6) & (frames.net + _IPV6_HEADER <= frames.end)
    plain |= six
    protocol = np.where(plain, _BY_PROTOCOL[np.where(six, octets[:, 6], octets[:, 9])], _OTHER)
    tunnel = np.where(six, _may_be_tunnel(frames.words, 20), _may_be_tunnel(frames.words, 10))
    tunnel &= protocol == _UDP
    other = np.flatnonzero((protocol == _OTHER) | tunnel)
    if len(other):
        found.append(rows(frames.packet[other], OTHER, offset[other], frames.end[other]))
        followed = None
    carried[OTHER_FRAMES] += int(np.count_nonzero(protocol == _PASS))
    udp6 = np.flatnonzero(six & (protocol == _UDP) & ~tunnel)
    found += datagrams(frames.only(udp6), offset[udp6], DATAGRAM6, carried, onlooker)
    tcp = protocol == _TCP
    for kind, chosen in ((SEGMENT4, np.flatnonzero(tcp & ~six)), (SEGMENT6, np.flatnonzero(tcp & six))):
        if len(chosen):
            found += segments(buffer, frames.only(chosen), offset[chosen], kind, followed, carried, onlooker)
    return found


def _may_be_tunnel(words: Words, ports: int) -> Mask:
    """Whether a datagram is for the narrow lane: by its ports, which stand in `words` from there on, or how it begins."""
    source, target, beginning = words[:, ports], words[:, ports + 1], words[:, ports + 4]
    return IS_TUNNEL[source] | IS_TUNNEL[target] | _BEGINS_TUNNEL[beginning]
