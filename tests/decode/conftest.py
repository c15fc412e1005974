"""What the tests of decoding share."""

import pytest

from tests.support.captures import pcap
from tests.support.decoded import payloads_of


@pytest.fixture
def decode(tmp_path):
    """Packets -> payloads."""

    def run(*packets, coverage=None, **options):
        path = tmp_path / "a.pcap"
        path.write_bytes(pcap(packets, **options))
        return payloads_of(path, coverage=coverage)

    return run
