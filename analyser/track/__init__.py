"""Sightings -> transactions -> dialogs -> calls, registrations, subscriptions, publications."""

from analyser.track.media import CallMedia, MediaEnd, media_of
from analyser.track.release import Release
from analyser.track.sighting import Sighting
from analyser.track.standing import Standing
from analyser.track.subjects import Call, Dialog, Peer, Publication, Registration, Subject, Subscription
from analyser.track.tracker import Settled, Tracker
from analyser.track.transaction import Ending, Transaction

__all__ = [
    "Call",
    "CallMedia",
    "Dialog",
    "Ending",
    "MediaEnd",
    "Peer",
    "Publication",
    "Registration",
    "Release",
    "Settled",
    "Sighting",
    "Standing",
    "Subject",
    "Subscription",
    "Tracker",
    "Transaction",
    "media_of",
]
