"""The HTML report in Chromium: what a person does with it, with the pointer and with the keyboard."""

import re
import shutil
import subprocess

import pytest

from tests.report import stories
from tests.report.pages import page_of, page_of_ladders
from tests.report.runs import events_of
from tests.report.test_hostile import poisoned

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SAMPLES = ("stuck-on-trying", "forked-call", "scanner", "tls-certificate-expired", "registration-expiry")


def shown_rows(page):
    return page.locator("#list tbody tr:has(a)")


def test_the_first_screen_says_what_is_wrong(screen, report):
    page = screen.open(report("stuck-on-trying"))
    first = page.locator(".verdict .first")

    assert "2 problems in 4 calls" in first.inner_text()
    heading = page.locator(".finding h3").first
    assert "The call hangs" in heading.inner_text()
    assert heading.bounding_box()["y"] < 900
    assert page.locator(".finding dt").all_inner_texts()[:4] == ["Seen", "Where", "Next step", "Standard"]


def test_the_example_of_a_finding_is_drawn_below_it(screen, report):
    page = screen.open(report("stuck-on-trying"))
    ladder = page.locator(".finding .example svg.ladder")
    ladder.wait_for()

    assert ladder.locator("a.arrow").count() == 12
    assert "100 Trying" in ladder.locator("a.arrow.chosen").text_content()
    assert "stuck-on-trying" in ladder.locator("a.arrow.chosen").text_content()


def test_a_finding_leads_to_its_arrow_and_back_comes_back(screen, report):
    page = screen.open(report("stuck-on-trying"))
    page.get_by_role("link", name="Show the arrow").first.click()
    chosen = page.locator("#call a.arrow.chosen")
    chosen.wait_for()

    assert re.search(r"#call-18/message-21$", page.url)
    assert "100 Trying" in chosen.text_content()
    box = chosen.bounding_box()
    assert 0 < box["y"] < 900 - box["height"]
    assert not page.locator("#overview").is_visible()
    page.go_back()
    page.locator("#overview").wait_for()
    assert not page.locator("#call").is_visible()


def test_an_address_with_an_arrow_can_be_mailed(screen, report):
    page = screen.open(report("stuck-on-trying"), "#call-18/message-21")
    page.locator("#call aside.message").wait_for()

    assert page.locator("#message-title").inner_text() == "100 Trying"
    assert "frame.number == 21" in page.locator("aside .filter").inner_text()
    assert page.evaluate("document.activeElement.id") == "message-title"


def test_an_address_of_a_call_that_is_not_there_says_so(screen, report):
    page = screen.open(report("stuck-on-trying"), "#call-4711")

    assert "not in this file" in page.get_by_role("alert").inner_text()
    assert page.locator("#overview").is_visible()


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("d54e3cba7d385745@192.0.2.40", 1),
        ("+44 2071838750", 2),
        ("442071838751", 1),
        ("dave", 2),
        ("487", 2),
        ("4xx", 2),
        ("BYE", 1),
        ("stuck-on-trying", 3),
        ("dave BYE", 1),
        ("nobody", 0),
    ],
)
def test_search(screen, report, search, found):
    page = screen.open(report("stuck-on-trying"))
    page.get_by_label("Search").fill(search)

    told = page.locator("#list [role=status]")
    told.filter(has_text=f"{found} of 4" if found != 4 else "All 4").wait_for()
    assert shown_rows(page).count() == found
    page.get_by_role("button", name="Clear").click()
    told.filter(has_text="All 4").wait_for()


def test_choices_by_severity_rule_code_and_method(screen, report):
    page = screen.open(report("scanner"))
    everything = shown_rows(page).count()
    for name, value in (
        ("Finding", "warning"),
        ("Rule", "extension-enumeration"),
        ("Code", "404"),
        ("Kind", "call"),
    ):
        page.get_by_label(name, exact=True).select_option(value)
        assert 0 < shown_rows(page).count() < everything, name
        page.get_by_label(name, exact=True).select_option("")
    assert shown_rows(page).count() == everything


def test_the_list_is_sorted_by_its_heads(screen, report):
    page = screen.open(report("stuck-on-trying"))

    def sources():
        return page.locator("#list td.c-source").all_inner_texts()

    in_time = sources()
    page.get_by_role("button", name="From").click()
    assert sources() == sorted(in_time)
    assert page.locator("th.c-source").get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="From").click()
    assert sources() == sorted(in_time, reverse=True)
    page.get_by_label("Order").select_option("severity")
    assert page.locator("#list tbody tr").first.locator(".badge").inner_text() == "✕ Error"


def test_the_list_says_what_came_where_there_is_no_outcome(screen, report):
    page = screen.open(report("scanner"))

    outcomes = page.locator("#list tbody td.c-outcome").all_inner_texts()
    assert outcomes[:6] == ["no response"] * 4 + ["200", "no response"]


def test_a_long_list_comes_in_pages(screen, tmp_path):
    path = tmp_path / "many.html"
    path.write_text(page_of_ladders(*[stories.BUSY] * 120), encoding="utf-8")
    page = screen.open(path)

    assert shown_rows(page).count() == 25
    for _ in range(4):
        page.get_by_role("button", name="Next").click()
    assert "Page 5 of 5" in page.locator(".pager").inner_text()
    assert shown_rows(page).count() == 20
    assert page.get_by_role("button", name="Next").is_disabled()


def test_a_message_opens_and_explains_itself(screen, report):
    page = screen.open(report("stuck-on-trying"), "#call-18")
    page.locator("#call a.arrow").nth(8).click()
    panel = page.locator("aside.message")
    panel.wait_for()

    assert "487 Request Terminated" in panel.inner_text()
    assert "When it is seen" in panel.text_content()
    assert "SIP/2.0 487" in panel.locator("pre").inner_text()
    field = panel.locator("button.field", has_text="Via").first
    tip = page.get_by_role("tooltip")
    field.hover()
    tip.wait_for()
    assert "branch that names its transaction" in tip.inner_text()
    page.mouse.move(2, 2)
    tip.wait_for(state="hidden")
    panel.locator("button.field", has_text="Call-ID").focus()
    tip.wait_for()
    assert "Call-ID" in tip.inner_text()
    page.keyboard.press("Escape")
    tip.wait_for(state="hidden")
    assert panel.is_visible()
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    assert page.url.endswith("#call-18")


def test_the_display_filter_can_be_copied(screen, report):
    page = screen.open(report("stuck-on-trying"), "#call-18/message-21")
    page.get_by_role("button", name="Copy the Wireshark display filter").click()

    page.locator(".copy [role=status]").filter(has_text=re.compile("copied|marked")).wait_for()


def test_time_to_scale_and_the_table(screen, report):
    page = screen.open(report("stuck-on-trying"), "#call-18")
    ladder = page.locator("#call svg.ladder")
    ladder.wait_for()
    compact = ladder.bounding_box()["height"]
    scale = page.get_by_role("button", name="Time to scale")
    scale.click()

    assert scale.get_attribute("aria-pressed") == "true"
    assert ladder.bounding_box()["height"] > compact + 1000
    page.get_by_role("button", name="As a table").click()
    rows = page.locator("#call table.messages tbody tr")
    assert rows.count() == 12
    assert not ladder.is_visible()
    rows.nth(3).get_by_role("link").click()
    page.locator("aside.message").wait_for()


def test_hops_forwards_and_retransmissions_are_told_apart(screen, report):
    page = screen.open(report("ack-lost-behind-nat"), "#call-1")
    page.locator("#call svg.ladder").wait_for()

    dash = "getComputedStyle(document.querySelector('#call .arrow{}:not(.chosen) .shaft')).strokeDasharray"
    assert page.evaluate(dash.format(".retransmission")) not in ("none", "")
    assert page.evaluate(dash.format(".request:not(.retransmission)")) == "none"
    assert page.locator("#call .legend").get_by_text("sent again").is_visible()
    screen.open(report("stuck-on-trying"), "#call-18")
    page.locator("#call .arrow.forward .tip.open").first.wait_for()
    assert page.locator("#call .legend").get_by_text("passed on").is_visible()
    assert page.locator("#call line.lifeline").count() == 3


@pytest.mark.parametrize("screen", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True)
def test_light_and_dark(screen, report):
    page = screen.open(report("stuck-on-trying"))
    button = page.get_by_role("button", name="Dark")

    def ground():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    before, pressed = ground(), button.get_attribute("aria-pressed")
    button.click()
    assert {before, ground()} == {"rgb(255, 255, 255)", "rgb(20, 23, 27)"}
    assert button.get_attribute("aria-pressed") != pressed
    button.click()
    assert ground() == before


def test_all_of_it_with_the_keyboard(screen, report):
    page = screen.open(report("stuck-on-trying"))
    page.locator(".finding .example svg.ladder").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("Show the arrow"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.locator("aside.message").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Next message"
    page.keyboard.press("Enter")
    page.locator("#message-title").filter(has_text="CANCEL").wait_for()
    page.keyboard.press("Escape")
    page.locator("aside.message").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.getAttribute('data-message')") == "22"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("aside.message").wait_for()
    assert page.url.endswith("/message-23")


def test_what_a_screen_reader_is_given(screen, report):
    page = screen.open(report("stuck-on-trying"), "#call-18")
    arrow = page.locator("#call a.arrow").nth(3)
    arrow.wait_for()
    name = arrow.get_attribute("aria-label")

    assert "frame 21" in name
    assert "from 203.0.113.9:5080 to 198.51.100.1:5060: 100 Trying" in name
    assert "Error: stuck-on-trying" in name
    assert page.locator("#call svg.ladder").get_attribute("aria-label").startswith("Ladder: ")
    for button in page.locator("button:visible").all():
        assert (button.get_attribute("aria-label") or button.inner_text()).strip()


@pytest.mark.parametrize("screen", [PHONE], indirect=True)
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_phone_never_scrolls_sideways(screen, report, sample):
    page = screen.open(report(sample))
    page.wait_for_timeout(100)

    assert not screen.scrolls_sideways()
    shown_rows(page).first.get_by_role("link").click()
    page.locator("#call svg.ladder").wait_for()
    assert not screen.scrolls_sideways()
    page.locator("#call a.arrow").first.click()
    page.locator("aside.message").wait_for()
    assert not screen.scrolls_sideways()


@pytest.mark.parametrize("screen", [PHONE], indirect=True)
def test_a_tap_explains_a_header_field(screen, report):
    page = screen.open(report("stuck-on-trying"), "#call-18/message-21")
    page.locator("aside.message button.field").first.tap()

    page.get_by_role("tooltip").wait_for()
    box = page.get_by_role("tooltip").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_print_has_verdict_findings_and_ladders(screen, report, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext (apt install poppler-utils)")
    page = screen.open(report("stuck-on-trying"))
    page.locator(".finding .example svg.ladder").wait_for()
    path = tmp_path / "report.pdf"
    page.pdf(path=path, format="A4")
    text = " ".join(
        subprocess.run(
            ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
        ).stdout.split()
    )

    for said in (
        "2 problems in 4 calls",
        "the call hangs: the next server said that it is trying",
        "Next step",
        "RFC 3261 §17.1.1.2",
        "INVITE (SDP)",
        "34.6 s later",
        "Error: stuck-on-trying",
        "Key figures",
    ):
        assert said in text
    assert "Show the arrow" not in text


def test_without_javascript_the_findings_are_there(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report("stuck-on-trying").as_uri())

    assert page.locator(".finding h3").is_visible()
    assert page.locator("noscript").inner_text().startswith("Without JavaScript")
    assert not page.locator("#theme").is_visible()
    context.close()


PAYLOADS = {
    "end of script": b"</script><img src=x onerror=document.title='owned'>",
    "image": b"<img src=http://198.51.100.99/x onerror=document.title='owned'>",
    "link": b"<a href=javascript:document.title='owned'>x</a>",
    "separators and controls": "\u2028\u202e\x00\x1b[2J\x07".encode(),
    "surrogate": b"\xed\xb2\x80\xff",
    "long": b"A" * 60_000,
    "prototype": b"__proto__",
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_hostile_text_stays_text(screen, payload, tmp_path):
    path = tmp_path / "hostile.html"
    path.write_text(
        page_of(events_of(poisoned(payload), inputs=(payload.decode(errors="replace"),))), encoding="utf-8"
    )
    page = screen.open(path)
    keys = page.evaluate("[...document.querySelectorAll('#list tbody a')].map((link) => link.hash)")
    for key in keys[:6]:
        page.evaluate(f"location.hash = '{key}'")
        arrow = page.locator(f"#call a.arrow[href^='{key}/']").first
        arrow.wait_for()
        page.evaluate(f"location.hash = '{arrow.get_attribute('href')}'")
        page.locator("aside.message pre").wait_for()
        page.get_by_role("button", name="As a table").click()
        page.get_by_role("button", name="As a table").click()

    assert "owned" not in page.title()[:8]
    assert page.evaluate("document.querySelectorAll('img, iframe, a[href^=javascript]').length") == 0
    assert not screen.scrolls_sideways()


def test_rtp_is_drawn_as_a_band(screen, tmp_path):
    path = tmp_path / "media.html"
    path.write_text(changed_page(with_media), encoding="utf-8")
    page = screen.open(path, "#call-1")
    page.locator("#call svg.ladder").wait_for()

    assert page.locator("#call rect.media").count() == 2
    texts = page.locator("#call text.media-text").all_text_contents()
    assert len(texts) == 2
    assert "3,000 packets" in texts[0]
    assert page.locator("#call .legend").get_by_text("RTP seen").is_visible()


def changed_page(change):
    """The page of a healthy call whose record was changed."""
    import io

    from analyser.report.dossier import Dossier
    from analyser.report.html import write_page
    from tests.report.runs import events

    dossier = Dossier("en")
    for event in events(stories.HEALTHY):
        dossier.receive(event)
    (record,) = dossier.subjects()
    change(record)
    text = io.StringIO()
    write_page(text, dossier.head(), [record], "en")
    return text.getvalue()


def with_media(record):
    stream = {
        "start": 3.3,
        "end": 63.2,
        "packets": 3000,
        "payload_types": [0],
        "ssrc": [1],
        "from_": "192.0.2.10:4000",
        "to": "198.51.100.20:4000",
    }
    record["media"] = [{**stream, "source": 0, "target": 1}, {**stream, "source": 1, "target": 0}]


def test_an_excerpt_is_the_start_of_a_call_without_its_media(screen, tmp_path):
    def long_call(record):
        with_media(record)
        messages = record["messages"] * 4
        record["messages"] = [{**message, "number": number} for number, message in enumerate(messages, 1)]

    path = tmp_path / "long.html"
    path.write_text(changed_page(long_call), encoding="utf-8")
    page = screen.open(path)
    excerpt = page.locator("#first-ladders svg.ladder")
    excerpt.wait_for()

    assert excerpt.locator("a.arrow").count() == 16
    assert excerpt.locator("rect.media").count() == 0
    assert page.locator("#first-ladders").get_by_role("link", name="Open the whole ladder").is_visible()


def test_a_ladder_of_many_hops_keeps_its_notes_in_sight(screen, tmp_path):
    def many_hops(record):
        record["elements"] += [f"192.0.2.{place}:5060" for place in range(50, 56)]

    path = tmp_path / "hops.html"
    path.write_text(changed_page(many_hops), encoding="utf-8")
    page = screen.open(path, "#call-1/message-1")
    page.locator("#call aside.message").wait_for()

    place = page.locator("#call .drawn").bounding_box()
    notes = [note.bounding_box() for note in page.locator("#call text.note").all()]
    assert notes
    assert max(note["x"] + note["width"] for note in notes) <= place["x"] + place["width"]


def test_addresses_of_one_network_can_be_told_apart(screen, tmp_path):
    names = [f"[2001:db8:f037:2:a00:27ff:feb9:{last}]:5060" for last in ("1521", "3519")]

    def with_long_names(record):
        record["elements"] = names

    path = tmp_path / "names.html"
    path.write_text(changed_page(with_long_names), encoding="utf-8")
    page = screen.open(path, "#call-1")
    heads = page.locator("#call .lanes text.element")
    shown = [[span.text_content() for span in head.locator("tspan").all()] for head in heads.all()]
    assert shown == [[name.removesuffix(":5060"), ":5060"] for name in names]

    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#call svg.ladder.narrow").wait_for()
    short = [head.locator("tspan").first.text_content() for head in heads.all()]
    assert all("…" in name for name in short)
    assert len(set(short)) == 2


def test_it_speaks_japanese(screen, report):
    page = screen.open(report("stuck-on-trying", "ja"), "#call-18/message-21")
    page.locator("aside.message").wait_for()

    assert page.evaluate("document.documentElement.lang") == "ja"
    assert page.get_by_role("button", name="時間の縮尺どおり").is_visible()
    assert "100 Trying" in page.locator("#message-title").inner_text()


def test_who_goes_back_before_a_call_is_unpacked_stays_where_he_went(screen, tmp_path):
    path = tmp_path / "many.html"
    path.write_text(page_of_ladders(*[stories.BUSY] * 240), encoding="utf-8")
    page = screen.open(path)
    assert page.locator("#group-1").count() == 1
    page.evaluate(
        """() => new Promise((done) => {
          const back = () => { location.hash = "#calls"; setTimeout(done, 500); };
          addEventListener("hashchange", back, { once: true });
          location.hash = `#call-${Math.max(...JSON.parse(document.getElementById("index").textContent).key)}`;
        })"""
    )

    assert page.locator("#overview").is_visible()
    assert not page.locator("#call").is_visible()
    assert "→" not in page.title()
