"""Key figures: what counts as an attempt, and what each figure divides by what."""

import pytest

from analyser.annotate import Kpis
from analyser.track import Call, Transaction
from tests.support.scene import Scene

HOSTS = """
alice = 192.0.2.10:5060
proxy = 198.51.100.1:5060
bob   = 203.0.113.20:5060
carol = 203.0.113.30:5060
"""


def kpis(ladder):
    counted = Kpis()
    for subject in Scene(HOSTS + ladder).settled:
        if isinstance(subject, Transaction):
            counted.add_transaction(subject)
        elif isinstance(subject, Call):
            counted.add_call(subject)
    return counted


def values(counted):
    return {kpi.id: kpi.value for kpi in counted.figures()}


ANSWERED = """
0.0  [a] alice -> bob  INVITE
0.5  [a] alice <- bob  180 Ringing
2.0  [a] alice <- bob  200 OK
2.1  [a] alice -> bob  ACK
12.0 [a] alice -> bob  BYE
12.2 [a] alice <- bob  200 OK
"""
BUSY = """
20.0 [b] alice -> bob  INVITE
20.1 [b] alice <- bob  486
20.2 [b] alice -> bob  ACK
"""
DOWN = """
30.0 [c] alice -> bob  INVITE
30.1 [c] alice <- bob  503
30.2 [c] alice -> bob  ACK
"""
REDIRECTED = """
40.0 [d] alice -> bob  INVITE
40.1 [d] alice <- bob  302
40.2 [d] alice -> bob  ACK
"""


def test_the_ratios_of_rfc_6076():
    figures = values(kpis(ANSWERED + BUSY + DOWN + REDIRECTED))

    assert figures["SER"] == pytest.approx(100 / 3)  # §4.6: redirected attempts are not in the denominator
    assert figures["SEER"] == pytest.approx(200 / 3)  # §4.7: busy is effective
    assert figures["ISA"] == 25  # §4.8: redirected attempts are
    assert figures["ASR"] == 25
    assert figures["NER"] == 50
    assert figures["SCR"] == 25


def test_the_delays():
    figures = values(kpis(ANSWERED))

    assert figures["SRD"] == 500
    assert figures["PDD"] == 0.5
    assert figures["SDD"] == pytest.approx(200)
    assert figures["SDT"] == figures["ACD"] == 10


def test_the_delay_of_a_refusal_is_a_figure_of_its_own():
    figures = values(kpis(ANSWERED + BUSY))

    assert figures["SRD"] == 500
    assert figures["SRD-F"] == pytest.approx(100)


def test_a_repeat_with_credentials_is_the_same_attempt():
    counted = kpis("""
0.0  alice -> bob  INVITE
0.1  alice <- bob  407
0.2  alice -> bob  ACK
0.3  alice -> bob  INVITE
0.5  alice <- bob  180 Ringing
2.0  alice <- bob  200 OK
2.1  alice -> bob  ACK
""")

    assert (counted.attempts, counted.answered) == (1, 1)
    assert values(counted)["SRD"] == pytest.approx(200)  # from the INVITE with credentials


def test_a_proxy_does_not_double_the_count_and_a_fork_is_one_attempt():
    counted = kpis("""
0.00  alice -> proxy  INVITE
0.01  proxy -> bob    INVITE
0.02  proxy -> carol  INVITE
0.50  proxy <- bob    180 Ringing
0.51  alice <- proxy  180 Ringing
1.00  proxy <- carol  486
1.01  proxy -> carol  ACK
2.00  proxy <- bob    200 OK
2.01  alice <- proxy  200 OK
2.10  alice -> proxy  ACK
2.11  proxy -> bob    ACK
""")

    assert (counted.attempts, counted.answered) == (1, 1)


def test_a_reinvite_is_no_attempt():
    counted = kpis(
        ANSWERED.replace("12.0 [a]", "5.0 [a] alice -> bob INVITE\n5.1 [a] alice <- bob 488\n12.0 [a]")
    )

    assert counted.attempts == 1


def test_what_has_no_outcome_is_counted_apart():
    counted = kpis("0.0 alice -> bob INVITE\n0.1 alice <- bob 180 Ringing\n[capture ends 5]\n")

    assert (counted.attempts, counted.pending) == (0, 1)
    assert values(counted)["SER"] is None


def test_a_timeout_is_ineffective():
    figures = values(kpis("0.0 alice -> bob INVITE\n[capture ends 60]\n"))

    assert figures["ISA"] == 100


def test_a_call_that_began_before_the_capture_is_in_no_ratio():
    counted = kpis(
        "0.0 alice <- bob 200 OK\n0.1 alice -> bob ACK\n1.0 alice -> bob BYE\n1.1 alice <- bob 200 OK\n"
    )

    assert (counted.attempts, counted.partial) == (0, 1)


def test_registration_figures():
    figures = values(
        kpis("""
0.0  alice -> bob  REGISTER
0.1  alice <- bob  401
0.2  alice -> bob  REGISTER
0.5  alice <- bob  200 OK
5.0  carol -> bob  REGISTER
5.1  carol <- bob  403
""")
    )

    assert figures["RRD"] == pytest.approx(300)  # §4.1
    assert figures["IRA"] == pytest.approx(100 / 3)  # §4.2: the challenge is no failure
