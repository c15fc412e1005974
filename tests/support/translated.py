"""What a language still has to translate, and the stamp on what it has: `python -m tests.support.translated ja [ENTRY…]`.

Without an entry it lists what is missing, different or older than its English. With entries (`codes/4xx.toml:412`,
`report.toml:title.call`, `rules/calls.toml:stuck-on-trying`, or `--all`) it notes in `catalogue/<lang>/digests.toml` that these
render the English of today. Stamp only what you have read.
"""

import sys

from analyser.codes.files import Files
from analyser.codes.sentences import DIGESTS, placeholders
from analyser.codes.translation import digest, english_entries, faults, stale, stamps
from analyser.rules import all_rules
from tests.support.catalogue import ROOT
from tests.support.sentences import sentences_by_family

HEAD = (
    "# The digest of the English that each entry renders; "
    "`python -m tests.support.translated LANG ENTRY` writes it.\n"
)


def rule_entries():
    """The digest of what each rule says of itself in English, by entry."""
    return {
        f"rules/{rule.family}.toml:{rule.id}": digest([rule.summary, rule.remedy, rule.explanation])
        for rule in all_rules()
    }


def rule_faults(files, lang):
    """What the rules say in English and the language does not, or the other way round."""
    words = {
        path.stem: files.table(f"{lang}/rules/{path.name}") for path in (ROOT / lang / "rules").glob("*.toml")
    }
    shared = words.get("shared", {}).get("sentences", {})
    for rule in all_rules():
        own = words.get(rule.family, {}).get(rule.id, {})
        for key in ("summary", "remedy", "explanation"):
            if not own.get(key):
                yield f"catalogue/{lang}/rules/{rule.family}.toml: [{rule.id}].{key}: is missing"
        for key in own.keys() - {"summary", "remedy", "explanation"}:
            yield f"catalogue/{lang}/rules/{rule.family}.toml: [{rule.id}].{key}: is too much"
    ids = {(rule.family, rule.id) for rule in all_rules()}
    said = sentences_by_family()
    for family, table in words.items():
        for rule_id in table.keys() - {"sentences"}:
            if (family, rule_id) not in ids:
                yield f"catalogue/{lang}/rules/{family}.toml: [{rule_id}]: there is no such rule"
        known = set().union(*said.values()) if family == "shared" else said.get(family, set())
        for text, translation in table.get("sentences", {}).items():
            if text not in known:
                yield f"catalogue/{lang}/rules/{family}.toml: no rule of it says: {text}"
            elif placeholders(text) != placeholders(translation):
                yield f"catalogue/{lang}/rules/{family}.toml: other placeholders than: {text}"
    for family, texts in said.items():
        for text in texts - words.get(family, {}).get("sentences", {}).keys() - shared.keys():
            yield f"catalogue/{lang}/rules/{family}.toml: is missing: {text}"
    yield from stale(files, lang, rule_entries())


def stamp(files, lang, entries):
    """Write the digests of these entries, and forget those that are no more."""
    current = english_entries(files) | rule_entries()
    unknown = [entry for entry in entries if entry not in current]
    if unknown:
        sys.exit(f"no such entry: {', '.join(unknown)}")
    kept = {entry: known for entry, known in stamps(files, lang).items() if entry in current}
    kept |= {entry: current[entry] for entry in entries}
    lines = [f'"{entry}" = "{kept[entry]}"\n' for entry in current if entry in kept]
    (ROOT / lang / DIGESTS).write_text(HEAD + "".join(lines), encoding="utf-8")


def main():
    if not sys.argv[1:]:
        sys.exit(__doc__)
    lang, *entries = sys.argv[1:]
    files = Files(ROOT)
    if entries:
        stamp(files, lang, list(english_entries(files) | rule_entries()) if entries == ["--all"] else entries)
    else:
        found = [*faults(files, lang), *rule_faults(files, lang)]
        sys.stdout.write("".join(f"{fault}\n" for fault in found) or "all is translated and current\n")


if __name__ == "__main__":
    main()
