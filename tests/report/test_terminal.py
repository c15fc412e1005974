"""The report that a person reads."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from analyser import analyse
from analyser.annotate import CaptureStart, Evidence, Finding, Sentence, Severity, Summary
from analyser.report.cases import MAX_REFERENCES, Cases
from analyser.report.layout import cells
from analyser.report.rows import MAX_ROWS
from analyser.report.terminal import TerminalReport
from analyser.rules import all_rules
from analyser.wire import Coverage
from tests.report import sample_rules, stories
from tests.report.runs import SGR, events, report_of
from tests.support.samples import SAMPLES

WIDTHS = [60, 80, 100, 120]


def report(ladder, rules=sample_rules.ALL, width=80, **options):
    return report_of(events(ladder, rules), width, **options)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("story", stories.ALL)
def test_no_line_is_wider_than_the_screen(story, width):
    assert max(cells(line) for line in report(stories.ALL[story], width=width).splitlines()) <= width


@pytest.mark.parametrize("story", stories.ALL)
def test_colour_changes_no_word(story):
    coloured = report(stories.ALL[story], colour=True)

    assert "\x1b[" in coloured
    plain = [line.rstrip() for line in SGR.sub("", coloured).splitlines()]
    assert plain == report(stories.ALL[story]).splitlines()


def test_a_healthy_capture_gets_a_report_that_says_so():
    text = report(stories.HEALTHY)

    assert "Nothing wrong found in 1 call." in text
    assert "Everything in the capture was read." in text
    assert "WHAT WAS FOUND" not in text


def test_findings_come_first_then_ladders_then_numbers_then_coverage():
    text = report(stories.NO_ACK)
    order = [
        text.index(part)
        for part in ("1 problem in 1 call", "1. ERROR", "|-- INVITE", "Requests", "7 packets")
    ]

    assert order == sorted(order)


def test_a_finding_shows_evidence_standard_and_next_step():
    text = report(stories.NO_ACK)

    assert "1. ERROR  the call was answered but no ACK reached the callee" in text
    assert "frame 3 (with 4, 5, 6, 7); Call-ID " in text
    assert "repeated 4 times; <sip:bob@10.0.0.5>" in text
    assert "RFC 3261 §13.2.2.4" in text
    assert "Compare the Contact <sip:bob@10.0.0.5>" in text
    assert "sip-analyser explain answer-without-ack" in text


def test_the_worst_is_first_and_notices_are_no_problems():
    text = report(
        calls(stories.BUSY, stories.NO_ACK), rules=[sample_rules.busy_callee, sample_rules.answer_without_ack]
    )

    assert "1 problem in 2 calls. Also 1 thing worth knowing." in text
    assert text.index("1. ERROR") < text.index("2. NOTICE")
    assert "No problem found in 1 call; 1 thing is worth knowing." in report(
        stories.BUSY, rules=[sample_rules.busy_callee]
    )


def calls(*ladders):
    """Several ladders between the same two as one, each in a call of its own."""
    head = "alice = 192.0.2.10:5060\nbob = 198.51.100.20:5060\n"
    lines = []
    for number, ladder in enumerate(ladders):
        arrows = ladder.strip().splitlines()[3:]
        lines += [re.sub(r"^([\d., ]+?)  alice", rf"\1  [c{number}] alice", line) for line in arrows]
    blocks, block = [], []
    for line in lines:
        if not line.startswith(" ") and block:
            blocks.append(block)
            block = []
        block.append(line)
    blocks.append(block)
    blocks.sort(key=lambda block: float(re.match(r"[\d.]+", block[0])[0]))
    return head + "\n".join("\n".join(block) for block in blocks)


def test_findings_of_one_rule_are_one_paragraph_with_a_count():
    text = report(calls(*[stories.NO_ACK] * 12), rules=[sample_rules.answer_without_ack])

    assert text.count("ERROR") == 1
    assert "(12 times; the worst is shown)" in re.sub(r"\s+", " ", text)
    assert "and 3 more" in text
    assert "11 more calls are not drawn" in text


def test_of_findings_alike_the_earliest_is_shown():
    """What a back-to-back user agent was refused comes before what it makes of it for its caller, whom the capture has seen first."""
    ladder = """
alice = 192.0.2.10:5060
pbx   = 198.51.100.1:5060
trunk = 203.0.113.9:5060
0.000        alice -> pbx  INVITE
0.010 [leg]  pbx -> trunk  INVITE sip:+4930123@example.net
0.020 [leg]  pbx <- trunk  503
0.030 [leg]  pbx -> trunk  ACK
0.040        alice <- pbx  503
0.050        alice -> pbx  ACK
"""
    text = report(ladder, rules=all_rules())

    assert "203.0.113.9:5060 refused the call of 198.51.100.1:5060" in re.sub(r"\s+", " ", text)
    assert "Where      frame 3 (with 2)" in text
    assert "Also       frame 5" in text


def test_retransmissions_are_one_row_with_their_number():
    text = report(stories.NO_ACK)

    assert "200 OK (SDP) \u00d74" in text
    assert "sent again 4 times within 7.0 s" in text


REFUSED_CALL = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.000  alice -> bob  INVITE
0.200  alice <- bob  503 Service Unavailable
0.210  alice -> bob  ACK
"""


def test_refusals_are_told_even_where_no_rule_found_anything():
    text = report(calls(stories.HEALTHY, stories.HEALTHY, stories.HEALTHY, REFUSED_CALL), rules=[])

    verdict = (
        "No rule found a fault in 4 calls, but some requests were refused: 1 \u00d7 503 Service Unavailable."
    )
    assert verdict in re.sub(r"\s+", " ", text)
    assert text.count("Call alice@") == 1
    assert "failed, 503 Service Unavailable" in text
    assert "x problem:" in text


def test_busy_is_everyday():
    assert "requests were refused" not in report(stories.BUSY, rules=[])


def test_a_change_of_the_running_call_is_no_second_answer():
    ladder = stories.HEALTHY.replace(
        "63.25",
        "9.000  alice -> bob  INVITE (in-dialog)\n9.100  alice <- bob  200 OK\n9.200  alice -> bob  ACK\n63.25",
    )
    text = re.sub(r"[ |\n]+", " ", report(ladder, width=120))

    assert "asks to change the running call" in text
    assert "the change is accepted" in text
    assert "confirms the change" in text
    assert text.count("the call is up") == 1


def test_silence_is_told_apart_from_the_end_of_the_capture():
    silent = stories.HEALTHY[: stories.HEALTHY.index("1.200")]
    other = "90.000  [b] alice -> bob  OPTIONS\n90.100  [b] alice <- bob  200 OK\n"

    assert "No final response" not in report(silent, rules=[])
    assert (
        "No final response to the INVITE of frame 1: the capture ended 90.1 s after the last message above."
        in re.sub(r"\s+", " ", report(silent + other, rules=[]))
    )
    alone = "alice = 192.0.2.10:5060\nbob = 198.51.100.20:5060\n0.000 alice -> bob INVITE\n" + other
    assert "No final response to the INVITE of frame 1 came: nothing for 32.0 s" in re.sub(
        r"\s+", " ", report(alone, rules=[])
    )


def test_the_rule_stands_beside_the_arrow_that_it_cites():
    lines = report(stories.NO_ACK, width=100).splitlines()
    answer = next(number for number, line in enumerate(lines) if "<-- 200 OK" in line)

    assert "! answer-without-ack" in "".join(lines[answer : answer + 3])


def test_three_hosts_are_three_columns_at_80_and_a_list_where_they_do_not_fit():
    head = next(line for line in report(stories.PROXIED).splitlines() if line.startswith("frame"))
    assert head.split() == ["frame", "seconds", "192.0.2.10:5060", "203.0.113.5:5060", "198.51.100.20:5060"]

    narrow = report(stories.PROXIED, width=60)
    assert "192.0.2.10:5060 -> 203.0.113.5:5060  INVITE" in narrow


def test_long_addresses_get_a_letter_each():
    ladder = stories.HEALTHY.replace("192.0.2.10", "[2001:db8:1111:2222:3333:4444:5555:6666]")

    text = report(ladder)

    assert "A = [2001:db8:1111:2222:3333:4444:5555:6666]:5060" in text
    assert max(map(cells, text.splitlines())) <= 80


def test_two_agents_on_one_host_are_two_columns():
    text = report(stories.HEALTHY.replace("192.0.2.10:5060", "198.51.100.20:5070"))

    assert "198.51.100.20:5070" in text
    assert "|-- INVITE" in text


def test_every_call_is_drawn_where_asked_for():
    ladder = calls(*[stories.HEALTHY] * 4)

    assert report(ladder).count("Call alice@example.com ->") == 2
    assert "2 more calls are not drawn" in report(ladder)
    assert report(ladder, all_calls=True).count("Call alice@example.com ->") == 4


def test_a_long_call_is_shortened_and_says_so():
    lines = [f"{number}.5  alice -> bob  INFO\n{number}.6  alice <- bob  200 OK" for number in range(4, 60)]
    ladder = stories.HEALTHY.replace("63.25", "\n".join(lines) + "\n63.25")

    text = report(ladder)

    arrows = [line for line in text.splitlines() if re.match(r" *\d+ +\+", line)]
    assert len(arrows) <= MAX_ROWS
    assert f"{119 - len(arrows)} rows left out" in text


def test_no_sip_says_what_to_try():
    coverage = Coverage(frames=7)
    coverage.not_decoded["link type 147"] = 3
    text = re.sub(r"\s+", " ", report_of([CaptureStart(("x.pcap",)), Summary(coverage)]))

    assert "No SIP in this capture: 7 packets were read" in text
    assert "tcpdump -i any" in text
    assert "5061" in text
    assert "3 packets could not be read: link type 147." in text
    assert "Everything" not in text


def test_filters_that_match_nothing_do_not_deny_that_there_is_sip():
    text = report_of([CaptureStart(("x.pcap",)), Summary(Coverage(frames=7))], narrowed=True)

    assert "No SIP message matches the filters." in text
    assert "No SIP in this capture" not in text


def test_an_empty_capture_says_so():
    assert "it holds no packet at all" in report_of([CaptureStart(("x.pcap",)), Summary(Coverage())])


def test_coverage_says_what_the_packets_carried():
    coverage = Coverage(frames=12_345)
    coverage.carried.update(sip=300, rtp=11_900, udp=0, tcp=100, encrypted=40, other=5)
    text = re.sub(r"\s+", " ", report_of([CaptureStart(("x.pcap",)), Summary(coverage)]))

    assert (
        "12,345 packets. They carried SIP (300), RTP (11,900), other TCP (100), encrypted data (40) and something else (5)."
        in text
    )


def test_coverage_of_sip_alone_needs_no_account():
    coverage = Coverage(frames=3)
    coverage.carried.update(sip=3, rtp=0)
    text = re.sub(r"\s+", " ", report_of([CaptureStart(("x.pcap",)), Summary(coverage)]))

    assert "3 packets. Everything in the capture was read." in text


def test_coverage_names_every_gap():
    coverage = Coverage(
        frames=9,
        truncated=2,
        stream_gaps=3,
        duplicates=4,
        clock_jumps=1,
        notes=["the file ends inside a record"],
    )
    coverage.evicted["calls"] = 5
    summary = Summary(coverage, methods=Counter(INVITE=1), crashed={"odd-message": "KeyError: 'x\x1b'"})
    text = re.sub(r"\s+", " ", report_of([CaptureStart(("x.pcap",)), summary]))

    assert "4 messages were in the capture twice" in text
    assert "2 messages were cut short" in text
    assert "In 3 places streams with SIP lack octets" in text
    assert "5 \u00d7 calls were let go" in text
    assert "went back once" in text
    assert "the file ends inside a record" in text
    assert r"The rule odd-message failed and was switched off for this run (KeyError: 'x\x1b')" in text
    assert "Everything" not in text


def test_frames_of_several_files_say_which():
    happened = list(events(stories.NO_ACK, sample_rules.ALL, inputs=("a.pcap", "b.pcap")))
    text = report_of(happened)

    assert "1: a.pcap" in text
    assert "frame 1:3 (with 1:4, 1:5, 1:6, 1:7)" in text
    assert "frame 17 of file 2" in text


def test_an_odd_encoding_gets_no_traceback(tmp_path):
    path = tmp_path / "report.txt"
    with path.open("w", encoding="ascii") as stream:
        terminal = TerminalReport(stream, 80, False)
        for event in events(stories.NO_ACK, sample_rules.ALL):
            terminal.receive(event)
        terminal.finish()

    assert "RFC 3261 section 13.2.2.4" in path.read_text()


def test_the_picture_is_an_svg():
    terminal = TerminalReport(None, 80, True)
    for event in events(stories.NO_ACK, sample_rules.ALL):
        terminal.receive(event)

    assert terminal.svg("sip-analyser read call.pcap").startswith("<svg")


def test_what_is_kept_does_not_grow_with_the_findings():
    finding = next(event for event in events(stories.NO_ACK, sample_rules.ALL) if isinstance(event, Finding))
    cases = Cases()
    for _ in range(1000):
        cases.add(finding)
    worse = Finding(
        finding.rule,
        finding.subject,
        Evidence(finding.evidence.at, Sentence("milder"), severity=Severity.NOTICE),
    )
    cases.add(worse)

    (case,) = cases.worst_first()
    assert case.count == 1001
    assert case.example is finding
    assert len(case.references) == MAX_REFERENCES
    assert sum(map(len, cases.marks().values())) == 2


def test_a_message_costs_next_to_nothing():
    happened = list(events(stories.HEALTHY))
    terminal = TerminalReport(None, 80, False)
    for event in happened:
        terminal.receive(event)

    from analyser.track import Sighting

    assert Sighting not in terminal._receivers


ROOT = Path(__file__).parents[2]


def keys(table, prefix=""):
    for name, value in table.items():
        if isinstance(value, dict):
            yield from keys(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def test_no_sentence_of_the_catalogue_is_unused():
    sources = "".join(path.read_text() for path in (ROOT / "analyser").rglob("*.py"))
    used = set(re.findall(r"""["'](list\.\w+)["']""", sources)) | set(
        re.findall(
            r"""(?:words|words\.count|words\.find|setting\.words|setting\.words\.count|self)\(\s*f?["']([\w.{}-]+)["']""",
            sources,
        )
    )
    patterns = [re.compile(re.sub(r"\{.*?\}", "[^.]+", key) + r"(?:\.(?:one|many))?\Z") for key in used]
    with (ROOT / "catalogue/en/report.toml").open("rb") as file:
        known = set(keys(tomllib.load(file)))

    assert not {key for key in known if not any(pattern.match(key) for pattern in patterns)}


def test_how_the_calls_ended_is_in_the_first_lines():
    text = report(calls(stories.HEALTHY, stories.HEALTHY, stories.BUSY), rules=[])

    assert "Nothing wrong found in 3 calls.\nThe calls: 2 answered, 1 refused with 486 Busy Here.\n" in text
    assert "The call: refused with 486 Busy Here." in report(stories.BUSY, rules=[])
    assert "The call:" not in report(stories.HEALTHY, rules=[])


def test_standard_input_is_called_so():
    text = report_of(events(stories.HEALTHY, inputs=("-",)))

    assert text.startswith("standard input\n")


def test_long_delays_are_told_in_seconds():
    ladder = stories.BUSY.replace("0.200", "62.00").replace("0.210", "62.01")

    assert re.search(r"SRD-F +62\.0 s", report(ladder, rules=[]))


def test_the_worst_is_said_again_where_a_long_report_ends():
    closing = re.sub(r"\s+", " ", report(stories.NO_ACK)).strip()

    assert closing.endswith("no ACK reached the callee. More about it at the top of this report.")
    assert "at the top" not in report(stories.HEALTHY)


def test_findings_that_filters_hide_are_not_denied():
    happened = [event for event in events(stories.NO_ACK, sample_rules.ALL) if not isinstance(event, Finding)]

    text = report_of(happened)

    assert re.search(r"Nothing to show: the filters hide \d findings?\.", text)
    assert "Nothing wrong" not in text


def test_the_frames_beside_a_finding_rise():
    sample = SAMPLES / "publish-412-recovery.pcap"
    (found,) = (event for event in analyse([sample]) if isinstance(event, Finding))

    assert [seen.frame for seen in found.evidence.related] != sorted(
        seen.frame for seen in found.evidence.related
    )
    assert found.frames == [6, 4, 5, 7, 8]
