"""Two messages, and where they say something else: for a call beside a call, and for two messages on a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.message_fields import differ_always, fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyser.report.message_fields import Field
    from analyser.sip import Request, Response

_PORT: Final = " port"
_NO_ROLES: Final[Mapping[str, str]] = {}


class FieldDifference(NamedTuple):
    """A field that does not mean the same in both; None where a message has no such field. Texts are from the wire."""

    part: str
    """`start-line`, `header`, `sdp` or `body`."""
    name: str
    one: str | None
    other: str | None
    members: bool
    """Whether the two texts are what each has and the other has not, of a list without order."""
    meaning: str
    """What both say: equal in another pair of messages that differs in the same way."""


def message_differences(
    one: Request | Response,
    other: Request | Response,
    roles: Mapping[str, str] = _NO_ROLES,
    other_roles: Mapping[str, str] = _NO_ROLES,
) -> list[FieldDifference]:
    """What differs in meaning, in the order of the first message, then what only the second has.

    `roles` and `other_roles` name the addresses of each, as in `message_fields`.
    """
    ones, others = fields_of(one, roles), fields_of(other, other_roles)
    ports = [key for key in (*ones, *others) if key.endswith(_PORT)]
    found = []
    for name in dict.fromkeys((*ones, *others)):
        mine, theirs = ones.get(name), others.get(name)
        meaning = "|".join(repr(field.meaning if field is not None else None) for field in (mine, theirs))
        if mine is not None and theirs is not None:
            if mine.meaning == theirs.meaning:
                continue
            if isinstance(mine.meaning, frozenset) and isinstance(theirs.meaning, frozenset):
                spare, lacking = mine.meaning - theirs.meaning, theirs.meaning - mine.meaning
                texts = _listed(spare), _listed(lacking)
                found.append(FieldDifference(mine.part, name, *texts, members=True, meaning=meaning))
                continue
        elif _follows(name, ones, others, ports):
            continue
        part = mine.part if mine is not None else theirs.part if theirs is not None else ""
        shown = mine.shown if mine else None, theirs.shown if theirs else None
        found.append(FieldDifference(part, name, *shown, members=False, meaning=meaning))
    return found


def passed_over(one: Request | Response, other: Request | Response) -> list[str]:
    """What of the two is not compared, because it is never the same in two messages."""
    return list(dict.fromkeys((*differ_always(one), *differ_always(other))))


def _listed(members: frozenset[object]) -> str:
    return ", ".join(sorted(map(str, members)))


def _follows(name: str, ones: Mapping[str, Field], others: Mapping[str, Field], ports: Sequence[str]) -> bool:
    """Whether a field of SDP is only in one message because the other has no SDP, no such medium, or has it switched off; `ports` are the
    fields of both that say whether a medium is on."""
    field, lacking = (ones[name], others) if name in ones else (others[name], ones)
    if field.part != "sdp" or name == "SDP":
        return False
    if "SDP" not in lacking:
        return True
    # `audio 2 codecs` begins like a field of `audio`, too: the longest name counts.
    medium = max((key for key in ports if _is_of(name, key)), key=len)
    port = lacking.get(medium)
    return port is None or port.meaning == "off"


def _is_of(name: str, key: str) -> bool:
    """Whether the field belongs to the medium whose port is under this key."""
    return name.startswith(key.removesuffix("port"))
