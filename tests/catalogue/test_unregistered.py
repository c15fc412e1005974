"""Codes that IANA does not list: the entry says so, and what a client takes them for (RFC 3261 §8.1.3.2)."""

import pytest

from analyser.codes import all_codes, fallback_code, status_code


@pytest.mark.parametrize(
    ("code", "treat_as", "kind"),
    [
        (187, 183, "Provisional"),
        (299, 200, "Successful"),
        (333, 300, "Redirection"),
        (499, 400, "Request Failure"),
        (599, 500, "Server Failure"),
        (699, 600, "Global Failure"),
    ],
)
def test_an_unknown_code_is_taken_for_the_first_of_its_class(code, treat_as, kind):
    status = status_code(code)

    assert not status.registered
    assert (status.treat_as, status.kind, status.phrase) == (treat_as, kind, "")
    assert fallback_code(code) == treat_as
    assert str(code) in status.words.meaning
    assert "{code}" not in status.words.meaning


@pytest.mark.parametrize("code", [477, 478, 479, 490])
def test_codes_met_on_the_wire_have_an_entry_of_their_own(code):
    status = status_code(code)

    assert not status.registered
    assert status.words.origin
    assert status.treat_as == 400
    assert "not registered" in status.words.meaning


@pytest.mark.parametrize("code", [-5, 0, 7, 99, 700, 703, 899, 900, 999, 1000, 10**30])
def test_numbers_outside_sip_are_called_so(code):
    status = status_code(code)

    assert status.kind == "Not a SIP status code"
    assert status.treat_as is None
    assert fallback_code(code) == 0
    assert not status.registered
    assert not status.final
    assert status.default_verdict == "problem"


def test_the_wire_cannot_make_the_catalogue_grow():
    from analyser.codes import store

    for code in range(-5000, 5000):
        status_code(code)

    assert len(store.ours()._codes) <= store._CODES_KEPT
    assert status_code(412).registered


def test_every_number_of_three_digits_has_words():
    for code in range(100, 700):
        status = status_code(code)
        assert status.words.short
        assert status.registered == (code in all_codes())
