"""What the tests of this folder put on the wire, and what the analyser makes of it."""

import io

from analyser import Finding, Sighting, Summary, analyse
from analyser.report.jsonl import JsonLines
from analyser.report.terminal import TerminalReport
from tests.support.captures import ethernet, ipv4, pcap, tcp, udp

A, B, C = "192.0.2.1", "192.0.2.2", "192.0.2.3"


def message(start="OPTIONS sip:b@192.0.2.2 SIP/2.0", *fields, body=b"", length=None, **named):
    """A message; keyword arguments replace mandatory fields, `length` is what Content-Length says."""
    method = start.split(" ", 1)[0] if not start.startswith("SIP/") else named.pop("method", "OPTIONS")
    values = {
        "Via": f"SIP/2.0/UDP {A};branch=z9hG4bK1",
        "From": f"<sip:a@{A}>;tag=1",
        "To": f"<sip:b@{B}>",
        "Call-ID": "one",
        "CSeq": f"1 {method}",
        "Max-Forwards": "70",
    } | {name.replace("_", "-"): value for name, value in named.items()}
    lines = [start, *(f"{name}: {value}" for name, value in values.items()), *fields]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def datagram(data, source=A, target=B, **options):
    return ethernet(ipv4(udp(data), source=source, target=target, **options))


def stream(*segments, source=A, target=B):
    """A TCP connection from its SYN on; segments are octets in order, or (sequence, octets) counted from 0."""
    packets = [ethernet(ipv4(tcp(b"", 99, "S"), 6, source=source, target=target))]
    at = 0
    for segment in segments:
        offset, data = segment if isinstance(segment, tuple) else (at, segment)
        packets.append(ethernet(ipv4(tcp(data, 100 + offset, "PA"), 6, source=source, target=target)))
        at = max(at, offset + len(data))
    return packets


class Outcome:
    """What the analyser says of a capture, in every form."""

    def __init__(self, *paths):
        lines, screen = io.StringIO(), io.StringIO()
        reports = JsonLines(lines), TerminalReport(screen, 100, False, all_calls=True)
        self.events = []
        for event in analyse(paths):
            self.events.append(event)
            for report in reports:
                report.receive(event)
        for report in reports:
            report.finish()
        self.lines, self.screen = lines.getvalue(), screen.getvalue()
        self.sightings = [event for event in self.events if isinstance(event, Sighting)]
        self.messages = [sighting.message for sighting in self.sightings]
        self.call_ids = [message.call_id for message in self.messages]
        self.findings = [event.rule.id for event in self.events if isinstance(event, Finding)]
        self.summary = self.events[-1]
        assert isinstance(self.summary, Summary)
        assert not self.summary.crashed
        self.coverage = self.summary.coverage

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


def outcome(tmp_path, packets, **options):
    """The outcome of a capture of these packets (octets, or time and octets)."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(pcap(packets, **options))
    return Outcome(path)
