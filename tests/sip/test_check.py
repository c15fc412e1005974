"""Every defect, each with the smallest message that has it."""

import time

import pytest

from analyser.sip import Defect, parse
from tests.sip.samples import defects, octets

D = Defect


@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        (D.MISSING_CALL_ID, {"Call_ID": None}),
        (D.MISSING_CSEQ, {"CSeq": None}),
        (D.MISSING_FROM, {"From": None}),
        (D.MISSING_TO, {"To": None}),
        (D.MISSING_VIA, {"Via": None}),
        (D.MISSING_MAX_FORWARDS, {"Max_Forwards": None}),
        (D.MISSING_FROM_TAG, {"From": "<sip:a@example.com>"}),
        (D.MISSING_BRANCH, {"Via": "SIP/2.0/UDP 192.0.2.1"}),
        (D.BRANCH_NO_COOKIE, {"Via": "SIP/2.0/UDP 192.0.2.1;branch=1"}),
        (D.BRANCH_BARE_COOKIE, {"Via": "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"}),
        (D.CONTENT_LENGTH_NEGATIVE, {"Content_Length": "-999"}),
        (D.CONTENT_LENGTH_MALFORMED, {"Content_Length": "many"}),
        (D.CONTENT_LENGTH_MALFORMED, {"Content_Length": "²"}),
        (D.CONTENT_LENGTH_TOO_LONG, {"Content_Length": "9999"}),
        (D.CSEQ_MALFORMED, {"CSeq": "one INVITE"}),
        (D.CSEQ_MALFORMED, {"CSeq": "1 INVITE please"}),
        (D.CSEQ_TOO_LARGE, {"CSeq": "36893488147419103232 INVITE"}),
        (D.CSEQ_METHOD_MISMATCH, {"CSeq": "1 OPTIONS"}),
        (D.MAX_FORWARDS_MALFORMED, {"Max_Forwards": "-1"}),
        (D.MAX_FORWARDS_TOO_LARGE, {"Max_Forwards": "256"}),
        (D.EXPIRES_MALFORMED, {"Expires": "Thu, 01 Dec 1994 16:00:00 GMT"}),
        (D.EXPIRES_TOO_LARGE, {"Expires": "1" * 60}),
        (D.EXPIRES_TOO_LARGE, {"Contact": "<sip:a@b>;expires=280297596632815"}),
        (D.RETRY_AFTER_MALFORMED, {"Retry_After": "soon"}),
        (D.RETRY_AFTER_TOO_LARGE, {"Retry_After": "949302838503028349304023988"}),
        (D.WARNING_MALFORMED, {"Warning": '1812 overture "In Progress"'}),
        (D.DATE_MALFORMED, {"Date": "Fri, 01 Jan 2010 16:00:00 EST"}),
        (D.VIA_MALFORMED, {"Via": "SIP/2.0 192.0.2.1;branch=z9hG4bK1"}),
        (D.VIA_MALFORMED, {"Via": "SIP/2.0/UDP ;branch=z9hG4bK1"}),
        (D.RECEIVED_BRACKETS, {"Via": "SIP/2.0/UDP a;branch=z9hG4bK1;received=[2001:db8::9:255]"}),
        (D.EMPTY_PARAMETER, {"Via": "SIP/2.0/UDP a;branch=z9hG4bK1;;"}),
        (D.EMPTY_PARAMETER, {"Via": "SIP/2.0/UDP a;branch=z9hG4bK1,,"}),
        (D.EMPTY_PARAMETER, {"Contact": '"Joe" <sip:joe@example.org>;;;;'}),
        (D.EMPTY_PARAMETER, {"Route": "<sip:a@b>,"}),
        (D.DISPLAY_NAME_UNQUOTED, {"To": "Watson, Thomas <sip:t@example.org>"}),
        (D.DISPLAY_NAME_UNQUOTED, {"To": '"Watson" Thomas <sip:t@example.org>'}),
        (D.QUOTE_UNTERMINATED, {"To": '"Mr. J. User <sip:j.user@example.com>'}),
        (D.BRACKET_UNTERMINATED, {"To": "<sip:j.user@example.com"}),
        (D.URI_WHITESPACE, {"To": '"Watson" < sip:t@example.org >'}),
        (D.URI_WHITESPACE, {"To": "<sip:t watson@example.org>"}),
        (D.URI_NEEDS_BRACKETS, {"Contact": "sip:user@example.com?Route=%3Csip:sip.example.com%3E"}),
        (D.URI_MALFORMED, {"To": "bob@example.com"}),
        (D.URI_MALFORMED, {"To": ""}),
        (D.URI_MALFORMED, {"To": "<>;tag=1"}),
        (D.HOST_MALFORMED, {"To": "<sip:bob@>"}),
        (D.HOST_MALFORMED, {"To": "<sip:2001:db8::10>"}),
        (D.HOST_MALFORMED, {"To": "<sip:bob@[2001:db8:::192.0.2.1]>"}),
        (D.HOST_MALFORMED, {"Via": "SIP/2.0/UDP 2001:db8::1;branch=z9hG4bK1"}),
        (D.PORT_MALFORMED, {"To": "<sip:bob@example.com:70000>"}),
        (D.PORT_MALFORMED, {"Via": "SIP/2.0/UDP 192.0.2.1:x;branch=z9hG4bK1"}),
        (D.CONTROL_CHARACTER, {"Subject": "a\x01b"}),
        (D.BARE_CR, {"Subject": "a\rb"}),
        (D.MALFORMED_HEADER, {"Sub ject": "a"}),
    ],
)
def test_header_defects(expected, fields):
    assert defects(**fields) == {expected}


@pytest.mark.parametrize(
    ("expected", "start"),
    [
        (D.VERSION_UNSUPPORTED, "INVITE sip:a@b SIP/7.0"),
        (D.VERSION_CASE, "INVITE sip:a@b sip/2.0"),
        (D.START_LINE_WHITESPACE, "INVITE  sip:a@b  SIP/2.0"),
        (D.START_LINE_WHITESPACE, "INVITE sip:a@b SIP/2.0  "),
        (D.START_LINE_WHITESPACE, "INVITE\tsip:a@b SIP/2.0"),
        (D.REQUEST_URI_BRACKETS, "INVITE <sip:a@b> SIP/2.0"),
        (D.REQUEST_URI_WHITESPACE, "INVITE sip:a@b; lr SIP/2.0"),
        (D.REQUEST_URI_HEADERS, "INVITE sip:a@b?Route=%3Csip:c%3E SIP/2.0"),
        (D.REQUEST_URI_MALFORMED, "INVITE bob SIP/2.0"),
        (D.HOST_MALFORMED, "INVITE sip:2001:db8::10 SIP/2.0"),
        (D.STATUS_CODE_OUT_OF_RANGE, "SIP/2.0 4294967301 better not"),
        (D.STATUS_CODE_OUT_OF_RANGE, "SIP/2.0 0200 OK"),
        (D.STATUS_CODE_OUT_OF_RANGE, "SIP/2.0 700 x"),
        (D.STATUS_LINE_SPACE, "SIP/2.0 200"),
        (D.START_LINE_WHITESPACE, "SIP/2.0  200 OK"),
    ],
)
def test_start_line_defects(expected, start):
    assert defects(start) == {expected}


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (D.REPEATED_CALL_ID, "i: other"),
        (D.REPEATED_CSEQ, "CSeq: 1 INVITE"),
        (D.REPEATED_FROM, "f: <sip:x@y>;tag=1"),
        (D.REPEATED_TO, "To: <sip:x@y>"),
        (D.REPEATED_MAX_FORWARDS, "Max-Forwards: 5"),
        (D.REPEATED_CONTENT_LENGTH, "l: 00"),
        (D.CONTENT_LENGTH_CONFLICT, "l: 5"),
        (D.MALFORMED_HEADER, "no colon"),
        (D.MALFORMED_HEADER, ": no name"),
        (D.BARE_LF, "Subject: a\nSubject: b"),
    ],
)
def test_defects_of_a_further_line(expected, line):
    message = parse(octets()[:-2] + line.encode() + b"\r\n\r\n")
    assert message is not None
    assert message.defects == (expected,)


def test_two_values_of_a_field_that_may_come_once():
    lines = octets()[:-2] + b"Expires: 60\r\nExpires: %d\r\n\r\n"
    differ, same = parse(lines % 90), parse(lines % 60)
    assert differ is not None
    assert same is not None
    assert differ.defects == (D.REPEATED_HEADER,)
    assert same.defects == ()


def test_octets_behind_the_body_do_not_break_a_message():
    message = parse(octets() + octets())
    assert message is not None
    assert message.defects == (D.TRAILING_OCTETS,)
    assert not D.TRAILING_OCTETS.broken


def test_a_head_without_end():
    message = parse(octets()[:-2])
    assert message is not None
    assert message.defects == (D.UNTERMINATED_HEAD,)


@pytest.mark.parametrize(
    "fields",
    [
        {"To": "sip:bob@example.com;tag=1"},
        {"To": "tel:+358-555-1234567;tag=1"},
        {"To": "<http://www.example.com>"},
        {"To": '"quoted \\" name"<sip:bob@example.com>'},
        {"To": "two tokens <sip:bob@[2001:db8::1]:5060;transport=tcp?Subject=x>"},
        {"To": "<sip:user;par=u%40example.net@example.com>"},
        {"To": "<sip:a?b@example.com>"},
        {"Contact": "*"},
        {"Contact": '<sip:a@b>;q=0.5;expires=60, "B, C" <sip:c@d>'},
        {"Contact": '<sip:a@b>;+sip.instance="<urn:uuid:0>"'},
        {"Refer_To": "<sip:a@b?Replaces=1%40b%3Bto-tag%3D2>"},
        {"Retry_After": "18000;duration=3600"},
        {"Retry_After": "120 (I'm in a meeting)"},
        {"Warning": '307 isi.edu "Session parameter \'foo\' not understood", 301 isi.edu "no"'},
        {"Date": "Sat, 13 Nov 2010 23:29:00 GMT"},
        {"Via": "SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK1, SIP / 2.0 / UDP host ;rport"},
        {"Max_Forwards": "0068"},
        {"X_Anything": ";;,,\\x"},
    ],
)
def test_what_the_standard_allows_is_no_defect(fields):
    assert defects(**fields) == set()


def test_a_quote_without_end_takes_linear_time():
    """A packet of 60 KB, which is nothing but escaped quotes in one of its addresses, took half a minute."""

    def seconds(size):
        message = parse(octets(From='"' + '\\"' * (size // 2)))
        begin = time.process_time()
        assert D.QUOTE_UNTERMINATED in message.defects
        return time.process_time() - begin

    small, large = seconds(4_000), seconds(32_000)
    assert large < 8 * 4 * small
