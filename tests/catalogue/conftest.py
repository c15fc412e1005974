"""A copy of the catalogue that a test may break."""

import shutil
from pathlib import Path

import pytest

from tests.support.catalogue import ROOT


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(ROOT, tmp_path / "catalogue"))
