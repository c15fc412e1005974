"""`explain` and `list`: the page for what somebody types, and the hint when nothing fits."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyser.cli.explain import explain
from analyser.codes import all_codes, languages, our_topics, status_code
from analyser.codes.topics import FILES
from analyser.errors import UsageError
from analyser.report.document import lines_of
from analyser.report.entry import CodePage
from analyser.report.layout import width_of
from analyser.report.page_markdown import markdown
from analyser.report.rule_entry import rule_document, rule_object
from analyser.report.topic_entry import TopicPage
from analyser.rules import all_rules

ROOT = Path(__file__).parents[2]


def run(command, *arguments, width=80):
    result = CliRunner().invoke(command, arguments, env={"COLUMNS": str(width)})
    if result.exception is not None:
        raise result.exception
    return result.output


def test_the_method_chooses_the_words():
    general, register = run(explain, "401"), run(explain, "401", "--method", "register")

    assert "registrar asks for the password" in register.splitlines()[1]
    assert "in answer to REGISTER" in register
    assert "It differs by method" in general
    assert "It differs by method" not in register


def test_a_method_that_the_code_may_not_answer_is_said():
    assert "does not allow it as an answer to CANCEL" in run(explain, "487", "--method", "CANCEL")


def test_header_fields_are_those_of_the_method():
    assert "SIP-ETag" in run(explain, "200", "--method", "PUBLISH")
    assert "SIP-ETag" not in run(explain, "200", "--method", "INVITE")


def test_an_unknown_method_is_a_usage_error():
    with pytest.raises(UsageError, match="unknown method 'FOO'"):
        run(explain, "401", "--method", "FOO")


def test_a_rule_has_no_method():
    with pytest.raises(UsageError, match="belongs to status codes"):
        run(explain, "stuck-on-trying", "--method", "INVITE")


def test_a_code_with_one_method_shows_its_words_at_once():
    assert "in answer to PUBLISH" in run(explain, "412")


def test_the_rule_page_is_its_documentation():
    output = run(explain, "stuck-on-trying")

    for part in (
        "What it means",
        "What to do",
        "Thresholds",
        "default",
        "--set stuck-on-trying.",
        "RFC 3261 §",
    ):
        assert part in output


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_the_screen(width):
    for code in (*all_codes(), 477, 499, 703):
        for method in (None, "INVITE"):
            for line in lines_of(CodePage(status_code(code), method, "en").document(), width):
                assert width_of(line) <= width, line


def test_the_pages_have_no_empty_part():
    for code in all_codes():
        lines = [
            "".join(part for part, _ in line)
            for line in lines_of(CodePage(status_code(code), None, "en").document(), 80)
        ]
        assert not [line for line, after in pairwise(lines) if not line and not after]
        assert lines[-1]


def test_json_of_one_topic_is_an_object_and_of_several_a_list():
    one = json.loads(run(explain, "412", "--format", "json"))
    two = json.loads(run(explain, "412", "stuck-on-trying", "--format", "json"))

    assert (one["topic"], one["code"], one["method"]) == ("code", 412, "PUBLISH")
    assert one["facts"]["methods"] == ["PUBLISH"]
    assert [entry["topic"] for entry in two] == ["code", "rule"]


def analyser(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "analyser", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | environment,
    )


def test_plain_where_the_output_is_no_terminal():
    result = analyser("explain", "412")

    assert result.returncode == 0
    assert "\x1b" not in result.stdout


def test_an_unknown_topic_is_one_line_and_status_2():
    result = analyser("explain", "bussy here")

    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "Busy Here" in result.stderr


def test_a_terminal_without_unicode_gets_ascii():
    result = analyser("explain", "412", PYTHONIOENCODING="ascii")

    assert result.returncode == 0
    assert "RFC 3903 section 11.2.1" in result.stdout


def test_a_code_needs_few_imports():
    program = (
        "import sys\n"
        "from analyser.cli import run\n"
        "run(['explain', '412'])\n"
        "heavy = ('numpy', 'scapy', 'pyshark', 'textual', 'zstandard', 'rich.console', 'rich.text', 'difflib',"
        " 'json', 'asyncio', 'analyser.sip', 'analyser.track', 'analyser.annotate', 'analyser.rules')\n"
        "print('HEAVY:', [name for name in heavy if name in sys.modules])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert result.stdout.splitlines()[-1] == "HEAVY: []"


def on_a_terminal(*arguments, **environment):
    """What a person at a terminal of 72 columns sees, styles included."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 72, 0, 0))
    clean = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-m", "analyser", *arguments], stdout=theirs, cwd=ROOT, env=clean | environment
    ) as process:
        os.close(theirs)
        seen = b""
        while chunk := read_terminal(ours):
            seen += chunk
    os.close(ours)
    assert process.returncode == 0
    return seen.decode().replace("\r\n", "\n")


def read_terminal(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the other end is closed
        return b""


def test_a_terminal_gets_styles_and_its_own_width():
    seen = on_a_terminal("explain", "412")

    assert seen.startswith("\x1b[1m412 Conditional Request Failed\x1b[0m\n")
    plain = re.sub(r"\x1b\[[0-9]+m", "", seen)
    assert 60 < max(map(len, plain.splitlines())) <= 72


@pytest.mark.parametrize(("arguments", "environment"), [(("--no-color",), {}), ((), {"NO_COLOR": "1"})])
def test_no_colour_where_none_is_wanted(arguments, environment):
    assert "\x1b" not in on_a_terminal("explain", "412", *arguments, **environment)


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("kind", FILES)
def test_every_topic_has_a_page_in_every_form(kind, lang):
    for key in our_topics().keys(kind):
        page = TopicPage(our_topics().topic(kind, key, lang), lang)
        document = page.document()
        for width in (60, 100):
            for line in lines_of(document, width):
                assert width_of(line) <= width, line
        assert markdown(document).startswith("# ")
        assert json.loads(json.dumps(page.object()))["key"] == key


def test_a_cause_shows_both_directions_and_the_deviations():
    output = run(explain, "q850", "21", width=100)

    assert "403 Forbidden" in output
    assert "From SIP" in output
    assert "FreeSWITCH" in output


def test_a_timer_shows_when_copies_are_sent():
    assert "0.5, 1.5, 3.5, 7.5" in run(explain, "timer", "A")


def test_a_header_field_shows_the_codes_it_comes_with():
    assert "423 Interval Too Brief" in run(explain, "Min-Expires")


def test_a_rule_shows_the_codes_that_it_judges():
    assert "412 Conditional Request Failed" in run(explain, "publish-precondition-failed")


def test_the_language_is_that_of_the_locale_unless_one_is_asked_for(monkeypatch):
    assert "Conditional" in run(explain, "412", "--lang", "ja")
    assert "説明" in run(explain, "412", "--lang", "ja")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert "Meaning" in run(explain, "412")
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    assert "説明" in run(explain, "412")
    assert "Meaning" in run(explain, "412", "--lang", "EN")
    monkeypatch.setenv("LC_ALL", "C")
    assert "Meaning" in run(explain, "412")
    monkeypatch.setenv("LC_ALL", "tlh_QO")
    assert "Meaning" in run(explain, "412")


def test_an_unknown_language_is_a_usage_error():
    with pytest.raises(UsageError, match="unknown language 'tlh'; there are: en, ja"):
        run(explain, "412", "--lang", "tlh")


def test_markdown_of_several_topics():
    output = run(explain, "100", "dialog", "--format", "markdown")

    assert output.startswith("# 100 Trying\n")
    assert "\n# Dialog\n" in output


@pytest.mark.parametrize("lang", languages())
def test_every_rule_has_a_page_in_every_language(lang):
    for rule in all_rules():
        document = rule_document(rule, lang)
        for line in lines_of(document, 60):
            assert width_of(line) <= 60, line
        assert json.loads(json.dumps(rule_object(rule, lang)))["summary"] == document.lead[0].text


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("explian", "486"), "did you mean explain?"),
        (("486",), "try: sip-analyser explain 486"),
        (("sample_pcaps/scanner.pcap",), "try: sip-analyser read sample_pcaps/scanner.pcap"),
        (("list",), "Missing argument 'KIND'"),
    ],
)
def test_a_mistake_in_the_command_is_one_line_with_a_hint(arguments, hint):
    result = analyser(*arguments)

    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert hint in result.stderr


@pytest.mark.parametrize("lang", languages())
def test_without_a_topic_it_says_what_there_is(lang):
    output = run(explain, "--lang", lang)

    for example in ("412 PUBLISH", "stuck-on-trying", "timer B", "sip-analyser compare 401 407"):
        assert example in output
    assert json.loads(run(explain, "--format", "json", "--lang", lang))["kinds"]["code"] == 75
