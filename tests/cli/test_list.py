"""`list`: each kind of entry, in every language."""

import json

import pytest
from click.testing import CliRunner

from analyser.capture.interfaces import KINDS, Described, described
from analyser.cli.list_ import list_command
from analyser.codes import languages, phrases, sentences
from analyser.errors import UsageError
from analyser.report.layout import cells


def run(command, *arguments, width=80):
    result = CliRunner().invoke(command, arguments, env={"COLUMNS": str(width)})
    if result.exception is not None:
        raise result.exception
    return result.output


def test_list_codes_names_each():
    output = run(list_command, "codes")

    for code, phrase in phrases().items():
        assert f"  {code} {phrase}" in output
    assert len(json.loads(run(list_command, "codes", "--format", "json"))) == 75


def test_list_rules_names_each():
    output = run(list_command, "rules")

    assert "stuck-on-trying" in output
    assert "publish-precondition-failed" in output


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
        "tls-alerts",
        "terms",
    ],
)
@pytest.mark.parametrize("lang", languages())
def test_every_list_fits_the_screen(kind, lang):
    output = run(list_command, kind, "--lang", lang)

    assert output.count("\n") > 10
    assert max(map(cells, output.splitlines())) <= 80
    assert json.loads(run(list_command, kind, "--format", "json", "--lang", lang))


@pytest.fixture
def three_interfaces(monkeypatch):
    found = [
        Described("lo", "loopback", "up", ("127.0.0.1", "::1"), ""),
        Described("eth0", "ethernet", "no carrier", ("192.0.2.7", "2001:db8::7", "fe80::fc:ff:fe00:1"), ""),
        Described("Wi-Fi \x1b[31m", "other", "down", (), "Intel(R) Wi-Fi 6 AX201 160MHz [evil]"),
    ]
    monkeypatch.setattr("analyser.capture.interfaces.described", lambda: found)


@pytest.mark.parametrize("lang", languages())
def test_the_interfaces_are_listed_with_state_and_addresses(lang, three_interfaces):
    output = run(list_command, "interfaces", "--lang", lang)

    assert max(map(cells, output.splitlines())) <= 80
    assert "192.0.2.7" in output
    assert "[evil]" in output
    assert "\x1b" not in output
    if lang == "en":
        assert "  lo              up: this machine with itself, 127.0.0.1, ::1\n" in output
        assert "up, without carrier: Ethernet, 192.0.2.7" in output
    assert json.loads(run(list_command, "interface", "--format", "json"))[1] == {
        "interface": "eth0",
        "kind": "ethernet",
        "state": "no carrier",
        "addresses": ["192.0.2.7", "2001:db8::7", "fe80::fc:ff:fe00:1"],
        "description": "",
    }


@pytest.mark.parametrize("lang", languages())
def test_each_kind_and_state_of_interface_has_a_word(lang):
    say = sentences("explain", lang)

    assert all(say[f"interface_kind.{kind}"] for kind in KINDS)
    assert all(say[f"interface_state.{state}"] for state in ("up", "down", "no_carrier"))


def test_the_interfaces_of_this_machine_are_described():
    known = {each.name: each for each in described()}

    assert known
    assert all(each.kind in KINDS and each.state in {"up", "down", "no carrier"} for each in known.values())
    loops = [each for each in known.values() if each.kind == "loopback"]
    assert any("127.0.0.1" in each.addresses for each in loops)


@pytest.mark.parametrize("word", ["codes", "code", "CODES", "option tag", "header"])
def test_lists_are_found_in_singular_and_plural(word):
    assert run(list_command, word).count("\n") > 10


def test_an_unknown_list_names_those_there_are():
    with pytest.raises(UsageError, match="'banana' is nothing to list; there are: codes, rules"):
        run(list_command, "banana")
