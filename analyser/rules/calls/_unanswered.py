"""What the rules on unanswered requests say alike: how often it was sent, what came instead, what the capture sees."""

from typing import NamedTuple

from analyser.annotate import Duration, Sentence
from analyser.rules.calls._legs import status
from analyser.rules.calls._silence import kept_trying, repeats, timed_out
from analyser.track import Ending, Transaction
from analyser.wire import Endpoint, Hop

ONLY_PROVISIONAL = Sentence(
    "{target} answered {method} from {source} with {status}, but no final response came within {waited}."
)
ONLY_PROVISIONAL_YET = Sentence(
    "{target} answered {method} from {source} with {status}, but no final response came before the capture ended, "
    "{waited} after the first copy."
)
ONLY_PROVISIONAL_SO_FAR = Sentence(
    "{target} answered {method} from {source} with {status}, but no final response has come so far, {waited} after the first copy."
)
NO_RESPONSE = Sentence("No response came within {waited}.")
NO_RESPONSE_YET = Sentence("No response came before the capture ended, {waited} after the first copy.")
NO_RESPONSE_SO_FAR = Sentence("No response has come so far, {waited} after the first copy.")
NOT_SEEN = Sentence("No response within {waited} is in this capture.")
NOT_SEEN_YET = Sentence("No response is in this capture, which ended {waited} after the first copy.")
NOT_SEEN_SO_FAR = Sentence("No response has been seen here so far, {waited} after the first copy.")
HEARD = Sentence(
    "The capture does hold other SIP from {target_host} to {source_host}, so it sees both directions."
)
UNHEARD = Sentence(
    "The capture holds nothing from {target_host} to {source_host}: {target_host} is down, out of reach or drops what it gets, "
    "or the capture sees one direction only."
)
MORE = Sentence("In all, {source_host} sent this there without an answer: {asked}.")
CONNECTED = Sentence(
    "A request leaves over {transport} only once a connection stands, so something does listen at {target}: look for this request in its log. Look in the "
    "capture whether {transport} sends the same octets again; then the connection is dead (a NAT or firewall has forgotten it, or {target} has restarted), "
    "and {source} has to notice that and open a new one."
)
"""What to do next where the request went over a connection."""
_LOST_BACK = Sentence(
    "{target_host} did send the request on (frame {frame}), but no response of its own comes back."
)


class Outcome(NamedTuple):
    """One thing said of the time that has passed: all of it, less because the capture ended, or less so far."""

    over: Sentence
    ended: Sentence
    so_far: Sentence

    def of(self, request: Transaction, *, over: bool) -> Sentence:
        """What is known of the request."""
        return self.over if over else self.so_far if request.ending is Ending.OPEN else self.ended


_PROVISIONAL = Outcome(ONLY_PROVISIONAL, ONLY_PROVISIONAL_YET, ONLY_PROVISIONAL_SO_FAR)
_PROVED = Outcome(NO_RESPONSE, NO_RESPONSE_YET, NO_RESPONSE_SO_FAR)
UNSEEN = Outcome(NOT_SEEN, NOT_SEEN_YET, NOT_SEEN_SO_FAR)


class Opening(NamedTuple):
    """How a note on a request without any response begins: what was sent."""

    repeated: Sentence
    once: Sentence
    stopped: Sentence
    """The client stopped early: it may have heard what the capture does not hold."""


class Account(NamedTuple):
    """The note, the values of its fields, and whether the request is proved to be unanswered for good."""

    note: list[Sentence]
    values: dict[str, object]
    lost: bool


def account(request: Transaction, copies: int, opening: Opening) -> Account:
    """Tell of a request without a final response; from `copies` copies on, silence is proved over UDP."""
    over = timed_out(request)
    first, hop = request.first, request.hop
    count = repeats(request) + 1
    proved = request.reliable or (count >= copies and (request.peer_heard or kept_trying(request)))
    if request.responses:
        note = [_PROVISIONAL.of(request, over=over)]
    elif proved:
        note = [opening.repeated if count > 1 else opening.once, _PROVED.of(request, over=over)]
    else:
        note = [opening.stopped if count > 1 else opening.once, UNSEEN.of(request, over=over)]
    if request.forwards:
        note.append(_LOST_BACK)
    elif not request.responses:
        note.append(HEARD if request.peer_heard else UNHEARD)
    source_host, target_host = hosts(hop)
    values: dict[str, object] = {
        "method": "re-INVITE" if request.method == "INVITE" else request.method,
        "source": hop.source,
        "target": hop.target,
        "source_host": source_host,
        "target_host": target_host,
        "transport": hop.transport,
        "copies": count,
        "sent": Duration(request.requests[-1].time - first.time),
        "waited": Duration(request.settled_at - first.time),
        "status": status(request.responses[0]) if request.responses else 0,
        "frame": request.forwards[0].first.frame if request.forwards else 0,
    }
    return Account(note, values, over and proved)


def hosts(hop: Hop) -> tuple[str | Endpoint, str | Endpoint]:
    """How the two sides of a hop are called; on one host it takes their ports to tell them apart."""
    source, target = hop.source, hop.target
    return (source, target) if source.host == target.host else (source.host, target.host)
