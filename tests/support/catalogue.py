"""Where the catalogue lies, and how a test changes a copy of one of its files."""

from pathlib import Path

ROOT = Path(__file__).parents[2] / "catalogue"


def replace(path, old, new):
    """Put `new` where `old` first stands, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
