"""Messages as plain values come back as they were parsed."""

import marshal
from pathlib import Path

import pytest

from analyser import analyse
from analyser.parallel.letters import of_message, to_message
from analyser.sip import Request
from analyser.track import Sighting

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").glob("*.pcap"))
FOUND = (
    "raw",
    "missing",
    "call_id",
    "version",
    "body_at",
    "cseq",
    "cseq_method",
    "branch",
    "from_tag",
    "to_tag",
    "content_length",
    "scan_defects",
    "defects",
)


def told(message):
    start = (
        (message.method, message.uri) if isinstance(message, Request) else (message.status, message.reason)
    )
    return type(message), start, [getattr(message, name) for name in FOUND], str(message.headers)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_message_comes_back_as_it_was(path):
    messages = [event.message for event in analyse([path], rules=()) if isinstance(event, Sighting)]
    returned = [to_message(marshal.loads(marshal.dumps(of_message(message)))) for message in messages]

    assert [told(message) for message in returned] == [told(message) for message in messages]
