"""Captures to what the tests compare: payloads by the rooms of capture and decode, messages by the pipeline."""

from analyser.capture import read
from analyser.decode import Decoder
from analyser.pipeline import Messages
from analyser.sip import Request, looks_like_sip
from analyser.wire import Coverage


def payloads_of(*paths, coverage=None):
    coverage = coverage or Coverage()
    decoder = Decoder(coverage, looks_like_sip)
    payloads = []
    for batch in read(paths, coverage):
        payloads += decoder.receive(batch)
    return payloads + decoder.close()


def messages_of(*paths, coverage=None):
    """The sightings in the captures, before any is judged or dropped."""
    coverage = coverage or Coverage()
    return list(Messages(coverage).receive(payloads_of(*paths, coverage=coverage)))


def summary_of(sighting):
    """What identifies a message: frame, transport, method or status, CSeq, Call-ID."""
    message = sighting.message
    start = message.method if isinstance(message, Request) else message.status
    transport = sighting.hop.transport.lower()
    return sighting.frames[-1], transport, start, message.cseq, message.cseq_method, message.call_id


def assert_each_frame_counts_once(coverage):
    """The account of frames: what was understood, by what it carried, and what was not, by the reason."""
    assert coverage.carried.total() + coverage.not_decoded.total() == coverage.frames
    assert min([*coverage.carried.values(), *coverage.not_decoded.values()], default=0) >= 0
