"""Compiles the hot rooms with mypyc, when a wheel is built or the checkout is installed (`pip install -e .`).

The same typed sources run compiled and uncompiled, and print the same. So compiling is never a condition: without a C
compiler, or when anything goes wrong, the sources are installed, and one line says why. SIP_ANALYSER_COMPILE=0 skips it.
`python hatch_build.py` compiles a checkout anew; analyser/compiled.py says when what was compiled is run.
"""

import os
import platform
import runpy
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
PACKAGE = ROOT / "analyser"
STAMP = PACKAGE / "compiled.txt"
REQUIRED = ["mypy>=2.4", "setuptools>=75"]
"""What compiling takes, besides a C compiler and what the program imports, whose types decide what code is made."""

BYTES_OF_RUNTIME = "bytes_ops.c"
SLICE = ("slice_len = endn - startn;", "slice_len = endn > startn ? endn - startn : 0;")
"""mypyc's runtime (2.4) raises where a slice of bytes ends before it begins, which Python takes for empty: any packet that
claims more than was captured would do that."""

TYPES = ["--config-file=", f"--cache-dir={os.devnull}", "--ignore-missing-imports", "--follow-imports=silent"]
"""mypy as the build needs it: whether all types are right is for `make check`."""


def hindrance() -> str | None:
    """Why there is no sense in trying to compile; None if there is."""
    if os.environ.get("SIP_ANALYSER_COMPILE", "1") == "0":
        return "not compiled, as SIP_ANALYSER_COMPILE=0 asked"
    if platform.python_implementation() != "CPython":
        return "not compiled, for only CPython runs extension modules well"
    if os.name == "posix":
        compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
        if shutil.which(compiler) is None:
            return f"not compiled, for there is no C compiler ({compiler})"
        if not Path(sysconfig.get_path("include"), "Python.h").exists():
            return "not compiled, for the headers of Python are missing (Debian and Ubuntu: python3-dev)"
    return None


def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def sources() -> list[str]:
    """The files to compile, as pyproject.toml lists them, relative to the root."""
    hook = project()["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]
    named = {path.relative_to(ROOT).as_posix() for pattern in hook["compile"] for path in ROOT.glob(pattern)}
    return sorted(path for path in named - set(hook["interpret"]) if not path.endswith("/__init__.py"))


def make_extensions(folder: Path) -> None:
    """Compile into a folder, in this process: mypyc writes C, setuptools calls the C compiler."""
    from mypyc.build import mypycify
    from setuptools import setup

    extensions = mypycify(
        [*TYPES, *sources()],
        group_name="analyser",
        opt_level="1",  # -O2 and -O3 take a third longer to compile and run no faster
        debug_level="0",
        target_dir=str(folder / "c"),
    )
    for extension in extensions:
        extension.include_dirs.insert(0, mended_runtime(folder / "runtime"))
        # A warning of a compiler that mypyc's authors have not seen is no error.
        extension.extra_compile_args = [flag for flag in extension.extra_compile_args if flag != "-Werror"]
    command = ["build_ext", f"--build-lib={folder / 'lib'}", f"--build-temp={folder / 'o'}"]
    command.append(f"--parallel={os.cpu_count() or 1}")
    setup(name="analyser", packages=[], py_modules=[], ext_modules=extensions, script_args=command)


def mended_runtime(folder: Path) -> str:
    """A folder with the one file of mypyc's runtime that has to be another; the C compiler looks there first."""
    from mypyc.build import include_dir

    source = Path(include_dir(), BYTES_OF_RUNTIME).read_text(encoding="utf-8")
    folder.mkdir(exist_ok=True)
    (folder / BYTES_OF_RUNTIME).write_text(source.replace(*SLICE), encoding="utf-8")
    return str(folder)


def compile_into(folder: Path) -> list[Path]:
    """Compile in a process of its own, for mypyc exits where it fails; the extension modules, below `folder`/lib."""
    subprocess.run(
        [sys.executable, __file__, str(folder)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    return sorted((folder / "lib").rglob(f"*{suffix}"))


def failure(error: BaseException) -> str:
    """One line that says why compiling failed."""
    output = error.stdout if isinstance(error, subprocess.CalledProcessError) else str(error)
    lines = [line.strip() for line in (output or "").splitlines() if "rror" in line] or [type(error).__name__]
    return f"not compiled, for that failed: {lines[0][:200]}"


def stamp(first: str, *lines: str) -> str:
    """What analyser/compiled.py reads."""
    return "\n".join((first, *lines)) + "\n"


def leave_stamp(first: str, *lines: str) -> None:
    """Put it into the checkout, whole or not at all."""
    written = STAMP.with_suffix(".new")
    written.write_text(stamp(first, *lines), encoding="utf-8")
    written.replace(STAMP)


def compiled_in_place() -> list[Path]:
    """The extension modules of the checkout, if all are there and no source has changed."""
    obstacle = runpy.run_path(str(PACKAGE / "compiled.py"))["obstacle"]
    if not STAMP.exists() or obstacle(str(PACKAGE)) is not None:
        return []
    suffix = STAMP.read_text(encoding="utf-8").splitlines()[0]
    return sorted([*PACKAGE.rglob(f"*{suffix}"), *ROOT.glob(f"*__mypyc{suffix}")])


def clear() -> None:
    """Take away what was compiled in the checkout."""
    STAMP.unlink(missing_ok=True)
    for suffix in ("so", "pyd"):
        for path in (*PACKAGE.rglob(f"*.{suffix}"), *ROOT.glob(f"analyser__mypyc.*.{suffix}")):
            path.unlink()


def compile_in_place() -> None:
    """Put the extension modules beside their sources. The stamp comes last: without it they are not run."""
    changed = {name: (ROOT / name).stat() for name in sources()}
    with TemporaryDirectory() as folder:
        made = compile_into(Path(folder))
        clear()
        for path in made:
            shutil.copy(path, ROOT / path.relative_to(Path(folder, "lib")))
    lines = [
        f"{name.removeprefix('analyser/')} {status.st_mtime_ns} {status.st_size}"
        for name, status in changed.items()
    ]
    leave_stamp(sysconfig.get_config_var("EXT_SUFFIX"), *lines)


class CompiledRooms(BuildHookInterface):  # type: ignore[type-arg]
    """The hook that hatchling calls."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What has to be in the build environment; nothing where nothing will be compiled."""
        return (
            [] if hindrance() or compiled_in_place() else [*REQUIRED, *project()["project"]["dependencies"]]
        )

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the wheel is put together; an editable one only points to the checkout."""
        self._folder = TemporaryDirectory()
        reason = hindrance()
        try:
            if reason is None and version != "editable":
                self._into_wheel(build_data)
            elif reason is None and not compiled_in_place():
                self.app.display_waiting("Compiling the hot rooms; this takes about a minute …")
                compile_in_place()
        except Exception as error:  # noqa: BLE001 - whatever it is, the sources can be installed
            reason = failure(error)
        if reason is None:
            return
        self.app.display_warning(f"sip-analyser: {reason}. Try again: python hatch_build.py")
        if version == "editable":
            clear()
            leave_stamp(reason)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        self._folder.cleanup()

    def _into_wheel(self, build_data: dict[str, Any]) -> None:
        folder = Path(self._folder.name)
        made = {path: path.relative_to(ROOT) for path in compiled_in_place()} or {
            path: path.relative_to(folder / "lib") for path in compile_into(folder)
        }
        note = folder / STAMP.name
        note.write_text(stamp(sysconfig.get_config_var("EXT_SUFFIX")), encoding="utf-8")
        made[note] = STAMP.relative_to(ROOT)
        build_data["force_include"].update({str(path): target.as_posix() for path, target in made.items()})
        build_data["pure_python"], build_data["infer_tag"] = False, True


def main() -> None:
    """Compile the checkout anew, or say why that did not work. With a folder: do the work of `compile_into`."""
    if len(sys.argv) > 1:
        make_extensions(Path(sys.argv[1]))
        return
    reason = hindrance()
    if reason is not None:
        sys.exit(f"sip-analyser: {reason}")
    try:
        compile_in_place()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.stdout}\nsip-analyser: {failure(error)}")
    print("sip-analyser: compiled")


if __name__ == "__main__":
    main()
