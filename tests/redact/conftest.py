"""A key is derived once."""

import hashlib
from functools import cache

import pytest

DERIVED = cache(hashlib.scrypt)


@pytest.fixture(autouse=True)
def derived_once(monkeypatch):
    """It takes a sixteenth of a second on purpose, and the same key is given to hundreds of runs."""
    monkeypatch.setattr(hashlib, "scrypt", DERIVED)
