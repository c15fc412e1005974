"""The wheel, alone with what `explain` imports: it must carry the catalogue, and not as a top-level package."""

import importlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEEDED = ("click", "rich")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """A folder of packages that holds the wheel and its light dependencies only."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for name in NEEDED:
        package = importlib.import_module(name)
        (folder / name).symlink_to(Path(package.__file__).parent, target_is_directory=True)
    return folder


def run(site, program, *arguments):
    """Python without its own site-packages, away from the checkout."""
    return subprocess.run(
        [sys.executable, "-S", "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=site,
        env={"PYTHONPATH": str(site), "PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"},
    )


def test_explain_works_from_the_wheel(site):
    result = run(site, "from analyser.__main__ import main; main()", "explain", "412")

    assert result.stderr == ""
    assert result.returncode == 0
    assert result.stdout.startswith("412 Conditional Request Failed\n")


PAGES = {
    ("explain", "412", "--lang", "ja"): "412 Conditional Request Failed\n",
    ("explain", "timer", "B"): "Timer B",
    ("explain", "q850", "16", "--format", "markdown"): "# Q.850 cause 16",
    ("explain", "dialog", "--lang", "ja"): "ダイアログ",
    ("compare", "100", "412"): "100 Trying and 412 ",
    ("compare", "401", "407", "--lang", "ja"): "401 Unauthorized と 407 ",
    ("list", "terms"): "  ",
}


@pytest.mark.parametrize(("arguments", "start"), PAGES.items())
def test_pages_work_from_the_wheel(site, arguments, start):
    result = run(site, "from analyser.__main__ import main; main()", *arguments)

    assert result.stderr == ""
    assert result.returncode == 0
    assert result.stdout.startswith(start)


def test_every_code_is_in_the_wheel(site):
    program = "import analyser.codes as codes; from analyser.codes.check import check_catalogue; check_catalogue(); print(len(codes.all_codes()), codes.__file__)"
    result = run(site, program)

    assert result.stderr == ""
    assert result.stdout.split() == ["75", str(site / "analyser/codes/__init__.py")]


def test_the_wheel_overwrites_nobody_s_package(wheel):
    """A top-level `catalogue` would collide with the package of that name."""
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"analyser"}
    assert {"analyser/_catalogue/en/codes/4xx.toml", "analyser/_catalogue/ja/rules/calls.toml"} <= set(names)


def test_the_wheel_brings_the_command(wheel):
    archive = zipfile.ZipFile(wheel)
    (entry_points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]

    assert b"sip-analyser = analyser.__main__:main" in archive.read(entry_points)
