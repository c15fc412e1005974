"""Runs one target under atheris: `python fuzz/run.py TARGET [libFuzzer options]`, for example `-max_total_time=60`.

Without a target it lists them. New inputs are kept in fuzz/corpus/TARGET, which git does not know.
"""

import os
import sys
from pathlib import Path

os.environ["SIP_ANALYSER_PURE"] = "1"  # atheris sees nothing of compiled rooms

import atheris

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

with atheris.instrument_imports(include=["analyser"]):
    from targets import TARGETS


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        raise SystemExit("targets: " + " ".join(TARGETS))
    target = TARGETS[name]
    kept = HERE / "corpus" / name
    kept.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (kept / f"seed-{number:03}").write_bytes(seed)
    options = ["-max_len=8192", "-timeout=20", "-rss_limit_mb=2048", f"-artifact_prefix={HERE}/{name}-"]
    given = any(not argument.startswith("-") for argument in sys.argv[2:])  # a file that broke it
    atheris.Setup([sys.argv[0], *options, *sys.argv[2:], *([] if given else [str(kept)])], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
