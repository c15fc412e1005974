"""The report as one document: what it holds, what it points at, and what it leaves out."""

import json
from collections import Counter

import pytest

from analyser.annotate import Finding
from analyser.pipeline import analyse
from analyser.report.dossier import Dossier
from analyser.report.occurrences import MAX_OCCURRENCES
from analyser.report.records import MAX_FRAMES_OF_SUBJECT, MAX_MESSAGES, MAX_RAW, MAX_RAW_OF_SUBJECT
from analyser.track import Sighting
from analyser.wire import Endpoint, Hop, RtpStream
from tests.report import runs, sample_rules, stories
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture
from tests.support.samples import SAMPLES


def dossier(events, **options):
    made = Dossier(**options)
    for event in events:
        made.receive(event)
    return made


def read(path, **options):
    return dossier(analyse([path], release=True, keep_cited=False, media=True), **options)


def written(tmp_path, ladder, **options):
    path = tmp_path / "call.pcap"
    path.write_bytes(capture(compile_ladder(ladder)).data)
    return read(path, **options)


def only(made):
    (subject,) = made.subjects()
    return subject


ENDS = "alice = 192.0.2.10:5060\nbob = 203.0.113.20:5060\n"


def calls(number, answers):
    """So many calls, one a second, each answered with what the function says for its number."""
    lines = [ENDS]
    for call in range(number):
        answer = answers(call)
        lines += [f"{call}.0 [c{call}] alice -> bob INVITE", f"{call}.1 [c{call}] alice <- bob {answer}"]
        lines.append(f"{call}.2 [c{call}] alice -> bob ACK")
    return "\n".join(lines) + f"\n[capture ends {number + 100}]\n"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pcap")), ids=lambda path: path.stem)
def test_every_finding_points_at_an_arrow_that_is_there(path):
    made = read(path)
    head = made.head()
    subjects = {subject["key"]: subject for subject in made.subjects()}

    for place, case in enumerate(head["findings"]):
        for found in case["occurrences"]:
            if found["about"]["kind"] == "tls":
                assert found["subject"] is None
                continue
            subject = subjects[found["subject"]]
            (message,) = [each for each in subject["messages"] if each["number"] == found["message"]]
            assert {"rule": case["rule"], "severity": found["severity"], "finding": place} in message["marks"]
            assert case["rule"] in subject["rules"]
            assert message["frame"] == found["frame"]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pcap")), ids=lambda path: path.stem)
def test_the_counts_are_those_of_the_run(path):
    events = list(analyse([path]))
    kinds = Counter(type(event).__name__ for event in events)
    made = dossier(events)
    head = made.head()
    subjects = list(made.subjects())

    assert sum(case["count"] for case in head["findings"]) == kinds["Finding"]
    assert head["subjects_by_kind"]["call"] == kinds["Call"]
    assert head["subjects_held"] == len(subjects)
    assert not head["bounds"]
    seen = {each["number"] for subject in subjects for each in subject["messages"]}
    assert len(seen) == head["messages"] - head["coverage"]["duplicates"]
    if head["series"] is not None:
        responses = sum(map(sum, head["series"]["classes"].values()))
        assert sum(head["series"]["requests"]) == sum(head["methods"].values())
        assert responses == sum(each["count"] for each in head["statuses"])


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pcap")), ids=lambda path: path.stem)
def test_what_is_released_early_makes_the_same_document(path):
    whole, released = dossier(analyse([path], media=True)), read(path)

    assert whole.head() == released.head()
    assert list(whole.subjects()) == list(released.subjects())


def test_a_call_is_told_with_its_arrows():
    made = read(SAMPLES / "ack-lost-behind-nat.pcap")

    call = only(made)

    assert call["title"] == "Call alice@example.com -> bob@203.0.113.20"
    assert (call["state"], call["status"], call["duration"], call["setup"]) == ("ended", 200, 32.0, 0.21)
    assert call["elements"] == ["198.51.100.10:5060", "203.0.113.20:5060"]
    first, answer, again = (call["messages"][index] for index in (0, 3, 4))
    assert (first["label"], first["role"], first["sdp"], first["source"], first["target"]) == (
        "INVITE",
        "request",
        True,
        0,
        1,
    )
    assert (answer["label"], answer["phrase"], answer["role"], answer["elapsed"]) == (
        "200",
        "OK",
        "final",
        3.4,
    )
    assert answer["raw"].startswith("SIP/2.0 200 OK\r\nVia: ")
    assert again["role"] == "retransmission"


def test_the_first_screen_says_what_is_wrong():
    verdict = read(SAMPLES / "ack-lost-behind-nat.pcap").head()["verdict"]

    assert verdict["severity"] == "error"
    assert verdict["sentences"][0] == "1 problem in 1 call."
    assert verdict["facts"] == ["2026-01-05 09:00:00 UTC, for 35.5 s", "16 SIP messages", "1 call"]


def test_a_capture_without_sip_says_where_to_look(tmp_path):
    path = tmp_path / "empty.pcap"
    path.write_bytes(
        capture(compile_ladder("a = 192.0.2.1:1\nb = 192.0.2.2:2\n0 a -> b TLS ClientHello")).data
    )

    head = read(path).head()

    assert head["verdict"]["sentences"][0].startswith("No SIP in this capture")
    assert len(head["verdict"]["sentences"]) > 3
    assert head["series"] is None
    assert head["first"] is None


def test_a_request_that_is_passed_on_says_so(tmp_path):
    made = written(
        tmp_path,
        "alice = 192.0.2.10:5060\nproxy = 198.51.100.1:5060\nbob = 203.0.113.20:5060\n"
        "0 alice -> proxy INVITE\n0.1 proxy -> bob INVITE\n1 proxy <- bob 200\n1.1 alice <- proxy 200\n"
        "1.2 alice -> proxy ACK\n1.3 proxy -> bob ACK",
    )

    messages = only(made)["messages"]

    assert [(each["label"], each["role"], each["forward_of"]) for each in messages] == [
        ("INVITE", "request", None),
        ("INVITE", "forward", 1),
        ("200", "final", None),
        ("200", "forward", 3),
        ("ACK", "request", None),
        ("ACK", "forward", 5),
    ]


def test_a_transaction_that_belongs_to_nothing_is_a_subject(tmp_path):
    made = written(tmp_path, ENDS + "0 alice -> bob OPTIONS\n0.2 alice <- bob 404\n[capture ends 60]")

    subject = only(made)

    assert (subject["kind"], subject["methods"], subject["codes"], subject["state"]) == (
        "transaction",
        ["OPTIONS"],
        [404],
        "",
    )
    assert made.head()["subjects_by_kind"]["transaction"] == 1


def test_a_finding_about_a_host_points_at_a_message_of_its_example():
    made = read(SAMPLES / "scanner.pcap")
    scans = [case for case in made.head()["findings"] if case["occurrences"][0]["about"]["kind"] == "peer"]

    assert scans
    subjects = {subject["key"]: subject for subject in made.subjects()}
    for case in scans:
        found = case["occurrences"][0]
        assert found["message"] in {each["number"] for each in subjects[found["subject"]]["messages"]}


def test_bad_calls_push_out_the_healthy_ones_before_them(tmp_path):
    ladder = calls(12, lambda call: "503" if call in (7, 9, 11) else "200")

    made = written(tmp_path, ladder, most_subjects=3)

    assert [subject["status"] for subject in made.subjects()] == [503, 503, 503]
    head = made.head()
    assert head["subjects_left_out"] == {"call": 9}
    assert head["subjects_by_kind"]["call"] == 12
    assert head["bounds"][0].startswith("9 of 12 calls and other exchanges are left out")


def test_of_what_is_alike_the_first_is_held(tmp_path):
    made = written(tmp_path, calls(6, lambda _: "200"), most_subjects=2)

    assert [subject["key"] for subject in made.subjects()] == [1, 4]


def test_a_document_may_hold_no_subject_at_all(tmp_path):
    made = written(tmp_path, calls(3, lambda _: "503"), most_subjects=0)

    assert list(made.subjects()) == []
    head = made.head()
    assert head["subjects_held"] == 0
    assert all(
        found["subject"] is None and found["message"] is None
        for case in head["findings"]
        for found in case["occurrences"]
    )


def test_no_rule_crowds_out_another(tmp_path):
    ladder = calls(130, lambda call: "486" if call == 129 else "503")

    made = written(tmp_path, ladder, most_subjects=120)
    head = made.head()

    for case in head["findings"]:
        assert case["occurrences"][0]["subject"] is not None, case["rule"]


def test_of_a_rule_so_many_findings_are_listed_and_the_rest_counted():
    made = dossier(runs.events(calls(MAX_OCCURRENCES + 20, lambda _: "486"), sample_rules.ALL))
    head = made.head()

    (case,) = [case for case in head["findings"] if case["rule"] == "busy-callee"]

    assert (case["count"], len(case["occurrences"]), case["left_out"]) == (
        MAX_OCCURRENCES + 20,
        MAX_OCCURRENCES,
        20,
    )
    left_out = sum(case["left_out"] for case in head["findings"])
    assert (
        f"{left_out} findings are counted, but not listed: of each rule the first {MAX_OCCURRENCES} are."
        in head["bounds"]
    )


def test_a_long_call_keeps_its_first_and_last_messages(tmp_path):
    lines = [ENDS, "0 alice -> bob INVITE", "0.1 alice <- bob 200", "0.2 alice -> bob ACK"]
    for number in range(240):
        lines += [f"{number + 1}.0 alice -> bob INFO", f"{number + 1}.1 alice <- bob 200"]
    made = written(tmp_path, "\n".join(lines))

    call = only(made)

    assert len(call["messages"]) == MAX_MESSAGES - 140
    assert call["messages_left_out"] == 483 - len(call["messages"])
    assert (call["messages"][0]["number"], call["messages"][-1]["number"]) == (1, 483)


def test_a_long_message_is_cut_and_says_by_how_much(tmp_path):
    lines = [ENDS]
    for number in range(40):
        lines += [f"{number} alice -> bob OPTIONS", f"  Call-ID: one@x\n  Subject: {'x' * 5000}"]
    made = written(tmp_path, "\n".join(lines))

    for subject in made.subjects():
        for message in subject["messages"]:
            assert len(message["raw"]) == MAX_RAW
            assert message["raw_left_out"] > 1000
    assert MAX_RAW_OF_SUBJECT > MAX_RAW


def test_what_is_said_is_japanese_where_it_is_asked_for():
    made = read(SAMPLES / "busy.pcap", lang="ja")
    head = made.head()

    assert head["lang"] == "ja"
    assert not head["verdict"]["sentences"][0].isascii()
    assert not head["catalogue"]["codes"]["486"]["meaning"].isascii()
    assert not next(made.subjects())["messages"][0]["note"].isascii()


def test_the_catalogue_has_what_occurs():
    words = read(SAMPLES / "publish-412-loop.pcap").head()["catalogue"]

    assert words["codes"]["412 PUBLISH"]["how_to_fix"]
    assert words["headers"]["call-id"]
    assert words["methods"].keys() == {"PUBLISH"}


def test_digests_are_shortened_in_the_raw_messages():
    raw = "".join(
        message["raw"]
        for subject in read(SAMPLES / "wrong-password.pcap").subjects()
        for message in subject["messages"]
    )

    assert 'response="' in raw
    assert all(len(part.partition('"')[0]) == 5 for part in raw.split('response="')[1:])


RTP = Hop(Endpoint("192.0.2.10", 24240), Endpoint("198.51.100.20", 24000), "UDP")


def with_rtp(hop, first, last):
    """A healthy call, and a stream of RTP beside it."""
    *events, summary = runs.events(stories.HEALTHY)
    sdp = [event.message.sdp for event in events if type(event).__name__ == "Sighting" and event.message.sdp]
    here, there = (description.media[0] for description in sdp[:2])
    ends = Endpoint(here.connection, here.port), Endpoint(there.connection, there.port)
    known = {"here": ends[0], "there": ends[1], "nowhere": Endpoint("203.0.113.99", 9)}
    source, target = (known[name] for name in hop)
    start = runs.START
    stream = RtpStream(Hop(source, target, "UDP"), 7, (0, 101), 50, 8600, start + first, start + last, 1, 2)
    return dossier([*events, stream, summary])


@pytest.mark.parametrize(
    ("hop", "columns"),
    [
        (("here", "there"), (0, 1)),
        (("there", "here"), (1, 0)),
        (("nowhere", "here"), (1, 0)),
        (("here", "nowhere"), (0, 1)),
    ],
)
def test_rtp_stands_beside_the_call_that_announced_it(hop, columns):
    (media,) = only(with_rtp(hop, 4_000_000_000, 5_000_000_000))["media"]

    assert (media["source"], media["target"]) == columns
    assert (media["start"], media["end"], media["packets"], media["payload_types"]) == (
        4.0,
        5.0,
        50,
        [0, 101],
    )


@pytest.mark.parametrize(
    ("hop", "first"), [(("nowhere", "nowhere"), 4_000_000_000), (("here", "there"), 4_000_000_000_000)]
)
def test_rtp_of_others_and_of_other_times_does_not(hop, first):
    assert only(with_rtp(hop, first, first + 1_000_000_000))["media"] == []


def test_rtp_that_goes_to_a_candidate_of_ice_stands_beside_the_call_as_well():
    ladder = stories.HEALTHY.replace(
        "INVITE\n",
        """INVITE
       | v=0
       | o=- 1 1 IN IP4 192.0.2.10
       | s=-
       | c=IN IP4 192.0.2.10
       | t=0 0
       | m=audio 9 UDP/TLS/RTP/SAVPF 0
       | a=candidate:1 1 UDP 2130706431 203.0.113.99 4000 typ srflx raddr 192.0.2.10 rport 4000
""",
        1,
    )
    *events, summary = runs.events(ladder)
    hop = Hop(Endpoint("198.51.100.20", 24000), Endpoint("203.0.113.99", 4000), "UDP")
    start = runs.START + 4_000_000_000
    stream = RtpStream(hop, 7, (0,), 50, 8600, start, start + 1_000_000_000, 1, 2)

    (media,) = only(dossier([*events, stream, summary]))["media"]

    assert (media["source"], media["target"]) == (1, 0)


def test_a_worse_finding_becomes_the_worked_example():
    made = read(SAMPLES / "scanner.pcap")
    order = {"error": 3, "warning": 2, "notice": 1}

    for case in made.head()["findings"]:
        assert order[case["occurrences"][0]["severity"]] == max(
            order[each["severity"]] for each in case["occurrences"]
        )


def test_findings_of_a_filtered_run_need_no_subject():
    events = [event for event in analyse([SAMPLES / "busy.pcap"]) if type(event).__name__ != "Call"]

    made = dossier(events)

    assert sum(case["count"] for case in made.head()["findings"]) == sum(
        isinstance(event, Finding) for event in events
    )


def test_a_record_is_small_however_long_a_name_is():
    long = "x" * 60_000
    usual = b"INVITE sip:%b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCall-ID: %b\r\nCSeq: 1 INVITE\r\nFrom: <sip:%b@h>;tag=1\r\nTo: <sip:b@h>\r\n\r\n"
    hop = Hop(Endpoint("192.0.2.1", 5060), Endpoint("192.0.2.2", 5060), "UDP")
    made = dossier(runs.events_of([(0, hop, usual % ((long.encode(),) * 3))]))

    subject = only(made)

    assert len(str(subject)) < 20_000
    assert subject["call_id"].endswith("x…")
    assert subject["messages"][0]["raw_left_out"] > 100_000


@pytest.mark.parametrize(("frames", "left_out"), [(400, 0), (MAX_FRAMES_OF_SUBJECT + 5, 5)])
def test_a_message_in_many_segments_lists_all_its_frames_within_a_bound(frames, left_out):
    events = list(
        runs.events(ENDS + "0 alice -> bob INVITE\n0.1 alice <- bob 486\n0.2 alice -> bob ACK\n", ())
    )
    first, *others = [event for event in events if isinstance(event, Sighting)]
    first._frames = tuple(range(1, frames + 1))
    others[0]._frames = tuple(range(1, 91))
    one, two, _ = only(dossier(events))["messages"]

    assert (one["frames"], one["frames_left_out"]) == (list(range(left_out + 1, frames + 1)), left_out)
    assert (two["frames"], two["frames_left_out"]) == (list(range(1, 91)), 0)


def test_findings_whose_call_was_let_go_of_are_told(monkeypatch):
    monkeypatch.setattr("analyser.report.dossier.MAX_WAITING", 1)
    lines = [ENDS]
    for call in range(3):
        lines += [f"{call}.0 [c{call}] alice -> bob INVITE", "    Subject: odd"]
    lines += [f"{call + 5}.0 [c{call}] alice <- bob 200" for call in range(3)]
    head = dossier(runs.events("\n".join(lines), sample_rules.ALL)).head()
    (case,) = [case for case in head["findings"] if case["rule"] == "odd-message"]

    assert [found["subject"] is None for found in case["occurrences"]] == [True, True, False]
    assert any(
        line.startswith("2 calls and other exchanges under way were let go of") for line in head["bounds"]
    )


def test_the_text_of_all_findings_is_bounded(monkeypatch):
    monkeypatch.setattr("analyser.report.occurrences.MAX_OCTETS", 3_000)
    head = dossier(runs.events(calls(50, lambda _: "486"), sample_rules.ALL)).head()

    left_out = sum(case["left_out"] for case in head["findings"])
    assert all(case["occurrences"] for case in head["findings"])
    assert sum(len(json.dumps(found)) for case in head["findings"] for found in case["occurrences"]) < 5_000
    assert [line for line in head["bounds"] if line.startswith(f"{left_out} more findings are counted")]
