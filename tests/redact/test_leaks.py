"""Nothing of what --redact hides is in any output: every form of `read`, and the octets of the capture that `extract` writes."""

import base64
import os
import re
import subprocess
import sys
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyser.cli.extract import extract
from analyser.cli.forms import FORMS, TABLES
from analyser.cli.read import read_command
from analyser.sip import parse
from tests.redact.marked import FOUR, MARKED, MARKS, NUMBER
from tests.support.captures import ethernet, ipv4, pcap, tcp, udp
from tests.support.samples import SAMPLES

ROOT = Path(__file__).parents[2]
WAYS = [
    *(("--format", form) for form in FORMS if form != "csv"),
    *(("--format", "csv", "--table", table) for table in TABLES),
    ("--lang", "ja"),
    ("--format", "html", "--with-excerpt"),
]
KEY = ("--redact", "--redact-key", "a key for tests")
NOBODY = {"1.1.1.1", "0.0.0.0", "127.0.0.1", "anonymous", "publish", "1000", "2000"}
"""Addresses of nobody, and what reports say of themselves: names of methods, round numbers of milliseconds."""
OURS = {"alice", "bob", "carol", "dave", "erin"}
"""What a ladder calls its columns."""
COMMANDS = {"read": read_command, "extract": extract}


def run(*arguments):
    command, *rest = arguments
    result = CliRunner().invoke(COMMANDS[command], list(map(str, rest)))
    assert result.exit_code == 0, result.output
    return result.output.lower() + unpacked(result.output)


def run_apart(*arguments):
    """In a process of its own, which may fork."""
    result = subprocess.run(
        [sys.executable, "-m", "analyser", *map(str, arguments)],
        capture_output=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120, cwd=ROOT,
    )  # fmt: skip
    return (result.stdout + result.stderr).decode("utf-8", "replace").lower()


def unpacked(text):
    """What lies in a page in base64, compressed or not."""
    found = []
    for blob in re.findall(r"[A-Za-z0-9+/]{40,}={0,2}", text):
        octets = base64.b64decode(blob + "=" * (-len(blob) % 4))
        for size in (-15, 15, 31):
            with suppress(zlib.error):
                octets = zlib.decompressobj(size).decompress(octets)
                break
        found.append(octets.decode("latin-1").lower())
    return "\n".join(found)


def outputs(path, folder):
    """Every output of a capture, by what made it."""
    for way in WAYS:
        yield " ".join(way), run("read", path, *KEY, "--all-calls", *way)
    for name in ("redacted.pcapng", "redacted.pcap"):
        said = run("extract", path, "--since", "+0", "-o", folder / name, *KEY)
        written = (folder / name).read_bytes() if (folder / name).exists() else b""
        yield name, said.replace(str(folder).lower(), "") + written.decode("latin-1").lower()


def secrets(path):
    """What a capture says of people and places, found without our parser of header fields."""
    found = set()
    for octets in (path.read_bytes().decode("latin-1"),):
        found |= set(re.findall(r"(?:sips?|tel):([^@;<>\s\"]{3,64})@", octets))
        found |= set(re.findall(r"(?<![0-9A-Za-z.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9])", octets))
        found |= set(re.findall(r"@\[?([A-Za-z0-9.\-]{4,64})", octets))
        found |= set(re.findall(r"(?:username|realm|nonce|cnonce|response|opaque)=\"([^\"]{4,})\"", octets))
        found |= set(re.findall(r"\n(?:From|To|Contact|f|t|m): ?\"?([^\"<\r\n:]{3,64}?)\"? ?<", octets))
        found |= set(re.findall(r"\n(?:Call-ID|i): *([!-~]{4,})", octets))
        found |= set(re.findall(r";(?:tag|branch)=([!-:<-~]{4,64})", octets))
        found |= set(re.findall(r"(?<![0-9a-z.])[0-9]{6,16}(?=@)", octets))
    return {secret.lower() for secret in found if not re.fullmatch("[0-9]{3}", secret)} - NOBODY


def leaks(wanted, output):
    return sorted(
        secret for secret in wanted if re.search(rf"(?<![a-z0-9.]){re.escape(secret)}(?![a-z0-9])", output)
    )


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.pcap")))
def test_samples(name, tmp_path):
    wanted = secrets(SAMPLES / name)
    plain = run("read", SAMPLES / name, "--format", "jsonl")

    assert leaks(wanted, plain), "what is looked for is there without --redact"
    for way, output in outputs(SAMPLES / name, tmp_path):
        assert not set(leaks(wanted, output)) - (OURS if "ladder" in way else set()), way


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """A capture whose name is a number, with marked messages over UDP and TCP."""
    packets = [ethernet(ipv4(udp(data), source=FOUR, ident=number)) for number, data in enumerate(MARKED, 1)]
    sequence = 1
    for data in MARKED[:-2]:
        packets.append(ethernet(ipv4(tcp(data, sequence), 6, source=FOUR)))
        sequence += len(data)
    path = tmp_path_factory.mktemp("captures") / f"call-{NUMBER}.pcap"
    path.write_bytes(pcap(packets))
    return path


def test_no_mark_survives(marked, tmp_path):
    assert any(mark in run("read", marked, "--format", "jsonl") for mark in MARKS)
    for way, output in outputs(marked, tmp_path):
        assert not [mark for mark in MARKS if mark in output], way


@pytest.mark.parametrize("form", ["jsonl", "terminal"])
@pytest.mark.parametrize("name", ["forked-call.pcap", "wrong-password.pcap", "scanner.pcap"])
def test_several_processes_have_one_key(name, form):
    path = SAMPLES / name
    alone = run_apart("read", path, *KEY, "--format", form)

    assert run_apart("read", path, *KEY, "--format", form, "--jobs", "2") == alone
    assert not leaks(secrets(path), alone)


def test_what_was_chosen_is_not_told(marked, tmp_path):
    written = tmp_path / "one.pcapng"
    said = run("extract", marked, "--number", NUMBER, "-o", written, *KEY)

    assert not [mark for mark in MARKS if mark in written.read_bytes().decode("latin-1").lower()]
    assert not [mark for mark in MARKS if mark in said]


def test_marked_messages_are_messages():
    assert sum(parse(data) is not None for data in MARKED) == len(MARKED) - 1
