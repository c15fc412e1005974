"""MPLS in the wide lane: IP under a few labels, as carriers mirror it, is as everyday as IP without.

What else lies under labels is for the narrow lane (`analyser.decode.mpls`), which would decide the same of this.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analyser.decode.inner import MOST_PADDING
from analyser.decode.mpls import ETHERTYPE_MULTICAST, ETHERTYPE_UNICAST

_MAX_LABELS: Final = 4
_IP: Final = 0x0800


def look_under_labels(
    buffer: bytes | NDArray[np.uint8],
    kind: NDArray[np.uint16],
    net: NDArray[np.int64],
    end: NDArray[np.int64],
) -> None:
    """Where IP lies under labels and fills the packet, move `net` to it and make its Ethernet type that of IP."""
    labelled = np.flatnonzero((kind == ETHERTYPE_UNICAST) | (kind == ETHERTYPE_MULTICAST))
    if not len(labelled):
        return
    octets = np.frombuffer(buffer, dtype=np.uint8)
    at, limit = net[labelled], end[labelled]
    under = np.zeros(len(labelled), dtype=np.bool_)
    for _ in range(_MAX_LABELS):
        bottom = ~under & (at + 4 <= limit) & ((octets[np.minimum(at + 2, limit)] & 1) != 0)
        at = np.where(under, at, np.minimum(at + 4, limit))
        under |= bottom
    version, header = octets[at] >> 4, (octets[at] & 0x0F).astype(np.int64) * 4
    total = octets[at + 2].astype(np.int64) << 8 | octets[at + 3]
    contents = octets[at + 4].astype(np.int64) << 8 | octets[at + 5]
    four = (version == 4) & (header >= 20) & (total >= header)
    six = (version == 6) & (at + 40 <= limit)
    slack = limit - at - np.where(four, total, contents + 40)
    sure = under & (at + 20 <= limit) & (four | six) & (slack >= 0) & (slack <= MOST_PADDING)
    net[labelled[sure]] = at[sure]
    kind[labelled[sure]] = _IP
