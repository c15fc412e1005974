"""Excerpts of captures: the packets of some calls, as they were captured.

In two passes over the files: `choose` tracks and judges, and says which frames, connections and media are wanted; `pick` gives
their packets, which `write_pcapng` and `write_pcap` write; `pick_redacted` makes packets of redacted messages instead. So nothing but numbers is held of what was read.
"""

from analyser.excerpt.choice import Choice
from analyser.excerpt.choosing import choose
from analyser.excerpt.picking import Captured, pick
from analyser.excerpt.redacted import pick_redacted
from analyser.excerpt.small import Excerpt, excerpt
from analyser.excerpt.writing import Written, write_pcap, write_pcapng

__all__ = [
    "Captured",
    "Choice",
    "Excerpt",
    "Written",
    "choose",
    "excerpt",
    "pick",
    "pick_redacted",
    "write_pcap",
    "write_pcapng",
]
