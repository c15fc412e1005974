"""One capture read by several processes: each tracks the calls of its share, and the results are put in the order of one process.

Every process reads and decodes everything, and numbers messages alike; it parses, tracks and judges only its share (`share`,
`worker`). What they send are plain values with their place in the order of events (`places`, `flat`, `said`); the first process, which
reads nothing itself, sorts and joins them (`split`, `merge`), and sees to it that no two shares have to do with each other (`branches`).
"""

from analyser.parallel.share import Entangled
from analyser.parallel.split import Plan, Split, why_not

__all__ = ["Entangled", "Plan", "Split", "why_not"]
