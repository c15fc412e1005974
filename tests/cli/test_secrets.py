"""Digest responses, keys and passwords are in no output in full, redacted or not."""

import pytest

from analyser.cli.forms import FORMS, TABLES
from tests.cli.test_live import live
from tests.support import secrets
from tests.support.command import run
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture
from tests.support.samples import SAMPLES


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "secrets.pcap"
    made.write_bytes(capture(compile_ladder(secrets.LADDER)).data)
    assert len(secrets.printed(made.read_bytes().decode("latin-1"))) == len(secrets.WORDS)
    return made


@pytest.mark.parametrize(
    ("form", "arguments"),
    [*((form, ["--all-calls"]) for form in FORMS), *(("csv", ["--table", table]) for table in TABLES)],
)
def test_no_form_prints_a_secret_in_full(form, arguments, path):
    result = run("read", path, "--format", form, *arguments)

    assert result.returncode == 0, result.stderr
    assert len(result.stdout) > 100
    assert not secrets.printed(result.stdout)


@pytest.mark.parametrize("form", ["text", "junit", "sarif", "github", "json"])
def test_no_form_of_a_check_does(form, path, tmp_path):
    known = tmp_path / "known.json"
    result = run("check", path, "--format", form, "--fail-on", "notice", "--write-baseline", known)

    assert result.returncode == 1
    assert "registration-refused" in result.stdout
    assert not secrets.printed(result.stdout)
    assert not secrets.printed(known.read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", ["terminal", "json", "html"])
def test_no_form_of_a_comparison_does(form, path):
    for pair in ((path, SAMPLES / "busy.pcap"), (path, path, "--calls", "frame:1", "frame:4")):
        result = run("diff", *pair, "--format", form)

        assert result.returncode == 0, result.stderr
        assert len(result.stdout) > 400
        assert not secrets.printed(result.stdout)


@pytest.mark.parametrize("form", ["terminal", "jsonl"])
def test_no_line_of_live_does(form, path, monkeypatch):
    result, _ = live(monkeypatch, path, "--format", form, "--all-calls")

    assert result.output.count("INVITE") > 2
    assert not secrets.printed(result.output)
