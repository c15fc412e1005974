"""The frame of every HTML page: style, script, and a Content-Security-Policy that lets in those two by their hashes
and nothing else, from nowhere.

Templates lie in `analyser/report/templates/`; all of them escape whatever is put into them. The script is written in
modules that import each other; a page has them in one piece, since a file that was mailed has nothing beside it to import.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analyser.codes import sentences
from analyser.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

STYLES: Final = ("style.css",)
SCRIPTS: Final = ("theme.js",)
"""The script of a page that does no more than light and dark."""

_IMPORT: Final = re.compile(r"^import\s[^;]*;\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(async )?(function|const|let|class)\b)", re.MULTILINE)


class PageWords:
    """The sentences of the page: `catalogue/<lang>/html.toml` by dotted key."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._known = sentences("html", lang)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its fields filled in."""
        template = self._known[key]
        return template.format(**values) if values else template

    def count(self, key: str, number: int, **values: object) -> str:
        """The sentence for one or for many."""
        return self(f"{key}.{'one' if number == 1 else 'many'}", number=f"{number:,}", **values)

    def group(self, prefix: str) -> dict[str, str]:
        """All sentences below a key, such as those of the script, by the rest of their keys."""
        return {key.removeprefix(prefix): said for key, said in self._known.items() if key.startswith(prefix)}


@cache
def environment() -> Environment:
    """Where the templates are, and how they are filled: everything is escaped, and nothing may be missing."""
    return Environment(
        loader=PackageLoader("analyser.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def frame(lang: str, scripts: Sequence[str] = SCRIPTS, styles: Sequence[str] = STYLES) -> dict[str, Any]:
    """What `base.html` needs; `scripts` are files of `templates/script/`, each before those that import it."""
    style = "".join(map(_source, styles))
    script = "".join(_plain(_source(f"script/{name}")) for name in scripts)
    return {
        "lang": lang,
        "tool": f"sip-analyser {__version__}",
        "policy": _policy(style, script),
        "style": Markup(style),  # noqa: S704 - ours
        "script": Markup(script),  # noqa: S704 - ours
        "words": PageWords(lang),
    }


def _source(name: str) -> str:
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), name)[0]


def _plain(module: str) -> str:
    """The module without its imports and exports: in one piece with those before it, it sees what they declare."""
    return _EXPORT.sub("", _IMPORT.sub("", module))


def _policy(style: str, script: str) -> str:
    """The value of Content-Security-Policy for a page with this style and this script."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
