"""Every bound of the tracker, in one place. What a bound pushes out is counted in `Coverage.evicted`."""

from typing import Final

from analyser.wire import MILLISECOND, SECOND

T1: Final = 500 * MILLISECOND
"""Round-trip time estimate, RFC 3261 §17.1.1.1."""
T2: Final = 4 * SECOND
"""Longest interval between retransmissions of a non-INVITE request or an INVITE response, §17.1.2.2."""
TIMEOUT: Final = 64 * T1
"""Timers B, D, F, H, J, L and M (RFC 3261 §17, RFC 6026): 64*T1, 32 s."""

RETRANSMISSION_GAP: Final = 35 * T1 // 100
"""A repeat with at least this gap is a retransmission: the first is due after T1, clocks and queues vary."""
DUPLICATE_GAP: Final = 20 * MILLISECOND
"""A repeat closer than this is a copy that the capture made, where no IP identification tells."""

LINGER: Final = TIMEOUT + T2
"""After its final response a transaction stays for this long, so that late copies find it."""

OWNER_LINGER: Final = 120 * SECOND
"""A registration or subscription without a lifetime (refused, or run out) is over after this much quiet."""
PUBLICATION_LINGER: Final = 600 * SECOND
"""The same for a publication: publishers try again with what was refused after minutes."""

PENDING_LIMIT: Final = 3600 * SECOND
"""An INVITE without a final response is given up after an hour in which nothing was heard of it."""
TRYING_LIMIT: Final = 1800 * SECOND
"""One to which nothing but 100 Trying has come, after half an hour: so long nobody listens to silence, and Timer C of a proxy ends it
after minutes (RFC 3261 §16.8). `stuck-on-trying` says when it was no longer followed."""

MAX_TRANSACTIONS = 50_000
"""Transactions that have not settled."""
MAX_CHAIN = 64
"""Hops on which one request is told apart; Max-Forwards seldom lets it go further (RFC 3261 §8.1.1.6)."""
MAX_STANDALONE_OCTETS = 24 * 1024 * 1024
"""Octets of SIP kept for transactions that no call or other subject owns."""
MAX_CALLS = 20_000
MAX_HELD_OCTETS = 24 * 1024 * 1024
"""Octets of SIP kept for subjects that have not settled."""
MAX_REGISTRATIONS = 20_000
MAX_SUBSCRIPTIONS = 20_000
MAX_PUBLICATIONS = 20_000
MAX_PEERS = 10_000
MAX_FAILURES_OF_PEER = 512
"""Failed transactions that are kept of one peer, the latest; everyday ones have a bound of their own."""
MAX_EVERYDAY_OF_PEER = 64
"""Everyday failures (`analyser.track.subjects.is_everyday`) that are kept of one peer, the latest. No rule needs more: it is by their
number that they would push out of memory what tells something."""
MAX_STATUSES_OF_PEER: Final = 1_024
"""Methods and status codes that are told apart in the requests of one peer; further methods count without their name."""
MAX_FAILURES = 5_000
"""The same of all peers together."""
MAX_FAILURE_OCTETS = 12 * 1024 * 1024
"""Octets of SIP that are kept for them, with the calls and registrations that they belong to."""
MAX_SUBJECT_OCTETS = 1024 * 1024
"""Octets of SIP of one subject, beyond which its oldest settled transactions go."""
MAX_COPIES = 64
"""Copies of one message kept in a transaction; further ones are only counted."""
MAX_SUBJECT_TRANSACTIONS = 256
"""Transactions kept in one call, registration, subscription or publication; the oldest settled go first."""
MAX_HOST_PAIRS = 40_000
"""Pairs of hosts of which one was heard talking to the other; beyond it, silence proves nothing."""
