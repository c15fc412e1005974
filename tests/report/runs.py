"""Ladders -> events -> report text, without a capture file."""

import io
import re

from analyser.annotate import Annotator, CaptureStart
from analyser.report.terminal import TerminalReport
from analyser.sip import parse
from analyser.track import Sighting, Tracker
from analyser.wire import SECOND, Coverage, Endpoint, Hop
from tests.support.ladder import compile_ladder

START = 1_700_000_000 * SECOND
SGR = re.compile(r"\x1b\[[0-9;]*m")


def messages(ladder):
    """The messages of a ladder: time in ns, source, target, transport, octets."""
    for arrow in compile_ladder(ladder).arrows:
        source, target = (Endpoint(station.host, station.port) for station in (arrow.source, arrow.target))
        yield arrow.time, Hop(source, target, arrow.transport.upper()), arrow.data


def sightings(exchange):
    for number, (time, hop, octets) in enumerate(exchange, 1):
        message = parse(octets)
        assert message is not None, octets
        yield Sighting(number, START + time, hop, message, (number,))


def events_of(exchange, rules=(), inputs=("call.pcap",), coverage=None):
    """What an analysis yields of these messages."""
    exchange = list(exchange)
    coverage = coverage or Coverage(frames=len(exchange))
    tracker, annotator = Tracker(coverage), Annotator(rules, coverage)

    def settled():
        for subject in tracker.drain():
            yield subject
            yield from annotator.settled(subject)

    yield CaptureStart(inputs)
    for sighting in sightings(exchange):
        tracker.receive(sighting)
        yield from settled()
        yield sighting
        yield from annotator.sighted(sighting)
    tracker.close()
    yield from settled()
    yield annotator.summary


def events(ladder, rules=(), **options):
    return events_of(messages(ladder), rules, **options)


def report_of(happened, width=80, *, colour=False, **options):
    """The text of the report on these events."""
    stream = io.StringIO()
    report = TerminalReport(stream, width, colour, **options)
    for event in happened:
        report.receive(event)
    report.finish()
    return stream.getvalue()
