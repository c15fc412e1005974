"""The page of a comparison in Chromium: nothing is loaded, nothing is reported, nothing from the wire runs."""

import pytest

from tests.report import stories
from tests.report.comparisons import compared_ladders, compared_samples
from tests.report.test_diff import HOSTILE, page_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_of_a_comparison(browser, tmp_path, width):
    for number, document in enumerate(
        (compared_ladders(stories.HEALTHY, HOSTILE), compared_samples("healthy-call", "scanner"))
    ):
        path = tmp_path / f"{number}.html"
        path.write_text(page_of(document), encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 900})
        said, asked = [], []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("dialog", lambda dialog, said=said: said.append(dialog.message))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(path.as_uri())

        assert said == []
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click("#theme")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
        page.close()
