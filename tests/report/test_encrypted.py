# ruff: noqa: RUF001 - full-width marks are what a Japanese sentence ends with
"""What the report says of SIP that it could watch but not read."""

import io
import json
import re
from pathlib import Path

import jsonschema
import pytest

from analyser.annotate import Finding, Severity
from analyser.pipeline import analyse
from analyser.report import encrypted
from analyser.report.jsonl import JsonLines
from analyser.report.setting import Setting
from analyser.report.words import Words
from analyser.tls import Evidence, TlsConnection
from analyser.wire import Endpoint, Glimpse, Hop
from tests.report.runs import SGR, report_of
from tests.report.test_hostile import FORBIDDEN
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/events.schema.json").read_text(encoding="utf-8"))
ENDS = "phone = 192.0.2.10:40000\nproxy = 198.51.100.20:5061\n\n"
REFUSED = f"""{ENDS}
0.000  phone -> proxy  TLS ClientHello sni=sip.example.com versions=1.2 alpn=sip/2
0.020  phone <- proxy  TLS ServerHello
0.021  phone <- proxy  TLS Certificate names=sip.example.com,example.com until=2025-12-01
0.030  phone -> proxy  TLS Alert fatal certificate_expired
0.031  phone -> proxy  TLS Close
"""
WELL = f"""{ENDS}
0.000  phone -> proxy  TLS ClientHello sni=sip.example.com
0.020  phone <- proxy  TLS ServerHello version=1.3
0.021  phone <- proxy  TLS Data 1200
0.030  phone -> proxy  TLS Data 53
0.040  phone -> proxy  TLS Data 700
"""


@pytest.fixture
def happened(tmp_path):
    def run(ladder, **options):
        path = tmp_path / "tls.pcap"
        path.write_bytes(capture(compile_ladder(ladder)).data)
        return list(analyse([path], **options))

    return run


def flat(text):
    return re.sub(r"\s+", " ", text)


def test_a_capture_of_nothing_but_tls_says_what_was_seen(happened):
    text = flat(report_of(happened(WELL)))

    assert (
        "No SIP can be read in this capture, for what there is of it is encrypted: 1 encrypted connection."
        in text
    )
    assert "5 packets are encrypted: TLS 1.3 to sip.example.com (198.51.100.20:5061)." in text
    assert "--keylog FILE" in text
    assert "No SIP in this capture" not in text


def test_its_findings_stand_on_top(happened):
    text = flat(report_of(happened(REFUSED)))

    assert "2 problems in 1 encrypted connection. Most serious: " in text
    assert "frame 10 (with 4, 6, 8); 192.0.2.10:40000 to 198.51.100.20:5061, encrypted" in text
    assert "the alert certificate_expired (45): the certificate has expired or is not valid yet" in text
    assert "Its certificate is for sip.example.com and example.com and ends on 2025-12-01." in text


def test_beside_sip_it_is_a_part_of_what_was_read(happened):
    ladder = (
        WELL.replace("\n0.000", "\nbob = 198.51.100.30:5060\n\n0.000", 1) + "1.000  phone -> bob  OPTIONS\n"
    )
    text = flat(report_of(happened(ladder)))

    assert "1 SIP message, 1 encrypted connection" in text
    assert "Nothing wrong found in 1 SIP message." in text
    assert "5 packets are encrypted: TLS 1.3" in text


def test_the_verdict_counts_connections_where_the_problem_is_in_one(happened):
    ladder = (
        REFUSED.replace("\n0.000", "\nbob = 198.51.100.30:5060\n\n0.000", 1)
        + "1.000  phone -> bob  OPTIONS\n"
    )

    assert "2 problems in 1 SIP message and 1 encrypted connection." in flat(report_of(happened(ladder)))


def test_in_japanese_too(happened):
    text = re.sub(r"\s+", "", report_of(happened(REFUSED), lang="ja"))

    assert "このキャプチャのSIPは暗号化されているため読めません（暗号化された接続1本）。" in text
    assert "アラートcertificate_expired(45)で打ち切りました（証明書の有効期間外）。" in text
    assert "証明書を更新し" in text


def test_filters_on_messages_leave_connections_out(happened):
    assert not [
        event
        for event in happened(REFUSED, keep=lambda _: True)
        if isinstance(event, TlsConnection | Finding)
    ]


def test_a_finding_points_at_frames_without_a_message(happened):
    found = {event.rule.id: event for event in happened(REFUSED) if isinstance(event, Finding)}

    assert found["tls-certificate-out-of-date"].frames == [8]
    assert found["tls-handshake-refused"].frames == [10, 4, 6, 8]
    assert found["tls-handshake-refused"].severity is Severity.ERROR


def test_json_lines_keep_to_the_schema(happened):
    stream = io.StringIO()
    report = JsonLines(stream)
    for event in happened(REFUSED):
        report.receive(event)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    for line in lines:
        jsonschema.Draft202012Validator(SCHEMA).validate(line)
    (seen,) = (line for line in lines if line["event"] == "tls")

    assert (seen["source"], seen["target"]) == ("192.0.2.10:40000", "198.51.100.20:5061")
    assert (seen["version"], seen["server_name"], seen["closing"]) == (
        "TLS 1.2",
        "sip.example.com",
        "client closed",
    )
    assert seen["certificates"][0]["not_after"] == "2025-12-01T00:00:00.000000000Z"
    assert seen["alerts"] == [
        {
            "frame": 10,
            "source": "192.0.2.10:40000",
            "level": 2,
            "description": 45,
            "name": "certificate_expired",
        }
    ]
    assert {line["subject"]["kind"] for line in lines if line["event"] == "finding"} == {"tls"}


@pytest.mark.parametrize("text", ["\x1b[2J", "[/x]", "{0}{client}", "\N{RIGHT-TO-LEFT OVERRIDE}x", "A" * 250])
def test_the_terminal_obeys_no_name(tmp_path, text):
    name = "".join("%" if letter.isspace() else letter for letter in text)
    data = capture(
        compile_ladder(REFUSED.replace("sni=sip.example.com", "sni=" + "x" * len(name.encode())))
    ).data
    path = tmp_path / "hostile.pcap"
    path.write_bytes(data.replace(b"x" * len(name.encode()), name.encode()))
    events = list(analyse([path]))

    shown = SGR.sub("", report_of(events))
    assert not FORBIDDEN.search(shown)
    assert any(isinstance(event, TlsConnection) and event.server_name for event in events)


def test_many_servers_are_bounded():
    kept = encrypted.Encrypted()
    for number in range(encrypted.MAX_KINDS + 5):
        hop = Hop(Endpoint("192.0.2.1", 1), Endpoint("192.0.2.2", number), "TLS")
        at = Glimpse(0, hop, (1,))
        kept.add(TlsConnection(hop, Evidence.PORT, at, at, 2))
    lines = list(kept.lines(Setting(Words("en"), 80, several_inputs=False), with_keys=False))

    assert len(lines) == encrypted.MAX_LINES + 2
    assert lines[0] == "2 packets are encrypted: TLS to 192.0.2.2:0."
    assert lines[-2] == f"{2 * (encrypted.MAX_KINDS + 5 - encrypted.MAX_LINES):,} more are encrypted."
