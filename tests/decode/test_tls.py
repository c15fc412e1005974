"""TLS watched from outside: what the clear part says, however its segments come, and nothing of what is not SIP."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyser.capture import read
from analyser.decode import Decoder, bounds, certificates, tls, tls_hello, tls_side
from analyser.decode.stream import Run
from analyser.sip import looks_like_sip
from analyser.tls import TLS12, TLS13, Closing, Evidence
from analyser.wire import ENCRYPTED, MILLISECOND, Coverage
from tests.support.captures import OPTIONS, SECOND, START, ethernet, ipv4, ipv6, pcap, tcp, udp
from tests.support.handshake import certificate, octets, record

HELLO = octets("ClientHello sni=sip.example.com versions=1.2,1.1 alpn=h2,sip/2")
ANSWER = octets("ServerHello version=1.2 cipher=c030") + octets(
    "Certificate names=sip.example.com,uri:sip:example.com,ip:192.0.2.2 issuer=Some-CA intermediate=2027-01-01"
)
UNKNOWN_CA = octets("Alert fatal unknown_ca")
CHANGE = octets("ChangeCipherSpec")


def up(data=b"", at=1000, flags="A", port=5061):
    return ethernet(ipv4(tcp(data, at, flags, source=40000, target=port), 6))


def down(data=b"", at=5000, flags="A", port=5061):
    segment = tcp(data, at, flags, source=port, target=40000)
    return ethernet(ipv4(segment, 6, source="192.0.2.2", target="192.0.2.1"))


@pytest.fixture
def watch(tmp_path):
    def run(packets, coverage=None, **options):
        path = tmp_path / "tls.pcap"
        path.write_bytes(pcap(packets, **options))
        coverage = coverage or Coverage()
        decoder = Decoder(coverage, looks_like_sip)
        for batch in read([path], coverage):
            decoder.receive(batch)
        decoder.close()
        return [connection for _, connection in decoder.connections()]

    return run


def test_the_clear_part_of_a_connection_is_told(watch):
    (seen,) = watch(
        [
            up(at=999, flags="S"),
            down(at=4999, flags="SA"),
            up(HELLO),
            down(ANSWER),
            up(UNKNOWN_CA, 1000 + len(HELLO)),
            up(b"", 1000 + len(HELLO + UNKNOWN_CA), "FA"),
            down(b"", 5000 + len(ANSWER), "FA"),
        ]
    )

    assert str(seen.hop) == "192.0.2.1:40000 -> 192.0.2.2:5061"
    assert seen.hop.transport == "TLS"
    assert (seen.evidence, seen.closing) == (Evidence.PORT, Closing.CLIENT_CLOSED)
    assert (seen.hello.frame, seen.answer.frame, seen.certificates_at.frame, seen.closed.frame) == (
        3,
        4,
        4,
        6,
    )
    assert (seen.first.frame, seen.last.frame, seen.frames) == (3, 5, 3)
    assert seen.offered == (TLS12,)
    assert (seen.version, seen.cipher) == (TLS12, 0xC030)
    assert (seen.server_name, seen.alpn_offered) == ("sip.example.com", ("h2", "sip/2"))
    own, issuer = seen.certificates
    assert own.names == ("dns:sip.example.com", "uri:sip:example.com", "ip:192.0.2.2")
    assert (own.issuer, issuer.subject) == ("Some-CA", "Some-CA")
    assert own.not_after == 1_780_272_000 * SECOND
    (alert,) = seen.alerts
    assert (alert.level, alert.description, alert.at.frame) == (2, 48, 5)
    assert seen.is_from_client(alert.at)
    assert not seen.established
    assert seen.failed


@pytest.mark.parametrize("seed", range(20))
def test_segments_may_come_in_any_order_and_twice(watch, seed):
    dice = random.Random(seed)
    sides = []
    for make, text, start in ((up, HELLO, 1000), (down, ANSWER, 5000)):
        size = dice.choice([13, 60, 400])
        pieces = [make(text[at : at + size], start + at) for at in range(0, len(text), size)]
        dice.shuffle(pieces)
        sides.append(pieces + dice.sample(pieces, len(pieces) // 3))
    handshake = [up(at=999, flags="S"), down(at=4999, flags="SA")]

    packets = [*handshake, *sides[0], *sides[1]]
    (seen,) = watch([(START + number * MILLISECOND, packet) for number, packet in enumerate(packets)])

    assert (seen.server_name, seen.version, len(seen.certificates)) == ("sip.example.com", TLS12, 2)
    assert seen.whole


def test_a_message_may_span_records(watch):
    body = HELLO[5:]
    (seen,) = watch([up(record(22, body[:10]) + record(22, body[10:90]) + record(22, body[90:]))])

    assert seen.server_name == "sip.example.com"


def test_without_its_syn_a_connection_is_watched_all_the_same(watch):
    (seen,) = watch([up(HELLO[:50]), up(HELLO[50:], 1050), down(ANSWER)])

    assert seen.hello.frames == (1, 2)
    assert seen.version == TLS12


def test_within_a_connection_on_the_port_of_sips_the_client_is_the_other_end(watch):
    (seen,) = watch([down(octets("Data 100")), up(octets("Data 100"))])

    assert str(seen.hop) == "192.0.2.1:40000 -> 192.0.2.2:5061"
    assert seen.hello is None
    assert seen.established


def test_ipv6_and_headers_that_only_the_narrow_lane_knows(watch):
    sixth = ethernet(ipv6(tcp(HELLO, 1000, source=40001, target=5061), 6), 0x86DD)
    narrow = ethernet(ipv4(tcp(HELLO, 1000, source=40002, target=5061), 6, options=bytes(4)))

    seen = watch([sixth, narrow])

    assert [str(each.hop) for each in seen] == [
        "[2001:db8::1]:40001 -> [2001:db8::2]:5061",
        "192.0.2.1:40002 -> 192.0.2.2:5061",
    ]


@pytest.mark.parametrize(
    ("hello", "port", "evidence"),
    [
        ("ClientHello sni=a.example", 5061, Evidence.PORT),
        ("ClientHello sni=a.example", 5060, Evidence.PORT),
        ("ClientHello alpn=http/1.1,SIP/2", 443, Evidence.ALPN),
    ],
)
def test_signs_of_sip(watch, hello, port, evidence):
    (seen,) = watch([up(octets(hello), port=port)])

    assert seen.evidence is evidence


def test_a_server_that_speaks_sip_on_that_port_is_a_sign(watch):
    plain = ethernet(ipv4(udp(OPTIONS, 5080, 5099), source="192.0.2.7", target="192.0.2.2"))

    (seen,) = watch([plain, up(HELLO.replace(b"sip/2", b"h2222"), port=5099)])

    assert seen.evidence is Evidence.ENDPOINT


def test_what_shows_no_sign_of_sip_is_only_counted(watch):
    coverage = Coverage()
    web = octets("ClientHello sni=www.example.com alpn=h2")

    assert (
        watch([up(web, port=443), down(ANSWER, port=443), up(octets("Data 10"), 2000, port=443)], coverage)
        == []
    )
    assert +coverage.carried == {ENCRYPTED: 3}
    assert not coverage.not_decoded


def test_repeated_hellos_are_told_and_copies_of_the_capture_are_not(watch):
    times = (0, 0.001, 0.3, 0.3005, 0.9)
    packets = [(START + int(time * SECOND), up(HELLO)) for time in times]

    (seen,) = watch(packets, kind="ns")

    assert [copy.frame for copy in seen.copies] == [3, 5]
    assert not seen.server_spoke


def test_tls_13_is_told_by_its_extension(watch):
    answer = octets("ServerHello version=1.3")
    finished = octets("Data 53")
    (seen,) = watch(
        [
            up(octets("ClientHello versions=1.3,1.2")),
            down(answer + CHANGE + octets("Data 2000")),
            up(CHANGE + finished, 1000 + len(octets("ClientHello versions=1.3,1.2"))),
        ]
    )

    assert (seen.version, seen.offered) == (TLS13, (TLS13, TLS12))
    assert seen.established
    assert seen.sealed_alert is None


def test_an_encrypted_alert_in_place_of_finished_is_told_by_its_length(watch):
    hello = octets("ClientHello versions=1.3")
    (seen,) = watch(
        [
            up(hello),
            down(octets("ServerHello version=1.3") + octets("Data 2000")),
            up(CHANGE + octets("Data 19"), 1000 + len(hello)),
        ]
    )

    assert seen.sealed_alert.frame == 3
    assert not seen.established


def test_a_retry_of_the_hello_keeps_the_first_one(watch):
    hello, again = octets("ClientHello sni=a.example"), octets("ClientHello sni=b.example")
    (seen,) = watch(
        [up(hello), down(octets("ServerHello version=1.3")), up(again, 1000 + len(hello))],
    )

    assert (seen.server_name, seen.hello.frame) == ("a.example", 1)


def test_the_same_ports_again_are_another_connection(watch):
    seen = watch([up(HELLO), down(flags="RA"), up(at=99_999, flags="S"), up(HELLO, 100_000), down(ANSWER, 7)])

    assert [each.closing for each in seen] == [Closing.SERVER_RESET, Closing.OPEN]
    assert [each.version for each in seen] == [0, TLS12]


def test_what_the_snap_length_cuts_is_not_believed(watch):
    (seen,) = watch([up(HELLO), down(ANSWER)], snaplen=54 + 100)

    assert (seen.version, seen.certificates) == (TLS12, ())
    assert not seen.whole


def test_connections_beyond_the_bound_are_told_and_counted(watch, monkeypatch):
    monkeypatch.setattr(tls, "MAX_TLS_CONNECTIONS", 2)
    coverage = Coverage()
    packets = [ethernet(ipv4(tcp(HELLO, 1, source=40_000 + each, target=5061), 6)) for each in range(5)]

    seen = watch(packets, coverage)

    assert [each.closing for each in seen] == [Closing.EVICTED] * 3 + [Closing.OPEN] * 2
    assert coverage.evicted == {"TLS connections": 3}


def test_a_handshake_beyond_the_bound_is_counted(watch):
    coverage = Coverage()
    endless = record(22, b"\x0b\0\xff\xff" + bytes(9000)) * 5
    packets = [
        down(ANSWER),
        *(down(endless[at : at + 1000], 5000 + len(ANSWER) + at) for at in range(0, 45_000, 1000)),
    ]

    (seen,) = watch([up(HELLO), *packets], coverage)

    assert coverage.evicted == {"ends of TLS handshakes": 1}
    assert len(endless) > bounds.MAX_TLS_CLEAR
    assert len(seen.certificates) == 2


def test_a_certificate_that_cannot_be_read_hides_those_behind_it(watch):
    own, other = certificate(cn="a.example"), certificate(cn="Other-CA")
    chain = b"".join(len(der).to_bytes(3, "big") + der for der in (own[:-5] + bytes(5), other))
    message = len(chain).to_bytes(3, "big") + chain
    answer = octets("ServerHello") + record(22, b"\x0b" + len(message).to_bytes(3, "big") + message)
    broken = answer.replace(own[:40], bytes(40))

    (seen,) = watch([up(HELLO), down(broken)])

    assert seen.certificates == ()
    assert seen.certificates_at is not None


READERS = [tls_hello.client_hello, tls_hello.server_hello, tls_hello.certificates, certificates.certificate]
WHOLE = [
    HELLO[9:],
    octets("ServerHello version=1.3 alpn=sip/2")[9:],
    octets("Certificate names=a.example")[9:],
    certificate(),
]


@pytest.mark.parametrize(("reader", "whole"), list(zip(READERS, WHOLE, strict=True)))
def test_no_octets_make_a_reader_fail(reader, whole):
    @settings(max_examples=300)
    @given(st.data())
    def check(data):
        damaged = bytearray(whole)
        for _ in range(data.draw(st.integers(0, 6))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        reader(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))
        reader(data.draw(st.binary(max_size=200)))

    check()


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([up, down]),
            st.sampled_from([HELLO, ANSWER, UNKNOWN_CA, CHANGE, octets("Data 19"), b"", OPTIONS])
            | st.binary(max_size=90),
            st.sampled_from([1000, 1000 + len(HELLO), 5000, 5000 + len(ANSWER), 2**32 - 3]),
            st.sampled_from(["A", "S", "FA", "R"]),
        ),
        max_size=12,
    )
)
def test_no_segments_make_it_fail(tmp_path_factory, segments):
    path = tmp_path_factory.getbasetemp() / "segments.pcap"
    path.write_bytes(pcap([make(data, at, flags) for make, data, at, flags in segments]))
    coverage = Coverage()
    decoder = Decoder(coverage, looks_like_sip)
    for batch in read([path], coverage):
        decoder.receive(batch)
    decoder.close()

    for _, seen in decoder.connections():
        assert seen.frames >= 1
        assert seen.first.frame <= seen.last.frame
    assert not decoder._tls.watched


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=10))
def test_no_records_make_a_side_fail(pieces):
    side = tls_side.Side(None)
    side.begin(0)
    at = 0
    for number, piece in enumerate(pieces):
        list(side.receive(at, Run(number, b"\x16\3\1\0\2" + piece if not number else piece, (number,), 0, 0)))
        at += len(piece) + (0 if number else 5)
