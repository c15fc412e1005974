"""Every bound of this room. What goes beyond one is dropped, the oldest first, and counted in the coverage."""

from typing import Final

MAX_LAYERS: Final = 32
"""Headers within headers in one packet."""

MAX_HOPS: Final = 32_768
"""Address pairs remembered with their text; a cache, so what it forgets is not lost."""

MAX_DATAGRAMS: Final = 4096
"""IP datagrams whose fragments are being collected."""
MAX_FRAGMENTS: Final = 1024
"""Fragments of one datagram."""
MAX_HELD_FRAGMENTS: Final = 65_536
"""Fragments being collected, repeated ones too."""
MAX_FRAGMENT_OCTETS: Final = 16 * 1024 * 1024
"""Octets of all fragments being collected."""
MAX_DATAGRAM: Final = 65_535
"""Octets of one datagram (RFC 791 §3.1)."""
FRAGMENT_LIFETIME: Final = 60_000_000_000
"""Nanoseconds after which the rest of a datagram comes no more (RFC 8200 §4.5)."""

MAX_STREAMS: Final = 20_000
"""Directions of TCP connections that carry SIP."""
MAX_UNDECIDED: Final = 20_000
"""Directions of TCP connections that have begun and may yet turn out to carry SIP."""
MAX_FIRST_LINE: Final = 4096
"""Octets of a stream after which it should have shown a start line."""
MAX_HELD_SEGMENTS: Final = 64
"""Segments of one stream that wait for an earlier one."""
MAX_HELD_OCTETS: Final = 256 * 1024
"""Octets of one stream that wait for an earlier segment."""
MAX_ALL_HELD_OCTETS: Final = 32 * 1024 * 1024
"""Octets of all streams together that wait for an earlier segment."""
MAX_HELD_TIME: Final = 10_000_000_000
"""Nanoseconds that a segment waits for an earlier one."""
MAX_WINDOW: Final = 4 * 1024 * 1024
"""Octets that a segment may lie before or behind the expected one and still be of the same connection."""
