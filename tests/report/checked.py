"""Ladders -> the result of a check, without a capture file."""

from analyser.annotate import Severity
from analyser.report.check.demands import demands
from analyser.report.check.phrases import Phrases
from analyser.report.check.result import result_of
from analyser.report.check.seen import Seen
from tests.report import sample_rules
from tests.report.runs import events_of, messages

RULES = sample_rules.ALL[:3]
"""Those that judge one transaction, call or registration."""


def seen_of(happened, lang="en", methods=()):
    seen = Seen(lang, methods)
    for event in happened:
        seen.receive(event)
    return seen


def result(happened, *, rules=RULES, baseline=None, lang="en", captures=("call.pcap",), **demanded):
    """`demanded` is what `demands` takes; `fail_on` is the name of a severity."""
    severity = demanded.pop("fail_on", None)
    wanted = demands(
        rules, rules, fail_on=None if severity is None else Severity[severity.upper()], **demanded
    )
    methods = {method for demand in wanted for method in demand.methods}
    return result_of(captures, seen_of(happened, lang, methods), rules, wanted, baseline, Phrases(lang))


def check(*ladders, **options):
    """One run over these ladders, an hour apart."""
    exchange = [
        (time + number * 3_600_000_000_000, hop, _of_its_own(octets, number))
        for number, ladder in enumerate(ladders)
        for time, hop, octets in messages(ladder)
    ]
    return result(events_of(exchange, options.get("rules", RULES)), **options)


def _of_its_own(octets, number):
    """Another Call-ID and another branch than the same ladder would have elsewhere."""
    mark = str(number).encode()
    octets = octets.replace(b"Call-ID: ", b"Call-ID: " + mark + b"-")
    return octets.replace(b"branch=z9hG4bK", b"branch=z9hG4bK" + mark)
