"""--with-excerpt: the page carries the packets behind what was found, and says what it had no room for."""

import base64
from pathlib import Path

import pytest
from lxml import html as markup

from analyser import Finding, Sighting, analyse
from analyser.excerpt import small
from analyser.report.page.enclosed import Enclosure, enclose, enclosed_in_page, frames_of
from tests.support.command import run
from tests.support.samples import SAMPLES

SAMPLE = SAMPLES / "stuck-on-trying.pcap"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    result = run("read", SAMPLE, "--format", "html", "--with-excerpt", "--lang", "en", "-o", path)
    assert result.returncode == 0, result.stderr
    return path


def of_the_page(page):
    (section,) = markup.fromstring(page.read_text(encoding="utf-8")).xpath("//section[@id='excerpt']")
    (link,) = section.xpath(".//a")
    return " ".join(section.text_content().split()), link


def test_the_excerpt_tells_of_the_same_findings(page, tmp_path):
    text, link = of_the_page(page)
    path = tmp_path / link.get("download")
    path.write_bytes(base64.b64decode(link.get("href").removeprefix("data:application/octet-stream;base64,")))
    before, after = (
        [(event.rule.id, event.note) for event in analyse([each]) if isinstance(event, Finding)]
        for each in (SAMPLE, path)
    )
    calls = {event.message.call_id for event in analyse([path]) if isinstance(event, Sighting)}

    assert path.name == "excerpt.pcapng"
    assert {rule for rule, _ in before} == {rule for rule, _ in after}
    assert len(before) == len(after) == len(calls) == 3
    assert f"captured: {sum(isinstance(event, Sighting) for event in analyse([path]))}. " in text
    assert "those of 3 calls" in text


@pytest.mark.browser
def test_a_browser_saves_it(page, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    if not Path("/usr/bin/chromium").exists():
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = browser.new_page(accept_downloads=True)
        troubles = []
        tab.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.goto(page.as_uri())
        with tab.expect_download() as waiting:
            tab.click("#excerpt a")
        name = waiting.value.suggested_filename
        waiting.value.save_as(tmp_path / "saved.pcapng")
        browser.close()
    _, link = of_the_page(page)

    assert name == "excerpt.pcapng"
    assert (tmp_path / "saved.pcapng").read_bytes() == base64.b64decode(link.get("href").partition(",")[2])
    assert troubles == []


def subject(severity, *frames):
    message = {"input": 0, "frames": list(frames), "frames_left_out": 0}
    return {"severity": severity, "messages": [message], "messages_left_out": 0}


def test_the_frames_are_those_of_subjects_with_findings():
    records = [subject("error", 1, 2), subject("notice", 7), subject("", 9), subject("error", 11)]

    assert list(frames_of(records)) == [({(0, 1), (0, 2)}, True), ({(0, 7)}, True)]


@pytest.mark.parametrize(("found", "cut_short"), [((3, ()), {1, 2}), ((2, {0}), {0, 1}), ((1, ()), set())])
def test_what_is_not_whole_is_counted(found, cut_short):
    records = [subject("error", 1), subject("error", 2), subject("error", 3)]
    records[1]["messages_left_out"] = 4
    records[2]["messages"][0]["frames_left_out"] = 1

    def cut(groups, watched_until):
        return Enclosure(b"x", len(groups), found[0], 3 - found[0], frozenset(found[1]))

    enclosed = enclose(cut, records, 0)

    assert enclosed.cut_short == cut_short
    told = [line for line in enclosed_in_page(enclosed, "en")["lines"] if "only a part" in line]
    assert len(told) == bool(cut_short)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_has_no_room_is_said(lang):
    none = enclosed_in_page(Enclosure(b"", 0, 0, 2), lang)
    some = enclosed_in_page(Enclosure(b"x", 1200, 3, 1), lang)

    assert none["octets"] == ""
    assert any("2" in line for line in none["lines"])
    assert len(none["lines"]) == len(some["lines"]) == 2
    assert "1,200" in some["lines"][0]
    assert "3" in some["lines"][0]


def test_a_healthy_capture_has_no_link(tmp_path):
    path = tmp_path / "report.html"
    run("read", SAMPLE.with_name("healthy-call.pcap"), "--format", "html", "--with-excerpt", "-o", path)
    (section,) = markup.fromstring(path.read_text(encoding="utf-8")).xpath("//section[@id='excerpt']")

    assert section.xpath(".//p")
    assert not section.xpath(".//a")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((SAMPLE, "--with-excerpt"), "is for --format html"),
        (("-", "--format", "html", "--with-excerpt", "-o", "x.html"), "can be read once"),
    ],
)
def test_where_it_cannot_be_one_line_says_so(arguments, said):
    result = run("read", *arguments)

    assert result.returncode == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_two_mebibytes_is_what_the_help_says():
    assert small.MAX_EXCERPT == 2 * 1024 * 1024
    assert "up to 2 MiB" in " ".join(run("read", "--help").stdout.split())
