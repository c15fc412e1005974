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
from analyser.cli.list_ import list_command
from analyser.codes import all_codes, languages, our_topics, phrases, status_code
from analyser.codes.topics import FILES
from analyser.errors import UnknownTopicError, UsageError
from analyser.report.document import lines_of
from analyser.report.entry import CodePage
from analyser.report.layout import cells, width_of
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


def first_lines(*topic):
    return run(explain, *topic).splitlines()[0]


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        (("412",), "412 Conditional Request Failed"),
        (("busy", "here"), "486 Busy Here"),
        (("Busy Here",), "486 Busy Here"),
        (("SIP/2.0 486 Busy Here",), "486 Busy Here"),
        (("486", "Occupied"), "486 Busy Here"),
        (("call/transaction does not exist",), "481 Call/Transaction Does Not Exist"),
        (("stuck-on-trying",), "stuck-on-trying"),
        (("Stuck on trying",), "stuck-on-trying"),
        (("499",), "499"),
    ],
)
def test_what_people_type_finds_the_page(topic, title):
    assert first_lines(*topic) == title


def test_a_phrase_of_two_codes_shows_both():
    output = run(explain, "not acceptable")

    assert "406 Not Acceptable\n" in output
    assert "606 Not Acceptable\n" in output


def test_several_topics_at_once():
    output = run(explain, "100", "412", "stuck-on-trying")

    assert [title in output for title in ("100 Trying\n", "412 Conditional", "stuck-on-trying\n")] == [
        True
    ] * 3


@pytest.mark.parametrize(
    ("topic", "near"),
    [
        ("bussy here", "'Busy Here'"),
        ("stuck-on-tryin", "'stuck-on-trying'"),
        ("conditional request", "'Conditional"),
    ],
)
def test_near_misses_are_suggested(topic, near):
    with pytest.raises(UnknownTopicError, match=near):
        run(explain, topic)


def test_far_misses_point_to_the_list():
    with pytest.raises(UnknownTopicError, match="list terms"):
        run(explain, "qqqqqqqq")


@pytest.mark.parametrize("topic", ["", " ", "\x1b[31m", "4" * 10_000, "a" * 10_000, "§"])
def test_anything_may_be_typed(topic):
    with pytest.raises(UnknownTopicError) as caught:
        run(explain, topic)

    assert len(str(caught.value)) < 300


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


def test_list_codes_names_each():
    output = run(list_command, "codes")

    for code, phrase in phrases().items():
        assert f"  {code} {phrase}" in output
    assert len(json.loads(run(list_command, "codes", "--format", "json"))) == 75


def test_list_rules_names_each():
    output = run(list_command, "rules")

    assert "stuck-on-trying" in output
    assert "publish-precondition-failed" in output


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


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        (("q850", "16"), "Q.850 cause 16: Normal call clearing"),
        (("Q.850", "cause", "16"), "Q.850 cause 16: Normal call clearing"),
        (("16",), "Q.850 cause 16: Normal call clearing"),
        (("cause=16",), "Q.850 cause 16: Normal call clearing"),
        (('Reason: Q.850;cause=16;text="Normal call clearing"',), "Q.850 cause 16: Normal call clearing"),
        (('SIP;cause=200;text="Call completed elsewhere"',), "Reason protocol SIP"),
        (("Reason: SIP;cause=486",), "486 Busy Here"),
        (('Reason: Q.850 ;text="x" ;cause=31',), "Q.850 cause 31: "),
        (('Reason: RELEASE_CAUSE;cause=2;text="RTP/RTCP time-out"',), "Reason protocol RELEASE_CAUSE"),
        (("Hangupcause 34",), "Q.850 cause 34: "),
        (("variable_hangup_cause: NORMAL_CLEARING",), "Q.850 cause 16: "),
        (("variable_hangup_cause_q850: 16",), "Q.850 cause 16: "),
        (("X-Asterisk-HangupCauseCode: 17",), "Q.850 cause 17: "),
        (("X-Asterisk-HangupCause: Normal Clearing",), "Q.850 cause 16: "),
        (("AST_CAUSE_NO_ANSWER",), "Q.850 cause 19: "),
        (("Cause i = 0x80A9 - Temporary failure",), "Q.850 cause 41: "),
        (("DisconnectCause=1F",), "Q.850 cause 31: "),
        (("destCause_value=21",), "Q.850 cause 21: "),
        (("Span 1: Channel 0/1 got hangup request, cause 16",), "Q.850 cause 16: "),
        (("Hangup sofia/internal/1000@192.0.2.1 [CS_EXECUTE] [CALL_REJECTED]",), "Q.850 cause 21: "),
        (("Request: REGISTER sip:example.com  (1 binding) |",), "REGISTER (method)"),
        (("Request-Line: INVITE sip:bob@example.com SIP/2.0",), "INVITE (method)"),
        (("Status: 486 Busy Here (INVITE) |",), "486 Busy Here"),
        (("Status-Line: SIP/2.0 404 Not Found",), "404 Not Found"),
        (('Got SIP response 603 "Declined" back from 192.0.2.9:5060',), "603 Decline"),
        (("Response msg 401/REGISTER/cseq=2 (rdata0x7f)",), "401 Unauthorized"),
        (("Event: message-summary",), "message-summary (event package)"),
        (("Event: x-unheard-of",), "Event (header field)"),
        (("Unsupported: 100rel",), "100rel (option tag)"),
        (("Require: 100rel, timer",), "Require (header field)"),
        (("a=sendonly",), "Hold"),
        (("a=rtpmap:101 telephone-event/8000",), "DTMF"),
        (("m=audio 4000 RTP/SAVP 8",), "SRTP"),
        (("c=IN IP4 192.0.2.1",), "SDP"),
        (("z9hG4bK776asdhds",), "Branch"),
        ((";lr",), "Loose routing"),
        (("SIP/2.0/UDP 192.0.2.1:5060",), "Via (header field)"),
        (("T1 timer",), "T1"),
        (("sip:bob@example.com",), "URI"),
        (("CHANUNAVAIL",), "DIALSTATUS of Asterisk"),
        (("切断理由", "34"), "Q.850 cause 34: "),
        (("ヘッダー", "Via"), "Via (header field)"),
        (("user", "busy"), "Q.850 cause 17: User busy"),
        (("timer", "B"), "Timer B"),
        (("timer b",), "Timer B"),
        (("T1",), "T1"),
        (("SIP-ETag",), "SIP-ETag (header field)"),
        (("sip-etag:",), "SIP-ETag (header field)"),
        (("sip_etag",), "SIP-ETag (header field)"),
        (("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",), "Via (header field)"),
        (("header", "k"), "Supported (header field)"),
        (("warning", "305"), "Warn-code 305: "),
        (("399",), "Warn-code 399: "),
        (('Warning: 305 example.com "Incompatible media format"',), "Warn-code 305: "),
        (("Incompatible media format",), "Warn-code 305: "),
        (("305",), "305 Use Proxy"),
        (("100",), "100 Trying"),
        (("publish",), "PUBLISH (method)"),
        (("INVITE sip:bob@example.com SIP/2.0",), "INVITE (method)"),
        (("100rel",), "100rel (option tag)"),
        (("dialog",), "Dialog"),
        (("event", "dialog"), "dialog (event package)"),
        (("message-summary",), "message-summary (event package)"),
        (("back-to-back", "user", "agent"), "B2BUA"),
        (("early media",), "Early media"),
        (("412", "PUBLISH"), "412 Conditional Request Failed"),
        (("PUBLISH 412",), "412 Conditional Request Failed"),
        (("rule", "stuck-on-trying"), "stuck-on-trying"),
        (("code", "486"), "486 Busy Here"),
        (("reason", "Q.850"), "Reason protocol Q.850"),
    ],
)
def test_topics_of_every_kind_are_found(topic, title):
    assert first_lines(*topic).startswith(title)


def test_what_else_it_could_mean_is_said():
    assert "sip-analyser explain warning 305" in run(explain, "305", width=100)
    assert "16 is no SIP status code" in run(explain, "16")
    assert "is no SIP status code" not in run(explain, "q850", "16")
    assert "sip-analyser explain event-package dialog" in run(explain, "dialog", width=100)


@pytest.mark.parametrize(
    "topic",
    [
        "486.",
        "486:",
        "#486",
        "[486]",
        "486|Busy Here",
        "486-Busy",
        "SIP/486",
        "response 486",
        "\uff14\uff18\uff16",
    ],
)
def test_what_stands_around_a_number_does_not_matter(topic):
    assert first_lines(topic) == "486 Busy Here"


@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        (("401", "Unauthorized"), ["401 Unauthorized"]),
        (("200", "OK"), ["200 OK"]),
        (("timer", "B", "412"), ["Timer B: INVITE client timeout", "412 Conditional Request Failed"]),
        (("busy", "here", "412"), ["486 Busy Here", "412 Conditional Request Failed"]),
        (("486", "busy", "here", "487"), ["486 Busy Here", "487 Request Terminated"]),
        (("401 vs 407",), ["401 Unauthorized", "407 Proxy Authentication Required"]),
        (("503", "(INVITE)"), ["503 Service Unavailable"]),
    ],
)
def test_no_topic_is_lost_and_none_shown_twice(arguments, titles):
    pages = json.loads(run(explain, *arguments, "--format", "json"))
    named = [
        f"{page['code']} {page['phrase']}" if page["topic"] == "code" else page["name"]
        for page in (pages if isinstance(pages, list) else [pages])
    ]

    assert named == titles


def test_a_class_shows_its_codes():
    output = run(explain, "6xx")

    assert output.startswith("Global Failure (6xx)\n")
    assert "607 Unwanted" in output
    assert json.loads(run(explain, "6XX", "--format", "json"))["codes"][0]["code"] == 600


def test_seconds_lead_to_the_timers_that_run_for_so_long():
    assert first_lines("32 seconds").startswith("Timer B")
    assert first_lines("32s").startswith("Timer B")


def test_a_small_letter_is_a_compact_form_a_capital_a_timer():
    assert first_lines("f") == "From (header field)"
    assert first_lines("F").startswith("Timer F")


@pytest.mark.parametrize("word", ["ダイアログ", "レジストラ"])
def test_words_of_another_script_are_found_in_every_language(word):
    assert run(explain, word)


def test_what_begins_so_is_suggested_first():
    with pytest.raises(UnknownTopicError, match="did you mean 'stuck-on-trying'"):
        run(explain, "stuck")


def test_a_code_and_a_method_in_one_breath():
    assert run(explain, "401", "REGISTER") == run(explain, "401", "--method", "REGISTER")
    assert run(explain, "401 on REGISTER") == run(explain, "401", "--method", "REGISTER")


def test_words_that_mean_nothing_together_stand_alone():
    output = run(explain, "INVITE", "SIP-ETag")

    assert "INVITE (method)\n" in output
    assert "SIP-ETag (header field)\n" in output


@pytest.mark.parametrize("topic", ["tiemr b", "Record-Rout", "nomal call clearing", "diaolg"])
def test_near_misses_of_every_kind(topic):
    with pytest.raises(UnknownTopicError, match="did you mean"):
        run(explain, topic)


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


@pytest.mark.parametrize(
    "kind",
    [
        "codes",
        "rules",
        "methods",
        "timers",
        "headers",
        "option-tags",
        "event-packages",
        "causes",
        "warnings",
        "reasons",
        "terms",
    ],
)
@pytest.mark.parametrize("lang", languages())
def test_every_list_fits_the_screen(kind, lang):
    output = run(list_command, kind, "--lang", lang)

    assert output.count("\n") > 10
    assert max(map(cells, output.splitlines())) <= 80
    assert json.loads(run(list_command, kind, "--format", "json", "--lang", lang))


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


@pytest.mark.parametrize("word", ["codes", "code", "CODES", "option tag", "header"])
def test_lists_are_found_in_singular_and_plural(word):
    assert run(list_command, word).count("\n") > 10


def test_an_unknown_list_names_those_there_are():
    with pytest.raises(UsageError, match="'banana' is nothing to list; there are: codes, rules"):
        run(list_command, "banana")


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


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("PJSIP_SC_BUSY_HERE", "486 Busy Here"),
        ("SIP_404_NOT_FOUND", "404 Not Found"),
        ("Retransmission timeout reached on transmission 5f2a@192.0.2.1 for seqno 102", "Retransmission"),
    ],
)
def test_lines_of_logs(line, title):
    assert first_lines(line) == title
