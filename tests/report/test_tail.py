"""Lines of messages and blocks of findings, as live shows them."""

import re

import pytest

from analyser.annotate import Finding
from analyser.pipeline import analyse
from analyser.report import call_names
from analyser.report.call_names import CallNames
from analyser.report.layout import cells
from analyser.report.tail import Tail, fitted, short_endpoint
from analyser.report.words import Words
from analyser.track import Sighting
from analyser.wire import Endpoint
from tests.report import sample_rules
from tests.report.runs import SGR, events, events_of
from tests.report.test_hostile import FORBIDDEN, PAYLOADS, poisoned
from tests.support.samples import SAMPLES

CAPTURES = sorted(SAMPLES.glob("*.pcap"))
SHOWN = ["ack-lost-behind-nat", "registration-and-presence", "cancel-race", "tls-certificate-expired"]
MESSAGE = re.compile(r"\d\d:\d\d:\d\d\.\d{3} #")


def tail_of(happened, width=None, *, colour=False, lang="en", encoding="utf-8"):
    tail = Tail(Words(lang), colour=colour, encoding=encoding)
    return "".join(tail.text([event], width) for event in happened)


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_lines_of_samples(name, lang, golden):
    golden(f"tail/{name}.{lang}.txt", tail_of(analyse([SAMPLES / f"{name}.pcap"]), 110, lang=lang))


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [20, 40, 60, 79, 80, 100, 132, 200])
def test_no_line_is_wider_than_the_screen_and_each_message_has_one(width, lang):
    for path in CAPTURES:
        happened = list(analyse([path]))
        text = tail_of(happened, width, lang=lang)
        messages = [event for event in happened if isinstance(event, Sighting) and not event.duplicate]

        assert max(map(cells, text.splitlines())) <= max(width, 40)
        assert sum(MESSAGE.match(line) is not None for line in text.splitlines()) == len(messages)
        assert all(MESSAGE.match(line) or line.startswith("▌ ") for line in text.splitlines())


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_colour_adds_nothing_but_colour(lang):
    for path in CAPTURES:
        happened = list(analyse([path]))
        coloured = tail_of(happened, 100, colour=True, lang=lang)
        plain = tail_of(happened, 100, lang=lang)

        assert [line.rstrip() for line in SGR.sub("", coloured).splitlines()] == [
            line.rstrip() for line in plain.splitlines()
        ]


def test_nothing_is_cut_where_there_is_no_screen():
    text = tail_of(analyse([SAMPLES / "stuck-on-trying.pcap"]))

    assert "the next hop has the call request and works on it (after 4.0 ms)\n" in text
    assert "…" not in text
    assert sum(line.startswith("▌   Seen") for line in text.splitlines()) == 3


def test_on_a_narrow_screen_the_meaning_stays_and_the_word_for_its_mark_and_the_delay_go():
    ladder = """
alice = 192.0.2.10:5060
bob   = 192.0.2.20:5060

0.0  alice -> bob  INVITE
0.1  alice <- bob  503
    """
    happened = list(events(ladder))

    def line(width):
        return next(each for each in tail_of(happened, width).splitlines() if " 503 " in each)

    wide = line(None)
    meaning = re.search(r"problem: (.*) \(after", wide)[1]
    widths = range(80, len(wide) + 1)
    assert f"problem: {meaning} (after" in line(widths[-1])
    shown = [("problem:" in line(width), "(after" in line(width), meaning in line(width)) for width in widths]
    assert set(shown) == {
        (True, True, True), (False, True, True), (False, False, True), (False, False, False)
    }  # fmt: skip
    assert " x 503 " in line(80)


@pytest.mark.parametrize("width", [60, 72, 80])
def test_on_a_narrow_screen_the_caller_gives_way_to_the_callee(width):
    happened = events(
        """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.0  alice -> bob  INVITE
    From: <sip:+442071838751@example.com>;tag=1
    To: <sip:+819012345678@example.com>
0.1  alice <- bob  486 Busy Here
        """
    )
    call = next(each for each in tail_of(happened, width).splitlines() if "INVITE" in each)

    assert "→ +819012345678" in call
    assert len(call) <= width


def test_the_next_step_is_told_once_for_each_rule():
    happened = list(analyse([SAMPLES / "stuck-on-trying.pcap"]))
    text = tail_of(happened)

    assert sum(isinstance(event, Finding) for event in happened) == 3
    assert text.count("▌   Next step") == 1


def test_repeats_are_counted():
    text = tail_of(
        events(
            """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060

0.0, 0.5, 1.5  alice -> bob  INVITE
3.2            alice <- bob  200 OK
3.7, 4.7       alice <- bob  200 OK
4.8            alice -> bob  ACK
6.7            alice <- bob  200 OK
6.8            alice -> bob  ACK
            """
        )
    )

    assert re.findall(r"   (\w[\w ]*?) \u00d7(\d+):", text) == [
        ("INVITE", "2"), ("INVITE", "3"), ("200 OK", "2"), ("200 OK", "3"), ("200 OK", "4"), ("ACK", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize("width", [None, 80])
@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_the_terminal_obeys_nothing_from_the_wire(payload, colour, width):
    text = tail_of(events_of(poisoned(payload), sample_rules.ALL), width, colour=colour)
    shown = SGR.sub("", text)

    assert not FORBIDDEN.search(shown)
    assert all(MESSAGE.match(line) or line.startswith("▌ ") for line in shown.splitlines())
    assert max(map(len, shown.splitlines())) < 4000
    text.encode("utf-8")


def test_an_old_terminal_gets_what_it_can_show():
    text = tail_of(analyse([SAMPLES / "stuck-on-trying.pcap"]), 100, encoding="ascii")

    assert text.isascii()
    assert "192.0.2.10      <- 198.51.100.1" in text
    assert "\n| ERROR" in text


@pytest.mark.parametrize(
    ("host", "port", "text"),
    [("192.0.2.1", 5060, "192.0.2.1"), ("192.0.2.1", 5061, "192.0.2.1:5061"),
     ("2001:db8::1", 5060, "2001:db8::1"), ("2001:db8::1", 5080, "[2001:db8::1]:5080")],
)  # fmt: skip
def test_the_usual_port_goes_without_saying(host, port, text):
    assert short_endpoint(Endpoint(host, port)) == text


@pytest.mark.parametrize("text", ["plain words", "電話を呼び出しています", "é́́", ""])
@pytest.mark.parametrize("room", range(-1, 30))
def test_shortened_text_fits(text, room):
    assert cells(fitted(text, room)) <= max(room, 0)
    assert cells(text) > room or fitted(text, room) == text


def test_names_are_stable_and_tell_calls_apart(monkeypatch):
    monkeypatch.setattr(call_names, "MAX_NAMED", 500)
    names = CallNames()
    latest = [f"{number}@192.0.2.1" for number in range(2000)]
    given = [names(call_id) for call_id in latest]

    assert len({name.text for name in given[-500:]}) == 500
    assert names(latest[-1]) == given[-1]
    assert CallNames()("1@192.0.2.1") == CallNames()("1@192.0.2.1")
    assert names("x" * 1_000_000).text.isascii()


@pytest.mark.parametrize("shade", call_names.SHADES)
def test_colours_stand_out_from_black_and_from_white(shade):
    steps = (0, 95, 135, 175, 215, 255)
    cube = shade - 16
    red, green, blue = (_linear(steps[place]) for place in (cube // 36, cube // 6 % 6, cube % 6))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert min(1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05) > 3.5  # WCAG 2.1 asks 3 of graphics


def _linear(value):
    part = value / 255
    return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
