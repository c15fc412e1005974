"""The script of the page: linted, in modules, and in one piece what the modules are."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analyser.report.html import SCRIPTS
from analyser.report.page.frame import frame

FOLDER = Path(__file__).parents[2] / "analyser/report/templates/script"
RULES = Path(__file__).parent / "oxlint.json"
IMPORT = re.compile(r'^import \{ (.+) \} from "\./(.+)";$', re.MULTILINE)


def linter():
    beside = Path(sys.executable).with_name("oxlint")
    return str(beside) if beside.exists() else shutil.which("oxlint")


def lint(path):
    return subprocess.run(
        [linter(), "--config", str(RULES), "--deny-warnings", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def oxlint():
    if linter() is None:
        pytest.skip("needs oxlint (pip install oxlint)")


def test_the_linter_has_nothing_to_say(oxlint):
    result = lint(FOLDER)

    assert result.returncode == 0, result.stdout
    assert f"on {len(SCRIPTS)} files" in result.stdout


@pytest.mark.parametrize(
    "wrong", ["let a = b;", "eval('1');", "const unused = 1;", "if (1 == '1') {}", "fetch('x');"]
)
def test_the_linter_would_say_it(oxlint, wrong, tmp_path):
    path = tmp_path / "wrong.js"
    path.write_text(f"{wrong}\n")

    assert lint(path).returncode != 0


def test_no_name_is_declared_in_two_modules(oxlint, tmp_path):
    """In one piece they would be one name."""
    path = tmp_path / "page.js"
    path.write_text(frame("en", SCRIPTS)["script"])

    assert "already been declared" not in lint(path).stdout
    path.write_text(f"{path.read_text()}const rows = 1;\n")
    assert "already been declared" in lint(path).stdout


def test_each_module_comes_after_those_that_it_imports():
    assert {path.name for path in FOLDER.glob("*.js")} == set(SCRIPTS)
    for place, name in enumerate(SCRIPTS):
        text = (FOLDER / name).read_text(encoding="utf-8")
        for names, module in IMPORT.findall(text):
            assert module in SCRIPTS[:place], f"{name} imports {module}"
            for imported in names.split(", "):
                assert re.search(
                    rf"^export (async )?(function|const) {imported}\b",
                    (FOLDER / module).read_text(encoding="utf-8"),
                    re.MULTILINE,
                ), f"{name} imports {imported}"


def test_in_one_piece_nothing_is_imported_or_exported():
    script = frame("en", SCRIPTS)["script"]

    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)
    assert "</script" not in script
    assert "<!--" not in script
    for name in SCRIPTS:
        text = (FOLDER / name).read_text(encoding="utf-8")
        for declared in re.findall(r"^(?:export )?(?:async )?function (\w+)", text, re.MULTILINE):
            assert f"function {declared}(" in script
