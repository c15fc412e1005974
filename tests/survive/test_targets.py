"""What is fuzzed holds on damaged inputs, compiled as well as in the sources, which are all that the fuzzer itself sees."""

import sys
from pathlib import Path
from random import Random

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "fuzz"))

from blind import damaged
from targets import TARGETS

TRIES = 60


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_inputs(name):
    target = TARGETS[name]
    inputs = list(target.seeds())

    for number in range(TRIES):
        target.check(damaged(inputs, Random(number)))
