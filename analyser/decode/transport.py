"""The part of the wide lane above IP: datagrams and segments, all of one batch at once."""

from collections import Counter

import numpy as np

from analyser.decode.contents import DTLS_KIND, KINDS, LEAST_MEDIA_PORT, LEAST_SIZES
from analyser.decode.first import (
    FIRST_RECORD,
    HANDSHAKE,
    IS_TEXT,
    LAST_MINOR,
    LAST_RECORD,
    LOOKED_AT,
    MAY_BE_FIRST,
    MAY_BE_FRAME,
    RECORD_MAJOR,
    SHORTEST,
    SIPS_PORT,
    may_begin_at,
)
from analyser.decode.followed import Followed
from analyser.decode.onlooker import Onlooker
from analyser.decode.rows import (
    DATAGRAM4,
    FIN,
    MAY_BEGIN,
    OPENS,
    OTHER,
    RST,
    SEGMENT4,
    SYN,
    Column,
    Frames,
    Mask,
    Octets,
    rows,
    windows,
)
from analyser.hep import FAMILIES, TRANSPORTS
from analyser.wire import ENCRYPTED, OTHER_TCP, OTHER_UDP, RTP

_IPV4_HEADER, _IPV6_HEADER, _UDP_HEADER, _TCP_HEADER = 20, 40, 8, 20


def _hep() -> tuple[Mask, Mask, Mask]:
    """The version, the family and the protocol of HEP versions 1 and 2, where the other versions look like SIP."""
    version, family, protocol = (np.zeros(256, dtype=np.bool_) for _ in range(3))
    version[[1, 2]] = family[list(FAMILIES)] = protocol[list(TRANSPORTS)] = True
    return version, family, protocol


_IS_VERSION, _IS_FAMILY, _IS_TRANSPORT = _hep()
_MAY_OPEN = MAY_BE_FIRST | _IS_VERSION
"""First octets of a datagram that may be SIP or HEP."""


def datagrams(
    frames: Frames, offset: Column, kind: int, carried: Counter[str], onlooker: Onlooker | None
) -> list[Column]:
    """Rows of the datagrams whose first octets can begin SIP, and of those for the narrow lane; the rest is counted. The
    `onlooker` is shown all but the latter."""
    header = _IPV4_HEADER if kind == DATAGRAM4 else _IPV6_HEADER
    words = frames.words
    at = header // 2
    # Two lengths count the UDP header, that of IPv4 its own header as well. Zero is one of UDP, for a jumbogram; a
    # zero of IP is for the narrow lane.
    by_ip = words[:, 1 if kind == DATAGRAM4 else 2].astype(np.uint16)
    by_udp = words[:, at + 2].astype(np.uint16)
    if kind == DATAGRAM4:
        sound = by_ip >= _IPV4_HEADER + _UDP_HEADER
        by_ip -= _IPV4_HEADER
    else:
        sound = by_ip >= _UDP_HEADER
    by_udp -= _UDP_HEADER  # what is below the header turns into a great number
    sound &= (by_udp <= 65536 - _UDP_HEADER) & (frames.net + (header + _UDP_HEADER) <= frames.end)
    found = []
    if not sound.all():
        odd, chosen = np.flatnonzero(~sound), np.flatnonzero(sound)
        found.append(rows(frames.packet[odd], OTHER, offset[odd], frames.end[odd]))
        frames, by_ip, by_udp = frames.only(chosen), by_ip[chosen], by_udp[chosen]
        words = frames.words
    size = np.minimum(by_ip - np.uint16(_UDP_HEADER), by_udp)
    first = words[:, at + 4]
    look = KINDS[first]
    look[(size < LEAST_SIZES[look]) | (frames.net + (header + _UDP_HEADER + 2) > frames.end)] = 0
    media = (look != 0) & (look != DTLS_KIND)
    media &= (words[:, at] >= LEAST_MEDIA_PORT) & (words[:, at + 1] >= LEAST_MEDIA_PORT)
    rtp, dtls = int(np.count_nonzero(media)), int(np.count_nonzero(look == DTLS_KIND))
    if onlooker is not None:
        onlooker.datagrams(frames, kind, size, np.where(media | (look == DTLS_KIND), look, np.uint8(0)))
    may = np.flatnonzero(_MAY_OPEN[first >> 8])
    if len(may):
        found.append(_candidates(frames.only(may), size[may].astype(np.int64), kind))
    kept = found[-1].shape[1] if len(may) else 0
    carried[RTP] += rtp
    carried[ENCRYPTED] += dtls
    carried[OTHER_UDP] += len(size) - rtp - dtls - kept
    return found


def _candidates(frames: Frames, size: Column, kind: int) -> Column:
    """The datagrams whose first octets can begin SIP or HEP; none of them looks like media or DTLS."""
    header = _IPV4_HEADER if kind == DATAGRAM4 else _IPV6_HEADER
    start = frames.net + (header + _UDP_HEADER)
    claimed = start + size
    end = np.minimum(claimed, frames.end)
    keep = may_begin_at(frames.octets, header + _UDP_HEADER, end - start)
    keep |= _is_hep(frames.octets, header + _UDP_HEADER)
    keep &= end - start >= SHORTEST
    key = frames.net + (12 if kind == DATAGRAM4 else 8)
    ident = frames.words[:, 2].astype(np.int64) if kind == DATAGRAM4 else np.full_like(start, -1)
    return rows(frames.packet, kind, start, end, claimed - end, key, ident)[:, keep]


def _is_hep(octets: Octets, at: int) -> Mask:
    """Whether datagrams look like HEP of version 1 or 2."""
    return _IS_VERSION[octets[:, at]] & _IS_FAMILY[octets[:, at + 2]] & _IS_TRANSPORT[octets[:, at + 3]]


def segments(
    buffer: bytes,
    frames: Frames,
    offset: Column,
    kind: int,
    followed: Followed | None,
    carried: Counter[str],
    onlooker: Onlooker | None,
) -> list[Column]:
    """Rows of the segments that matter and of those for the narrow lane; the rest is counted.

    Those matter that open or break off a connection, that can begin SIP, or that go on with a stream which may be
    `followed`; without `followed`, which may be any.
    """
    header = _IPV4_HEADER if kind == SEGMENT4 else _IPV6_HEADER
    claimed = _claimed(frames, kind)
    end = np.minimum(claimed, frames.end)
    size = (frames.octets[:, header + 12] >> 4).astype(np.int64) * 4
    start = frames.net + header + size
    flags = frames.octets[:, header + 13].astype(np.int64)
    sound = (size >= _TCP_HEADER) & (start <= end)
    found = []
    if not sound.all():
        odd, chosen = np.flatnonzero(~sound), np.flatnonzero(sound)
        found.append(rows(frames.packet[odd], OTHER, offset[odd], frames.end[odd]))
        frames, claimed, end = frames.only(chosen), claimed[chosen], end[chosen]
        start, flags = start[chosen], flags[chosen]
    if onlooker is not None:
        onlooker.segments(frames, kind)
    first = windows(buffer, f"V{LOOKED_AT}")[start].view(np.uint8).reshape(-1, LOOKED_AT)
    may = may_begin_at(first, 0, end - start) | _may_be_inside(first, end - start)
    record = (first[:, 0] >= FIRST_RECORD) & (first[:, 0] <= LAST_RECORD) & (first[:, 1] == RECORD_MAJOR)
    record &= (first[:, 2] <= LAST_MINOR) & (start + LOOKED_AT <= end)
    on_port = (frames.words[:, header // 2 : header // 2 + 2] == SIPS_PORT).any(axis=1)
    opens = record & ((first[:, 0] == HANDSHAKE) | on_port)
    opening = opens | ((flags & SYN) != 0)
    goes_on = (start < end) | ((flags & FIN) != 0)
    if followed is not None:
        slots = followed.slots(frames.words, kind)
        # A stream that matters looks at each of its segments in its turn.
        asked = np.flatnonzero(may & ~followed.among(slots))
        may[asked] = followed.may_become_sip(buffer, start[asked].tolist(), end[asked].tolist())
        goes_on &= followed.among(slots, may | opening)
    keep = may | opening | goes_on | ((flags & RST) != 0)
    encrypted = int(np.count_nonzero(record & ~keep))
    carried[ENCRYPTED] += encrypted
    carried[OTHER_TCP] += int(np.count_nonzero(~keep)) - encrypted
    chosen = np.flatnonzero(keep)
    if len(chosen):
        flags |= may * MAY_BEGIN | opens * OPENS
        found.append(
            _kept(frames.only(chosen), start[chosen], end[chosen], claimed[chosen], flags[chosen], kind)
        )
    return found


def _may_be_inside(begins: Octets, size: Column) -> Mask:
    """Whether segments may be the middle of SIP, in which one looks for a start line, or a frame of WebSocket."""
    inside: Mask = IS_TEXT[begins[:, 0]]
    for place in range(1, LOOKED_AT):
        inside &= IS_TEXT[begins[:, place]] | (size <= place)
    inside |= MAY_BE_FRAME[begins[:, 0]]
    inside &= size > 0
    return inside


def _kept(frames: Frames, start: Column, end: Column, claimed: Column, flags: Column, kind: int) -> Column:
    header, addresses = (_IPV4_HEADER, 12) if kind == SEGMENT4 else (_IPV6_HEADER, 8)
    sequence = frames.octets[:, header + 4 : header + 8].copy().view(">u4")[:, 0].astype(np.int64)
    return rows(frames.packet, kind, start, end, claimed - end, frames.net + addresses, sequence, flags)


def _claimed(frames: Frames, kind: int) -> Column:
    """Where IP says that its packet ends; where the packet ends, if it says nothing."""
    if kind == SEGMENT4:
        length, header = frames.words[:, 1].astype(np.int64), 0
    else:
        length, header = frames.words[:, 2].astype(np.int64), _IPV6_HEADER
    return np.where(length == 0, frames.end, frames.net + length + header)
