"""A capture may claim any time, and its clock may go back: no form breaks over it."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout

import jsonschema
import pytest

from analyser import cli
from analyser.cli.forms import FORMS, TABLES
from tests.support.captures import enhanced, ethernet, interface, ipv4, section, udp
from tests.support.ladder import compile_ladder
from tests.support.samples import ROOT, SAMPLES

CALLER, CALLEE = "192.0.2.1", "198.51.100.2"
HAPPENED = (
    ("INVITE", "", 1), ("INVITE", "100 Trying", 1), ("INVITE", "180 Ringing", 1), ("INVITE", "486 Busy Here", 1), ("ACK", "", 1),
    ("INVITE", "", 2), ("INVITE", "200 OK", 2), ("REGISTER", "", 3), ("REGISTER", "200 OK", 3),
)  # fmt: skip
TIMES = {
    "forwards": (0, 0, 2**62, 2**63 - 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64 - 1, 2**64 - 1),
    "backwards": (2**64 - 1, 2**63, 2**63 - 1, 2**62, 5, 1, 0, 0, 7),
    "to and fro": (0, 2**63 - 1, 0, 2**64 - 1, 1, 2**62, 3, 2**63, 0),
}
"""Ticks of the clock, of which a pcapng file has 64 bits."""
CLOCKS = {
    "ns": {"resolution": 9},
    "s": {"resolution": 0},
    "s, and the greatest offset": {"resolution": 0, "offset": 2**63 - 1},
    "ns, and the least offset": {"resolution": 9, "offset": -(2**63)},
}
WAYS = [
    *(("read", "--all-calls", "--format", form) for form in FORMS),
    *(("read", "--format", "csv", "--table", table) for table in TABLES),
    ("read", "--lang", "ja"),
    ("read", "--since", "+1"),
    *(("check", "--format", form, "--fail-on", "notice") for form in ("text", "junit", "sarif", "github", "json")),
    *(("diff", "--format", form, SAMPLES / "busy.pcap") for form in ("terminal", "json", "html")),
    ("diff", "--calls", "frame:1", "frame:6"),
]  # fmt: skip


def message(method, status, number):
    first = f"SIP/2.0 {status}" if status else f"{method} sip:b@example.com SIP/2.0"
    return (
        f"{first}\r\nVia: SIP/2.0/UDP {CALLER};branch=z9hG4bK{number}\r\nFrom: <sip:a@example.com>;tag={number}\r\n"
        f"To: <sip:b@example.com>{';tag=2' if status else ''}\r\nCall-ID: x{number}\r\nCSeq: 1 {method}\r\n"
        f"Contact: <sip:a@{CALLER}>;expires=99999999999999999\r\nExpires: 9999999999\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def packet(method, status, number):
    source, target = (CALLEE, CALLER) if status else (CALLER, CALLEE)
    return ethernet(ipv4(udp(message(method, status, number)), source=source, target=target))


@pytest.fixture(params=CLOCKS.values(), ids=CLOCKS)
def clock(request):
    return request.param


@pytest.fixture(params=TIMES.values(), ids=TIMES)
def path(request, clock, tmp_path):
    made = tmp_path / "times.pcapng"
    packets = (enhanced(packet(*each), ticks) for each, ticks in zip(HAPPENED, request.param, strict=True))
    made.write_bytes(section() + interface(**clock) + b"".join(packets))
    return made


def run(command, path, *arguments):
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        status = cli.run([command, str(path), *map(str, arguments)])
    assert status in {0, 1}, stderr.getvalue()
    return stdout.getvalue()


def schema(name):
    return jsonschema.Draft202012Validator(json.loads((ROOT / f"docs/{name}.schema.json").read_text()))


@pytest.mark.filterwarnings("error")
def test_every_form_takes_any_time(path):
    written = {way: run(way[0], path, *way[1:]) for way in WAYS}

    assert all(written.values())
    events = [json.loads(line) for line in written["read", "--all-calls", "--format", "jsonl"].splitlines()]
    for event in events:
        schema("events").validate(event)
    assert sum(event["event"] == "message" for event in events) == len(HAPPENED)
    schema("report").validate(json.loads(written["read", "--all-calls", "--format", "json"]))
    schema("diff").validate(json.loads(written["diff", "--format", "json", SAMPLES / "busy.pcap"]))
    assert len(compile_ladder(written["read", "--all-calls", "--format", "ladder"]).arrows) == len(HAPPENED)


@pytest.mark.parametrize("name", ["out.pcapng", "out.pcap"])
@pytest.mark.parametrize("redacted", [(), ("--redact",)], ids=["", "redacted"])
def test_an_excerpt_takes_any_time(path, name, redacted):
    out = path.with_name(name)
    run("extract", path, "--status", "486", "-o", out, *redacted)

    assert [
        json.loads(line)["status"]
        for line in run("read", out, "--format", "jsonl").splitlines()
        if '"response"' in line
    ] == [
        100,
        180,
        486,
    ]
