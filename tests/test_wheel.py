"""The wheel, alone with what it imports: it must carry the catalogue, and not as a top-level package.

Built once with the sources only, and once with the compiled rooms, which are those of the checkout if it has any.
"""

import importlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from analyser import compiled

pytestmark = pytest.mark.compiled

ROOT = Path(__file__).parents[1]
LIGHT = ("click", "rich")
ALL = (*LIGHT, "mypy_extensions", "numpy", "zstandard")


def build(folder, **variables):
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        check=True,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **variables},
    )
    (built,) = folder.glob("*.whl")
    return built


def unpack(wheel, folder, packages):
    """A folder of packages that holds the wheel and what it needs."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for name in packages:
        module = Path(importlib.import_module(name).__file__)
        if module.name != "__init__.py":
            (folder / module.name).symlink_to(module)
            continue
        package = module.parent
        for path in (package, package.with_name(f"{name}.libs")):
            if path.is_dir():
                (folder / path.name).symlink_to(path, target_is_directory=True)
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("dist"), SIP_ANALYSER_COMPILE="0")


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    return unpack(wheel, tmp_path_factory.mktemp("site"), LIGHT)


@pytest.fixture(scope="module")
def compiled_wheel(tmp_path_factory):
    """A wheel with the rooms that the checkout was compiled to; to compile them again would take a minute."""
    obstacle = compiled.obstacle(compiled.FOLDER)
    if obstacle is not None:
        pytest.skip(f"nothing is compiled here: {obstacle} (a C compiler and `make compile` change that)")
    return build(tmp_path_factory.mktemp("dist"))


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


def test_the_wheel_brings_what_pages_are_made_of(wheel):
    templates = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "analyser/report/templates").rglob("*")
        if path.is_file()
    }

    assert {"analyser/report/templates/report.html", "analyser/report/templates/script/main.js"} <= templates
    assert templates <= set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_brings_the_command(wheel):
    archive = zipfile.ZipFile(wheel)
    (entry_points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]

    assert b"sip-analyser = analyser.__main__:main" in archive.read(entry_points)


def test_a_wheel_of_sources_fits_every_platform(wheel):
    assert wheel.name.endswith("-py3-none-any.whl")
    assert not [
        name
        for name in zipfile.ZipFile(wheel).namelist()
        if Path(name).suffix != ".py" and "compiled" in name
    ]


def test_a_compiled_wheel_adds_nothing_but_the_rooms_and_their_library(wheel, compiled_wheel):
    sources, all_names = (set(zipfile.ZipFile(path).namelist()) for path in (wheel, compiled_wheel))
    added = {name for name in all_names - sources if ".dist-info/" not in name}
    library = [name for name in added if "/" not in name]

    assert not compiled_wheel.name.endswith("-any.whl")
    assert len(library) == 1
    assert library[0].startswith("analyser__mypyc.")
    suffix = library[0].removeprefix("analyser__mypyc")
    rooms = {name.removesuffix(suffix) for name in added - set(library) - {"analyser/compiled.txt"}}
    assert {"analyser/wire", "analyser/sip/scan", "analyser/track/tracker"} <= rooms
    assert {f"{room}.py" for room in rooms} <= sources


@pytest.mark.parametrize("form", ["compiled", "pure Python"])
def test_both_wheels_read_a_capture(form, tmp_path, request):
    chosen = request.getfixturevalue("compiled_wheel" if form == "compiled" else "wheel")
    site = unpack(chosen, tmp_path, ALL)
    command = "from analyser.__main__ import main; main()"

    version = run(site, command, "--version")
    explained = run(site, command, "explain", "412")
    read = run(site, command, "read", str(ROOT / "sample_pcaps/stuck-on-trying.pcap"))

    assert version.stdout.endswith(f" ({form})\n")
    assert explained.stdout.startswith("412 Conditional Request Failed\n")
    assert read.stderr == ""
    assert read.returncode == 0
    assert "stuck-on-trying" in read.stdout
