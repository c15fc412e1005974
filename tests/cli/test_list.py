"""`list`: each kind of entry, in every language."""

import json

import pytest
from click.testing import CliRunner

from analyser.cli.list_ import list_command
from analyser.codes import languages, phrases
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


@pytest.mark.parametrize("word", ["codes", "code", "CODES", "option tag", "header"])
def test_lists_are_found_in_singular_and_plural(word):
    assert run(list_command, word).count("\n") > 10


def test_an_unknown_list_names_those_there_are():
    with pytest.raises(UsageError, match="'banana' is nothing to list; there are: codes, rules"):
        run(list_command, "banana")
