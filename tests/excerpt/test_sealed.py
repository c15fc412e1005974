"""Messages under TLS, read with keys: the excerpt has the connection up to them, and opens with the same keys. The keys in a
pcapng file stay behind."""

import shutil
import ssl

import pytest

from analyser import Sighting, analyse
from tests.support.captures import block, enhanced, interface, pcap, section
from tests.support.excerpts import cut, kept
from tests.support.tls import CLIENT, SERVER, Connection, request, response, secrets_block

pytestmark = [
    pytest.mark.tshark,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
]


def read(path, **options):
    return [
        (event.message.call_id, event.message.raw)
        for event in analyse([path], rules=(), **options)
        if isinstance(event, Sighting)
    ]


@pytest.fixture
def connection(tmp_path):
    made = Connection(keylog=tmp_path / "keys.log", version=ssl.TLSVersion.TLSv1_3)
    for number in range(1, 6):
        made.send(CLIENT, request(number))
        made.send(SERVER, response(number))
    return made


def test_the_excerpt_opens_with_the_same_keys(connection, tmp_path):
    keylog, path, target = tmp_path / "keys.log", tmp_path / "a.pcap", tmp_path / "b.pcapng"
    path.write_bytes(pcap(connection.packets))
    written = cut([path], target, kept(["3@"]), keylog=str(keylog))
    found = read(target, keylog=keylog)

    assert written.packets < len(connection.packets)
    assert found[-2:] == [("3@192.0.2.10", request(3)), ("3@192.0.2.10", response(3))]
    assert [call_id for call_id, _ in found] == [f"{number}@192.0.2.10" for number in (1, 1, 2, 2, 3, 3)]
    assert read(target) == []


def test_the_keys_in_a_file_stay_behind(connection, tmp_path):
    path, target = tmp_path / "a.pcapng", tmp_path / "b.pcapng"
    keys = block(10, secrets_block(tmp_path / "keys.log"))
    packets = b"".join(enhanced(data, time // 1000) for time, data in connection.packets)
    path.write_bytes(section() + interface(1) + keys + packets)
    cut([path], target, kept(["3@"]))

    assert len(read(path)) == 10
    assert b"SECRET" in path.read_bytes()
    assert b"SECRET" not in target.read_bytes()
    assert read(target) == []
