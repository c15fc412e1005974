"""A length of time is told in the unit of its rounded number."""

import pytest

from analyser.annotate.wording import (
    AlertMeaning,
    AlertName,
    AlertRemedy,
    Duration,
    Sentence,
    duration_text,
    said,
)

MS, S = 1_000_000, 1_000_000_000
MIN, H = 60 * S, 3600 * S


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0.0 ms"),
        (4 * MS, "4.0 ms"),
        (9_940_000, "9.9 ms"),
        (9_960_000, "10 ms"),
        (10 * MS, "10 ms"),
        (999_400_000, "999 ms"),
        (999_600_000, "1.0 s"),
        (S, "1.0 s"),
        (31_500 * MS, "31.5 s"),
        (99_940 * MS, "99.9 s"),
        (99_960 * MS, "1 min 40 s"),
        (100 * S, "1 min 40 s"),
        (119_400 * MS, "1 min 59 s"),
        (119_600 * MS, "2 min 0 s"),
        (H - 600 * MS, "59 min 59 s"),
        (H - 400 * MS, "1 h 0 min"),
        (2 * H - 31 * S, "1 h 59 min"),
        (2 * H - 29 * S, "2 h 0 min"),
        (48 * H - 31 * S, "47 h 59 min"),
        (48 * H - 29 * S, "2 d 0 h"),
        (72 * H - 31 * MIN, "2 d 23 h"),
        (72 * H - 29 * MIN, "3 d 0 h"),
    ],
)
def test_the_unit_is_that_of_the_rounded_number(nanoseconds, text):
    assert duration_text(nanoseconds, "en") == text
    assert str(Duration(nanoseconds)) == text
    assert not nanoseconds or duration_text(-nanoseconds, "en") == f"-{text}"


def test_an_alert_of_tls_has_name_meaning_and_remedy():
    template = Sentence("{name}: {meaning}. {remedy}")
    known = {"name": AlertName(48), "meaning": AlertMeaning(48), "remedy": AlertRemedy(48)}
    unknown = {"name": AlertName(200), "meaning": AlertMeaning(200), "remedy": AlertRemedy(200)}

    assert said(template, known, "tls", "en").startswith(
        "unknown_ca (48): the issuer of the certificate is not trusted. "
    )
    assert "信頼されていない" in said(template, known, "tls", "ja")
    assert said(template, unknown, "tls", "en") == (
        "200: an alert that no standard names. Look in the log of the side that sent it."
    )
    assert (
        said(template, unknown, "tls", "ja") == "200: 規格にないアラート. 送った側のログを確認してください。"
    )


def test_another_language_says_it_its_own_way():
    assert duration_text(999_600_000, "ja") == "1.0 秒"
