"""Excerpts for tests: cut out, and what an analysis tells of them apart from where it stands."""

import io
import json
import re

from analyser import analyse
from analyser.cli.selection import keep
from analyser.excerpt import choose, pick, write_pcap, write_pcapng
from analyser.report.jsonl import JsonLines

_PLACES = frozenset(
    {
        "number",
        "frame",
        "frames",
        "input",
        "request_frame",
        "final_frame",
        "ack_frame",
        "forward_of",
        "first_frame",
    }
)
_IN_WORDS = re.compile(r"frames? \d+")
_TOLD = frozenset(
    {"message", "finding", "call", "registration", "subscription", "publication", "transaction"}
)


def kept(call_ids=(), numbers=(), since=None, until=None):
    return keep(call_ids, numbers, since, until)


def cut(paths, target, keeping=None, wanted=None, **options):
    """Write the excerpt; None where nothing is chosen."""
    inputs = [str(path) for path in paths]
    choice = choose(inputs, keeping, wanted, **options)
    if not choice:
        return None
    with target.open("wb") as file:
        if target.suffix == ".pcap":
            return write_pcap(file, pick(inputs, choice))
        return write_pcapng(file, pick(inputs, choice), watched_until=choice.watched_until)


def told(paths, keeping=None, **options):
    """Messages, findings and subjects as JSON lines tell them, without the places where they stand."""
    stream = io.StringIO()
    lines = JsonLines(stream)
    for event in analyse([str(path) for path in paths], keep=keeping, **options):
        lines.receive(event)
    return sorted(
        json.dumps(_placeless(event), sort_keys=True)
        for event in map(json.loads, stream.getvalue().splitlines())
        if event["event"] in _TOLD
    )


def _placeless(value):
    if isinstance(value, dict):
        return {
            name: each is not None if name in _PLACES else _placeless(each) for name, each in value.items()
        }
    if isinstance(value, str):
        return _IN_WORDS.sub("frame N", value)
    return [_placeless(each) for each in value] if isinstance(value, list) else value
