"""Reads SIP from captures, annotates every status line, and says what went wrong.

from analyser import Finding, analyse

for event in analyse(["call.pcap"]):
    if isinstance(event, Finding):
        print(event.severity, event.frame, event.rule.summary)
"""

from typing import TYPE_CHECKING, Any

from analyser import compiled as _compiled  # noqa: F401 - first: it decides which form of the rooms is imported
from analyser.version import __version__

if TYPE_CHECKING:
    from analyser.annotate import Annotation, CaptureStart, Event, Finding, Summary, annotate
    from analyser.pipeline import analyse
    from analyser.tls import TlsConnection
    from analyser.track import (
        Call,
        Peer,
        Publication,
        Registration,
        Sighting,
        Subscription,
        Transaction,
    )
    from analyser.wire import RtpStream

__all__ = [
    "Annotation",
    "Call",
    "CaptureStart",
    "Event",
    "Finding",
    "Peer",
    "Publication",
    "Registration",
    "RtpStream",
    "Sighting",
    "Subscription",
    "Summary",
    "TlsConnection",
    "Transaction",
    "__version__",
    "analyse",
    "annotate",
]

_ROOMS = {"TlsConnection": "tls", "RtpStream": "wire"}
_ANNOTATE = frozenset({"Annotation", "CaptureStart", "Event", "Finding", "Summary", "annotate"})


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `explain 412` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module 'analyser' has no attribute {name!r}")
    if name == "analyse":
        from analyser.pipeline import analyse  # noqa: PLC0415

        return analyse
    import importlib  # noqa: PLC0415

    room = "annotate" if name in _ANNOTATE else _ROOMS.get(name, "track")
    return getattr(importlib.import_module(f"analyser.{room}"), name)
