"""The sentences that rules can say, read from their sources: every `Sentence("…")` in the syntax tree."""

import ast
from pathlib import Path

from analyser.sip import Defect

RULES = Path(__file__).parents[2] / "analyser/rules"
WORDING = RULES.parent / "annotate/wording.py"


def sentences_of(path):
    """The texts of the `Sentence(…)` calls of one module: each has one literal, or the description of a defect."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Sentence":
            (argument,) = node.args
            if isinstance(argument, ast.Attribute) and argument.attr == "desc":
                found += [defect.desc for defect in Defect]
                continue
            assert isinstance(argument, ast.Constant), f"{path}:{node.lineno}: a Sentence is a literal"
            found.append(argument.value)
    return found


def sentences_by_family():
    """Family -> texts. What stands outside of the families, or is said by several of them, is also in `shared`."""
    found = {}
    for path in sorted(RULES.rglob("*.py")):
        family = path.parent.name if path.parent != RULES else "shared"
        found.setdefault(family, set()).update(sentences_of(path))
    found.setdefault("shared", set()).update(sentences_of(WORDING))
    return found
