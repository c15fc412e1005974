"""URIs, name-addrs and tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.sip.address import parse_name_addr, parse_uri, tag_of


@pytest.mark.parametrize(
    ("text", "scheme", "user", "host", "port"),
    [
        ("sip:bob@example.com", "sip", "bob", "example.com", None),
        ("SIPS:bob:secret@example.com:5061", "sips", "bob", "example.com", 5061),
        ("sip:example.com", "sip", "", "example.com", None),
        ("sip:[2001:db8::10]:5070", "sip", "", "2001:db8::10", 5070),
        ("sip:[2001:db8::10:5070]", "sip", "", "2001:db8::10:5070", None),
        ("sip:2001:db8::10", "sip", "", "2001:db8::10", None),
        ("sip:user;par=u%40example.net@example.com", "sip", "user;par=u%40example.net", "example.com", None),
        ("sip:a?b@example.com", "sip", "a?b", "example.com", None),
        ("tel:+1-201-555;phone-context=x", "tel", "+1-201-555", "", None),
        ("urn:service:sos", "urn", "service:sos", "", None),
        ("sip:", "sip", "", "", None),
        ("sip:bob@example.com:99999999999999999999", "sip", "bob", "example.com", None),
        ("bob", "", "", "bob", None),
        ("", "", "", "", None),
    ],
)
def test_uri(text, scheme, user, host, port):
    uri = parse_uri(text)
    assert (uri.scheme, uri.user, uri.host, uri.port) == (scheme, user, host, port)
    assert str(uri) == text


def test_uri_parameters_and_headers():
    uri = parse_uri("sip:bob@example.com:5060;Transport=TCP;lr?Replaces=a@b&x=y")
    assert uri.params == {"transport": "TCP", "lr": ""}
    assert uri.headers == "Replaces=a@b&x=y"
    assert (uri.user, uri.host, uri.port) == ("bob", "example.com", 5060)


@pytest.mark.parametrize(
    ("value", "display", "uri", "params"),
    [
        ("<sip:a@b>", "", "sip:a@b", {}),
        ('"A \\"B\\" <C>" <sip:a@b;lr>;tag=1;x', 'A "B" <C>', "sip:a@b;lr", {"tag": "1", "x": ""}),
        ("Two Words <sip:a@b>;q=0.5", "Two Words", "sip:a@b", {"q": "0.5"}),
        ("sip:a@b;tag=1;user=phone", "", "sip:a@b", {"tag": "1", "user": "phone"}),
        ('"no end <sip:a@b>;tag=1', "no end", "sip:a@b", {"tag": "1"}),
        ("<sip:a@b", "", "sip:a@b", {}),
        ('<sip:a@b>;x="a;tag=2,b";tag=1', "", "sip:a@b", {"x": "a;tag=2,b", "tag": "1"}),
        ("", "", "", {}),
        (";tag=1", "", "", {"tag": "1"}),
        ('"only a name"', "only a name", "", {}),
    ],
)
def test_name_addr(value, display, uri, params):
    address = parse_name_addr(value)
    assert (address.display, address.uri.text, address.params) == (display, uri, params)


def test_star():
    assert parse_name_addr("*").is_star
    assert not parse_name_addr("<sip:*>").is_star


PIECES = st.sampled_from(
    [
        '"',
        '"A"',
        "<",
        ">",
        "<sip:a@b>",
        ";",
        ";tag=1",
        "tag",
        "TAG",
        "=",
        ">;tag=",
        ";tag=",
        " ",
        "\t",
        "\\",
        "x",
        ",",
        ";x",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30))
def test_the_short_cut_to_the_tag_gives_what_the_whole_address_gives(value):
    assert tag_of(value) == parse_name_addr(value).tag
