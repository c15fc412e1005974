"""`sip-analyser extract`: what may be asked for, from what, and what becomes of the file."""

import gzip
import itertools
import json
import os
import shutil
import subprocess

import pytest

from tests.support.captures import SECOND, START, pcap
from tests.support.command import run, run_apart
from tests.support.rung import call
from tests.support.samples import SAMPLES


@pytest.fixture
def calls(tmp_path):
    """A call that went well with its media, a minute later one that was refused."""
    path = tmp_path / "calls.pcap"
    packets = [
        *call("well", user="0312345678"),
        *call("refused", status=486, start=START + 60 * SECOND, user="+81698765432"),
    ]
    path.write_bytes(pcap(packets, link=101, kind="ns"))
    return path


def extract(*arguments, expect=0):
    result = run("extract", *arguments)
    assert result.returncode == expect, result.stderr
    return result


def extract_apart(*arguments, **options):
    """In a process of its own: for what passes through descriptors."""
    result = run_apart("extract", *arguments, **options)
    assert result.returncode == 0, result.stderr
    return result


def messages(path, *arguments):
    result = run("read", path, "--format", "jsonl", *arguments)
    assert result.returncode == 0, result.stderr
    events = map(json.loads, result.stdout.splitlines())
    return [
        (event["call_id"], event.get("status", event.get("method")))
        for event in events
        if event["event"] == "message"
    ]


WELL = [("well", each) for each in ("INVITE", 200, "ACK", "BYE", 200)]
REFUSED = [("refused", each) for each in ("INVITE", 486, "ACK")]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (("--call-id", "well"), WELL),
        (("--call-id", "re", "--call-id", "we"), WELL + REFUSED),
        (("--number", "03-1234-5678"), WELL),
        (("--number", "0698765432"), REFUSED),
        (("--status", "486"), REFUSED),
        (("--status", "4xx", "--method", "INVITE"), REFUSED),
        (("--method", "BYE"), WELL),
        (("--since", "+30"), REFUSED),
        (("--until", "+30"), WELL),
        (("--since", "2023-11-14T22:14:00"), REFUSED),
    ],
    ids=lambda value: " ".join(value) if isinstance(value[0], str) else "",
)
def test_what_can_be_asked_for(calls, tmp_path, filters, expected):
    target = tmp_path / "out.pcapng"
    extract(calls, "-o", target, *filters)

    assert messages(target) == expected


def test_one_line_says_what_there_is(calls, tmp_path):
    target = tmp_path / "out.pcapng"
    result = extract(calls, "-o", target, "--call-id", "refused")

    size = sum(len(packet) for _, packet in call("refused", status=486, user="+81698765432"))
    whole = size + sum(len(packet) for _, packet in call("well", user="0312345678"))
    assert result.stdout == (
        f"{target}: 3 messages of 1 Call-ID; 3 of 15 packets, {size:,} of {whole:,} octets\n"
    )
    assert result.stderr == ""


def test_media_come_when_asked(calls, tmp_path):
    target = tmp_path / "out.pcapng"
    result = extract(calls, "-o", target, "--call-id", "well", "--media")

    assert "5 messages of 1 Call-ID; 12 of 15 packets" in result.stdout


@pytest.mark.parametrize(
    ("sample", "filters", "call_ids"),
    [
        ("codec-mismatch-488.pcap", ("--finding", "offer-refused"), 1),
        ("codec-mismatch-488.pcap", ("--finding", "media"), 1),
        ("stuck-on-trying.pcap", ("--finding", "stuck-on-trying"), 3),
        ("stuck-on-trying.pcap", ("--finding", "calls", "--min-severity", "error"), 2),
        ("wrong-password.pcap", ("--min-severity", "warning"), 1),
    ],
)
def test_by_finding(tmp_path, sample, filters, call_ids):
    target = tmp_path / "out.pcapng"
    extract(SAMPLES / sample, "-o", target, *filters)
    rules = [word for name, word in itertools.pairwise(filters) if name == "--finding"]
    chosen = {call_id for call_id, _ in messages(target)}

    assert len(chosen) == call_ids
    selected = [word for rule in rules for word in ("--select", rule)]
    least = filters[filters.index("--min-severity") + 1] if "--min-severity" in filters else "notice"
    findings = [
        [
            json.loads(line)
            for line in run(
                "read", path, "--format", "jsonl", "--min-severity", least, *selected
            ).stdout.splitlines()
        ]
        for path in (SAMPLES / sample, target)
    ]
    before, after = (
        sorted(
            (event["rule"], event["severity"], event["subject"].get("call_id", ""))
            for event in found
            if event["event"] == "finding"
        )
        for found in findings
    )
    assert before == after
    assert before


def test_packets_of_a_redacted_excerpt_are_new_ones(calls, tmp_path):
    result = extract(calls, "--status", "486", "-o", tmp_path / "out.pcapng", "--redact")

    assert "3 messages of 1 Call-ID; 3 new packets, " in result.stdout


def test_a_tls_connection_by_its_finding(tmp_path):
    sample, target = SAMPLES / "tls-certificate-expired.pcap", tmp_path / "out.pcapng"
    extract(sample, "-o", target, "--finding", "tls")
    before, after = (
        [
            (event["rule"], event["note"])
            for line in run("read", path, "--format", "jsonl", "--select", "tls").stdout.splitlines()
            if (event := json.loads(line))["event"] == "finding"
        ]
        for path in (sample, target)
    )

    assert before == after
    assert "tls-certificate-out-of-date" in {rule for rule, _ in after}
    assert not messages(target)


def test_compressed_several_and_a_directory(calls, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "b.pcap.gz").write_bytes(gzip.compress(calls.read_bytes()))
    shutil.copy(SAMPLES / "busy.pcap", folder / "a.pcap")
    (folder / "notes.txt").write_text("no capture")
    for number, sources in enumerate(([folder], [folder / "a.pcap", folder / "b.pcap.gz"])):
        target = tmp_path / f"{number}.pcapng"
        extract(*sources, "-o", target, "--status", "486")
        assert set(REFUSED) < set(messages(target))
        assert len({call_id for call_id, _ in messages(target)}) == 2


def test_standard_input_and_a_named_pipe(calls, tmp_path):
    target = tmp_path / "out.pcapng"
    extract_apart("-", "-o", target, "--status", "486", input=calls.read_bytes())
    assert messages(target) == REFUSED

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cp", calls, pipe]):
        extract(pipe, "-o", target, "--method", "BYE")
    assert messages(target) == WELL


def test_pcap_where_the_name_says_so(calls, tmp_path):
    target = tmp_path / "out.PCAP"
    extract(calls, "-o", target, "--status", "486")

    assert target.read_bytes()[:4] == b"\x4d\x3c\xb2\xa1"
    assert messages(target) == REFUSED


def test_nothing_that_matches_is_one_line_and_no_file(calls, tmp_path):
    target = tmp_path / "out.pcapng"
    result = extract(calls, "-o", target, "--call-id", "unknown", expect=1)

    assert (result.stdout, result.stderr) == (
        "",
        "sip-analyser: nothing matches, so no file was written\n",
    )
    assert not target.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say what to extract"),
        (("--finding", "stuck-on-tryng"), "did you mean stuck-on-trying"),
        (("--status", "999"), "is no status code"),
        (("--since", "yesterday"), "is no time"),
        (("--finding", "calls", "--keylog", "missing.keys"), "missing.keys"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(calls, tmp_path, arguments, said):
    target = tmp_path / "out.pcapng"
    result = extract(calls, "-o", target, *arguments, expect=2)

    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert not target.exists()


def test_a_folder_that_is_not_there_is_said_before_anything_is_read(calls, tmp_path):
    result = extract(calls, "-o", tmp_path / "nowhere" / "out.pcapng", "--call-id", "unknown", expect=2)

    assert "there is no folder" in result.stderr


@pytest.mark.parametrize("how", ["same", "symbolic", "hard", "member"])
def test_a_capture_is_never_written_over(calls, tmp_path, how):
    target, source = calls, calls
    if how == "symbolic":
        target = tmp_path / "link.pcapng"
        target.symlink_to(calls)
    elif how == "hard":
        target = tmp_path / "link.pcapng"
        target.hardlink_to(calls)
    elif how == "member":
        source = tmp_path
    before = calls.read_bytes()
    result = extract(source, "-o", target, "--status", "486", expect=2)

    assert "is the capture itself" in result.stderr
    assert calls.read_bytes() == before


def test_a_file_that_cannot_be_finished_leaves_nothing_behind(calls, tmp_path):
    other = tmp_path / "ethernet.pcap"
    shutil.copy(SAMPLES / "busy.pcap", other)
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "out.pcap"
    target.write_bytes(b"before")
    result = extract(calls, other, "-o", target, "--status", "486", expect=2)

    assert "several link types" in result.stderr
    assert [each.name for each in folder.iterdir()] == ["out.pcap"]
    assert target.read_bytes() == b"before"


def test_to_standard_output_nothing_but_the_packets_goes(calls, tmp_path):
    result = extract_apart(calls, "-o", "/dev/stdout", "--status", "486")
    copy = tmp_path / "copy.pcapng"
    copy.write_bytes(result.stdout)

    assert messages(copy) == REFUSED
    assert b"3 of 15 packets" in result.stderr


def test_the_comment_says_what_was_chosen(calls, tmp_path):
    target = tmp_path / "out.pcapng"
    extract(calls, "-o", target, "--call-id", "refused", "--call-id", "evil\x1b[2J", "--media")
    octets = target.read_bytes()

    assert b"excerpt of 1 capture by sip-analyser " in octets
    assert b"--call-id refused --call-id evil" in octets
    assert b"\x1b" not in octets


def test_two_runs_give_the_same_octets(calls, tmp_path):
    for name in ("a", "b"):
        extract(calls, "-o", tmp_path / f"{name}.pcapng", "--call-id", "well", "--media")

    assert (tmp_path / "a.pcapng").read_bytes() == (tmp_path / "b.pcapng").read_bytes()
