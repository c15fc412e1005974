"""A browser, and pages of the samples to open in it."""

import os
import shutil

import pytest

from tests.support.command import run
from tests.support.samples import SAMPLES

CHROMIUM = (
    os.environ.get("SIP_ANALYSER_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)


@pytest.fixture(scope="package")
def browser():
    """One for all tests here. Closed behind them: while it runs there is an event loop, and the tshark engine refuses to run inside one."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright (pip install playwright)")
    if CHROMIUM is None:
        pytest.skip("needs Chromium (apt install chromium), or its path in SIP_ANALYSER_CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """The page of a sample, as a file; each is written once."""
    folder = tmp_path_factory.mktemp("pages")

    def write(sample, lang="en"):
        path = folder / f"{sample}.{lang}.html"
        if not path.exists():
            made = run("read", "--format", "html", "--lang", lang, "-o", path, SAMPLES / f"{sample}.pcap")
            assert made.returncode == 0, made.stderr
        return path

    return write


class Screen:
    """A page, and whatever it complains of or asks for."""

    def __init__(self, page):
        self.page = page
        self.complaints = []
        self.requests = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path, fragment=""):
        self.page.goto(f"{path.as_uri()}{fragment}")
        self.page.locator("#list table tbody tr").first.wait_for(state="attached")
        return self.page

    def scrolls_sideways(self):
        return self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )


@pytest.fixture
def screen(browser, request):
    """A fresh page 1280 pixels wide, or as a test asks with `parametrize("screen", [{...}], indirect=True)`. In the end it
    must have had no complaint, and have asked for nothing but the file itself."""
    wanted = {"viewport": {"width": 1280, "height": 900}} | getattr(request, "param", {})
    context = browser.new_context(**wanted)
    shown = Screen(context.new_page())
    yield shown
    context.close()
    assert shown.complaints == []
    assert [url for url in shown.requests if not url.startswith(("file://", "data:"))] == []
    assert len({url.split("#")[0] for url in shown.requests if url.startswith("file://")}) <= 2
