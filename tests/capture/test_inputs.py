"""Files, compressed files, directories and standard input, and what each says when it is no capture."""

import bz2
import contextlib
import gzip
import lzma
import os
import struct
import subprocess
import sys
import tracemalloc

import pytest
import zstandard

from analyser.capture import inputs_of, read
from analyser.errors import CaptureError
from analyser.wire import Coverage
from tests.support.captures import SECOND, START, pcap

PACKETS = [os.urandom(100) for _ in range(50)]
COMPRESSORS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


def frames_in(*paths, coverage=None):
    return sum(len(batch) for batch in read(paths, coverage or Coverage()))


@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
def test_compressed_files_are_known_by_their_contents(tmp_path, compress):
    path = tmp_path / "capture"
    octets = pcap(PACKETS)
    path.write_bytes(compress(octets))
    assert frames_in(path) == 50

    path.write_bytes(compress(octets[:1000]) + compress(octets[1000:]))
    assert frames_in(path) == 50


@pytest.mark.parametrize("name", COMPRESSORS)
def test_filling_behind_a_compressed_file_is_no_damage(tmp_path, name):
    path = tmp_path / "capture"
    path.write_bytes(COMPRESSORS[name](pcap(PACKETS)) + bytes(64))
    coverage = Coverage()

    assert frames_in(path, coverage=coverage) == 50
    assert not coverage.notes


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_opened_once(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with subprocess.Popen([sys.executable, "-c", f"open({str(path)!r}, 'wb').write({pcap(PACKETS)!r})"]):
        assert frames_in(path) == 50


@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
def test_a_compressed_file_that_is_cut_gives_what_is_there(tmp_path, compress):
    path = tmp_path / "capture"
    octets = compress(pcap([os.urandom(1000) for _ in range(2000)]))
    path.write_bytes(octets[: len(octets) * 3 // 4])
    coverage = Coverage()

    found = frames_in(path, coverage=coverage)

    assert 0 < found < 2000
    assert coverage.notes


@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
def test_damage_in_a_compressed_file_is_no_crash(tmp_path, compress):
    path = tmp_path / "capture"
    octets = bytearray(compress(pcap([os.urandom(1000) for _ in range(2000)])))
    octets[len(octets) // 2 : len(octets) // 2 + 50] = bytes(50)
    path.write_bytes(octets)
    coverage = Coverage()

    assert frames_in(path, coverage=coverage) <= 2000


@pytest.mark.parametrize("name", ["gz", "xz", "zst"])
def test_what_comes_before_a_damage_is_read(tmp_path, name):
    """Of bzip2 not within a block, of which there are 900,000 octets."""
    path = tmp_path / "capture"
    octets = bytearray(COMPRESSORS[name](pcap([os.urandom(1000) for _ in range(200)])))
    octets[150_000:] = b"\xff" * (len(octets) - 150_000)
    path.write_bytes(octets)
    coverage = Coverage()

    assert 60 < frames_in(path, coverage=coverage) <= 150
    assert "damaged" in coverage.notes[0]


@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
def test_a_compressed_file_that_is_cut_before_the_first_packet_is_not_called_empty(tmp_path, compress):
    path = tmp_path / "capture"
    path.write_bytes(compress(pcap(PACKETS))[:20])

    with pytest.raises(CaptureError, match="damaged or cut"):
        frames_in(path)


def test_frames_of_zstd_that_are_to_be_skipped_are_skipped(tmp_path):
    path = tmp_path / "capture"
    skipped = b"\x5d\x2a\x4d\x18" + struct.pack("<I", 5) + b"table"
    octets, compress = pcap(PACKETS), COMPRESSORS["zst"]
    path.write_bytes(skipped + compress(octets[:1000]) + skipped + compress(octets[1000:]) + skipped)
    coverage = Coverage()

    assert frames_in(path, coverage=coverage) == 50
    assert not coverage.notes


@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
def test_a_small_file_that_expands_to_a_huge_one_takes_no_memory(tmp_path, compress):
    path = tmp_path / "bomb"
    path.write_bytes(compress(pcap([bytes(60_000)] * 2000, snaplen=60_000)))
    assert path.stat().st_size < 1_000_000

    tracemalloc.start()
    found = frames_in(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found == 2000
    assert peak < 30_000_000


def test_several_files_come_in_the_order_given(tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).write_bytes(pcap(PACKETS))

    batches = list(read([tmp_path / "b", tmp_path / "a"], Coverage()))

    assert [(batch.input, batch.first_frame) for batch in batches] == [(0, 1), (1, 1)]


def test_a_directory_is_its_captures_by_their_first_packet(tmp_path):
    (tmp_path / "a.pcap").write_bytes(pcap([(START + SECOND, b"late")]))
    (tmp_path / "b.pcap.gz").write_bytes(gzip.compress(pcap([(START, b"early")])))
    (tmp_path / "notes.txt").write_text("call at noon\n")
    (tmp_path / "below").mkdir()
    coverage = Coverage()

    inputs = inputs_of([tmp_path], coverage)

    assert [path.rpartition("/")[2] for path in inputs] == ["b.pcap.gz", "a.pcap"]
    (note,) = coverage.notes
    assert "notes.txt" in note
    assert inputs_of(inputs) == inputs


def test_progress_counts_octets_of_the_files(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(pcap(PACKETS))
    told = []

    list(read([path, path], Coverage(), lambda done, total: told.append((done, total))))

    size = path.stat().st_size
    assert told[-1] == (2 * size, 2 * size)


def test_standard_input_is_a_capture_too(tmp_path):
    program = (
        "from analyser.capture import read; from analyser.wire import Coverage\n"
        "print(sum(len(batch) for batch in read(['-'], Coverage())))"
    )
    for octets in (pcap(PACKETS), gzip.compress(pcap(PACKETS))):
        result = subprocess.run(
            [sys.executable, "-c", program], input=octets, capture_output=True, check=True
        )
        assert result.stdout == b"50\n"


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "is empty"),
        (b"INVITE sip:bob@example.com SIP/2.0\r\n", "is text"),
        (b"GMBU\0\2" + bytes(100), "Network Monitor"),
        (b"TRSNIFF data    \x1a" + bytes(100), "Sniffer"),
        (b"snoop\0\0\0\0\0\0\2" + bytes(100), "snoop"),
        (b"\x05VNF\x12\0\0\0" + bytes(100), "Visual Networks"),
        (b"\xaa\xaa\xaa\xaa\x20\0\0\0" + bytes(100), "5View"),
        (b"\x04\x22\x4d\x18\x64\x40\xa7" + bytes(100), "LZ4"),
        (b"PK\x03\x04\x14\0\0\0" + bytes(100), "ZIP archive; take the capture out"),
        (bytes(8) + b"\x02\x04\0\x60\0\0\0\x50" + bytes(100), "ERF"),
        (bytes(100), "no packet capture"),
        (pcap([])[:20], "ends inside its first header"),
        (b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a", "ends inside its first header"),
        (b"\x0a\x0d\x0d\x0a" + bytes(100), "ends inside its first header"),
    ],
)
def test_what_is_no_capture_says_what_it_is(tmp_path, octets, words):
    path = tmp_path / "file"
    path.write_bytes(octets)

    with pytest.raises(CaptureError, match=words) as raised:
        frames_in(path)

    assert str(path) in str(raised.value)


def test_a_foreign_format_says_how_to_convert_it(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"GMBU" + bytes(100))

    with pytest.raises(CaptureError, match=f"editcap -F pcap {path}"):
        frames_in(path)


def test_missing_files_and_empty_directories_are_errors(tmp_path):
    with pytest.raises(CaptureError, match="No such file"):
        frames_in(tmp_path / "nothing")
    with pytest.raises(CaptureError, match="holds no packet capture"):
        frames_in(tmp_path)
    with pytest.raises(CaptureError):
        frames_in("a\0b")


@contextlib.contextmanager
def as_ordinary_user():
    """Root may read everything, so root becomes nobody for a while."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_that_may_not_be_read_is_an_error(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(pcap(PACKETS))
    path.chmod(0)

    with as_ordinary_user(), pytest.raises(CaptureError, match="Permission denied"):
        frames_in(path)
