"""The second engine: what native cannot read, tshark reads where there are keys; what it can, stays as it is."""

import asyncio
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from packaging.version import Version

from analyser import Sighting, analyse
from analyser.capture import pcap as pcap_format
from analyser.capture.tshark_child import Program, TsharkChild
from analyser.errors import AnalyserError, TsharkError, UsageError
from analyser.report.jsonl import JsonLines
from tests.support.captures import START, block, enhanced, ethernet, interface, ipv4, pcap, section, tcp
from tests.support.tls import (
    CLIENT,
    PRIVATE_KEY,
    SERVER,
    UPGRADE,
    UPGRADED,
    Connection,
    request,
    response,
    secrets_block,
    websocket,
)

pytestmark = [
    pytest.mark.tshark,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
]

SAMPLES = sorted((Path(__file__).parents[1] / "sample_pcaps").glob("*.pcap"))


@pytest.fixture
def keylog(tmp_path):
    return tmp_path / "keys.log"


def written(tmp_path, connection, name="call.pcap"):
    path = tmp_path / name
    path.write_bytes(pcap(connection.packets))
    return path


def sightings(*paths, **options):
    return [event for event in analyse(paths, rules=(), **options) if isinstance(event, Sighting)]


def octets(*paths, **options):
    return [(event.hop.transport, event.message.raw) for event in sightings(*paths, **options)]


def lines(path, **options):
    stream = io.StringIO()
    report = JsonLines(stream)
    for event in analyse([path], **options):
        report.receive(event)
    return stream.getvalue().splitlines()


def exchange(connection):
    connection.send(CLIENT, request(1))
    connection.send(SERVER, response(1))
    return [("TLS", request(1)), ("TLS", response(1))]


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
@pytest.mark.parametrize("port", [5061, 443, 15061])
def test_a_key_log_opens_sips_on_any_port(tmp_path, keylog, version, port):
    connection = Connection(port=port, keylog=keylog, version=version)
    sent = exchange(connection)

    assert octets(written(tmp_path, connection), keylog=keylog) == sent


def test_a_message_stands_where_and_when_it_was_completed(tmp_path, keylog):
    connection = Connection(keylog=keylog)
    handshake = len(connection.packets)
    body = os.urandom(2000).hex().encode()
    connection.send(CLIENT, request(1, body))

    (sighting,) = sightings(written(tmp_path, connection), keylog=keylog)

    time, _ = connection.packets[-1]
    assert sighting.frames == tuple(range(handshake + 1, len(connection.packets) + 1))
    assert sighting.time == time
    assert str(sighting.hop) == "192.0.2.10:40000 -> 192.0.2.20:5061"
    assert sighting.message.raw == request(1, body)


def test_it_is_the_same_however_much_is_read_at_once(tmp_path, keylog, monkeypatch):
    connection = Connection(keylog=keylog)
    for number in range(5):
        connection.send(CLIENT, request(number, b"x" * 700 * number))
        connection.send(SERVER, response(number))
    path = written(tmp_path, connection)
    whole = lines(path, keylog=keylog)
    monkeypatch.setattr(pcap_format, "CHUNK", 1)

    assert len(whole) > 12
    assert lines(path, keylog=keylog) == whole


def test_several_messages_in_a_record_and_a_message_in_several_records(tmp_path, keylog):
    connection = Connection(keylog=keylog)
    connection.send(CLIENT, request(1) + request(2) + request(3)[:50])
    connection.send(CLIENT, request(3)[50:])
    connection.send(CLIENT, request(4), request(5), join=True)

    found = octets(written(tmp_path, connection), keylog=keylog)

    assert found == [("TLS", request(number)) for number in (1, 2, 3, 4, 5)]


def test_a_private_key_opens_an_rsa_key_exchange(tmp_path):
    connection = Connection(version=ssl.TLSVersion.TLSv1_2, ciphers="AES128-SHA256:@SECLEVEL=0")
    sent = exchange(connection)

    assert octets(written(tmp_path, connection), tls_key=PRIVATE_KEY) == sent


@pytest.mark.parametrize("port", [443, 7443])
def test_websocket_under_tls_is_read(tmp_path, keylog, port):
    connection = Connection(port=port, keylog=keylog)
    connection.send(CLIENT, UPGRADE)
    connection.send(SERVER, UPGRADED)
    connection.send(CLIENT, websocket(request(1), b"\x01\x02\x03\x04"))
    connection.send(SERVER, websocket(response(1)))

    found = octets(written(tmp_path, connection), keylog=keylog)

    assert found == [("WSS", request(1)), ("WSS", response(1))]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_what_is_read_natively_stays_as_it_is(path):
    assert lines(path, engine="tshark") == lines(path, engine="native")


@pytest.mark.parametrize("order", ["in order", "swapped", "one lost", "one late", "one again"])
def test_streams_in_the_clear_are_no_different_however_they_arrive(tmp_path, order):
    """Three messages in eight segments, of which the fifth has its adventures."""
    stream = b"".join(request(number, b"x" * 900) for number in (1, 2, 3))
    step = len(stream) // 8 + 1
    segments = [tcp(stream[at : at + step], 1000 + at, "PA") for at in range(0, len(stream), step)]
    fifth = segments.pop(4)
    places = {"in order": [4], "swapped": [5], "one lost": [], "one late": [7], "one again": [4, 6]}
    for place in places[order]:
        segments.insert(place, fifth)
    path = tmp_path / "call.pcap"
    start = tcp(sequence=999, flags="S")
    path.write_bytes(pcap([ethernet(ipv4(segment, 6)) for segment in [start, *segments]]))
    native = lines(path, engine="native")

    assert lines(path, engine="tshark") == native
    assert len(sightings(path)) >= 2


def with_secrets(connection, keylog, place):
    """A pcapng file with the keys before the packet at `place`."""
    blocks = [section(), interface()]
    blocks += [enhanced(data, time // 1000) for time, data in connection.packets]
    blocks.insert(2 + place, block(10, secrets_block(keylog)))
    return b"".join(blocks)


def test_keys_in_the_capture_itself_are_used_unasked(tmp_path, keylog):
    connection = Connection(keylog=keylog)
    sent = exchange(connection)
    path = tmp_path / "call.pcapng"
    path.write_bytes(with_secrets(connection, keylog, 0))

    assert octets(path) == sent


def summary(*paths, **options):
    *_, last = analyse(paths, rules=(), **options)
    return last


def test_keys_that_are_not_used_are_mentioned_once(tmp_path, keylog, monkeypatch):
    connection = Connection(keylog=keylog)
    exchange(connection)
    path = tmp_path / "call.pcapng"
    path.write_bytes(with_secrets(connection, keylog, 0))

    (note,) = summary(path, engine="native").coverage.notes
    assert note == f"{path}: the capture holds TLS keys, with which only the tshark engine decrypts"
    monkeypatch.setenv("PATH", str(tmp_path))
    (note,) = summary(path).coverage.notes
    assert note == f"{path}: the capture holds TLS keys; to decrypt with them, install tshark and pyshark"


def test_other_secrets_than_those_of_tls_choose_nothing(tmp_path, keylog):
    connection = Connection()
    path = tmp_path / "call.pcapng"
    keylog.write_bytes(b"")
    wireguard = block(10, b"\x57\x47\x4b\x4c" + secrets_block(keylog)[4:])
    packets = b"".join(enhanced(data, time // 1000) for time, data in connection.packets)
    path.write_bytes(section() + interface() + wireguard + packets)

    assert summary(path).coverage.notes == []


def test_without_tshark_an_explicit_wish_is_an_error_of_one_line(tmp_path, keylog, monkeypatch):
    connection = Connection(keylog=keylog)
    path = written(tmp_path, connection)
    monkeypatch.setenv("PATH", str(tmp_path))

    for options in ({"engine": "tshark"}, {"keylog": keylog}, {"tls_key": PRIVATE_KEY}):
        with pytest.raises(TsharkError, match=r"needs tshark, which is not installed"):
            sightings(path, **options)


def test_keys_of_another_connection_open_nothing_and_say_so(tmp_path, keylog):
    connection, other = Connection(), Connection(keylog=keylog)
    exchange(connection)
    exchange(other)

    (note,) = summary(written(tmp_path, connection), keylog=keylog).coverage.notes

    assert note.startswith("the keys opened no SIP message")


def test_what_was_opened_no_longer_counts_as_unreadable(tmp_path, keylog):
    connection = Connection(keylog=keylog)
    exchange(connection)
    path = written(tmp_path, connection)
    closed, opened = summary(path).coverage, summary(path, keylog=keylog).coverage

    assert closed.not_decoded["TLS on port 5061"] - opened.not_decoded["TLS on port 5061"] == 2
    assert opened.carried["sip"] - closed.carried["sip"] == 2


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_compressed_capture_is_opened_as_well(tmp_path, keylog, suffix):
    import gzip

    import zstandard

    connection = Connection(keylog=keylog)
    sent = exchange(connection)
    squeeze = gzip.compress if suffix == "gz" else zstandard.compress
    path = tmp_path / f"call.pcap.{suffix}"
    path.write_bytes(squeeze(pcap(connection.packets)))

    assert octets(path, keylog=keylog) == sent


def test_a_copy_has_a_bound_that_is_not_silent(tmp_path, keylog, monkeypatch):
    import gzip

    from analyser.capture import at_hand

    connection = Connection(keylog=keylog)
    exchange(connection)
    path = tmp_path / "call.pcap.gz"
    path.write_bytes(gzip.compress(pcap(connection.packets)))
    monkeypatch.setattr(at_hand, "COPY_CHUNK", 1000)
    monkeypatch.setattr(at_hand, "MAX_COPY", 2000)

    notes = summary(path, keylog=keylog).coverage.notes

    assert f"{path}: only a part of the file could be handed to tshark" in notes


def test_files_are_read_in_their_order_and_numbered_through(tmp_path, keylog):
    first, second = Connection(keylog=keylog), Connection(keylog=keylog, start=START + 10**12)
    sent = exchange(first) + exchange(second)
    paths = written(tmp_path, first, "a.pcap"), written(tmp_path, second, "b.pcap")

    seen = sightings(*paths, keylog=keylog)

    assert [(event.hop.transport, event.message.raw) for event in seen] == sent
    assert [event.number for event in seen] == [1, 2, 3, 4]
    assert [event.input for event in seen] == [0, 0, 1, 1]


def test_names_of_any_kind_are_safe(tmp_path):
    folder = tmp_path / 'a, "b" \\x22 -o :\n$(c)'
    folder.mkdir()
    keylog = folder / "-X,\t'k'"
    connection = Connection(keylog=keylog)
    sent = exchange(connection)

    assert octets(written(folder, connection), keylog=keylog) == sent


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "holds no line of a TLS key log"),
        (bytes(range(256)) * 100, "holds no line of a TLS key log"),
        (b"CLIENT_RANDOM " + b"a" * 5_000_000, "holds no line of a TLS key log"),
        (b"CLIENT_RANDOM 12 34\n", "holds no line of a TLS key log"),
        ("CLIENT_RANDOM ﷽ ".encode() * 20, "holds no line of a TLS key log"),
    ],
)
def test_what_is_no_key_log_is_refused(tmp_path, keylog, content, complaint):
    keylog.write_bytes(content)

    with pytest.raises(UsageError, match=complaint):
        sightings(SAMPLES[0], keylog=keylog)


@pytest.mark.parametrize("rubbish", [b"\xff\xfe\0\n" * 1000, b"a" * 3_000_000, b"CLIENT_RANDOM zz zz\n" * 10])
def test_keys_among_rubbish_are_used(tmp_path, keylog, rubbish):
    connection = Connection(keylog=keylog)
    sent = exchange(connection)
    keylog.write_bytes(rubbish + b"\n" + keylog.read_bytes() + rubbish)

    assert octets(written(tmp_path, connection), keylog=keylog) == sent


@pytest.mark.parametrize("option", ["keylog", "tls_key"])
def test_keys_that_cannot_be_read_are_an_error_of_one_line(tmp_path, option):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path / "absent", tmp_path, fifo, "a\0b"):
        with pytest.raises(AnalyserError) as error:
            sightings(SAMPLES[0], **{option: path})
        assert "\n" not in str(error.value)


def test_a_private_key_must_be_one(tmp_path):
    path = tmp_path / "key.pem"
    for content, complaint in (
        (b"-----BEGIN CERTIFICATE-----\n", "holds no RSA private key"),
        (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "protected by a passphrase"),
    ):
        path.write_bytes(content)
        with pytest.raises(UsageError, match=complaint):
            sightings(SAMPLES[0], tls_key=path)


def test_the_native_engine_takes_no_keys(tmp_path, keylog):
    with pytest.raises(UsageError, match="keys are for the tshark engine"):
        sightings(SAMPLES[0], engine="native", keylog=keylog)
    with pytest.raises(UsageError, match="no engine 'wireshark'"):
        sightings(SAMPLES[0], engine="wireshark")


def fake_tshark(folder, script):
    """A program of that name, first on the PATH."""
    path = folder / "tshark"
    path.write_text(f"#!/bin/sh\n[ \"$1\" = -v ] && echo 'TShark (Wireshark) 4.0.17.' && exit\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("echo 'tshark: no such preference' >&2; exit 1", "tshark gave up: no such preference"),
        ("head -c 200000 /dev/zero >&2; exit 3", "tshark gave up: "),
        ("kill -SEGV $$", "tshark gave up: status -11"),
        (r"""printf '[\n  {\n    "frame": \377\n  },\n  {\n  }\n]'""", "in a way that is not understood: 2"),
    ],
)
def test_a_tshark_that_fails_is_named_and_the_native_messages_stay(tmp_path, monkeypatch, script, complaint):
    fake_tshark(tmp_path, script)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    native = sightings(SAMPLES[0])
    *events, last = analyse([SAMPLES[0]], rules=(), engine="tshark")

    assert [event.number for event in events if isinstance(event, Sighting)] == [
        each.number for each in native
    ]
    (note,) = last.coverage.notes
    assert complaint in note


def test_a_text_without_end_is_passed_over_in_bounded_memory(tmp_path, monkeypatch):
    from analyser.capture import tshark_text

    monkeypatch.setattr(tshark_text, "MAX_TEXT", 100_000)
    fake_tshark(tmp_path, r"""printf '[\n  {'; head -c 3000000 /dev/zero | tr '\0' a; printf '\n  }\n]'""")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    (note,) = summary(SAMPLES[0], engine="tshark").coverage.notes

    assert note.endswith("in a way that is not understood: 1")


def test_a_config_ini_where_one_stands_is_nobodys_business(tmp_path, monkeypatch):
    """Pyshark would take the program to run from it."""
    (tmp_path / "config.ini").write_text("[tshark]\ntshark_path = /bin/false\n")
    program = "from analyser.capture.tshark import find_tshark\nprint(find_tshark().path)"
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout.strip() == shutil.which("tshark")


def test_inside_an_event_loop_the_error_says_what_to_do(tmp_path):
    async def run():
        return sightings(SAMPLES[0], engine="tshark")

    with pytest.raises(TsharkError, match="in a thread"):
        asyncio.run(run())


def test_ctrl_c_ends_tshark_as_well_and_nothing_is_said(tmp_path, caplog):
    fake_tshark(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    program = Program(str(tmp_path / "tshark"), Version("4.0.17"))
    child = TsharkChild(program, str(SAMPLES[0]), use_json=True, include_raw=True)
    packets = child.packets()
    pid = tmp_path / "pid"

    def interrupt_when_it_runs():
        if pid.exists() and pid.read_text():
            raise KeyboardInterrupt
        child.eventloop.call_later(0.05, interrupt_when_it_runs)

    child.eventloop.call_soon(interrupt_when_it_runs)

    with pytest.raises(KeyboardInterrupt):
        next(packets)

    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    assert child.eventloop.is_closed()
    assert not caplog.records


def test_what_was_made_for_the_run_is_gone_when_the_reader_leaves(tmp_path, keylog, monkeypatch):
    folder = tmp_path / "made"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    connection = Connection(keylog=keylog)
    exchange(connection)
    monkeypatch.setattr(pcap_format, "CHUNK", 1)  # tshark is at its second message when the first is given
    events = analyse([written(tmp_path, connection)], keylog=keylog)
    next(events)
    next(events)
    assert list(folder.iterdir())

    events.close()

    assert not list(folder.iterdir())


def run_program(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "analyser", "read", *map(str, arguments)],
        capture_output=True,
        cwd=Path(__file__).parents[1],
        check=False,
        **options,
    )


def test_from_a_pipe_to_the_end_without_a_word_beside_the_report(tmp_path, keylog):
    connection = Connection(keylog=keylog)
    exchange(connection)

    run = run_program("-", "--keylog", keylog, "--format", "jsonl", input=pcap(connection.packets))

    events = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.stderr == b""
    assert [event["transport"] for event in events if event["event"] == "message"] == ["TLS", "TLS"]
    assert events[0]["inputs"] == ["-"]


def test_keys_are_never_shown(tmp_path, keylog):
    connection = Connection(keylog=keylog)
    exchange(connection)
    secrets = [line.split()[-1] for line in keylog.read_bytes().splitlines()[1:]]

    run = run_program(written(tmp_path, connection), "--keylog", keylog)

    assert b"OPTIONS" in run.stdout
    assert not [secret for secret in secrets if secret in run.stdout + run.stderr]


def test_a_refusal_is_one_line(tmp_path):
    run = run_program(SAMPLES[0], "--keylog", tmp_path / "absent")

    assert run.returncode == 2
    assert run.stdout == b""
    assert run.stderr.decode() == f"sip-analyser: {tmp_path}/absent: No such file or directory\n"
