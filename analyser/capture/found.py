"""A packet as pyshark gives it -> the SIP messages in it, octet for octet, with their hop.

tshark lists the layers of a frame in `frame.protocols`, such as `eth:ethertype:ip:tcp:tls:sip:sip:sdp`, and the octets of
each message beside them (`-T json -x`). Addresses and ports are those of the innermost layers around the first message.
"""

from collections.abc import Iterator, Mapping
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any, Final, NamedTuple

from analyser.wire import Endpoint, Hop

LAYERS: Final = "frame ip ipv6 udp tcp sctp tcp.segments tls.segments"
"""The layers whose fields are looked at here; of the others tshark need not write any."""

_FAMILIES: Final = {"ip": AF_INET, "ipv6": AF_INET6}
_TRANSPORTS: Final = {"udp": "UDP", "tcp": "TCP", "sctp": "SCTP"}
_QUOTING: Final = frozenset({"icmp", "icmpv6"})
"""Layers that quote a message which could not be delivered (RFC 792)."""
_SEGMENTS: Final = {"tcp.segments": "tcp.segment", "tls.segments": "tls.segment"}


class Found(NamedTuple):
    """A message that tshark has found."""

    frames: tuple[int, ...]
    """The last one completes it."""
    hop: Hop
    octets: bytes
    sealed: bool
    """Whether it came encrypted."""

    @property
    def frame(self) -> int:
        return self.frames[-1]


def messages_in(packet: Any) -> Iterator[Found]:
    """The messages that a packet completes, in order."""
    protocols = str(packet.frame_info.get_field("protocols")).split(":")
    around = protocols[: protocols.index("sip")] if "sip" in protocols else []
    hop = _hop(packet, around)
    if hop is None or not _QUOTING.isdisjoint(around):
        return
    sealed = "tls" in around
    frames = _frames(packet)
    before = b""
    for octets in _octets(packet):
        if octets not in before:  # a body of message/sip lies inside its message
            yield Found(frames, hop, octets, sealed)
            before = octets
            frames = frames[-1:]  # only the first can have begun in an earlier frame


def _hop(packet: Any, around: list[str]) -> Hop | None:
    """The hop by the layers around the message; None where there are no addresses or ports."""
    network, carrier = _innermost(around, _FAMILIES), _innermost(around, _TRANSPORTS)
    addresses, ports = _fields(packet, around, network), _fields(packet, around, carrier)
    try:
        family = _FAMILIES[network]
        source, target = (
            Endpoint(
                inet_ntop(family, inet_pton(family, addresses[f"{network}.{end}"])),
                int(ports[f"{carrier}.{end}port"]),
            )
            for end in ("src", "dst")
        )
    except (KeyError, ValueError, TypeError, OSError):
        return None
    return Hop(source, target, _transport(around, carrier))


def _transport(around: list[str], carrier: str) -> str:
    """What SIP calls the transport that these layers make."""
    inside = around[len(around) - around[::-1].index(carrier) :]
    if "websocket" in inside:
        return "WSS" if "tls" in inside else "WS"
    return "TLS" if "tls" in inside else _TRANSPORTS[carrier]


def _innermost(around: list[str], names: Mapping[str, object]) -> str:
    """The last of the layers that is one of these, '' where none is."""
    return next((layer for layer in reversed(around) if layer in names), "")


def _fields(packet: Any, around: list[str], name: str) -> dict[str, Any]:
    """The fields of the innermost layer of that name."""
    layer = _layer(packet, name)
    if layer is None:
        return {}
    same = [layer, *layer.duplicate_layers]
    fields: dict[str, Any] = same[min(around.count(name), len(same)) - 1]._all_fields  # noqa: SLF001 - as they are
    return fields


def _layer(packet: Any, name: str) -> Any:
    return next((layer for layer in packet.layers if layer.layer_name == name), None)


def _frames(packet: Any) -> tuple[int, ...]:
    """The frames of the first message."""
    frame = int(packet.number)
    frames = {frame}
    for name, field in _SEGMENTS.items():
        layer = _layer(packet, name)
        if layer is not None:
            numbers = layer._all_fields.get(field, ())  # noqa: SLF001 - pyshark would look each up by name
            frames.update(map(int, [numbers] if isinstance(numbers, str) else numbers))
    return tuple(sorted(number for number in frames if number <= frame))


def _octets(packet: Any) -> Iterator[bytes]:
    """The octets of each message. Each is [hexadecimal digits, offset, …]; pyshark gives one of them as the value, or each
    in a layer of its own."""
    layer = _layer(packet, "sip_raw")
    for each in [] if layer is None else [layer, *layer.duplicate_layers]:
        value = each.value
        digits = value[0] if isinstance(value, list) else value
        if isinstance(digits, str):
            yield bytes.fromhex(digits)
