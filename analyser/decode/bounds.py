"""Every bound of this room. What goes beyond one is dropped, the oldest first, and counted in the coverage.

Those that a test lowers are not Final: compiled rooms would hold the number instead of looking here.
"""

from typing import Final

MAX_LAYERS: Final = 32
"""Headers within headers in one packet."""

MAX_PARTS = 512
"""Parts of one frame that lie side by side, as in an A-MSDU of IEEE 802.11, or in one another."""

MAX_HOPS: Final = 32_768
"""Address pairs remembered with their text; a cache, so what it forgets is not lost."""

MAX_DATAGRAMS = 4096
"""IP datagrams whose fragments are being collected."""
MAX_FRAGMENTS: Final = 1024
"""Fragments of one datagram."""
MAX_HELD_FRAGMENTS = 65_536
"""Fragments of all datagrams."""
MAX_FRAGMENT_OCTETS: Final = 16 * 1024 * 1024
"""Octets of all fragments being collected."""
MAX_DATAGRAM: Final = 65_535
"""Octets of one datagram (RFC 791 §3.1)."""
FRAGMENT_LIFETIME: Final = 60_000_000_000
"""Nanoseconds after which the rest of a datagram comes no more (RFC 8200 §4.5)."""

MAX_STREAMS = 20_000
"""Directions of TCP connections that carry SIP."""
MAX_UNDECIDED = 20_000
"""Directions of TCP connections that have begun and may yet turn out to carry SIP."""
MAX_FIRST_LINE: Final = 4096
"""Octets of a stream after which it should have shown a start line."""
MAX_FIRST_FRAMES: Final = 64
"""Frames remembered of a stream that has not shown yet what it carries; with more, the first ones and the last."""
MAX_HELD_SEGMENTS = 10_000
"""Segments of one stream that wait for an earlier one."""
MAX_HELD_OCTETS: Final = 1024 * 1024
"""Octets of one stream that wait for an earlier segment."""
MAX_ALL_HELD_SEGMENTS = 100_000
"""Segments of all streams that wait for an earlier one."""
MAX_ALL_HELD_OCTETS = 64 * 1024 * 1024
"""Octets of all streams that wait for an earlier segment."""
MAX_HELD_TIME: Final = 10_000_000_000
"""Nanoseconds that a segment waits for an earlier one."""
MAX_WINDOW: Final = 4 * 1024 * 1024
"""Octets that a segment may lie before or behind the expected one and still be of the same connection."""

MAX_MESSAGE: Final = 1024 * 1024
"""Octets of one message in WebSocket, SCTP or HEP, as it is once inflated."""
MAX_MESSAGE_FRAMES: Final = 4096
"""Frames remembered of one message; where more carried it, the first ones and the last are kept."""
MAX_UNREAD_OCTETS = 256 * 1024 * 1024
"""Octets of all WebSocket and HEP streams that wait for the rest of their message, with what inflating remembers."""
INFLATER_OCTETS: Final = 40 * 1024
"""Octets that inflating remembers of one stream: a window of 32 KiB, and tables."""

MAX_RTP_STREAMS = 100_000
"""RTP streams that are told of; with more, those whose last packet is oldest are not."""
RTP_SILENCE: Final = 10_000_000_000
"""Nanoseconds without a packet after which one of the same name begins another stream: ports are used again, and test tools
never change the SSRC."""

MAX_TSNS: Final = 65_536
"""SCTP data chunks remembered, to know repeated ones by; a cache."""
MAX_SCTP_FRAGMENTS: Final = 65_536
"""Fragments of SCTP messages that wait for the others."""
MAX_SCTP_OCTETS: Final = 16 * 1024 * 1024
"""Octets of such fragments."""
MAX_CHUNKS: Final = 4096
"""Chunks of one SCTP packet."""
MAX_TLS_CONNECTIONS: Final = 4096
"""TLS connections that are watched at a time."""
MAX_TLS_CLEAR: Final = 32 * 1024
"""Octets of each side of a TLS connection that are looked at, all of them before encryption begins."""
MAX_TLS_FRAMES: Final = 64
"""Frames named for one message of a handshake, the last ones; it fits into a few."""
MAX_TLS_CERTIFICATES: Final = 10
"""Certificates of one side."""
MAX_TLS_NAMES: Final = 50
"""Names of one certificate, and protocols of one offer."""
MAX_TLS_ALERTS: Final = 8
"""Alerts of one connection."""
MAX_TLS_COPIES: Final = 16
"""Repeated ClientHellos of one connection."""
