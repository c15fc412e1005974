"""Pseudonyms are as long as what they stand for, of the same classes, different for different things, and never the thing itself."""

import ipaddress
import os
import string
import threading

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analyser.errors import UsageError
from analyser.redact.addresses import Addresses
from analyser.redact.key import LEAST, key_of
from analyser.redact.pseudonyms import EMERGENCY, KEPT, Pseudonyms
from analyser.sip.reach import is_private

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
HERE = Pseudonyms(KEY)
WORDS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=24).filter(
    lambda word: not word.isdigit() and word.lower() not in KEPT and not word.lower().startswith("z9hg4bk")
)
NUMBERS = st.text(string.digits, min_size=1, max_size=16)
ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))
ANY_TEXT = st.text(st.characters(max_codepoint=255), max_size=200)


def classes(text):
    return [
        "digit"
        if letter.isdigit()
        else "small"
        if "a" <= letter <= "z"
        else "capital"
        if "A" <= letter <= "Z"
        else letter
        for letter in text
    ]


@given(WORDS)
def test_every_character_of_a_word_changes_within_its_class(word):
    found = HERE.text(word)

    assert classes(found) == classes(word)
    assert all(one != other for one, other in zip(found, word, strict=True))
    assert found == Pseudonyms(KEY).text(word)


@given(WORDS, WORDS)
def test_different_words_have_different_pseudonyms_and_begin_alike_as_long_as_the_words_do(one, other):
    assume(one != other)
    left, right = HERE.word(one), HERE.word(other)
    alike = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )

    assert left != right
    assert left[:alike] == right[:alike]
    assert left[: alike + 1] != right[: alike + 1]


@given(WORDS)
def test_case_is_that_of_the_word(word):
    assert HERE.word(word.upper()).lower() == HERE.word(word.lower())


@given(st.sets(NUMBERS, min_size=2, max_size=20))
def test_numbers(numbers):
    found = {number: HERE.number(number) for number in numbers}

    assert len(set(found.values())) == len(numbers)
    for number, pseudonym in found.items():
        assert len(pseudonym) == len(number)
        assert [digit == "0" for digit in pseudonym] == [digit == "0" for digit in number]
        if number.strip("0") and number not in EMERGENCY:
            assert pseudonym != number


def test_the_same_number_in_two_spellings_has_its_digits_in_common():
    national, international = HERE.text("0312345678"), HERE.text("+81312345678")

    assert international[0] == "+"
    assert national[0] == "0"
    assert national[1:] == international[3:]
    assert HERE.user("+81-3-1234-5678").replace("-", "") == international


def test_what_everybody_calls_and_nobody_has_stays():
    for number in EMERGENCY:
        assert HERE.text(number) == number
    assert HERE.text("anonymous@anonymous.invalid") == "anonymous@anonymous.invalid"


@given(ADDRESSES)
def test_an_address_stays_one_of_its_kind_and_length(address):
    text = str(address)
    found = HERE.address(text)
    other = ipaddress.ip_address(found)

    assert len(found) == len(text)
    assert found == str(other)
    for kind in ("is_loopback", "is_unspecified", "is_multicast", "is_link_local"):
        assert getattr(address, kind) == getattr(other, kind)
    assert is_private(text) == is_private(found)
    if address.version == 4 and not (
        address.is_loopback or address.is_unspecified or text == "255.255.255.255"
    ):
        assert found != text


@given(st.sets(ADDRESSES, min_size=2, max_size=20))
def test_different_addresses_stay_different(addresses):
    assert len({HERE.address(str(address)) for address in addresses}) == len(addresses)


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_has_one_pseudonym_in_every_spelling(address):
    addresses = Addresses(KEY)
    canonical = ipaddress.ip_address(addresses.substitute(str(address)))

    assert ipaddress.ip_address(addresses.substitute(address.exploded)) == canonical
    assert ipaddress.ip_address(addresses.substitute(str(address).upper())) == canonical


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "172.16.9.1", "192.168.0.7", "100.64.3.2", "169.254.1.1", "fe80::1", "fd00::5"]
)
def test_private_networks_stay_so(address):
    found = HERE.address(address)

    assert is_private(found)
    assert found != address


@given(ANY_TEXT)
def test_text_keeps_its_length_and_its_punctuation(text):
    found = HERE.text(text)

    assert len(found) == len(text)
    assert [letter for letter in found if not letter.isalnum() and letter < "\x80"] == [
        letter for letter in text if not letter.isalnum() and letter < "\x80"
    ]


@given(st.text(max_size=60))
def test_utf8_stays_utf8(text):
    octets = text.encode("utf-8", "ignore")

    assert len(HERE.text(octets.decode("latin-1")).encode("latin-1").decode("utf-8").encode()) == len(octets)


@given(ANY_TEXT)
def test_a_key_decides(text):
    assert HERE.text(text) == Pseudonyms(KEY).text(text)


def test_another_key_gives_other_pseudonyms():
    text = "Quillfeather 0398765432 quokka.example.org 203.0.113.77 2001:db8::77"

    assert not set(Pseudonyms(OTHER_KEY).text(text).split()) & set(HERE.text(text).split())


def test_escapes_are_read_as_what_they_say():
    assert HERE.text("alice%40quokka.org") == HERE.text("alice@quokka.org").replace("@", "%40")
    assert HERE.text("%61lice").partition("lice")[0] != "%61"
    assert len(HERE.text("%61lice")) == len("%61lice")


@pytest.mark.parametrize("name", ["bruce.li", "Mr.Wu", "nguyen.lan"])
def test_a_short_name_behind_a_dot_is_no_ending_of_a_host(name):
    kept = name.rpartition(".")[2]

    assert not HERE.user(name).endswith(kept)
    assert not HERE.text(f"{name}@quokka.org").partition("@")[0].endswith(kept)
    assert HERE.text(f"{name}@quokka.org").endswith(".org")


def test_keys(tmp_path):
    file = tmp_path / "key"
    file.write_text("correct horse battery\n")

    assert key_of(str(file)) == key_of("correct horse battery")
    assert key_of("correct horse") != key_of("correct horse battery")
    with pytest.raises(UsageError):
        key_of("x" * (LEAST - 1))
    with pytest.raises(UsageError):
        key_of(str(tmp_path / "nothing"))


def test_a_key_through_a_pipe_is_what_comes_through_it(tmp_path):
    """And not its name, which is the same for everybody: --redact-key <(pass show key)."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("correct horse battery\n"))
    writer.start()
    found = key_of(str(pipe))
    writer.join()

    assert found == key_of("correct horse battery")


def test_a_folder_is_no_key_and_a_long_text_is_one(tmp_path):
    with pytest.raises(UsageError, match="Is a directory"):
        key_of(str(tmp_path))
    assert key_of("long " * 1000) != key_of("long " * 999)
