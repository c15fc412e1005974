"""Two captures: what changed, in every form, whichever comes first."""

import io
import json
import re
import typing
from pathlib import Path

import jsonschema
import pytest

from analyser.report.diff import shapes
from analyser.report.diff import taken as taken_module
from analyser.report.diff.page import write_page
from analyser.report.diff.said import Said
from analyser.report.diff.taken import Taken, take
from analyser.report.diff.text import text_lines
from analyser.report.layout import cells
from analyser.report.output import plain_writer
from analyser.rules import all_rules
from tests.report import sample_rules, stories
from tests.report.comparisons import (
    calls,
    compared,
    compared_ladders,
    compared_samples,
    taken_of,
    taken_sample,
)
from tests.report.runs import events_of
from tests.report.test_hostile import FORBIDDEN, PAYLOADS, poisoned
from tests.support.samples import SAMPLES

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/diff.schema.json").read_text(encoding="utf-8"))
NAMES = sorted(path.stem for path in SAMPLES.glob("*.pcap"))
PAIRS = list(zip(NAMES, NAMES[1:] + NAMES[:1], strict=True))
HEALTHY = calls(40)
FAILING = calls(40, 20)


def text_of(document, lang="en", width=100):
    stream = io.StringIO()
    plain_writer(stream)(text_lines(document, Said(lang), width))
    return stream.getvalue()


def page_of(document, lang="en"):
    stream = io.StringIO()
    write_page(document, Said(lang), stream)
    return stream.getvalue()


def test_half_of_the_calls_fail():
    document = compared_ladders(HEALTHY, FAILING)

    assert document["different"] is True
    first = document["sentences"][0]
    assert first == "SER (Session Establishment Ratio) fell from 100.0 % to 50.0 %. That is worse."
    figures = {figure["id"]: figure for figure in document["figures"]}
    ser = figures["SER"]
    assert (ser["verdict"], ser["judged"], ser["change"], ser["a"]["of"]) == ("changed", "worse", -50.0, 40)
    assert ser["low"] < -50 < ser["high"] < 0
    assert figures["ISA"]["judged"] == "worse"
    assert figures["PDD"]["verdict"] == "same"
    codes = {code["name"]: (code["a"], code["b"], code["verdict"]) for code in document["codes"]}
    assert codes["503"] == (0, 20, "changed")
    [peer] = [peer for peer in document["peers"] if peer["host"] == "192.0.2.10"]
    assert (peer["failures_a"], peer["failures_b"], peer["judged"]) == (0, 20, "worse")
    assert peer["attempts_a"] == 80  # an INVITE and a BYE each; an ACK is no attempt


def test_what_got_better_is_said_so():
    document = compared_ladders(FAILING, HEALTHY)

    assert document["sentences"][-1] != document["sentences"][0]
    assert any(
        ("fell" in sentence and "ISA" in sentence) or "rose" in sentence for sentence in document["sentences"]
    )
    assert {figure["judged"] for figure in document["figures"] if figure["verdict"] == "changed"} == {
        "better"
    }


def test_noise_is_no_change():
    document = compared_ladders(calls(40, 2), calls(40, 5))

    assert document["different"] is False
    assert document["sentences"][0] == "Nothing changed beyond what chance alone gives."
    assert {figure["verdict"] for figure in document["figures"]} <= {"chance", "few", "same", "absent"}
    assert any("May be chance" in sentence for sentence in document["cautions"])


def test_a_few_calls_prove_nothing():
    document = compared_ladders(calls(3), calls(3, 3))

    assert document["different"] is False
    assert document["sentences"][0].startswith("So little was captured")
    assert "A: 3 answered" in document["sentences"][1].replace("in A", "A")
    assert any(sentence.startswith("So few calls") for sentence in document["cautions"])
    assert "sentences good" not in page_of(document)
    assert "sentences good" in page_of(compared_ladders(HEALTHY, HEALTHY))


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_beside_itself(name):
    document = compared_samples(name, name)

    assert document["different"] is False
    if document["captures"]:
        assert document["sentences"][-1] == "Nothing changed: the two captures say the same."
    assert {figure["verdict"] for figure in document["figures"]} <= {"same"}
    assert {finding["verdict"] for finding in document["findings"]} <= {"same"}


def test_busy_beside_healthy_tells_how_the_calls_ended():
    document = compared_samples("healthy-call", "busy")

    assert document["call"] is None
    assert document["captures"] is True
    assert document["sentences"][1] == (
        "How the calls ended in A: 1 answered. In B: 1 refused with 486 Busy Here, 1 refused with 603 Decline."
    )


def test_a_new_finding_with_its_example():
    document = compared_samples("healthy-call", "codec-mismatch-488")

    [finding] = document["findings"]
    assert (finding["rule"], finding["verdict"], finding["a"], finding["b"]) == ("offer-refused", "new", 0, 1)
    assert finding["certain"] is False
    assert finding["example_a"] is None
    assert finding["example_b"]["frames"] == [5, 1, 7]
    assert any(sentence.startswith("Only B: ") for sentence in document["sentences"])


def test_findings_are_held_against_the_number_of_calls():
    few = compared_ladders(calls(40), calls(40, 1, "486 Busy Here"))
    rules = sample_rules.ALL
    many = compared(taken_of(calls(40), rules), taken_of(calls(40, 30, "486 Busy Here"), rules))

    assert all(not finding["certain"] for finding in few["findings"])
    [busy] = [finding for finding in many["findings"] if finding["rule"] == "busy-callee"]
    assert (busy["verdict"], busy["certain"], busy["b"]) == ("new", True, 30)
    assert many["sentences"][0] == "New in B: the callee was busy (A: 0, B: 30)."


def test_the_length_of_a_capture_is_no_change():
    document = compared_ladders(calls(20), calls(40))

    assert document["different"] is False
    assert {count["verdict"] for count in (*document["codes"], *document["methods"])} == {"same"}


def test_captures_of_different_length_say_so():
    document = compared_samples("busy", "scanner")

    assert any(sentence.startswith("The captures differ in length") for sentence in document["cautions"])


def test_losses_are_told():
    one, other = taken_of(HEALTHY), taken_of(HEALTHY)
    other.summary.coverage.lost["capture"] = 12

    [caution] = compared(one, other)["cautions"]

    assert caution.startswith("B did not see everything, A did")
    assert "12 packets" in caution


def test_an_empty_capture():
    document = compared(taken_of(HEALTHY), take(events_of([]), Taken()))

    assert any(
        caution.startswith("Nothing of B was compared: it holds no SIP message")
        for caution in document["cautions"]
    )
    assert "no SIP message" in text_of(document)


def test_a_capture_that_claims_an_impossible_year():
    taken = taken_of(HEALTHY)
    taken.summary.first_time = taken.summary.last_time = 10**21

    document = compared(taken, taken_of(HEALTHY))

    assert document["a"]["first"] == "9999-12-31T23:59:59.999999999Z"
    assert "A  call.pcap\n   from 9999-12-31 23:59:59 UTC" in text_of(document)


SWAPPED = {
    "new": "gone",
    "gone": "new",
    "more": "fewer",
    "fewer": "more",
    "better": "worse",
    "worse": "better",
    "only-a": "only-b",
    "only-b": "only-a",
}
SIDES = {"a": "b", "b": "a"}


def mirrored(value, key=""):
    """The same with A and B changed over."""
    if isinstance(value, dict):
        turned = {}
        for name, inner in value.items():
            stem, line, side = name.rpartition("_")
            other = SIDES.get(name) or (f"{stem}{line}{SIDES[side]}" if side in SIDES and stem else name)
            turned[other] = mirrored(inner, name)
        if "change" in value and value["change"] is not None:
            turned["change"] = -value["change"] + 0.0
            turned["low"], turned["high"] = (
                None if bound is None else -bound + 0.0 for bound in (value["high"], value["low"])
            )
        return turned
    if isinstance(value, list):
        return [mirrored(inner) for inner in value]
    return SWAPPED.get(value, value) if key in ("verdict", "judged") else value


def comparable(document):
    """Without sentences, and in no order but that of the messages."""
    kept = {name: value for name, value in document.items() if name not in ("sentences", "cautions")}
    for name in ("findings", "figures", "codes", "methods", "peers", "products"):
        kept[name] = sorted(json.dumps(change, sort_keys=True) for change in kept[name])
    if kept["call"] is not None:
        call = {
            name: value for name, value in kept["call"].items() if name not in ("sentences", "differ_always")
        }
        for step in call["steps"]:
            step["fields"] = sorted(json.dumps(field, sort_keys=True) for field in step["fields"])
        kept["call"] = call
    return kept


@pytest.mark.parametrize(
    "pair", [*PAIRS, ("healthy-call", "codec-mismatch-488"), ("publish-412-loop", "publish-412-recovery")]
)
def test_the_other_way_round_is_the_mirror(pair):
    one, other = pair

    assert comparable(mirrored(compared_samples(one, other))) == comparable(compared_samples(other, one))


def test_the_other_way_round_of_many_calls_is_the_mirror():
    assert comparable(mirrored(compared_ladders(HEALTHY, FAILING))) == comparable(
        compared_ladders(FAILING, HEALTHY)
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_the_document_has_the_shape_of_the_schema(pair):
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(compared_samples(*pair))))


def test_the_schema_has_every_field():
    for name, shape in vars(shapes).items():
        if typing.is_typeddict(shape):
            described = SCHEMA if name == "Comparison" else SCHEMA["$defs"][name]
            assert list(described["properties"]) == described["required"] == list(shape.__annotations__), name
    assert SCHEMA["properties"]["schema"]["const"] == shapes.SCHEMA


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_every_line_of_the_text_fits(width, lang):
    for pair in PAIRS:
        text = text_of(compared_samples(*pair, lang), lang, width)
        assert max(map(cells, text.splitlines())) <= width, pair


ENGLISH = re.compile(r"\b(?:the|of|was|were|and|with|no|not|frames?|changed|nothing|call|messages?|beside)\b")


@pytest.mark.parametrize("pair", PAIRS)
def test_nothing_is_left_in_english(pair):
    document = compared_samples(*pair, "ja")
    said = [
        *document["sentences"],
        *document["cautions"],
        *(document["call"] or {"sentences": []})["sentences"],
    ]

    assert said
    assert not [
        sentence for sentence in said if ENGLISH.search(re.sub(r"\d{3} [A-Z][\w /]+|\([^)]*\)", "", sentence))
    ]
    assert "なし" in text_of(document, "ja") or document["call"] is None


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_form_obeys_what_the_wire_says(payload):
    poison = take(
        events_of(poisoned(payload), all_rules(), inputs=(payload.decode(errors="surrogateescape"),)), Taken()
    )
    document = compared(taken_of(stories.HEALTHY, all_rules()), poison)

    text = text_of(document)
    assert not FORBIDDEN.search(text)
    assert len(text) < 200_000
    page = page_of(document)
    assert not FORBIDDEN.search(page)
    page.encode("utf-8")


HOSTILE = stories.BUSY.replace("486 Busy Here", "486 </td><script>alert(1)</script>")


def test_the_page_escapes_what_the_wire_says():
    page = page_of(compared_ladders(stories.HEALTHY, HOSTILE))

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("pair", PAIRS)
def test_the_page_holds_what_the_text_says(pair, lang):
    document = compared_samples(*pair, lang)
    page = page_of(document, lang)

    assert f'<html lang="{lang}">' in page
    assert page.count("<article") == len(document["findings"])
    if document["call"] is not None and document["call"]["divergence"] is not None:
        assert page.count('class="divergence"') == 1


def test_a_capture_is_taken_in_bounded_memory(monkeypatch):
    monkeypatch.setattr(taken_module, "MAX_HOSTS", 1)
    monkeypatch.setattr(taken_module, "MAX_PRODUCTS", 1)
    taken = take(taken_events("scanner"), Taken())

    assert (len(taken.hosts), len(taken.products)) == (1, 1)
    assert taken.products_left_out > 0
    assert compared(taken, taken_sample("busy"))["left_out"]["products"] == taken.products_left_out


def taken_events(name):
    from analyser.pipeline import analyse

    return analyse([SAMPLES / f"{name}.pcap"], brief=True, release=True)
