"""Who can play these scenarios: root on a Linux that permits network namespaces, with the tools of `.ci/run`."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live.line import Line

TOOLS = ("ip", "nft", "sipp", "kamailio", "sngrep")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """A server, and phones on the other end of its cable."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can lay a cable between network namespaces")
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    with ExitStack() as rest:
        try:
            laid = rest.enter_context(Line(tmp_path))
        except subprocess.CalledProcessError as refused:
            pytest.skip(f"network namespaces are not permitted here: {refused.stderr.strip()}")
        yield laid
