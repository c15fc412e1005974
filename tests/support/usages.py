"""What a ladder remembers while it is composed: calls and their like, transactions, each side's view of a dialog."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.ladder import Station, Step
from tests.support.messages import Message, stable, tag_of, uri_of

IN_DIALOG = frozenset({"BYE", "UPDATE", "INFO", "PRACK"})
"""Requests that exist inside a dialog only."""
EITHER = frozenset({"OPTIONS", "MESSAGE", "REFER", "NOTIFY"})
"""Requests that are inside a call where there is one, and stand alone where there is none."""
FORMS_DIALOG = frozenset({"INVITE", "SUBSCRIBE"})


@dataclass(slots=True, eq=False)
class Reply:
    """A response that was sent."""

    status: int
    message: Message
    step: Step
    passed_on: bool = False


@dataclass(slots=True, eq=False)
class Exchange:
    """A request on one hop and what came back."""

    usage: "Usage"
    method: str
    source: Station
    target: Station
    transport: str
    request: Message
    branch: str
    cseq: int
    forward_of: "Exchange | None" = None
    replies: list[Reply] = field(default_factory=list)
    in_dialog: bool = False
    offer: str = ""
    """The words of the SDP in the request."""

    @property
    def root(self) -> "Exchange":
        """The same request as its first sender sent it."""
        return self if self.forward_of is None else self.forward_of.root

    @property
    def final(self) -> int:
        return next((reply.status for reply in self.replies if reply.status >= 200), 0)

    @property
    def forwards(self) -> list["Exchange"]:
        return [other for other in self.usage.exchanges if other.forward_of is self]


@dataclass(slots=True, eq=False)
class View:
    """A dialog as one side of it sees it (RFC 3261 §12)."""

    local: str
    remote: str
    """From and To of the next request of this side, with their tags."""
    target: str
    route: list[str]
    peer: Station
    confirmed: bool = False


@dataclass(slots=True, eq=False)
class Usage:
    """One Call-ID."""

    name: str
    kind: str
    owner: Station
    exchanges: list[Exchange] = field(default_factory=list)
    views: dict[str, list[View]] = field(default_factory=dict)
    """By station, oldest first."""
    cseqs: dict[str, int] = field(default_factory=dict)
    challenges: dict[tuple[str, str], dict[str, tuple[str, int]]] = field(default_factory=dict)
    """By station and method: header field of the answer -> challenge, times answered."""
    etag: str = ""
    """The entity-tag that the publisher may use next."""
    issued: str = ""
    """The entity-tag issued last, good or dead."""
    nonces: int = 0
    reliables: int = 0
    bodies: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By station: version and words of its last SDP."""
    acks: list[tuple[Station, Station, int, Message]] = field(default_factory=list)

    call_id: str = ""

    def __post_init__(self) -> None:
        self.call_id = f"{stable(self.name, self.kind, length=16)}@{self.owner.host}"

    def on_hop(self, source: Station, target: Station, method: str = "") -> Iterator[Exchange]:
        """The exchanges of a hop, newest first."""
        for exchange in reversed(self.exchanges):
            if exchange.source is source and exchange.target is target and method in ("", exchange.method):
                yield exchange

    def tag(self, station: Station, *salt: object) -> str:
        return f"{station.name}-{stable(self.call_id, station.name, *salt, length=6)}"

    def next_cseq(self, station: Station) -> int:
        self.cseqs[station.name] = self.cseqs.get(station.name, 0) + 1
        return self.cseqs[station.name]

    def view(self, station: Station, peer_tag: str = "", *, confirmed: bool = False) -> View | None:
        """The dialog that a request of the station is in: the named one, else the newest confirmed, else the newest."""
        views = self.views.get(station.name, [])
        if peer_tag:
            return next((view for view in views if tag_of(view.remote) == peer_tag), None)
        newest = [view for view in reversed(views) if view.confirmed]
        if not newest and not confirmed:
            newest = views[::-1]
        return newest[0] if newest else None

    def learn(self, exchange: Exchange, reply: Message, status: int) -> None:
        """Take what a 101-299 response teaches both sides of a dialog (RFC 3261 §12.1, §12.2)."""
        to, contact = reply.first("To"), uri_of(reply.first("Contact"))
        if not tag_of(to) or not 100 < status < 300:
            return
        caller = self.view(exchange.root.source, tag_of(to))
        if exchange.in_dialog:
            if caller and contact:
                caller.target = contact
            callee = self.view(exchange.target, tag_of(exchange.request.first("From")))
            if callee and exchange.request.first("Contact"):
                callee.target = uri_of(exchange.request.first("Contact"))
            return
        if caller is None:
            caller = View(exchange.request.first("From"), to, exchange.root.request.uri, [], exchange.target)
            self.views.setdefault(exchange.root.source.name, []).append(caller)
        caller.target = contact or caller.target
        caller.route = reply.all("Record-Route")[::-1]
        caller.confirmed = caller.confirmed or status >= 200
        if not exchange.forwards:  # the end that wrote the response, not a proxy that passes it on
            self.answerer(exchange, to, confirmed=status >= 200)

    def answerer(self, exchange: Exchange, to: str, *, confirmed: bool) -> View:
        """The dialog as the side that got the request sees it."""
        request = exchange.request
        views = self.views.setdefault(exchange.target.name, [])
        view = next((view for view in views if view.local == to), None)
        if view is None:
            target = uri_of(request.first("Contact")) or uri_of(request.first("From"))
            view = View(to, request.first("From"), target, request.all("Record-Route"), exchange.root.source)
            views.append(view)
        view.confirmed = view.confirmed or confirmed
        return view
