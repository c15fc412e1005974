"""A 2xx to PUBLISH without the entity-tag, or without the lifetime, that it must carry (RFC 3903 §6)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import origin
from analyser.rules.registration._attempts import times
from analyser.track import Publication, Sighting
from analyser.wire import Endpoint

_NO_TAG = Sentence(
    "{server} accepts the PUBLISH of {source} for {uri} but gives no entity-tag (no SIP-ETag, {times}): "
    "the publisher cannot refresh, change or remove what it has published."
)
_NO_EXPIRES = Sentence(
    "{server} accepts the PUBLISH of {source} for {uri} but does not say for how long (no Expires, {times})"
    ": the publisher has to guess when to refresh."
)
_REMEDY = Sentence(
    "Report it to the maker of the presence server {server}: each 2xx to PUBLISH must have SIP-ETag and "
    "Expires. If a proxy or SBC stands between, check that it passes both on."
)


@rule(
    "entity-tag-not-issued",
    on=Publication,
    severity=Severity.WARNING,
    summary="the server accepts presence (or other state) but gives no handle to keep it alive",
    remedy="Report it to the maker of the presence server: each 2xx to PUBLISH must have SIP-ETag and Expires. "
    "If a proxy or SBC stands between, check that it passes both on.",
    refs=("RFC 3903 §6", "RFC 3903 §11.3.1"),
)
def entity_tag_not_issued(publication: Publication) -> Iterator[Evidence]:
    """A 2xx to PUBLISH must carry SIP-ETag, the entity-tag with which the publisher refreshes, changes or
    removes that state, and Expires, how long the state lives.

    Without the tag each PUBLISH makes a further state beside the earlier ones: watchers see stale
    presence until the old ones run out. Without Expires, which is the milder case and a notice, the publisher must
    assume that it got what it asked for.

    It judges each publisher once for a resource, with a count. It is silent on the answer to a removal (Expires: 0), after
    which there is nothing to refresh, and on responses that the capture has cut.
    """
    for header, note, severity in (
        ("SIP-ETag", _NO_TAG, Severity.WARNING),
        ("Expires", _NO_EXPIRES, Severity.NOTICE),
    ):
        lacking = [
            seen.final
            for seen in publication.transactions
            if seen.final is not None
            and 200 <= seen.status < 300
            and seen.forward_of is None
            and not seen.final.missing
            and header not in seen.final.message.headers
            and (seen.request is None or seen.request.message.expires != 0)
        ]
        if lacking:
            yield Evidence(
                lacking[0],
                note,
                lacking[1:20],
                remedy=_REMEDY,
                severity=severity,
                server=_writer(lacking[0]),
                source=lacking[0].hop.target,
                uri=publication.uri,
                times=times(len(lacking)),
            )
            return


def _writer(answer: Sighting) -> Endpoint:
    """Who wrote the answer, behind the proxies that passed it on."""
    of = answer.transaction
    return (origin(of) if of is not None and of.final is answer else answer).hop.source
