"""`compare`: any two registered codes, by number or phrase, in any order."""

import json

import pytest
from click.testing import CliRunner

from analyser.cli.compare import compare
from analyser.errors import UsageError


def run(*arguments, width=80):
    result = CliRunner().invoke(compare, arguments, env={"COLUMNS": str(width)})
    if result.exception is not None:
        raise result.exception
    return result.output


def test_the_page_has_its_parts():
    output = run("100", "412")

    for heading in (
        "In short",
        "Meaning",
        "When you see it",
        "How to fix it",
        "Key differences",
        "Which one when",
        "Read on",
    ):
        assert f"\n{heading}\n" in output
    assert output.startswith("100 Trying and 412 Conditional Request Failed\n")
    assert "sip-analyser explain 412" in output


@pytest.mark.parametrize(
    "arguments",
    [
        ("busy here", "600"),
        ("486", "Busy Everywhere"),
        ("BUSY-HERE", "busy everywhere"),
        ("486 Busy Here", "600 Busy Everywhere"),
        ("busy", "here", "busy", "everywhere"),
        ("486", "vs.", "600"),
        ("486 600",),
        ("\uff14\uff18\uff16", "600:"),
    ],
)
def test_phrases_will_do(arguments):
    assert run(*arguments).startswith("486 Busy Here and 600 Busy Everywhere\n")


def test_the_order_is_the_users():
    assert run("412", "100").startswith("412 Conditional Request Failed and 100 Trying\n")


def test_japanese_headings():
    output = run("100", "412", "--lang", "ja")

    for heading in (
        "説明",
        "このコードが表示される場合",
        "解決方法",
        "主な違い",
        "どちらをいつ使うか",
        "詳しく見る",
    ):
        assert f"\n{heading}\n" in output


def test_json_and_markdown():
    assert json.loads(run("401", "407", "--format", "json"))["topic"] == "comparison"
    assert run("401", "407", "--format", "markdown").startswith("# 401 Unauthorized and 407 ")


def test_the_method_chooses_the_words():
    assert run("401", "403", "--method", "register") != run("401", "403")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("486", "486"), "the same code"),
        (("486", "477"), "477 is not registered"),
        (("486", "777"), "'777' is no registered status code"),
        (("486",), "two status codes"),
        (("CANCEL", "BYE"), "'CANCEL' is no registered status code"),
        (("a", "b", "c"), "does not name two registered"),
        (("486", "not acceptable"), "is 406 and 606"),
        (("486", "x" * 1000), "no registered"),
        (("486", ""), "two status codes"),
    ],
)
def test_what_cannot_be_compared(arguments, message):
    with pytest.raises(UsageError, match=message) as caught:
        run(*arguments)

    assert len(str(caught.value)) < 200
