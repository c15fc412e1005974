"""HEP agents for tests, and what a source of live packets gave."""

import socket
import time

import numpy as np

from analyser.decode import Decoder
from analyser.pipeline import Messages
from analyser.sip import looks_like_sip
from analyser.wire import Coverage

LONG = 10.0
"""Seconds after which a test gives up waiting for what must come."""


def agent(listener, kind=socket.SOCK_DGRAM):
    """A socket connected to the listener."""
    host, port = listener.address
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    made.settimeout(LONG)
    made.connect((host, port))
    return made


def batches_of(live, packets):
    """What comes until there are so many packets."""
    batches, until = [], time.monotonic() + LONG
    while sum(map(len, batches)) < packets and time.monotonic() < until:
        batch = live.receive(0.1)
        if batch is not None:
            batches.append(batch)
    assert sum(map(len, batches)) == packets
    return batches


def turn_until(live, condition):
    """Let the source work until the condition holds; the batches that came meanwhile."""
    batches, until = [], time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < until
        batch = live.receive(0.02)
        if batch is not None:
            batches.append(batch)
    return batches


def packets_of(batch):
    """The octets of each packet."""
    return [
        batch.buffer[at : at + size]
        for at, size in zip(batch.offset.tolist(), batch.caplen.tolist(), strict=True)
    ]


def lost_in(batches):
    return int(sum(0 if batch.lost is None else np.sum(batch.lost) for batch in batches))


def payloads_in(batches, coverage=None):
    decoder = Decoder(coverage or Coverage(), looks_like_sip)
    payloads = [payload for batch in batches for payload in decoder.receive(batch)]
    return payloads + decoder.close()


def sightings_in(batches, coverage=None):
    coverage = coverage or Coverage()
    return list(Messages(coverage).receive(payloads_in(batches, coverage)))
