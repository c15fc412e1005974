"""Media announced at an address that cannot be reached from where the message came through (RFC 1918, RFC 3264)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._conditions import offers_privately
from analyser.rules._due import acknowledged
from analyser.rules._private import private_connections
from analyser.rules.media._offers import describes
from analyser.sip import Media, Request
from analyser.sip.reach import is_private
from analyser.track import Sighting, Transaction
from analyser.wire import SECOND

_SOON = 2 * SECOND
"""Within this time a border controller has passed on what it got."""

_OFFER = Sentence(
    "{source} asks for voice to be sent to {addresses}, a private address, in a message that came from a public one."
)
_ALSO = Sentence("So does {other} ({others}).")
_RELAY = Sentence(
    "Unless a border controller or media relay on the way takes no notice of it and sends back to where voice comes from "
    "(symmetric RTP), {target} sends into nowhere, and {source} hears nothing."
)
_REMEDY = Sentence(
    "If {source} hears nothing: let it announce its public address (STUN, ICE or the external address "
    "setting), or let the server put a media relay between (rtpengine, comedia or NAT setting of the "
    "account); then switch off SIP ALG in the router."
)


@rule(
    "private-media-address",
    on=Transaction,
    methods=("INVITE",),
    statuses=(200,),
    when=offers_privately,
    severity=Severity.WARNING,
    summary="one side asks for voice to be sent to an address inside its own network, which the other side cannot reach",
    remedy="If the phone hears nothing: let it announce its public address (STUN, ICE or the external address "
    "setting), or let the server put a media relay between (rtpengine, comedia or NAT setting of the "
    "account); then switch off SIP ALG in the router.",
    refs=("RFC 3264 §5.1", "RFC 1918 §3", "RFC 4961 §4", "RFC 8445 §2"),
    due=acknowledged,
)
def private_media_address(invite: Transaction) -> Iterator[Evidence]:
    """Looks for a session description whose connection address (c=) is private, in a packet whose source address is
    public.

    Private are the addresses that routers on the Internet drop: 10/8, 172.16/12, 192.168/16 (RFC 1918), 100.64/10
    behind a carrier's NAT, 169.254/16, loopback, and fc00::/7. The device is behind a NAT that changed the address
    of the packet and not of the description in it. The other side then sends voice to an address that does not
    exist there: one-way audio.

    A border controller or relay that sends media to where it receives media from mends that. Whether there is one
    cannot be seen in signalling, so this is a warning and no error. It looks at answered calls, and tells it once
    for a call.

    Silent where the capture shows the next hop with another address in its place, which is a relay at work; where the
    source of the packet is private too, where the description offers ICE candidates with a public
    address or name, where the media are off or inactive, and where both sides announce the same private network.
    """
    told = _announced(invite)
    if not told or _told_before(invite):
        return
    networks = {_network(addresses[0]) for _, addresses in told}
    if len(told) > 1 and len(networks) == 1:
        return
    first, addresses = told[0]
    yield Evidence(
        first,
        (_OFFER, _ALSO, _RELAY) if len(told) > 1 else (_OFFER, _RELAY),
        [seen for seen, _ in told[1:]],
        remedy=_REMEDY,
        source=first.hop.source,
        target=first.hop.target,
        addresses=addresses[:3],
        other=told[-1][0].hop.source,
        others=told[-1][1][:3],
    )


def _announced(invite: Transaction) -> list[tuple[Sighting, list[str]]]:
    """Offer and answer that came from a public address and name a private one, and how it is spelled."""
    told: list[tuple[Sighting, list[str]]] = []
    for sighting in (invite.request, invite.final, invite.ack):
        if sighting is None or sighting.missing or is_private(sighting.hop.source.host):
            continue
        message = sighting.message
        addresses = private_connections(message.raw, message.body_at)
        if (
            addresses
            and not _reachable_otherwise(message.sdp.media if message.sdp is not None else [])
            and not _is_replaced(invite, sighting, addresses)
        ):
            told.append((sighting, addresses))
    return told


def _is_replaced(invite: Transaction, sighting: Sighting, addresses: list[str]) -> bool:
    """Whether the same message, or its copy by a back-to-back user agent, soon went on with another address in it."""
    is_request = isinstance(sighting.message, Request)
    for other in invite.owner.transactions if invite.owner is not None else ():
        if other.method != "INVITE" or other.hop == invite.hop:
            continue
        for seen in other.requests[:1] if is_request else other.responses:
            message = seen.message
            if (
                0 <= seen.time - sighting.time <= _SOON
                and seen.number > sighting.number
                and seen.hop.source.host != sighting.hop.source.host
                and describes(message)
                and not set(addresses) & set(private_connections(message.raw, message.body_at))
            ):
                return True
    return False


def _told_before(invite: Transaction) -> bool:
    """Whether an earlier INVITE of the same call shows it, a re-INVITE's or another hop's."""
    owner = invite.owner
    return owner is not None and any(
        other.method == "INVITE"
        and 200 <= other.status < 300
        and other.first.number < invite.first.number
        and _announced(other)
        for other in owner.transactions
    )


def _network(address: str) -> str:
    """What two hosts of one network have in common, roughly: the first two numbers."""
    return ".".join(address.split(".")[:2]) if "." in address else address[:9]


def _reachable_otherwise(media: list[Media]) -> bool:
    """Whether nothing is to be sent there, or ICE candidates offer another way."""
    live = [medium for medium in media if medium.port != 0 and medium.direction != "inactive"]
    if not live:
        return True
    for medium in live:
        candidates = medium.ice.candidates if medium.ice is not None else ()
        for candidate in candidates:
            words = candidate.split()
            if len(words) > 4 and not is_private(words[4]):
                return True
    return False
