"""Pages as Markdown: every text means only itself."""

import pytest

from analyser.codes import our_topics
from analyser.report.page_markdown import escaped, markdown
from analyser.report.topic_entry import TopicPage


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("64*T1 and 2*T2", r"64\*T1 and 2\*T2"),
        ("<sip:bob@example.com>", r"\<sip:bob@example.com\>"),
        ("`--set a_b`", "`--set a_b`"),
        ("a`b", r"a\`b"),
        ("1. first", r"1\. first"),
        ("- dash", r"\- dash"),
        ("-1 is a number", "-1 is a number"),
        ("a & b ~~ c", r"a \& b \~\~ c"),
    ],
)
def test_text_means_only_itself(text, written):
    assert escaped(text) == written


def test_a_line_without_label_belongs_to_the_one_above():
    page = markdown(TopicPage(our_topics().topic("q850", "21"), "en").document())

    assert "****" not in page
    assert "\n  403, or 603 " in page
