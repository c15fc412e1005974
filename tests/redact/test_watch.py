"""What passes live is redacted as what is read."""

import pytest

from analyser import analyse
from analyser.annotate import CaptureStart, Finding
from analyser.redact import Redactor
from analyser.tls import TlsConnection
from analyser.track import Sighting
from analyser.watch import Watch
from analyser.wire import Coverage
from tests.support.live import Replay, standing
from tests.support.samples import SAMPLES

KEY = b"k" * 32


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.pcap")))
def test_live_says_what_reading_says(name):
    live = Replay(SAMPLES / name, 0.5, 7300.0)
    watch = Watch(live, Coverage(), ahead=lambda: 0, redactor=Redactor(KEY))
    events = [event for turn in watch.turns(lambda: live.is_over) for event in turn]
    read = list(analyse([SAMPLES / name], redactor=Redactor(KEY)))

    for kind, told in (
        (Sighting, lambda seen: (seen.number, seen.hop, seen.message.raw)),
        (TlsConnection, lambda seen: (seen.hop, seen.server_name, seen.certificates)),
    ):
        assert [told(each) for each in events if isinstance(each, kind)] == [
            told(each) for each in read if isinstance(each, kind)
        ]
    assert {(each.rule.id, each.frame) for each in standing(events)} >= {
        (each.rule.id, each.frame)
        for each in read
        if isinstance(each, Finding) and each.severity > each.severity.NOTICE
    }
    assert isinstance(events[0], CaptureStart)
    assert events[0].redacted


def test_tls_connections_tell_pseudonyms():
    path = SAMPLES / "tls-certificate-expired.pcap"
    plain = [event for event in analyse([path]) if isinstance(event, TlsConnection)]
    redacted = [
        event for event in analyse([path], redactor=Redactor(KEY)) if isinstance(event, TlsConnection)
    ]

    assert plain
    for one, other in zip(plain, redacted, strict=True):
        assert one.hop.source.host != other.hop.source.host
        assert one.first.hop.source.host != other.first.hop.source.host
        assert one.first.frames == other.first.frames
        for name, pseudonym in zip(one.certificates, other.certificates, strict=True):
            assert name.subject != pseudonym.subject
            assert len(name.subject) == len(pseudonym.subject)
            assert not set(name.names) & set(pseudonym.names)
            assert name.not_after == pseudonym.not_after


def test_names_of_captures_give_way():
    redactor = Redactor(KEY)

    assert redactor.inputs(("calls/0398765432.pcap", "-")) == ("capture 1", "capture 2")
    assert redactor.note("0398765432.pcap: ends inside a record") == "capture 1: ends inside a record"
    assert redactor.sources(("eth0", "udp:10.1.2.3:9060"))[0] == "eth0"
    assert "10.1.2.3" not in redactor.sources(("eth0", "udp:10.1.2.3:9060"))[1]
