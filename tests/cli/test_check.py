"""`sip-analyser check`: assertions, exit statuses, files, and what it says when it can't."""

import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from analyser import cli
from analyser.annotate.kpi import Kpis
from analyser.pipeline import analyse
from analyser.report.check.demands import demands
from analyser.report.check.expression import Figure
from analyser.report.check.figures import Figures
from analyser.report.check.names import DELAYS, FIGURES, FUNCTIONS, RATIOS
from analyser.report.check.parser import parse_expression
from analyser.report.check.seen import Seen
from analyser.rules import all_rules

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_pcaps"
BUSY = SAMPLES / "busy.pcap"
STUCK = SAMPLES / "stuck-on-trying.pcap"
HEALTHY = SAMPLES / "healthy-call.pcap"


class Ran(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def run(*arguments):
    """In this process: starting one for each would take minutes."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        status = cli.run(list(map(str, arguments)))
    return Ran(status, stdout.getvalue(), stderr.getvalue())


def check(*arguments):
    """The JSON document of a check, after its exit status was held against it."""
    result = run("check", "--format", "json", *arguments)
    assert not result.stderr
    found = json.loads(result.stdout)
    assert result.returncode == (0 if found["holds"] else 1)
    return found


def holds(*arguments):
    return [each["holds"] for each in check(*arguments)["assertions"]]


def test_without_an_assertion_errors_fail():
    assert holds(HEALTHY) == [True]
    assert holds(STUCK) == [False]
    assert check(STUCK)["assertions"][0]["kind"] == "fail-on"


def test_with_an_assertion_nothing_else_is_asserted():
    assert holds(STUCK, "--expect", "calls == 4") == [True]


@pytest.mark.parametrize(("severity", "passes"), [("error", True), ("warning", True), ("notice", False)])
def test_fail_on(severity, passes):
    capture = SAMPLES / "cancel-race.pcap"

    assert holds(capture, "--fail-on", severity) == [passes]


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("SER >= 30 and ser < 34%", True),
        ("SER >= 95", False),
        ("p95(pdd) < 3", True),
        ("p95(pdd) < 100ms", False),
        ("mean(PDD) == PDD", True),
        ("max(PDD) >= p95(PDD) and p95(PDD) >= p50(PDD)", True),
        ("count(PDD) == 1", True),
        ("RRD < 10", False),
        ("not RRD < 10", False),
        ("count(RRD) == 0 or RRD < 10", True),
        ("code(487) == 4 and code(INVITE:487) == 4", True),
        ("code(2xx) == code(200)", True),
        ("code(INVITE:2xx) < code(2xx)", True),
        ("method(INVITE) > 3 and method(MESSAGE) == 0", True),
        ("finding(stuck-on-trying) == findings", True),
        ("finding(calls) == errors + warnings + notices", True),
        (
            "messages == 41 and frames == 42 and undecoded + lost + truncated + gaps + evicted + notes == 0",
            True,
        ),
        ("duration > 3 min", True),
        ("attempts == count(SER)", True),
        ("known == 0 and duplicates == 0 and retransmissions == 0", True),
    ],
)
def test_expect(expression, passes):
    assert holds(STUCK, "--expect", expression) == [passes]


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        ("486", True),
        ("INVITE:486", True),
        ("invite:4XX", True),
        ("BYE:486", False),
        ("503", False),
        ("5xx", False),
    ],
)
def test_expect_code(code, passes):
    assert holds(BUSY, "--expect-code", code) == [passes]


def test_forbid_and_require_take_rules_and_families():
    assert holds(STUCK, "--forbid", "stuck-on-trying", "--forbid", "calls", "--forbid", "media") == [
        False,
        False,
        True,
    ]
    assert holds(STUCK, "--require", "stuck-on-trying", "--require", "calls", "--require", "media") == [
        True,
        True,
        False,
    ]


def test_a_failure_names_the_frames_and_the_remedy():
    result = run("check", STUCK, "--forbid", "stuck-on-trying")

    assert result.returncode == 1
    assert re.search(r"^FAILED  no finding of stuck-on-trying$", result.stdout, re.MULTILINE)
    assert re.search(r"Where  frame 4; alice@example\.com to \+442071838750@example\.net", result.stdout)
    assert re.search(r"Next   Go to 203\.0\.113\.9:5080", result.stdout)


def test_options_of_read_choose_here_too():
    assert holds(STUCK, "--ignore", "stuck-on-trying") == [True]
    assert check(STUCK, "--until", "+1", "--expect", "messages < 10")["holds"]
    assert check(STUCK, "--number", "+442071838751", "--expect", "calls == 1")["holds"]
    loose = [f"--set=stuck-on-trying.{severity}=100000" for severity in ("notice", "warning", "error")]
    assert holds(STUCK, "--forbid", "stuck-on-trying", *loose) == [True]


def test_a_directory_is_one_run():
    found = check(SAMPLES, "--fail-on", "warning")

    assert len(found["inputs"]) == len(list(SAMPLES.glob("*.pcap")))
    assert len({place["input"] for each in found["findings"] for place in each["places"]}) > 3


def test_a_baseline_is_written_and_then_holds(tmp_path):
    known = tmp_path / "known.json"
    written = run("check", SAMPLES, "--write-baseline", known)

    assert written.returncode == 0
    assert re.search(r"\d+ entries written to", written.stderr)
    assert holds(SAMPLES, "--baseline", known, "--fail-on", "notice") == [True]
    assert check(BUSY, "--baseline", known, "--fail-on", "notice")["baseline"]["gone"]
    one = known.read_bytes()
    run("check", SAMPLES, "--write-baseline", known)
    assert known.read_bytes() == one


def test_a_baseline_may_be_made_anew_in_place(tmp_path):
    known = tmp_path / "known.json"
    run("check", BUSY, STUCK, "--write-baseline", known)
    before = known.read_text()

    again = run("check", BUSY, "--baseline", known, "--write-baseline", known)

    assert again.returncode == 0
    assert len(known.read_text()) < len(before)


ONE_KEY, ANOTHER_KEY = (("--redact", "--redact-key", f"a key for {whom}") for whom in ("tests", "others"))


@pytest.mark.parametrize(
    ("made", "read", "why"),
    [
        (ONE_KEY, ONE_KEY, ""),
        (ONE_KEY, ANOTHER_KEY, "holds the pseudonyms of another --redact-key"),
        (ONE_KEY, ("--redact",), "holds the pseudonyms of another --redact-key"),
        (ONE_KEY, (), "holds pseudonyms (--redact)"),
        ((), ONE_KEY, "holds names, and this run has pseudonyms"),
    ],
)
def test_a_baseline_of_pseudonyms_fits_runs_with_their_key(tmp_path, made, read, why):
    known = tmp_path / "known.json"
    assert run("check", STUCK, "--write-baseline", known, *made).returncode == 0

    result = run("check", STUCK, "--baseline", known, "--fail-on", "notice", *read)

    assert result.returncode == (2 if why else 0)
    assert why in result.stderr
    assert not why or not result.stdout


def test_a_baseline_that_names_nobody_fits_every_run(tmp_path):
    known = tmp_path / "known.json"
    known.write_text('{"baseline": "sip-analyser", "schema": "1.0", "known": [{"rule": "stuck-on-trying"}]}')

    for redacted in ((), ("--redact",), ONE_KEY):
        assert holds(STUCK, "--baseline", known, "--fail-on", "notice", *redacted) == [True]


def test_two_runs_say_the_same(tmp_path):
    for form in ("text", "junit", "sarif", "github", "json"):
        one, other = (run("check", SAMPLES, "--format", form, "--expect", "SER > 99") for _ in range(2))
        assert one.stdout == other.stdout
        assert one.returncode == other.returncode == 1


def test_machines_read_english_whatever_the_locale(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    for form in ("junit", "sarif", "github", "json"):
        shown = run("check", STUCK, "--format", form).stdout
        assert not re.search(
            r"[\u3040-\u30ff]",
            json.dumps(json.loads(shown), ensure_ascii=False) if form in ("sarif", "json") else shown,
        )
    assert "不合格" in run("check", STUCK).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--expect", "SRE >= 95"], "--expect: 'SRE' is no figure; did you mean SER?"),
        (["--expect", "SER"], "--expect: compares nothing"),
        (["--expect-code", "48"], "--expect-code '48': write 486, 4xx or INVITE:486"),
        (["--expect-code", "INVTE:486"], "no such method; did you mean INVITE?"),
        (["--expect", "answered > 1"], "'answered' is no figure (see 'sip-analyser check --help')"),
        (["--forbid", "stuck-on-tryin"], "did you mean stuck-on-trying?"),
        (["--require", "zzz"], "'zzz' is no rule or family"),
        (["--forbid", "stuck-on-trying", "--ignore", "calls"], "stuck-on-trying does not run"),
        (["--expect", "finding(media) == 0", "--select", "calls"], "media does not run"),
        (["--baseline", "/nowhere/known.json"], "/nowhere/known.json: No such file"),
        (["--write-baseline", "/nowhere/known.json"], "/nowhere/known.json: No such file"),
        (["-o", "/nowhere/out"], "/nowhere/out: No such file"),
        (["-o", str(STUCK)], "is the capture itself"),
        (["--write-baseline", str(STUCK)], "is the capture itself"),
        (["--format", "yaml"], "'yaml' is not one of"),
        (
            ["--redact", "--write-baseline", "known.json"],
            "--write-baseline with --redact: needs --redact-key",
        ),
        (["--redact-key", "a key for tests"], "--redact-key belongs to --redact"),
    ],
)
def test_what_cannot_run_says_why_and_exits_with_2(arguments, message):
    result = run("check", STUCK, *arguments)

    assert result.returncode == 2
    assert not result.stdout
    assert result.stderr.startswith("sip-analyser: ")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_caret_points_at_the_mistake():
    result = run("check", STUCK, "--expect", "calls > 1 and SRE >= 95")

    _, shown, caret = result.stderr.splitlines()
    assert shown[caret.index("^") :].startswith("SRE")


def test_the_caret_is_at_its_place_behind_wide_and_invisible_text():
    result = run("check", STUCK, "--expect", "通話 > 1")

    first, shown, caret = result.stderr.splitlines()
    assert "通" in first
    assert caret.index("^") == shown.index("通")
    assert "\x1b" not in run("check", STUCK, "--expect", "calls \x1b[2J > 1").stderr


def test_files_are_not_written_over_each_other(tmp_path):
    known, out = tmp_path / "known.json", tmp_path / "out.xml"
    run("check", STUCK, "--write-baseline", known)

    assert run("check", STUCK, "-o", known, "--baseline", known).returncode == 2
    assert run("check", STUCK, "-o", out, "--write-baseline", out).returncode == 2
    assert not out.exists()
    assert run("check", tmp_path / "missing.pcap", "-o", out).returncode == 2
    assert not out.exists()


def test_the_file_is_whole_even_where_the_assertions_fail(tmp_path):
    out = tmp_path / "out.xml"

    result = run("check", STUCK, "--format", "junit", "-o", out)

    assert result.returncode == 1
    assert (result.stdout, result.stderr) == ("", "stuck-on-trying.pcap: the assertion failed.\n")
    assert etree.parse(out).getroot().tag == "testsuites"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("form", ["text", "sarif"])
def test_standard_input_is_a_capture(form):
    result = subprocess.run(
        [sys.executable, "-m", "analyser", "check", "-", "--format", form],
        input=STUCK.read_bytes(),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )

    assert result.returncode == 1, result.stderr
    assert b"stuck-on-trying" in result.stdout


def test_a_reader_that_has_gone_is_no_error():
    command = f"{sys.executable} -m analyser check {SAMPLES} --fail-on notice --format json | head -1"
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )

    assert result.stdout == "{\n"
    assert not result.stderr


def test_every_figure_measures_what_the_report_says():
    """The names lead to the durations that the key figures are made of."""
    seen = Seen()
    for event in analyse([SAMPLES], release=True, brief=True):
        seen.receive(event)
    known = {kpi.id: kpi for kpi in seen.summary.kpis.figures()}

    assert {*RATIOS, *DELAYS} == set(known) == {kpi.id for kpi in Kpis().figures()}
    figures = Figures(seen, seen.tallies(), all_rules())
    for name in DELAYS:
        kpi = known[name]
        scale = 1000 if kpi.unit == "ms" else 1
        for function, expected in (("", kpi.value), ("mean", kpi.value), ("p95", kpi.p95)):
            value = figures.read(Figure(function, name)).value
            assert (value is None) == (expected is None), name
            if value is not None:
                assert value * scale == pytest.approx(expected), name
    assert sum(kpi.value is not None for kpi in known.values()) > 8


def test_the_page_names_every_figure_and_its_examples_are_understood():
    page = (ROOT / "docs/check.md").read_text(encoding="utf-8")
    names = [rule.id for rule in all_rules()] + [rule.family for rule in all_rules()]

    examples = re.findall(r"--expect '([^']+)'", page)
    assert len(examples) > 10
    assert [str(parse_expression(text, names)) for text in examples]
    assert not [name for name in FIGURES.values() if not re.search(rf"`{name}`", page)]
    assert not [name for name in FUNCTIONS if f"`{name}(" not in page]


def test_messages_are_told_only_where_a_demand_names_a_method():
    def methods(**demanded):
        return [set(demand.methods) for demand in demands(all_rules(), all_rules(), **demanded)]

    assert methods(codes=["486", "INVITE:486"]) == [set(), {"INVITE"}]
    assert methods(expect=["SER > 1", "code(4xx) > 1", "not code(BYE:481) > -code(invite:4xx)"]) == [
        set(),
        set(),
        {"BYE", "INVITE"},
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_baseline_that_cannot_be_written_is_not_said_to_be():
    written = run("check", STUCK, "--write-baseline", "/dev/full")

    assert written.returncode == 2
    assert "No space left" in written.stderr
    assert "written to" not in written.stderr


def test_filters_that_let_nothing_through_are_named():
    """The capture does hold messages; that a mistyped number matches none is another thing."""
    found = run("check", BUSY, "--number", "5550000", "--fail-on", "error", "--expect", "errors == 0")

    assert found.returncode == 1
    assert found.stdout.count("no SIP message matches the filters") == 2
    assert "holds no SIP message" not in found.stdout
