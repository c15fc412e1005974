"""Ladders and samples -> comparisons."""

import functools

from analyser.pipeline import analyse
from analyser.report.diff.compare import compare
from analyser.report.diff.numbers import too_few
from analyser.report.diff.said import Said
from analyser.report.diff.taken import Taken, take
from analyser.rules import all_rules
from tests.report.runs import events
from tests.support.samples import SAMPLES


def taken_of(ladder, rules=(), chosen=None):
    return take(events(ladder, rules), Taken(chosen))


@functools.cache
def taken_sample(name):
    return take(analyse([SAMPLES / f"{name}.pcap"], brief=True, release=True), Taken())


def compared(one, other, lang="en"):
    """The document on two `Taken`, as the command makes it."""
    calls = (one.single, other.single)
    both = None if None in calls or type(calls[0]) is not type(calls[1]) else calls
    few = too_few(one.subjects.total(), other.subjects.total())
    return compare(one, other, Said(lang), both, captures=both is None or not few)


def compared_ladders(one, other, lang="en"):
    return compared(taken_of(one, all_rules()), taken_of(other, all_rules()), lang)


def compared_samples(one, other, lang="en"):
    return compared(taken_sample(one), taken_sample(other), lang)


def calls(number, refused=0, code="503 Service Unavailable", step=10):
    """A ladder of so many calls, the first of them refused."""
    lines = ["alice = 192.0.2.10:5060", "bob   = 198.51.100.20:5060", ""]
    for call in range(number):
        at, name = call * step, f"[call{call}]"
        lines.append(f"{at}.000  {name} alice -> bob  INVITE")
        if call < refused:
            lines += [f"{at}.100  {name} alice <- bob  {code}", f"{at}.110  {name} alice -> bob  ACK"]
            continue
        lines += [
            f"{at}.100  {name} alice <- bob  180 Ringing",
            f"{at}.500  {name} alice <- bob  200 OK",
            f"{at}.510  {name} alice -> bob  ACK",
            f"{at + 2}.000  {name} alice -> bob  BYE",
            f"{at + 2}.010  {name} alice <- bob  200 OK",
        ]
    return "\n".join(lines) + "\n"
