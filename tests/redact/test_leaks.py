"""Nothing of what --redact hides is in any output: every form of `read`, `check` and `diff`, and the octets of the capture that `extract`
writes."""

import base64
import json
import re
import zlib
from contextlib import suppress

import pytest
from click.testing import CliRunner

from analyser.cli.check import check_command
from analyser.cli.diff import diff_command
from analyser.cli.extract import extract
from analyser.cli.forms import FORMS, TABLES
from analyser.cli.read import read_command
from analyser.sip import parse
from tests.redact.marked import FOUR, MARKED, MARKS, NUMBER
from tests.support.captures import ethernet, ipv4, pcap, tcp, udp
from tests.support.samples import SAMPLES

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
COMMANDS = {"read": read_command, "extract": extract, "check": check_command, "diff": diff_command}
CHECKS = ("text", "junit", "sarif", "github", "json")
DIFFS = [("--format", form) for form in ("terminal", "json", "html")] + [("--lang", "ja")]


def run(*arguments, exit_codes=(0,)):
    command, *rest = arguments
    result = CliRunner().invoke(COMMANDS[command], list(map(str, rest)), standalone_mode=False)
    assert result.exception is None, result.output
    assert result.return_value in exit_codes, result.output
    return result.output.lower() + unpacked(result.output)


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


def outputs(path, folder, gone):
    """Every output of a capture, by what made it."""
    for way in WAYS:
        yield " ".join(way), run("read", path, *KEY, "--all-calls", *way)
    yield from outputs_of_check(path, folder, gone)
    for pair in ((path, SAMPLES / "healthy-call.pcap"), (SAMPLES / "scanner.pcap", path)):
        for way in DIFFS:
            yield f"diff {' '.join(way)}", run("diff", *pair, *KEY, *way)
    for name in ("redacted.pcapng", "redacted.pcap"):
        said = run("extract", path, "--since", "+0", "-o", folder / name, *KEY)
        written = (folder / name).read_bytes() if (folder / name).exists() else b""
        yield name, said.replace(str(folder).lower(), "") + written.decode("latin-1").lower()


def outputs_of_check(path, folder, gone):
    """Whether it fails or not, and with a baseline of which nothing is found."""
    known = folder / "known.json"
    run("check", path, *KEY, "--write-baseline", known)
    yield "baseline", known.read_text(encoding="utf-8").lower()
    for form in CHECKS:
        for demand in (
            ("--fail-on", "notice"),
            ("--fail-on", "notice", "--baseline", known),
            ("--expect", "findings == 0", "--baseline", gone),
        ):
            said = run("check", path, *KEY, "--format", form, *demand, exit_codes=(0, 1))
            if form == "sarif":
                said = without_rules(said)
            yield f"check --format {form} {' '.join(map(str, demand))}", said


def without_rules(said):
    """A SARIF document without what each one says of every rule, which speaks of example.com."""
    document = json.loads(said)
    del document["runs"][0]["tool"]["driver"]["rules"]
    return json.dumps(document, ensure_ascii=False)


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
        secret
        for secret in wanted
        if secret in output and re.search(rf"(?<![a-z0-9.]){re.escape(secret)}(?![a-z0-9])", output)
    )


@pytest.fixture(scope="module")
def gone(tmp_path_factory):
    """A baseline of other findings than those of most captures."""
    path = tmp_path_factory.mktemp("baselines") / "gone.json"
    run("check", SAMPLES / "scanner.pcap", *KEY, "--write-baseline", path)
    return path


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.pcap")))
def test_samples(name, tmp_path, gone):
    wanted = secrets(SAMPLES / name)
    plain = run("read", SAMPLES / name, "--format", "jsonl")

    assert leaks(wanted, plain), "what is looked for is there without --redact"
    for way, output in outputs(SAMPLES / name, tmp_path, gone):
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


def test_no_mark_survives(marked, tmp_path, gone):
    assert any(mark in run("read", marked, "--format", "jsonl") for mark in MARKS)
    for way, output in outputs(marked, tmp_path, gone):
        assert not [mark for mark in MARKS if mark in output], way


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("form", ["jsonl", "terminal"])
@pytest.mark.parametrize("name", ["forked-call.pcap", "wrong-password.pcap", "scanner.pcap"])
def test_several_processes_have_one_key(name, form):
    path = SAMPLES / name
    alone = run("read", path, *KEY, "--format", form)

    assert run("read", path, *KEY, "--format", form, "--jobs", "2") == alone
    assert not leaks(secrets(path), alone)


def test_what_was_chosen_is_not_told(marked, tmp_path):
    written = tmp_path / "one.pcapng"
    said = run("extract", marked, "--number", NUMBER, "-o", written, *KEY)

    assert not [mark for mark in MARKS if mark in written.read_bytes().decode("latin-1").lower()]
    assert not [mark for mark in MARKS if mark in said]


def test_marked_messages_are_messages():
    assert sum(parse(data) is not None for data in MARKED) == len(MARKED) - 1


def test_one_number_is_one_pseudonym_in_both_captures(tmp_path):
    """Of a capture and a copy of it, with a key that is drawn for the run, nothing differs but the name."""
    copy = tmp_path / "copy.pcap"
    copy.write_bytes((SAMPLES / "wrong-password.pcap").read_bytes())

    found = json.loads(
        CliRunner()
        .invoke(
            diff_command, [str(SAMPLES / "wrong-password.pcap"), str(copy), "--redact", "--format", "json"],
            standalone_mode=False,
        )
        .output
    )  # fmt: skip

    assert found["redacted"] is True
    assert (found["a"].pop("inputs"), found["b"].pop("inputs")) == (["capture 1"], ["capture 2"])
    assert found["a"] == found["b"]
    assert found["different"] is False
    assert {finding["verdict"] for finding in found["findings"]} == {"same"}
    assert all(finding["example_a"] == finding["example_b"] for finding in found["findings"])


@pytest.mark.parametrize("beginning", [64, 12])
def test_calls_are_named_by_what_they_were_called(beginning):
    """Or by their pseudonyms, as a redacted report has them."""
    sample = SAMPLES / "busy.pcap"
    events = [json.loads(line) for line in run_lines("read", sample, "--format", "jsonl")]
    renamed = [json.loads(line) for line in run_lines("read", sample, *KEY, "--format", "jsonl")]
    originals, pseudonyms = (
        list(dict.fromkeys(event["call_id"] for event in told if event["event"] == "message"))
        for told in (events, renamed)
    )
    assert len(originals) == 2

    by_original = run("diff", sample, *KEY, "--calls", *(name[:beginning] for name in originals))
    by_pseudonym = run("diff", sample, *KEY, "--calls", *(name[:beginning] for name in pseudonyms))

    assert by_original == by_pseudonym
    assert not leaks(secrets(sample), by_original)


def run_lines(command, *arguments):
    return CliRunner().invoke(COMMANDS[command], list(map(str, arguments))).output.splitlines()
