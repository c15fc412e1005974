"""The refused calls of one source, grouped by who refused them and with what, so that a missing route is one finding and not five hundred."""

from collections.abc import Callable, Collection, Hashable
from typing import Any, Final, NamedTuple

from analyser.annotate import Clause, Sentence
from analyser.rules._refusals import Refusal, behind, dialled, refusal
from analyser.rules.calls._legs import MOST_RELATED, status_line
from analyser.rules.registration._attempts import attacks, failures, names
from analyser.sip import Response
from analyser.track import Call, Peer, Sighting
from analyser.wire import Endpoint

CLUES: Final = Sentence("The refusal adds: {clues}.")
MORE: Final = Sentence("{count} calls of {caller} met the same there: {numbers}.")
CAME_FROM: Final = Sentence("{server} wrote this refusal itself; it was passed on to {caller}.")


_REFUSED_BEHIND: Final = Sentence(
    "It had sent the call on to {behind}, which refused with {behind_line} (frame {behind_frame})."
)
_SILENT_BEHIND: Final = Sentence(
    "It had sent the call on to {behind} (frame {behind_frame}), and no response came back from there."
)
REMEDY_BEHIND: Final = Sentence(
    "Go to {behind} first, which refused the call with {behind_line}: what {server} answered only follows from that."
)


class Behind(NamedTuple):
    """What the server that refused had met behind it."""

    note: Sentence
    values: dict[str, Any]
    seen: list[Sighting]

    @property
    def refused(self) -> bool:
        """Whether that was a refusal, and not silence."""
        return self.note is _REFUSED_BEHIND


class Group(NamedTuple):
    """Calls of one source that met the same, in order; at least one."""

    calls: list[Refusal]

    @property
    def first(self) -> Refusal:
        return self.calls[0]

    @property
    def final(self) -> Sighting:
        """The first refusal, where it was written."""
        return self.first.final

    @property
    def answer(self) -> Response:
        """The same as a message."""
        message = self.first.final.message
        assert isinstance(message, Response)
        return message

    @property
    def related(self) -> list[Sighting]:
        """The messages of the first call, then the refusals of the others."""
        found = [*self.first.related, *(call.final for call in self.calls[1:])]
        return found[:MOST_RELATED]

    @property
    def caller(self) -> Endpoint | str:
        """Who called: the host alone where the calls came from several ports of it, as over connections."""
        sources = {call.invite.hop.source for call in self.calls}
        return self.first.invite.hop.source if len(sources) == 1 else self.first.invite.hop.source.host

    @property
    def behind(self) -> Behind | None:
        """Why the server refused the first of them, as far as the capture shows the hop behind it."""
        seen = behind(self.first)
        if seen is None:
            return None
        refused = isinstance(seen.message, Response)
        values = {
            "behind": seen.hop.source if refused else seen.hop.target,
            "behind_line": status_line(seen)[:64],
            "behind_frame": seen.frame,
        }
        return Behind(_REFUSED_BEHIND if refused else _SILENT_BEHIND, values, [seen])

    @property
    def numbers(self) -> list[str | Clause]:
        """What was called, the first few."""
        return names([dialled(call.sent) for call in self.calls], 4)


def refused_calls(
    peer: Peer,
    statuses: Collection[int],
    judge: Callable[[Refusal], bool] = lambda _: True,
    key: Callable[[Refusal], Hashable] = lambda _: None,
) -> list[Group]:
    """The calls of a source that ended with one of these status codes, by who wrote the refusal, the code and `key`.

    Calls that were answered at another attempt are left out, and everything of a source that the rules on security report.
    """
    if not any(method == "INVITE" and status in statuses for method, status in peer.statuses):
        return []
    groups: dict[Hashable, list[Refusal]] = {}
    for seen in failures(peer):
        if seen.method != "INVITE" or seen.status not in statuses:
            continue
        found = refusal(seen)
        if (
            found is not None
            and isinstance(seen.owner, Call)
            and seen.owner.answered is None
            and judge(found)
        ):
            groups.setdefault((found.final.hop.source.host, seen.status, key(found)), []).append(found)
    return [] if not groups or attacks(peer) else [Group(calls) for calls in groups.values()]
