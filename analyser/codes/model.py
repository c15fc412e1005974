"""The records of the catalogue. All are frozen; tuples keep the order of the file.

The words of RFC 3261: §7.2 and §21 for the classes, §8.1.3.2 for codes that a client does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

METHODS: Final = (
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "REGISTER",
    "OPTIONS",
    "PRACK",
    "UPDATE",
    "INFO",
    "SUBSCRIBE",
    "NOTIFY",
    "PUBLISH",
    "REFER",
    "MESSAGE",
)
"""The methods that IANA lists."""

EVERY_METHOD: Final = "*"
"""In `StatusCode.methods`: every method except ACK, which nobody answers (RFC 3261 §17)."""

KINDS: Final = (
    "Not a SIP status code",
    "Provisional",
    "Successful",
    "Redirection",
    "Request Failure",
    "Server Failure",
    "Global Failure",
)
"""The classes by their first digit, in the words of RFC 3261 §21."""


class Words(NamedTuple):
    """What a code says, in one language, to one method or in general."""

    short: str
    """What it says in plain words, at most 60 characters."""
    meaning: str
    when: tuple[str, ...]
    fix: tuple[str, ...]
    retry: str
    """What the client must do next, and when it may try again."""
    pitfalls: str = ""
    choose: str = ""
    """By which a person decides that this is the right code."""
    origin: str = ""
    """Where an unregistered code comes from."""
    http: str = ""
    """Where the likeness with the status code of HTTP helps and where it misleads."""


class HeaderField(NamedTuple):
    """A header field that comes with a response."""

    name: str
    level: str
    """MUST, SHOULD, MAY; EXPECTED where practice or context demands it without such a word."""
    ref: str
    methods: tuple[str, ...] = ()
    """In responses to these methods only; empty means all that the code may answer."""
    conditional: bool = False
    """Whether it comes in some cases only, which `condition` says."""
    condition: str = ""
    """When it is there and what is in it, in the language of the entry."""


class StatusCode(NamedTuple):
    """Facts and words of one status code. For a code that is not registered it says so and tells what a
    client takes it for."""

    code: int
    phrase: str
    """The reason phrase of the registry; of an unregistered code the usual one, or nothing."""
    words: Words
    by_method: Mapping[str, Words]
    registered: bool = True
    ref: str = ""
    first_ref: str = ""
    """Where the code stood first, if `ref` has replaced an older document."""
    more_refs: tuple[str, ...] = ()
    status: str = "active"
    """active, deprecated or reserved."""
    methods: tuple[str, ...] = (EVERY_METHOD,)
    not_methods: tuple[str, ...] = ()
    misused_on: tuple[str, ...] = ()
    """Methods that it is met on, although the standard does not allow it."""
    headers: tuple[HeaderField, ...] = ()
    senders: tuple[str, ...] = ()
    not_senders: tuple[str, ...] = ()
    reach: str = "best"
    """How far it travels: hop, all, best, global, as-500 or proxies (RFC 3261 §16.7)."""
    retry: str = "no"
    retry_refs: tuple[str, ...] = ()
    dialog: str = "none"
    """What it does to a dialog (RFC 3261 §12, RFC 5057 §5)."""
    q850: int | str | None = None
    """The cause that RFC 3398 §8.2.6.1 maps it to; `by-warning`, `none`, or nothing where it lists none."""
    kpi: tuple[str, ...] = ()
    """How the ratios of RFC 6076 count an INVITE that ends so."""
    related: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()
    """Ids of the rules that judge responses with it."""
    http: int | None = None
    """The status code of HTTP that people think of."""
    likeness: str = ""
    """To that one: same, similar or misleading."""
    default_verdict: str = "problem"
    """normal, attention or problem, where nothing is known but the code."""
    treat_as: int | None = None
    """The code that a client takes an unregistered one for; None if it has no meaning in SIP."""

    @property
    def status_class(self) -> int:
        """The first digit of a SIP status code, 0 for any other number."""
        return self.code // 100 if 100 <= self.code <= 699 else 0

    @property
    def kind(self) -> str:
        """The name of its class."""
        return KINDS[self.status_class]

    @property
    def final(self) -> bool:
        """Whether it ends the transaction."""
        return self.status_class >= 2

    @property
    def refs(self) -> tuple[str, ...]:
        """The defining section, then others to read."""
        return (self.ref, *self.more_refs) if self.ref else self.more_refs

    @property
    def answers(self) -> tuple[str, ...]:
        """The methods that the standard lets it answer, in the order of `METHODS`."""
        return tuple(filter(self.may_answer, METHODS))

    @property
    def only_method(self) -> str:
        """The one method that it answers and is met on; empty where there are several."""
        answers = self.answers
        return answers[0] if len(answers) == 1 and not self.misused_on else ""

    def for_method(self, method: str) -> Words:
        """The words for a response to this method."""
        return self.by_method.get(method, self.words)

    def may_answer(self, method: str) -> bool:
        """Whether the standard lets it answer this method."""
        if method == "ACK" or method in self.not_methods:
            return False
        return EVERY_METHOD in self.methods or method in self.methods

    def headers_for(self, method: str) -> tuple[HeaderField, ...]:
        """The header fields of a response to this method."""
        return tuple(field for field in self.headers if not field.methods or method in field.methods)
