"""A PUBLISH that is refused with 412: the entity-tag that it names is not one that the server has (RFC 3903 §5, §6)."""

from collections.abc import Iterator, Sequence
from typing import Any

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._refusals import origin
from analyser.rules.registration._attempts import times
from analyser.track import Ending, Publication, Sighting, Transaction
from analyser.wire import SECOND, Endpoint

_WITHOUT_TAG = Sentence(
    "{server} answered 412 to a PUBLISH of {source} for {uri} that names no entity-tag (no SIP-If-Match, "
    "{times}): there is no precondition that could have failed."
)
_WITHOUT_TAG_REMEDY = Sentence(
    "Look at the presence server {server}: a PUBLISH without SIP-If-Match is an initial one and 412 is no "
    "answer to it. The publisher can do nothing about it."
)

_UNSEEN = Sentence(
    "{server} does not know the entity-tag {tag} of {uri}; who issued it is not seen in this capture."
)
_EXPIRED = Sentence(
    "{server} does not know the entity-tag {tag} of {uri}: it was issued in frame {issued} for {granted} s, "
    "and the refresh came {late} too late."
)
_REPLACED = Sentence(
    "{server} does not know the entity-tag {tag} of {uri}: it was issued in frame {issued}, but the newer tag "
    "{newer} of frame {newer_frame} has replaced it."
)
_ELSEWHERE = Sentence(
    "{server} does not know the entity-tag {tag} of {uri}: another server, {issuer}, issued it in frame {issued}, "
    "{age} before."
)
_FORGOTTEN = Sentence(
    "{server} does not know the entity-tag {tag} of {uri} that it issued itself in frame {issued}, {age} "
    "before, and that had not run out: it has restarted or lost its state."
)
_WHY_REMEDY = {
    _UNSEEN: Sentence(
        "Find out whether the server {server} has restarted, or whether the tag is from an earlier life of the publisher."
    ),
    _EXPIRED: Sentence(
        "Let the publisher {source} refresh well before the Expires that the server grants, not the one that it asked for."
    ),
    _REPLACED: Sentence(
        "Let the publisher {source} use the SIP-ETag of the latest 200 OK: every 200 OK issues a new one."
    ),
    _ELSEWHERE: Sentence(
        "Let the servers share their publications, or keep each publisher on one server; compare the two addresses with your load balancing."
    ),
    _FORGOTTEN: Sentence(
        "Look at the log of {server} at the time of frame {issued} and after: restart, memory limit, or a cluster node without the state."
    ),
}

_RECOVERED = Sentence(
    "The publisher did the right thing, a new PUBLISH without a tag, and it was accepted {after} later."
)
_NEWER = Sentence("The publisher went on with the newer tag, which was accepted {after} later.")
_REPEATED = Sentence("The publisher went on with the same dead tag in frame {next_frame}.")
_UNANSWERED = Sentence(
    "The publisher then sent a PUBLISH without a tag (frame {next_frame}), whose success is not seen in this capture."
)
_EMPTY = Sentence(
    "The PUBLISH without a tag that followed (frame {next_frame}) has no body, so it publishes nothing."
)
_OTHER_TAG = Sentence(
    "The publisher then used another tag in frame {next_frame}, without success in this capture."
)
_GAVE_UP = Sentence(
    "The publisher sent nothing more for it in the {waited} after the refusal, so others see an old state or none."
)
_ENDED = Sentence("The capture ends {waited} after the refusal, so what the publisher did next is not seen.")
_ENDED_WITH_IT = Sentence("The capture ends with the refusal, so what the publisher did next is not seen.")
_TO_COME = Sentence("What the publisher does next is still to come.")
_LOOP = Sentence("There are {count} such refusals, {within} of them within {span}: a loop.")
_LOOP_ALL = Sentence("There are {count} such refusals within {span}: a loop.")
_COUNT = Sentence("There are {count} such refusals in all.")

_CLIENT_REMEDY = Sentence(
    "Mend the publisher {source}: on 412 it must throw the entity-tag {tag} away and publish from scratch, "
    "without SIP-If-Match and with the body."
)


@rule(
    "publish-precondition-failed",
    on=Publication,
    severity=Severity.WARNING,
    summary="the server no longer knows the presence (or other state) that a client wants to refresh",
    remedy="On 412 the publisher must throw the entity-tag away and publish from scratch, without SIP-If-Match and with the body.",
    refs=("RFC 3903 §5", "RFC 3903 §6", "RFC 3903 §8.2", "RFC 3903 §11.2.1"),
)
def publish_precondition_failed(
    publication: Publication, *, loop: int = 3, loop_within: float = 600.0
) -> Iterator[Evidence]:
    """A PUBLISH that refreshes, changes or removes published state names it with the entity-tag that the last 200 OK
    gave (SIP-If-Match). 412 Conditional Request Failed says that the server has no state with that tag. It
    concerns the entity-tag and nothing else.

    The note says who issued the tag, when, and what became of it, as far as the capture shows: it had run out and the refresh
    was late; a newer tag had replaced it; another server had issued it, and the two do not share their state; or the server
    that issued it has lost it. Then it says what the publisher did. It must not repeat the request and must
    discard the tag; the way back is an initial PUBLISH, without SIP-If-Match and with the full body.

    A publisher that does this at once and succeeds gives a notice: nothing is lost. One that uses the dead tag again, or `loop`
    refusals within `loop_within` seconds, give an error: its state is not published. Otherwise, also where
    the capture ends too soon to tell, it is a warning. A 412 to a PUBLISH without SIP-If-Match is the server's fault and
    an error of its own.

    All refusals of one publisher for one resource and event package are one finding. It is silent on a request whose head the capture has cut.
    """
    refused = [seen for seen in publication.transactions if seen.status == 412]
    if not refused:
        return
    blameless: list[Transaction] = []
    conditional: list[Transaction] = []
    for seen in refused:
        if seen.request is None or seen.request.message.head_cut or seen.forward_of is not None:
            continue
        (conditional if seen.request.message.if_match else blameless).append(seen)
    if blameless:
        yield _server_fault(publication, blameless)
    if conditional:
        yield _judge(publication, conditional, loop, int(loop_within * SECOND))


def _server_fault(publication: Publication, refused: Sequence[Transaction]) -> Evidence:
    first = refused[0]
    return Evidence(
        _final(first),
        _WITHOUT_TAG,
        [seen for other in refused for seen in (_request(other), _final(other))][:20],
        severity=Severity.ERROR,
        remedy=_WITHOUT_TAG_REMEDY,
        server=origin(first).hop.source,
        source=first.hop.source,
        uri=publication.uri,
        times=times(len(refused)),
    )


def _judge(publication: Publication, refused: list[Transaction], loop: int, loop_within: int) -> Evidence:
    first = refused[0]
    tag = str(_request(first).message.if_match)
    values: dict[str, Any] = {
        "server": origin(first).hop.source,
        "source": first.hop.source,
        "uri": publication.uri,
        "tag": tag,
        "count": len(refused),
    }
    related = [_request(first)]
    why = _why(publication, first, tag, values, related)
    then, severity = _then(publication, refused, values, related)
    span, within = _densest([_final(seen).time for seen in refused], loop_within)
    notes = [why, then]
    if within >= loop:
        severity = Severity.ERROR
        values |= {"span": Duration(span), "within": within}
        notes.append(_LOOP if within < len(refused) else _LOOP_ALL)
    elif len(refused) > 1:
        notes.append(_COUNT)
    related += [_final(seen) for seen in refused[1:]]
    remedy = _CLIENT_REMEDY if then in (_REPEATED, _EMPTY) else _WHY_REMEDY[why]
    return Evidence(_final(first), tuple(notes), related[:20], severity=severity, remedy=remedy, **values)


def _why(
    publication: Publication,
    refused: Transaction,
    tag: str,
    values: dict[str, Any],
    related: list[Sighting],
) -> Sentence:
    """What became of the tag, as far as the capture shows."""
    issue = publication.tags.get(tag)
    if issue is None or issue[0].number > _request(refused).number:
        return _UNSEEN
    issued, expires_at = issue
    asked_at = _request(refused).time
    related.append(issued)
    values |= {"issued": issued.frame, "age": Duration(asked_at - issued.time)}
    if 0 < expires_at < asked_at:
        granted = (expires_at - issued.time) // SECOND
        values |= {"late": Duration(asked_at - expires_at), "granted": granted}
        return _EXPIRED
    for newer, (sighting, _) in publication.tags.items():
        by = sighting.transaction
        if (
            newer != tag
            and by is not None
            and by.request is not None
            and by.request.message.if_match == tag
            and issued.number < sighting.number < _request(refused).number
        ):
            related.append(sighting)
            values |= {"newer": newer, "newer_frame": sighting.frame}
            return _REPLACED
    issuer = _issuer(issued)
    if issuer.host != origin(refused).hop.source.host:
        values["issuer"] = issuer
        return _ELSEWHERE
    return _FORGOTTEN


def _issuer(issued: Sighting) -> Endpoint:
    """Who gave the entity-tag out, behind the proxies that passed it on."""
    by = issued.transaction
    return (origin(by) if by is not None and by.final is issued else issued).hop.source


def _then(
    publication: Publication, refused: list[Transaction], values: dict[str, Any], related: list[Sighting]
) -> tuple[Sentence, Severity]:
    """What the publisher did after the last refusal, or at the first use of a tag that had been refused."""
    dead: dict[str, int] = {}
    for seen in refused:
        tag = _request(seen).message.if_match
        if tag in dead and _request(seen).number > dead[tag]:
            values["next_frame"] = _request(seen).frame
            return _REPEATED, Severity.ERROR
        dead.setdefault(tag, _final(seen).number)
    last = _final(refused[-1])
    later = [
        seen
        for seen in publication.transactions
        if seen.request is not None and seen.request.number > last.number and seen.forward_of is None
    ]
    if not later:
        waited = publication.settled_at - last.time
        values["waited"] = Duration(max(waited, 0))
        ended = publication.ending is not Ending.COMPLETE and waited < 32 * SECOND
        cut = _ENDED if waited > 0 else _ENDED_WITH_IT
        if ended and publication.ending is Ending.OPEN:
            cut = _TO_COME
        return (cut if ended else _GAVE_UP), Severity.WARNING
    request = _request(later[0])
    values["next_frame"] = request.frame
    related.append(request)
    tag = request.message.if_match
    if tag in dead:
        return _REPEATED, Severity.ERROR
    accepted = next((seen for seen in later if 200 <= seen.status < 300), None)
    if accepted is not None:
        related.append(_final(accepted))
        values["after"] = Duration(_final(accepted).time - last.time)
        at_once = values["after"] <= 32 * SECOND
        return _NEWER if tag else _RECOVERED, Severity.NOTICE if at_once else Severity.WARNING
    if tag:
        return _OTHER_TAG, Severity.WARNING
    if not request.missing and not request.message.body:
        return _EMPTY, Severity.WARNING
    return _UNANSWERED, Severity.WARNING


def _densest(times: list[int], within: int) -> tuple[int, int]:
    """The span and size of the largest group of times that fits into `within`."""
    span, most, start = 0, 1, 0
    for index, time in enumerate(times):
        while time - times[start] > within:
            start += 1
        if index - start + 1 > most:
            span, most = time - times[start], index - start + 1
    return span, most


def _request(transaction: Transaction) -> Any:
    return transaction.request


def _final(transaction: Transaction) -> Any:
    return transaction.final
