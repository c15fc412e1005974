"""HTML pages of ladders, taken apart again."""

import base64
import io
import json
import zlib

from lxml import html as markup

from analyser.report.html import HtmlReport
from tests.report.runs import events_of, messages


def page_of(events, lang="en", **options):
    """The text of the page on these events."""
    stream = io.StringIO()
    report = HtmlReport(stream, lang, **options)
    for event in events:
        report.receive(event)
    report.finish()
    return stream.getvalue()


def page_of_ladders(*ladders, rules=(), lang="en", apart=100_000_000_000):
    """Several ladders one after the other, as if all were one capture."""
    exchange = [
        (time + number * apart, hop, of_its_own(octets, number))
        for number, ladder in enumerate(ladders)
        for time, hop, octets in messages(ladder)
    ]
    return page_of(events_of(exchange, rules), lang)


def of_its_own(octets, number):
    """The message as one of another call: ladders alike have the same Call-IDs and branches."""
    apart = b"%d-" % number
    return octets.replace(b"\r\nCall-ID: ", b"\r\nCall-ID: " + apart).replace(b"z9hG4bK", b"z9hG4bK" + apart)


def parsed(page):
    return markup.document_fromstring(page)


def block(page, name):
    """The data in a script element."""
    (element,) = parsed(page).xpath(f"//script[@id='{name}']")
    return json.loads(element.text)


def groups(page):
    """The groups of records, in order."""
    found = parsed(page).xpath("//script[starts-with(@id, 'group-')]")
    return [json.loads(zlib.decompress(base64.b64decode(element.text))) for element in found]


def records(page):
    return [record for group in groups(page) for record in group]
