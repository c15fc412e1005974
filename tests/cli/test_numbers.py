# ruff: noqa: RUF001 - full-width digits are what a Japanese keyboard types
"""`--number`: one number in its spellings, and never another one."""

import pytest

from analyser.cli.numbers import wanted

TOKYO = ["0312345678", "+81312345678", "0081312345678", "03-1234-5678", "81312345678", "312345678",
         "+81-3-1234-5678", "(03) 1234 5678", "０３−１２３４−５６７８", "010 81 3 1234 5678",
         "%2B81312345678", "+81312345678;phone-context=example.com"]  # fmt: skip


@pytest.mark.parametrize("user", TOKYO)
@pytest.mark.parametrize("typed", ["0312345678", "+81312345678", "0081312345678", "03-1234-5678"])
def test_one_number_in_its_spellings(typed, user):
    assert wanted(typed)(user)


@pytest.mark.parametrize(
    ("typed", "users"),
    [
        ("+442071838750", ["02071838750", "00442071838750", "0114420 7183 8750", "442071838750"]),
        ("+12025550123", ["2025550123", "12025550123", "0012025550123"]),
        ("+39 06 698 00000", ["0669800000", "003906 69800000"]),
        ("+35318888888", ["018888888"]),
        ("alice", ["alice", "Alice"]),
        ("0312*", ["0312345678", "0312"]),
        ("*5678", ["+81312345678"]),
        ("+8131234????", ["+81312345678"]),
        ("sales-*", ["sales-east"]),
        ("110", ["110"]),
    ],
)
def test_what_is_meant(typed, users):
    for user in users:
        assert wanted(typed)(user), user


@pytest.mark.parametrize(
    ("typed", "others"),
    [
        ("110", ["0110", "1100", "+81110", "81110", "10", "0312345110", "+110", "00110"]),
        ("10", ["110", "010", "1010"]),
        ("+81312345678", ["+49312345678", "0412345678", "+813123456789", "12345678", "9312345678"]),
        ("0312345678", ["12345678", "2345678", "03123456780", "031234567", "+813123456", "10312345678"]),
        ("2345678", ["312345678", "0312345678", "+81312345678"]),
        ("200", ["2001", "1200", "+200200", "0200"]),
        ("alice", ["alice2", "malice", "", "al"]),
        ("*5678", ["56780"]),
        ("0312345678", ["0" * 70_000, "anonymous", "+", "%", "%zz"]),
    ],
)
def test_what_is_not(typed, others):
    for user in others:
        assert not wanted(typed)(user), user
