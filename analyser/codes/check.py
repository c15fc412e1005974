"""The whole catalogue held against its own rules: every file, every key, and what one entry says of another.

Loading checks the entry that is asked for; this checks all of them, for the tests and for whoever edits
the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyser.codes.model import EVERY_METHOD
from analyser.codes.pairs import pair, pairs, rfc_of
from analyser.codes.schema import (
    DIALOGS,
    KPIS,
    LEVELS,
    LIKENESSES,
    REACHES,
    RETRIES,
    SENDERS,
    STATUSES,
    UNREGISTERED,
    check_table,
    check_words,
)
from analyser.codes.sentences import SENTENCES, SOURCE
from analyser.codes.store import CLASSES, Catalogue, ours
from analyser.codes.topics import FILES, Topics
from analyser.codes.translation import faults
from analyser.errors import CatalogueError

if TYPE_CHECKING:
    from pathlib import Path

    from analyser.codes.model import StatusCode

_SENTENCES = {
    "level": LEVELS,
    "retry": RETRIES,
    "sender": SENDERS,
    "reach": REACHES,
    "dialog": DIALOGS,
    "kpi": KPIS,
    "status": STATUSES[1:],
    "likeness": LIKENESSES,
}
"""What the facts may say, and the group of `explain.toml` that says it in words."""


def check_catalogue(root: Path | None = None) -> None:
    """Raise CatalogueError at the first fault, with file and key."""
    catalogue = ours() if root is None else Catalogue(root)
    catalogue.coded("q850.toml")  # a cause is a number; what it says is checked with the other topics
    for first in catalogue.coded("codes/unregistered.toml"):
        entry = catalogue.files.entry("codes/unregistered.toml", str(first))
        check_table(entry, UNREGISTERED, f"catalogue/codes/unregistered.toml: [{first}]")
    codes = catalogue.all_codes()
    for lang in catalogue.sentences.begun():
        catalogue.sentences.check_language(lang)
    for lang in catalogue.sentences.languages():
        _check_words(catalogue, lang)
        said = catalogue.sentences.all_of("explain", lang)
        for group, members in _SENTENCES.items():
            for member in members:
                if f"{group}.{member}" not in said:
                    raise CatalogueError(f"catalogue/{lang}/explain.toml: {group}.{member}: is missing")
        for code in codes:
            _check_code(catalogue, catalogue.status_code(code, lang), lang)
        _check_topics(catalogue, lang)
        _check_pairs(catalogue, lang)
        if lang != SOURCE:
            _check_sentences(catalogue, lang)
            for fault in faults(catalogue.files, lang):
                raise CatalogueError(fault)


def _check_sentences(catalogue: Catalogue, lang: str) -> None:
    """Each file of sentences is held against English when it is read."""
    for name in sorted(SENTENCES):
        catalogue.sentences.all_of(name, lang)
    catalogue.sentences.wire_words(lang)
    for path in sorted((catalogue.root / lang / "rules").glob("*.toml")):
        catalogue.sentences.rule_table(path.stem, lang)


def _check_words(catalogue: Catalogue, lang: str) -> None:
    """Words exist for what facts exist, and for nothing else."""
    for digit in CLASSES:
        name = f"codes/{digit}xx.toml"
        for code in catalogue.files.table(f"{lang}/{name}"):
            if code not in catalogue.files.table(name):
                raise CatalogueError(f"catalogue/{lang}/{name}: [{code}] has no facts in catalogue/{name}")
    name = "codes/unregistered.toml"
    words = dict(catalogue.files.table(f"{lang}/{name}"))
    fallbacks = words.pop("class", {})
    for digit in (0, *CLASSES):
        check_words(fallbacks.get(str(digit)), f"catalogue/{lang}/{name}: [class.{digit}]")
    for code, entry in words.items():
        check_words(entry, f"catalogue/{lang}/{name}: [{code}]")
    for code in sorted(catalogue.files.table(name).keys() ^ words.keys()):
        raise CatalogueError(f"catalogue/{lang}/{name}: [{code}] stands on one side only, facts or words")


def _check_code(catalogue: Catalogue, status: StatusCode, lang: str) -> None:
    facts = f"catalogue/codes/{status.status_class}xx.toml: [{status.code}]"
    words = f"catalogue/{lang}/codes/{status.status_class}xx.toml: [{status.code}]"
    if status.not_methods and EVERY_METHOD not in status.methods:
        raise CatalogueError(f"{facts}.not_methods: only beside methods = ['*']")
    for method in status.misused_on:
        if status.may_answer(method):
            raise CatalogueError(f"{facts}.misused_on: it may answer {method}")
    for header in status.headers:
        for method in header.methods:
            if not status.may_answer(method):
                raise CatalogueError(f"{facts}.headers: {header.name}: it may not answer {method}")
        if not header.condition:
            raise CatalogueError(f"{words}.headers: {header.name}: is missing")
    spare = catalogue.files.table(f"{lang}/codes/{status.status_class}xx.toml")[str(status.code)].get(
        "headers", {}
    )
    for name in sorted(spare.keys() - {header.name for header in status.headers}):
        raise CatalogueError(f"{words}.headers: {name}: is not among the facts")
    for method in status.by_method:
        if not status.may_answer(method) and method not in status.misused_on:
            raise CatalogueError(f"{words}.{method}: it may not answer {method}")
    for other in status.related:
        if other not in catalogue.all_codes():
            raise CatalogueError(f"{facts}.related: {other} is not registered")
        if status.code not in catalogue.status_code(other, lang).related:
            raise CatalogueError(f"{facts}.related: {other} does not name {status.code}")
    if isinstance(status.q850, int):
        catalogue.cause_name(status.q850)
    if not status.words.choose:
        raise CatalogueError(f"{words}.choose: is missing")
    if (status.http is None) is not (not status.likeness) or bool(status.likeness) is not bool(
        status.words.http
    ):
        raise CatalogueError(
            f"{words}.http: http and likeness in the facts and http in the words go together"
        )


def _check_topics(catalogue: Catalogue, lang: str) -> None:
    """Every entry of every kind can be read, and what it names exists."""
    topics = Topics(catalogue)
    for kind, file in FILES.items():
        for key in sorted(catalogue.files.table(f"{lang}/{file}").keys() ^ set(topics.keys(kind))):
            raise CatalogueError(f"catalogue/{lang}/{file}: [{key}] stands on one side only, facts or words")
        for key in topics.keys(kind):
            topic = topics.topic(kind, key, lang)
            for link in topic.see:
                if link == (kind, key):
                    raise CatalogueError(f"catalogue/{file}: [{key}].see: it names itself")
                if link.kind == "code" and int(link.key) not in catalogue.all_codes():
                    raise CatalogueError(f"catalogue/{file}: [{key}].see: {link.key} is not registered")
                if link.kind in FILES and link.key not in topics.keys(link.kind):
                    raise CatalogueError(f"catalogue/{file}: [{key}].see: there is no {link.kind} {link.key}")


def _check_pairs(catalogue: Catalogue, lang: str) -> None:
    """Every pair is of two registered codes, in order; and every document cited for a code has a title."""
    for key in sorted(
        catalogue.files.table(f"{lang}/pairs.toml").keys() ^ set(catalogue.files.keys("pairs.toml"))
    ):
        raise CatalogueError(f"catalogue/{lang}/pairs.toml: [{key}] stands on one side only, facts or words")
    for one, other in pairs(catalogue):
        if not one < other or not {one, other} <= set(catalogue.all_codes()):
            raise CatalogueError(
                f"catalogue/pairs.toml: [{one}-{other}]: two registered codes, the lower first"
            )
        pair(one, other, lang, catalogue)
    for code in catalogue.all_codes():
        ref = catalogue.status_code(code).ref
        if ref.startswith("RFC ") and rfc_of(ref, catalogue) is None:
            raise CatalogueError(f"catalogue/rfcs.toml: [{ref.split()[1]}] is missing; it defines {code}")
