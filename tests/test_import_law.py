"""The house: who may import whom, which rooms are pure, and what must stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "analyser"

LINES = (
    {"", "__main__", "cli"},
    {"excerpt", "parallel", "watch", "tui"},
    {"pipeline", "report"},
    {"merge", "redact"},
    {"rules"},
    {"annotate"},
    {"track"},
    {"capture", "decode", "sip"},
    {"hep", "tls"},
    {"wire", "codes"},
    {"compiled", "errors", "version"},
)
"""Top to bottom. A room may import the lines below it; rooms of one line never import each other."""

TOP = LINES[0]
PURE = {"sip", "track", "annotate", "rules"}
FORBIDDEN_IN_PURE = {
    "asyncio",
    "datetime",
    "numpy",
    "pyshark",
    "random",
    "rich",
    "scapy",
    "secrets",
    "select",
    "socket",
    "subprocess",
    "textual",
    "threading",
    "time",
}


def room_of(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        relative = path.relative_to(ROOT.parent).with_suffix("")
        parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
        yield ".".join(parts), path


def imports(path):
    """Every module that the file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            module = node.module or ""
            yield module
            if module == "analyser":
                yield from (f"analyser.{alias.name}" for alias in node.names)


def line_of(room):
    return next(index for index, line in enumerate(LINES) if room in line)


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: str(value).rsplit("/", 1)[-1])
def test_a_room_imports_only_what_lies_below_it(module, path):
    room = room_of(module)
    for imported in imports(path):
        if imported.split(".")[0] != "analyser":
            continue
        other = room_of(imported)
        if other in (room, "") and (other == room or imported == "analyser"):
            continue
        if room in TOP and other in TOP:
            continue
        assert line_of(other) > line_of(room), f"{module} imports {imported}"


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: str(value).rsplit("/", 1)[-1])
def test_pure_rooms_know_no_clock_no_socket_and_no_screen(module, path):
    if room_of(module) in PURE:
        assert not {imported.split(".")[0] for imported in imports(path)} & FORBIDDEN_IN_PURE


def test_sip_could_be_lifted_out_as_a_library():
    for path in (ROOT / "sip").rglob("*.py"):
        for imported in imports(path):
            if imported.startswith("analyser"):
                assert imported.startswith("analyser.sip"), path


def test_explaining_a_code_imports_nothing_heavy():
    program = (
        "import sys\n"
        "from analyser.cli import run\n"
        "run(['explain', '412'])\n"
        "heavy = {'numpy', 'scapy', 'pyshark', 'textual', 'zstandard', 'analyser.sip', 'analyser.rules'}\n"
        "print('HEAVY:', sorted(heavy & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )

    assert result.stdout.splitlines()[-1] == "HEAVY: []"
    assert "Conditional Request Failed" in result.stdout


def test_reading_natively_imports_nothing_of_the_second_engine():
    program = (
        "import sys\n"
        "from analyser.cli import run\n"
        "run(['read', 'sample_pcaps/stuck-on-trying.pcap', '--format', 'jsonl'])\n"
        "print('HEAVY:', sorted({'asyncio', 'pyshark', 'scapy', 'lxml'} & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )

    assert result.stdout.splitlines()[-1] == "HEAVY: []"


def test_files_stay_readable():
    """A newcomer finds each thing by its name; far beyond 300 lines that ends."""
    long = {
        module: len(path.read_text(encoding="utf-8").splitlines())
        for module, path in modules()
        if len(path.read_text(encoding="utf-8").splitlines()) > 350
    }

    assert not long
