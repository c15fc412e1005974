"""What people type or paste finds its page, and a near miss is told what was likely meant."""

import json

import pytest
from click.testing import CliRunner

from analyser.cli.explain import explain
from analyser.errors import UnknownTopicError


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
        (("tls alert 48",), "TLS alert unknown_ca"),
        (("unknown_ca",), "TLS alert unknown_ca"),
        (("tlsv1 alert unknown ca",), "TLS alert unknown_ca"),
        (("sslv3", "alert", "handshake", "failure"), "TLS alert handshake_failure"),
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
