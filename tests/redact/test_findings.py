"""The same findings at the same messages with pseudonyms as without: in the run itself, and in the capture that `extract --redact` writes."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyser import Finding, Sighting, analyse
from analyser.annotate import Summary
from analyser.cli.extract import extract
from analyser.errors import CaptureError
from analyser.redact import Redactor
from tests.rules.test_pages import CASES
from tests.support.pcap import capture
from tests.support.samples import SAMPLES

KEYS = (b"k" * 32, b"o" * 32)
OVERLAP = ("destination-unknown", "Silent: still dialling")
"""A number that is dialled digit by digit: numbers are pseudonymised from the right, so the longer one does not begin as the shorter did,
and the rule cannot tell that the one goes on with the other."""
TLS = "tls-"
"""Rules about TLS connections, which are no messages: a redacted excerpt does not hold them."""
CORPUS = Path(os.environ.get("SIP_ANALYSER_CORPUS", "")) / "captures"
PRESENT = bool(os.environ.get("SIP_ANALYSER_CORPUS")) and CORPUS.is_dir()


def found(path, key=None):
    """Findings, with the number of the message that each cites first; and how many messages there were."""
    findings, messages = Counter(), 0
    for event in analyse([path], redactor=None if key is None else Redactor(key)):
        if isinstance(event, Finding):
            at = event.evidence.at
            findings[
                event.rule.id, str(event.severity), at.number if isinstance(at, Sighting) else -at.frame
            ] += 1
        elif isinstance(event, Summary):
            assert not event.crashed, event.crashed
            messages = event.messages
    return findings, messages


def excerpt(path, folder, *options):
    """What `extract` makes of a whole capture; None where nothing was to be had."""
    written = folder / f"{len(options)}.pcapng"
    result = CliRunner().invoke(extract, [str(path), "-o", str(written), "--since", "+0", *options])
    assert result.exit_code in (0, 1), result.output
    return written if written.exists() else None


def assert_alike(path, folder):
    plain, redacted = excerpt(path, folder), excerpt(path, folder, "--redact")
    assert (plain is None) == (redacted is None)
    if plain is not None:
        findings, messages = found(plain)
        assert found(redacted) == (
            Counter({each: count for each, count in findings.items() if not each[0].startswith(TLS)}),
            messages,
        )


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.pcap")))
def test_samples(name, tmp_path):
    plain = found(SAMPLES / name)

    for key in KEYS:
        assert found(SAMPLES / name, key) == plain
    assert_alike(SAMPLES / name, tmp_path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.page.stem}: {case.name}")
def test_ladders(case, tmp_path):
    if (case.page.stem, case.name) == OVERLAP:
        pytest.xfail("overlap dialling")
    path = tmp_path / "ladder.pcap"
    path.write_bytes(capture(case.compile()).data)

    assert found(path, KEYS[0]) == found(path)
    assert_alike(path, tmp_path)


def readable():
    return sorted(path.name for path in CORPUS.glob("*cap*")) if PRESENT else []


@pytest.mark.corpus
@pytest.mark.skipif(not PRESENT, reason="SIP_ANALYSER_CORPUS names no folder of real captures")
@pytest.mark.parametrize("name", readable())
def test_corpus(name, tmp_path):
    try:
        plain = found(CORPUS / name)
    except CaptureError as unreadable:
        with pytest.raises(CaptureError, match=re.escape(str(unreadable))):
            found(CORPUS / name, KEYS[0])
        return

    assert found(CORPUS / name, KEYS[0]) == plain
    if not name.startswith("sips-"):  # what keys opened is in the redacted excerpt, and sealed in the other
        assert_alike(CORPUS / name, tmp_path)
