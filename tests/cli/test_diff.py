"""`diff`: which calls are chosen, what is refused, where it goes."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyser.cli.diff import diff_command
from analyser.errors import UsageError
from tests.support.samples import SAMPLES

HEALTHY, BUSY, SCANNER, LOOP, RECOVERY = (
    str(SAMPLES / f"{name}.pcap")
    for name in ("healthy-call", "busy", "scanner", "publish-412-loop", "publish-412-recovery")
)


def run(*arguments):
    result = CliRunner().invoke(diff_command, arguments, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


def document(*arguments):
    return json.loads(run(*arguments, "--format", "json").output)


def call_ids(path):
    """The Call-IDs of the two calls of the sample."""
    from analyser.pipeline import analyse
    from analyser.track import Call

    return [event.call_id for event in analyse([path]) if isinstance(event, Call)]


def test_two_captures_as_text():
    output = run(HEALTHY, BUSY).output

    assert output.startswith(f"A  {HEALTHY}\n")
    assert "WHAT DIFFERS" not in output
    assert "--calls CALL-ID CALL-ID" in output


def test_one_call_each_needs_no_options():
    assert "first divergence" in run(LOOP, RECOVERY).output


def test_of_many_calls_none_is_chosen():
    assert document(HEALTHY, BUSY)["call"] is None


def test_a_filter_that_leaves_one_call_chooses_it():
    first, second = call_ids(BUSY)
    found = document(HEALTHY, BUSY, "--call-id", first, "--call-id", call_ids(HEALTHY)[0])

    assert found["call"]["b"]["call_id"] == first != second


def test_two_calls_of_one_capture_by_call_id():
    first, second = call_ids(BUSY)
    call = document(BUSY, "--calls", first, second)["call"]

    assert (call["a"]["call_id"], call["b"]["call_id"]) == (first, second)
    assert call["a"]["outcome"] == "refused with 486 Busy Here"
    assert call["b"]["outcome"] == "refused with 603 Decline"
    assert document(BUSY, "--calls", first[:6], second[:6])["call"]["sentences"] == call["sentences"]


def test_findings_are_those_of_the_chosen_calls():
    mismatch = str(SAMPLES / "codec-mismatch-488.pcap")
    found = document(SCANNER, mismatch, "--calls", "frame:25", "frame:1")

    assert {finding["rule"] for finding in found["findings"] if finding["b"]} == {"offer-refused"}
    assert {
        finding["rule"] for finding in document(BUSY, mismatch, "--calls", "frame:1", "frame:1")["findings"]
    } == {"offer-refused"}


def test_calls_by_a_frame():
    first, second = call_ids(BUSY)
    found = document(BUSY, BUSY, "--calls", "frame:1", "frame:1:16")

    assert [found["call"][side]["call_id"] for side in ("a", "b")] == [first, second]
    assert found["captures"] is False
    assert found["codes"] == []


def test_a_choice_that_is_no_call_or_several():
    with pytest.raises(UsageError, match="no call 'nowhere' in B"):
        run(HEALTHY, BUSY, "--calls", "frame:1", "nowhere")
    with pytest.raises(UsageError, match=r"is several calls in A .*: \S+, \S+"):
        run(SCANNER, HEALTHY, "--calls", call_ids(SCANNER)[0][:1], "frame:1")
    with pytest.raises(UsageError, match="a Call-ID"):
        run(HEALTHY, BUSY, "--calls", "", "x")


def test_a_call_id_that_another_begins_with(monkeypatch):
    from analyser.cli import diff
    from analyser.report.diff.taken import Match, Taken

    taken = Taken(lambda _subject: True)
    taken.matches = [Match(object(), "abc"), Match(object(), "abcd")]
    diff._check(taken, "abc", "A", None)

    assert [match.call_id for match in taken.matches] == ["abc"]


@pytest.mark.parametrize(
    "arguments", [(HEALTHY,), (HEALTHY, BUSY, BUSY), ("-", "-"), (HEALTHY, ""), ("-", "--calls", "a", "b")]
)
def test_not_two_captures(arguments):
    with pytest.raises(UsageError):
        run(*arguments)


def test_the_exit_status():
    assert run(HEALTHY, HEALTHY, "--exit-code").return_value == 0
    assert run(LOOP, RECOVERY, "--exit-code").return_value == 1
    assert run(LOOP, RECOVERY).return_value == 0
    assert run(HEALTHY, BUSY, "--exit-code").return_value == 0


def test_rules_and_severity_choose_the_findings():
    assert document(HEALTHY, SCANNER)["findings"]
    assert document(HEALTHY, SCANNER, "--min-severity", "error")["findings"] == []
    [finding] = document(HEALTHY, SCANNER, "--select", "server-sweep")["findings"]
    assert finding["rule"] == "server-sweep"


def test_json_is_english_unless_asked_otherwise(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")

    assert document(LOOP, RECOVERY)["lang"] == "en"
    assert document(LOOP, RECOVERY, "--lang", "ja")["sentences"][1].startswith("最初の分かれ目")


def test_two_runs_are_the_same():
    assert run(SCANNER, BUSY, "--format", "json").output == run(SCANNER, BUSY, "--format", "json").output


def test_a_page_in_a_file(tmp_path):
    target = tmp_path / "diff.html"
    run(LOOP, RECOVERY, "--format", "html", "-o", str(target))

    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(UsageError, match="is the capture itself"):
        run(LOOP, RECOVERY, "-o", LOOP)


def test_digest_responses_are_in_no_form(tmp_path):
    from analyser.pipeline import analyse
    from analyser.track import Sighting

    wrong = str(SAMPLES / "wrong-password.pcap")
    secrets = {
        auth.params[name]
        for event in analyse([wrong])
        if isinstance(event, Sighting)
        for auth in event.message.credentials
        for name in ("response", "cnonce")
        if name in auth.params
    }
    assert secrets
    for form in ("terminal", "json", "html"):
        output = run(wrong, str(SAMPLES / "registration-expiry.pcap"), "--format", form).output
        assert not [secret for secret in secrets if secret in output]


def test_a_name_that_is_no_text_and_marks_of_direction_are_escapes_in_json(tmp_path):
    name = os.fsdecode(b"\xff\xe2\x80\xae\xc2\x9b31m.pcap")
    (tmp_path / name).write_bytes(Path(BUSY).read_bytes())
    written = tmp_path / "diff.json"

    run(BUSY, str(tmp_path / name), "--format", "json", "-o", str(written))

    assert written.read_bytes().isascii()
    assert json.loads(written.read_text())["b"]["inputs"] == [str(tmp_path / name)]


def test_where_the_filters_let_nothing_through_nothing_is_called_the_same():
    output = " ".join(run(HEALTHY, BUSY, "--number", "5550000").output.split())

    assert "Nothing was compared: neither capture holds a SIP message" in output
    assert "the filters let none through" in output
    assert "say the same" not in output
