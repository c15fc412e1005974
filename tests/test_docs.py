"""What is generated is current, and what the documents promise is there."""

import importlib.util
import json
import re
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from analyser.cli import main
from analyser.codes import languages
from analyser.rules import all_rules

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rules_page_is_current(generate):
    assert generate.rules_page(all_rules()) == (ROOT / "docs/rules.md").read_text(encoding="utf-8"), (
        "make docs"
    )


@pytest.mark.parametrize("lang", languages())
def test_codes_page_is_current(generate, lang):
    assert generate.codes_page(lang) == generate.codes_file(lang).read_text(encoding="utf-8"), "make docs"


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json.loads((ROOT / "docs/events.schema.json").read_text()))


def test_commands_have_help_and_are_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in main.list_commands(None):
        result = CliRunner().invoke(main, [name, "--help"])

        assert result.exit_code == 0
        assert f"sip-analyser {name}" in readme


def test_every_option_of_read_is_in_the_readme_or_its_help():
    command = main.get_command(None, "read")

    assert all(option.help for option in command.params if option.param_type_name == "option")


def test_the_changelog_knows_this_version():
    from analyser import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


PAGES = {
    "code": ("explain", "401"),
    "rule": ("explain", "stuck-on-trying"),
    "method": ("explain", "q850", "21"),
    "comparison": ("compare", "401", "407"),
}


@pytest.mark.parametrize(("heading", "arguments"), PAGES.items())
def test_the_json_of_pages_has_the_keys_that_are_documented(heading, arguments):
    (section,) = [
        part
        for part in (ROOT / "docs/pages.md").read_text(encoding="utf-8").split("\n## ")
        if part.startswith(heading)
    ]
    named = {
        key
        for row in section.splitlines()
        if row.startswith("| `")
        for key in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    page = json.loads(CliRunner().invoke(main, [*arguments, "--format", "json"]).output)

    assert page.keys() - {"topic"} <= named
    assert named - page.keys() <= {"causes"}
