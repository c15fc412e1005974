"""The page of a comparison: nothing is loaded, nothing is reported, nothing from the wire runs."""

import pytest

from tests.report import stories
from tests.report.comparisons import compared_ladders, compared_samples
from tests.report.test_diff import HOSTILE, page_of

pytestmark = pytest.mark.browser

DOCUMENTS = {
    "hostile": lambda: compared_ladders(stories.HEALTHY, HOSTILE),
    "samples": lambda: compared_samples("healthy-call", "scanner"),
}


@pytest.mark.parametrize(
    "screen", [{"viewport": {"width": width, "height": 900}} for width in (1280, 390)], indirect=True
)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_page_of_a_comparison(screen, tmp_path, document):
    path = tmp_path / "page.html"
    path.write_text(page_of(DOCUMENTS[document]()), encoding="utf-8")
    page = screen.page
    page.on("dialog", lambda dialog: screen.complaints.append(f"dialog: {dialog.message}"))
    page.goto(path.as_uri())

    assert not screen.scrolls_sideways()
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
