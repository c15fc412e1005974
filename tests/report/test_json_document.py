"""The whole report as JSON: the schema holds it, whatever the wire says, and it is the same each time."""

import io
import json
from pathlib import Path

import jsonschema
import pytest

from analyser.pipeline import analyse
from analyser.report.json_document import JsonDocument
from analyser.wire import Coverage
from tests.report import runs, sample_rules
from tests.report.test_hostile import PAYLOADS, poisoned
from tests.support.samples import SAMPLES

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def document(events, **options):
    stream = io.StringIO()
    report = JsonDocument(stream, **options)
    for event in events:
        report.receive(event)
    report.finish()
    return stream.getvalue()


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pcap")), ids=lambda path: path.stem)
def test_every_sample_keeps_to_the_schema(path, lang):
    text = document(analyse([path], media=True), lang=lang)

    VALIDATOR.validate(json.loads(text))
    assert text == document(analyse([path], media=True), lang=lang)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_hostile_text_keeps_to_the_schema(payload):
    coverage = Coverage(frames=1, notes=[payload.decode(errors="surrogateescape")])

    text = document(runs.events_of(poisoned(payload), sample_rules.ALL, coverage=coverage))

    assert text.isascii()
    VALIDATOR.validate(json.loads(text))


def test_subjects_stand_last_one_a_line():
    text = document(analyse([SAMPLES / "scanner.pcap"]))

    whole = json.loads(text)
    assert list(whole)[-1] == "subjects"
    lines = text.partition('"subjects":[\n')[2].splitlines()
    assert [json.loads(line.rstrip(",")) for line in lines[: len(whole["subjects"])]] == whole["subjects"]


def test_a_run_without_messages_keeps_to_the_schema():
    whole = json.loads(document(runs.events_of([])))

    VALIDATOR.validate(whole)
    assert whole["subjects"] == []
