"""Rules are applied, stamped, bounded, and survive one another."""

from analyser.annotate import Annotator, Evidence, Finding, Sentence, Severity, rule
from analyser.track import Sighting, Transaction
from analyser.wire import Coverage
from tests.support.scene import Scene

LADDER = """
alice = 192.0.2.10:5060
bob   = 203.0.113.20:5060
0.0  alice -> bob  OPTIONS
0.1  alice <- bob  200 OK
0.2  alice -> bob  OPTIONS (new)
0.3  alice <- bob  503
"""


def make(check, **fields):
    base = {
        "on": Transaction,
        "severity": Severity.WARNING,
        "summary": "a thing was seen",
        "remedy": "look at it",
        "refs": ("RFC 3261 §1",),
    }
    check.__module__ = "analyser.rules.house.a_rule"
    return rule("a-rule", **{**base, **fields})(check)


def run(*rules, parameters=None):
    scene = Scene(LADDER)
    annotator = Annotator(rules, Coverage(), parameters)
    findings = []
    for sighting in scene.sightings:
        findings += annotator.sighted(sighting)
    for subject in scene.settled:
        findings += annotator.settled(subject)
    return findings, annotator.summary


def everything(transaction, *, least=0):
    """Says something of each."""
    if transaction.status >= least:
        yield Evidence(
            transaction.first,
            Sentence("status {status}"),
            [transaction.last],
            remedy=Sentence("look at {what}"),
            what="it",
            status=transaction.status,
        )


def test_a_finding_is_stamped_by_the_annotator():
    findings, summary = run(make(everything))

    assert [(found.rule.id, found.rule.family, str(found.severity)) for found in findings] == [
        ("a-rule", "house", "warning")
    ] * 2
    assert [found.frames for found in findings] == [[1, 2], [3, 4]]
    assert findings[1].note == "status 503"
    assert findings[1].remedy == "look at it"
    assert summary.rules == {"a-rule": 2}
    assert summary.severities == {"warning": 2}


def test_filters_spare_a_rule_what_it_never_judges():
    assert len(run(make(everything, methods=["INVITE"]))[0]) == 0
    assert len(run(make(everything, statuses=[503]))[0]) == 1
    assert len(run(make(everything, methods=["OPTIONS"], statuses=[200, 503]))[0]) == 2


def test_thresholds_are_the_keyword_parameters():
    assert make(everything).parameters == {"least": 0}
    assert len(run(make(everything), parameters={"a-rule": {"least": 300}})[0]) == 1


def test_a_rule_that_crashes_is_switched_off_and_named():
    def crash(_):
        """Divides by nothing."""
        yield 1 / 0

    findings, summary = run(make(crash), make(everything))

    assert len(findings) == 2
    assert summary.crashed == {"a-rule": "ZeroDivisionError: division by zero"}


def test_a_rule_on_messages_sees_each_message_at_once():
    def each(sighting):
        """Says something of each message."""
        yield Evidence(sighting, Sentence("seen"))

    findings, _ = run(make(each, on=Sighting))

    assert [found.frame for found in findings] == [1, 2, 3, 4]


def test_messages_are_counted():
    _, summary = run()

    assert summary.messages == 4
    assert summary.methods == {"OPTIONS": 2}
    assert summary.statuses == {200: 1, 503: 1}


def test_evidence_may_be_graver_than_its_rule():
    def grave(transaction):
        """Is grave."""
        yield Evidence(transaction.first, Sentence("bad"), severity=Severity.ERROR)

    found: Finding = run(make(grave))[0][0]

    assert found.severity is Severity.ERROR
