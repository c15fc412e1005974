"""`python -m tests.support.samples`: writes `sample_pcaps/` from the ladders in `tests/flows/`."""

from pathlib import Path

from tests.support.page import cases_of, title_of
from tests.support.pcap import capture

ROOT = Path(__file__).parents[2]
FLOWS = ROOT / "tests" / "flows"
SAMPLES = ROOT / "sample_pcaps"
HEAD = """\
# Captures to try

Each file shows one story. All of them are made up: addresses and names are those that are reserved for documentation, the products don't exist.

    sip-analyser read sample_pcaps/stuck-on-trying.pcap

Written by `make pcaps` from the ladders in `tests/flows/`, where each story is told in full, with what there is to learn from it.

| capture | story |
|---|---|
"""


def samples() -> dict[str, bytes]:
    """Every file of the folder, by name, as it should be."""
    pages = sorted(FLOWS.glob("*.md"))
    files = {f"{page.stem}.pcap": capture(cases_of(page)[0].compile()).data for page in pages}
    rows = [
        f"| [{page.stem}.pcap]({page.stem}.pcap) | **{title_of(page)}.** {story_of(page)} |" for page in pages
    ]
    files["README.md"] = (HEAD + "\n".join(rows) + "\n").encode()
    return files


def story_of(page: Path) -> str:
    """The first paragraph below the title."""
    paragraphs = page.read_text().split("\n\n")
    return " ".join(paragraphs[1].split())


def main() -> None:
    files = samples()
    for old in [*SAMPLES.glob("*.pcap"), *SAMPLES.glob("*.md")]:
        if old.name not in files:
            old.unlink()
    for name, data in files.items():
        (SAMPLES / name).write_bytes(data)


if __name__ == "__main__":
    main()
