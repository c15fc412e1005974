"""Ladders straight into the tracker: no packets, no rules."""

from analyser.sip import parse
from analyser.track import Sighting, Tracker
from analyser.wire import Coverage, Endpoint, Hop
from tests.support.ladder import SECOND, compile_ladder

START = 1_767_603_600 * SECOND


def sightings(text):
    """The messages of a ladder, as a capture with one frame a message would show them."""
    seen = []
    for number, arrow in enumerate(compile_ladder(text).arrows, 1):
        hop = Hop(
            Endpoint(arrow.source.host, arrow.source.port),
            Endpoint(arrow.target.host, arrow.target.port),
            arrow.transport.upper(),
        )
        ident = number - 1 if arrow.copy else number
        seen.append(Sighting(number, START + arrow.time, hop, parse(arrow.data), (number,), ident))
    return seen


class Scene:
    """A ladder, followed to its end."""

    def __init__(self, text, until=None):
        self.coverage = Coverage()
        self.sightings = sightings(text)
        self.tracker = Tracker(self.coverage)
        self.settled = []
        for sighting in self.sightings:
            self.tracker.receive(sighting)
            self.settled += self.tracker.drain()
        ends = compile_ladder(text).ends if until is None else int(until * SECOND)
        self.tracker.close(None if ends is None else START + ends)
        self.settled += self.tracker.drain()

    def all(self, kind, method=None):
        """What settled of one kind, in the order in which it began."""
        found = [subject for subject in self.settled if type(subject) is kind]
        if method is not None:
            found = [subject for subject in found if subject.method == method]
        if found and hasattr(found[0], "requests") and hasattr(found[0], "branch"):
            found.sort(key=lambda transaction: transaction.first.number)
        return found

    def one(self, kind, method=None):
        (found,) = self.all(kind, method)
        return found
