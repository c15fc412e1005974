"""Whom a finding about several calls names as their caller."""

import pytest

from analyser.annotate import Finding
from analyser.rules import all_rules
from tests.report.runs import events

TWO_CALLS = """
alice = 192.0.2.10:40001
again = 192.0.2.10:{port}
proxy = 198.51.100.1:5060

0.000  [one] alice -> proxy    INVITE
0.004  [one] alice <- proxy    {answer}
0.050  [one] alice -> proxy    ACK

5.000  [two] again -> proxy    INVITE
5.004  [two] again <- proxy    {answer}
5.050  [two] again -> proxy    ACK
"""
REFUSALS = {
    "404 Not Found": "2 calls of {caller} met the same there",
    "403 Forbidden": "2 calls of {caller} met the same there",
    "428 Use Identity Header": "2 calls of {caller} met the same there",
    "480 Temporarily Unavailable": "2 calls of {caller} met the same",
    "483 Too Many Hops": "2 requests of {caller} met the same",
    "503 Service Unavailable": "2 calls of {caller} met the same there",
}


@pytest.mark.parametrize(("port", "caller"), [(40001, "192.0.2.10:40001"), (40002, "192.0.2.10")])
@pytest.mark.parametrize("answer", REFUSALS)
def test_calls_from_several_ports_of_a_host_are_calls_of_the_host(
    answer: str, port: int, caller: str
) -> None:
    """Over connections each call may come from another port: it is no caller of them all."""
    happened = events(TWO_CALLS.format(port=port, answer=answer), all_rules())
    (found,) = (each for each in happened if isinstance(each, Finding))
    assert REFUSALS[answer].format(caller=caller) in found.note
