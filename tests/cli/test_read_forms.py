"""`read --format`: every form from the command line, and what goes with which."""

import csv
import io
import json

import pytest

from analyser.cli.forms import FORMS, TABLES
from tests.support.command import run
from tests.support.ladder import parse
from tests.support.samples import SAMPLES

CAPTURE = SAMPLES / "ack-lost-behind-nat.pcap"


@pytest.mark.parametrize("form", FORMS)
def test_a_form_goes_to_a_file_as_to_the_screen(form, tmp_path):
    path = tmp_path / "report"

    shown = run("read", CAPTURE, "--format", form, "--width", "100")
    written = run("read", CAPTURE, "--format", form, "--width", "100", "-o", path)

    assert (shown.returncode, written.returncode) == (0, 0), shown.stderr + written.stderr
    assert written.stdout == ""
    assert path.read_bytes().decode() == shown.stdout
    assert path.stat().st_size > 400


def test_the_document_is_english_unless_asked_and_markdown_speaks_the_locale(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert "呼" in run("read", CAPTURE, "--format", "markdown").stdout
    assert "呼" not in run("read", CAPTURE, "--format", "markdown", "--lang", "en").stdout
    assert json.loads(run("read", CAPTURE, "--format", "json").stdout)["lang"] == "en"
    assert json.loads(run("read", CAPTURE, "--format", "json", "--lang", "ja").stdout)["lang"] == "ja"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_chosen(table):
    result = run("read", CAPTURE, "--format", "csv", "--table", table)

    assert (
        len(list(csv.DictReader(io.StringIO(result.stdout))))
        == {"calls": 1, "messages": 16, "findings": 1}[table]
    )


def test_a_table_is_for_csv():
    result = run("read", CAPTURE, "--table", "calls")

    assert result.returncode == 2
    assert result.stderr == "sip-analyser: --table: is for --format csv\n"


@pytest.mark.parametrize("form", [name for name, form in FORMS.items() if not form.shared])
def test_one_process_writes_what_several_cannot_and_says_so(form):
    alone = run("read", CAPTURE, "--format", form)
    together = run("read", CAPTURE, "--format", form, "--jobs", "2")

    assert together.stdout == alone.stdout
    assert together.stderr == f"sip-analyser: --jobs: one process writes {form}\n"


@pytest.mark.parametrize("form", FORMS)
def test_a_finding_to_fail_on_fails_in_every_form(form):
    assert run("read", CAPTURE, "--format", form, "--fail-on", "error").returncode == 1


def test_filters_choose_calls_and_the_document_says_so():
    whole = json.loads(run("read", SAMPLES / "busy.pcap", "--format", "json").stdout)
    call_id = whole["subjects"][0]["call_id"]

    chosen = json.loads(run("read", SAMPLES / "busy.pcap", "--format", "json", "--call-id", call_id).stdout)

    assert (whole["narrowed"], chosen["narrowed"]) == (False, True)
    assert [subject["call_id"] for subject in chosen["subjects"]] == [call_id]
    ladder = run("read", SAMPLES / "busy.pcap", "--format", "ladder", "--call-id", call_id).stdout
    assert len(parse(ladder).steps) == len(chosen["subjects"][0]["messages"])


def test_what_is_not_severe_enough_is_in_no_form():
    document = json.loads(
        run("read", SAMPLES / "scanner.pcap", "--format", "json", "--min-severity", "error").stdout
    )
    table = run(
        "read", SAMPLES / "scanner.pcap", "--format", "csv", "--table", "findings", "--min-severity", "error"
    ).stdout

    assert {case["severity"] for case in document["findings"]} <= {"error"}
    assert {row["severity"] for row in csv.DictReader(io.StringIO(table))} <= {"error"}


def test_a_capture_that_is_not_there_is_one_line_in_every_form(tmp_path):
    for form in FORMS:
        path = tmp_path / f"report.{form}"
        result = run("read", tmp_path / "none.pcap", "--format", form, "-o", path)

        assert result.returncode == 2
        assert result.stderr.count("\n") == 1
        assert not path.exists()


def test_a_redacted_ladder_says_so_and_is_read_back():
    plain = run("read", CAPTURE, "--format", "ladder").stdout
    redacted = run("read", CAPTURE, "--format", "ladder", "--redact").stdout

    assert redacted.startswith("# Redacted: ")
    assert "Redacted" not in plain
    arrows, others = (
        [
            (step.time, step.source.name, step.target.name, step.status, step.marks)
            for step in parse(text).steps
        ]
        for text in (redacted, plain)
    )
    assert arrows == others
