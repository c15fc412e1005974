"""JUnit XML, SARIF, GitHub commands, JSON and text: valid by their schemas, and harmless whatever the wire says."""

import io
import json
import re
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

from analyser.report.check.as_github import MAX_COMMANDS, github
from analyser.report.check.as_json import document
from analyser.report.check.as_junit import junit
from analyser.report.check.as_sarif import sarif
from analyser.report.check.as_text import text_lines
from analyser.report.check.baseline import read_baseline
from analyser.report.output import plain_writer
from analyser.rules import all_rules
from analyser.wire import Coverage
from tests.report import sample_rules, stories
from tests.report.checked import check, result
from tests.report.runs import events_of
from tests.report.test_hostile import FORBIDDEN, PAYLOADS, poisoned

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "tests/support/schemas"
JUNIT = ("JUnit.xsd", "jenkins-junit.xsd")


def text(found, width=80):
    stream = io.StringIO()
    plain_writer(stream)(text_lines(found, width))
    return stream.getvalue()


def junit_of(found):
    """The document, after both schemas have let it pass."""
    tree = etree.fromstring(junit(found).encode())
    for name in JUNIT:
        schema = etree.XMLSchema(etree.parse(SCHEMAS / name))
        assert schema.validate(tree), f"{name}: {schema.error_log}"
    return tree


@pytest.fixture(scope="module")
def sarif_schema():
    return jsonschema.Draft4Validator(
        json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    )


@pytest.fixture(scope="module")
def json_schema():
    return jsonschema.Draft202012Validator(
        json.loads((ROOT / "docs/check.schema.json").read_text(encoding="utf-8"))
    )


@pytest.fixture
def failing(tmp_path):
    """Something of everything: findings that are new, known and gone, and assertions that fail for every reason."""
    path = tmp_path / "known.json"
    path.write_text(
        '{"baseline": "sip-analyser", "schema": "1.0", "known": [{"rule": "busy-callee"}, {"rule": "gone", "count": 2}]}'
    )
    return check(
        stories.NO_ACK,
        stories.BUSY,
        stories.REFUSED,
        baseline=read_baseline(str(path)),
        fail_on="warning",
        forbid=["busy-callee"],
        require=["failing-peer", "busy-callee"],
        codes=["503", "INVITE:486", "OPTIONS:200"],
        expect=["SER >= 95", "RRD < 1", "errors / (calls - calls) < 1", "calls == 2", "findings == 0"],
        rules=sample_rules.ALL,
    )


def test_junit_has_a_case_for_every_rule_and_assertion(failing):
    tree = junit_of(failing)

    cases = {(case.get("classname"), case.get("name")): case for case in tree.iter("testcase")}
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    assert {name for _, name in cases} >= {rule.id for rule in sample_rules.ALL}
    assert failed == {
        ("call_pcap.rules.report", "answer-without-ack"),
        ("call_pcap.rules.report", "refused-registration"),
        ("call_pcap.rules.report", "failing-peer"),
        ("call_pcap.expect-code", "503"),
        ("call_pcap.expect-code", "OPTIONS:200"),
        ("call_pcap.expect", "SER >= 95"),
        ("call_pcap.expect", "RRD < 1"),
        ("call_pcap.expect", "errors / (calls - calls) < 1"),
        ("call_pcap.expect", "findings == 0"),
    }
    suite = tree.find("testsuite")
    assert int(suite.get("tests")) == len(cases)
    assert int(suite.get("failures")) == len(failed)
    body = cases["call_pcap.rules.report", "answer-without-ack"].find("failure").text
    assert "repeated 4 times" in body
    assert "frame 3" in body
    assert "Compare the Contact" in body


def test_sarif_is_valid_and_github_would_take_it(failing, sarif_schema):
    found = json.loads(sarif(failing))

    sarif_schema.validate(found)
    (run,) = found["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))
    for each in run["results"]:
        assert ids[each["ruleIndex"]] == each["ruleId"]
        assert each["partialFingerprints"]
        assert each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "call.pcap"
        assert each["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
    by_rule = {each["ruleId"]: each for each in run["results"]}
    assert by_rule["busy-callee"]["baselineState"] == "unchanged"
    assert by_rule["busy-callee"]["suppressions"]
    assert by_rule["answer-without-ack"]["baselineState"] == "new"
    assert by_rule["answer-without-ack"]["level"] == "error"
    assert by_rule["answer-without-ack"]["locations"][0]["logicalLocations"][0]["name"] == "frame 3"
    assert by_rule["answer-without-ack"]["properties"]["frames"] == [3, 4, 5, 6, 7]
    assert run["invocations"][0]["exitCode"] == 1


def test_what_the_wire_says_is_no_link(sarif_schema):
    story = stories.NO_ACK.replace("<sip:bob@10.0.0.5>", "[free](https://evil.example) [2001:db8::1]")
    found = json.loads(sarif(check(story)))

    sarif_schema.validate(found)
    (each,) = found["runs"][0]["results"]
    assert r"\[free\](https://evil.example)" in each["message"]["text"]
    assert "[2001:db8::1]" in each["message"]["text"]


def test_every_rule_of_ours_is_a_sarif_rule_with_help(sarif_schema):
    found = json.loads(sarif(check(stories.HEALTHY, rules=all_rules(), fail_on="error")))

    sarif_schema.validate(found)
    rules = found["runs"][0]["tool"]["driver"]["rules"]
    assert len(rules) == len(all_rules()) + 1
    assert all(rule["help"]["text"].strip() for rule in rules)
    assert all(rule["help"]["markdown"].strip() for rule in rules[1:])


def test_a_fingerprint_survives_another_run(sarif_schema):
    again = stories.NO_ACK.replace("192.0.2.10", "192.0.2.99").replace("3.700", "3.750")
    one, other = (json.loads(sarif(check(story))) for story in (stories.NO_ACK, again))

    prints = [[each["partialFingerprints"] for each in found["runs"][0]["results"]] for found in (one, other)]
    assert prints[0] == prints[1]
    assert prints[0]


def test_json_is_as_its_schema_says(failing, json_schema):
    found = json.loads(document(failing))

    json_schema.validate(found)
    assert found["holds"] is False
    by_name = {each["name"]: each for each in found["assertions"]}
    assert by_name["SER >= 95"]["figures"] == [{"figure": "SER", "value": 50.0, "unit": "%", "of": 2}]
    assert by_name["warning"]["findings"] == [
        place for place, each in enumerate(found["findings"]) if each["severity"] != "notice"
    ]
    assert found["baseline"]["gone"] == [{"entry": 2, "text": "rule gone", "count": 2, "found": 0}]


def test_github_commands_name_file_title_and_text(failing):
    lines = github(failing).splitlines()

    assert lines[0].startswith("::error file=call.pcap,title=a response 503::503 did not come; what came: ")
    assert "::error file=call.pcap,title=SER >= 95::SER is 50.00 %25 (of 2)" in lines
    (finding,) = [line for line in lines if "title=answer-without-ack%3A" in line]
    assert "%0ANext: Compare the Contact" in finding
    assert lines[-1].startswith("sip-analyser: call.pcap: ")


def test_the_name_of_a_capture_is_no_command_of_github():
    result = check(stories.BUSY, fail_on="error", captures=("::add-mask::call.pcap", "x"))

    assert not [line for line in github(result).splitlines() if line.lstrip().startswith("::add-mask")]


def test_github_is_told_no_more_than_it_can_show():
    callers = [stories.BUSY.replace("alice", f"caller{number}") for number in range(MAX_COMMANDS + 5)]

    lines = github(check(*callers, fail_on="notice")).splitlines()

    assert len(lines) == MAX_COMMANDS + 2
    assert lines[-2] == "and 5 more (--format json has all)"


def test_the_text_says_what_was_found_where_and_what_to_do(failing):
    shown = text(failing)

    assert shown.startswith("call.pcap: 7 of 12 assertions failed.\n")
    assert re.search(r"FAILED  SER >= 95\n +SER is 50\.00 % \(of 2\)", shown)
    assert "RRD could not be measured" in shown
    assert "the expression has no value: it divides by 0" in shown
    assert "Where  frame 3; alice@example.com to bob@example.com" in shown
    assert "not found any more (2 known): rule gone" in shown
    assert shown.index("FAILED") < shown.index("ok  ")


def test_the_text_in_japanese_has_no_english_sentence(failing, tmp_path):
    shown = text(check(stories.NO_ACK, fail_on="error", expect=["RRD < 1", "SER > 100"], lang="ja"))

    assert "不合格" in shown
    assert "RRD は測定できません" in shown
    assert "FAILED" not in shown
    assert "could not" not in shown


def test_a_crashed_rule_does_not_pass_for_nothing_found(sarif_schema):
    def crash(_):
        raise ValueError("\x1b[2Jboom")
        yield

    crashing = [
        rule if rule.id != "busy-callee" else type(rule)(**{**_fields(rule), "check": crash})
        for rule in sample_rules.ALL
    ]
    found = check(
        stories.BUSY,
        rules=crashing,
        fail_on="error",
        forbid=["busy-callee"],
        expect=["finding(busy-callee) == 0"],
    )

    assert [outcome.holds for outcome in found.outcomes] == [False, False, False]
    assert junit_of(found).find(".//error") is not None
    sarif_schema.validate(json.loads(sarif(found)))
    assert "busy-callee crashed" in text(found)


def _fields(rule):
    return {name: getattr(rule, name) for name in type(rule).__dataclass_fields__}


@pytest.mark.parametrize(
    "text",
    [
        "errors == 0",
        "findings == 0",
        "finding(answer-without-ack) == 0",
        "code(5xx) == 0",
        "method(BYE) == 0",
        "retransmissions == 0",
        "not errors > 0",
    ],
)
def test_where_there_is_no_message_there_is_nothing_to_count(text):
    (outcome,) = result(events_of([]), expect=[text]).outcomes

    assert not outcome.holds
    assert outcome.said == ["the capture holds no SIP message"]


@pytest.mark.parametrize("text", ["calls == 0", "messages == 0", "frames == 0", "attempts == 0 or SER >= 95"])
def test_that_there_is_no_message_can_be_asserted(text):
    (outcome,) = result(events_of([]), expect=[text]).outcomes

    assert outcome.holds


def test_a_capture_without_sip_does_not_pass_for_a_good_one():
    found = result(
        events_of([]), fail_on="error", codes=["200"], expect=["errors == 0", "SER > 50", "messages == 0"]
    )

    assert [outcome.holds for outcome in found.outcomes] == [False, False, False, False, True]
    assert "the capture holds no SIP message" in text(found)
    assert junit_of(found).find(".//failure") is not None


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_format_obeys_the_wire(payload, sarif_schema, json_schema):
    name = payload.decode(errors="surrogateescape").replace("\0", "")
    coverage = Coverage(frames=1, notes=[name])
    happened = list(events_of(poisoned(payload), sample_rules.ALL, inputs=(name,), coverage=coverage))
    found = result(happened, rules=sample_rules.ALL, captures=(name,), fail_on="notice", codes=["INVITE:699"])

    assert found.failed
    assert not FORBIDDEN.search(text(found))
    tree = junit_of(found)
    assert not FORBIDDEN.search("".join(tree.itertext()))
    assert not any(FORBIDDEN.search(value) for each in tree.iter() for value in each.attrib.values())
    for form, schema in ((sarif, sarif_schema), (document, json_schema)):
        written = form(found)
        written.encode("utf-8", "strict")
        schema.validate(json.loads(written))
        assert not any(FORBIDDEN.search(value) for value in _texts(json.loads(written)))
    lines = github(found).split("\n")
    assert lines.pop() == ""
    assert not any(FORBIDDEN.search(line) for line in lines)
    assert all(
        re.match(r"::(error|warning|notice) (file=[^:,]*,)?title=[^:,]*::", line) for line in lines[:-1]
    )


def _texts(value):
    """Every text in a JSON document but the line breaks that are ours."""
    match value:
        case str():
            yield value.replace("\n", "")
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            for key, each in value.items():
                yield key
                yield from _texts(each)
