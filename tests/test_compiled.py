"""The compiled rooms and their sources: the same output, and never the compiled form of a source that has changed."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import analyser
from analyser import compiled

ROOT = Path(__file__).parents[1]
SAMPLES = sorted((ROOT / "sample_pcaps").glob("*.pcap*"))
READ = "import sys; from analyser.cli import run; sys.exit(max(run(['read', *line.split('|')]) for line in sys.argv[1:]))"
FORM = (
    "from analyser.cli import run; run(['--version']); import analyser.pipeline, analyser.sip.scan; "
    "print(analyser.pipeline.__file__, analyser.sip.scan.__file__)"
)


def run(program, *arguments, root=ROOT, **variables):
    """A Python of its own, that takes the package from this checkout."""
    environment = {name: value for name, value in os.environ.items() if name != compiled.PURE}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        cwd=root,
        env={**environment, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8", **variables},
    ).stdout


def form(root=ROOT, **variables):
    """What `--version` says in brackets, once it is seen to be true of the modules."""
    said, loaded = run(FORM, root=root, **variables).splitlines()
    assert said.startswith("sip-analyser, version ")
    suffixes = {Path(name).suffix == ".py" for name in loaded.split()}
    assert suffixes == {not said.endswith(" (compiled)")}, (
        "all rooms of one form, and of the form that is said"
    )
    return said.split("(", 1)[1].removesuffix(")")


@pytest.fixture(scope="module")
def rooms():
    """Skips where nothing is compiled; continuous integration forbids skips."""
    found = form()
    if found != "compiled":
        pytest.skip(f"the rooms run as {found} (a C compiler and `make compile` change that)")


@pytest.fixture
def checkout(rooms, tmp_path):
    """A copy of the package, compiled rooms and all, that a test may change."""
    shutil.copytree(ROOT / "analyser", tmp_path / "analyser", ignore=shutil.ignore_patterns("__pycache__"))
    for library in ROOT.glob("analyser__mypyc.*"):
        shutil.copy2(library, tmp_path)
    (tmp_path / "catalogue").symlink_to(ROOT / "catalogue")
    assert form(tmp_path) == "compiled"
    return tmp_path


@pytest.mark.compiled
@pytest.mark.parametrize("style", ["jsonl", "terminal"])
def test_both_forms_print_the_same(rooms, style):
    assert len(SAMPLES) > 10
    lines = [f"{path}|--format|{style}" for path in SAMPLES]

    assert run(READ, *lines) == run(READ, *lines, SIP_ANALYSER_PURE="1")


@pytest.mark.compiled
def test_the_sources_run_when_they_are_asked_for(rooms):
    assert form(SIP_ANALYSER_PURE="1") == "pure Python: SIP_ANALYSER_PURE is set"
    assert form(SIP_ANALYSER_PURE="0") == "compiled"


@pytest.mark.compiled
def test_an_edited_source_is_what_runs(checkout):
    with (checkout / "analyser/sip/scan.py").open("a") as source:
        source.write("EDITED = True\n")

    assert form(checkout) == "pure Python: sip/scan.py was edited after it was compiled"
    assert run("from analyser.sip import scan; print(scan.EDITED)", root=checkout) == "True\n"


@pytest.mark.compiled
def test_a_source_of_another_time_is_an_edited_one(checkout):
    """As after a switch to an older branch: the source may be older than what was compiled of another."""
    os.utime(checkout / "analyser/wire.py", (1, 1))

    assert form(checkout) == "pure Python: wire.py was edited after it was compiled"


@pytest.mark.compiled
def test_no_form_is_mixed_with_the_other(checkout):
    (missing,) = (checkout / "analyser/track").glob("tracker.*.so")
    missing.unlink()

    assert form(checkout) == "pure Python: track/tracker.py is not compiled"

    (library,) = checkout.glob("analyser__mypyc.*")
    library.unlink()

    assert form(checkout) == "pure Python: the library of the compiled rooms is gone"


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("first_line", "said"),
    [
        (".cpython-27-vax.so", "pure Python: compiled for another Python"),
        (
            "not compiled, for there is no C compiler (cc)",
            "pure Python: not compiled, for there is no C compiler (cc)",
        ),
    ],
)
def test_a_build_that_left_nothing_for_this_python_says_so(checkout, first_line, said):
    (checkout / "analyser" / compiled.STAMP).write_text(first_line + "\n")

    assert form(checkout) == said


@pytest.mark.compiled
def test_without_the_stamp_of_a_whole_build_nothing_compiled_is_run(checkout):
    """The stamp comes last: a build that was interrupted has none."""
    (checkout / "analyser" / compiled.STAMP).unlink()

    assert form(checkout) == "pure Python"


@pytest.mark.compiled
def test_rooms_of_a_wheel_are_not_judged_by_their_time(checkout):
    stamp = checkout / "analyser" / compiled.STAMP
    stamp.write_text(stamp.read_text().splitlines()[0] + "\n")
    os.utime(checkout / "analyser/wire.py", (1, 1))

    assert form(checkout) == "compiled"


def test_the_tests_run_on_the_form_that_is_said():
    """`make test` and `make test-pure` must not both test the same."""
    from analyser.sip import scan

    assert Path(analyser.__file__).parent == ROOT / "analyser"
    assert (Path(scan.__file__).suffix != ".py") == compiled.COMPILED
    if os.environ.get(compiled.PURE) == "1":
        assert not compiled.COMPILED


def test_without_a_compiler_the_build_says_what_is_missing(tmp_path):
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    program = "import json, hatch_build; print(json.dumps(hatch_build.hindrance()))"

    assert "no C compiler (nonesuch)" in json.loads(run(program, CC="nonesuch"))
    assert "SIP_ANALYSER_COMPILE=0" in json.loads(run(program, SIP_ANALYSER_COMPILE="0"))


def settings():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_make_compile_has_what_a_build_asks_for():
    """Continuous integration compiles with the one, `pip install` with the other."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    asked = json.loads(run("import json, hatch_build; print(json.dumps(hatch_build.REQUIRED))"))

    assert asked
    assert set(asked) <= set(settings()["project"]["optional-dependencies"]["dev"])


def test_no_class_that_is_interpreted_stands_on_a_compiled_one():
    """Mypyc refuses that only when such a class is made: the sources run, and the compiled form does not."""
    hook = settings()["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]
    named = {path for pattern in hook["compile"] for path in ROOT.glob(pattern)}
    compiled_files = named - {ROOT / name for name in hook["interpret"]}
    classes = {
        path: [
            node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ClassDef)
        ]
        for path in (ROOT / "analyser").rglob("*.py")
    }
    compiled_names = {node.name for path in compiled_files for node in classes[path]}
    assert len(compiled_names) > 50
    bases = {
        (node.name, ast.unparse(base))
        for path in classes.keys() - compiled_files
        for node in classes[path]
        for base in node.bases
    }
    assert {pair for pair in bases if pair[1].rpartition(".")[2] in compiled_names} == set()
