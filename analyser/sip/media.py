"""One medium of a session description: an m= line and what follows it (RFC 8866 §5.14, §6, RFC 3551 §6).

`read_media` takes the lines of a medium and what it inherits from the session, and gives a `Media` with
everything filled in that a static payload type or the session level implies.
"""

from typing import Final, NamedTuple

from analyser.sip.lexical import uint

Codec = tuple[str, int, int]
"""Encoding name, clock rate, channels."""

STATIC: Final[dict[int, Codec]] = {
    0: ("PCMU", 8000, 1),
    3: ("GSM", 8000, 1),
    4: ("G723", 8000, 1),
    5: ("DVI4", 8000, 1),
    6: ("DVI4", 16000, 1),
    7: ("LPC", 8000, 1),
    8: ("PCMA", 8000, 1),
    9: ("G722", 8000, 1),
    10: ("L16", 44100, 2),
    11: ("L16", 44100, 1),
    12: ("QCELP", 8000, 1),
    13: ("CN", 8000, 1),
    14: ("MPA", 90000, 1),
    15: ("G728", 8000, 1),
    16: ("DVI4", 11025, 1),
    17: ("DVI4", 22050, 1),
    18: ("G729", 8000, 1),
    25: ("CelB", 90000, 1),
    26: ("JPEG", 90000, 1),
    28: ("nv", 90000, 1),
    31: ("H261", 90000, 1),
    32: ("MPV", 90000, 1),
    33: ("MP2T", 90000, 1),
    34: ("H263", 90000, 1),
}
"""Payload types that mean something without an rtpmap (RFC 3551 tables 4 and 5)."""

DIRECTIONS: Final = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


class Ice(NamedTuple):
    """Interactive connectivity establishment (RFC 8839)."""

    ufrag: str
    pwd: str
    candidates: tuple[str, ...]


class MediaLines:
    """An m= line and the lines behind it, as they came."""

    __slots__ = ("attributes", "bandwidth", "connection", "line")

    def __init__(self, line: str) -> None:
        self.line = line
        self.connection = ""
        self.bandwidth: dict[str, int] = {}
        self.attributes: list[tuple[str, str]] = []

    def add(self, kind: str, value: str) -> None:
        """Take a line that follows the m= line."""
        if kind == "c" and not self.connection:
            self.connection = read_connection(value)
        elif kind == "b":
            read_bandwidth(value, self.bandwidth)
        elif kind == "a":
            name, _, content = value.partition(":")
            self.attributes.append((name.strip().lower(), content.strip()))


class Media:
    """One medium with all that applies to it."""

    __slots__ = (
        "attributes",
        "bandwidth",
        "connection",
        "crypto",
        "direction",
        "fingerprint",
        "fmtp",
        "formats",
        "ice",
        "kind",
        "maxptime",
        "mid",
        "port",
        "port_count",
        "proto",
        "ptime",
        "rtcp",
        "rtcp_mux",
        "rtpmap",
        "setup",
    )

    def __init__(self, kind: str, port: int | None, port_count: int, proto: str, formats: list[str]) -> None:
        self.kind = kind
        """audio, video, image …"""
        self.port = port
        """0 where the medium is refused or off (RFC 3264 §6); None where it is no port."""
        self.port_count = port_count
        self.proto = proto
        self.formats = formats
        """As written: payload types of RTP, `t38` of UDPTL."""
        self.connection = ""
        """Its own connection address or the session's."""
        self.bandwidth: dict[str, int] = {}
        self.direction = "sendrecv"
        self.rtpmap: dict[int, Codec] = {}
        """Codec by payload type, for the formats that have one."""
        self.fmtp: dict[int, str] = {}
        self.ptime: int | None = None
        self.maxptime: int | None = None
        self.rtcp: tuple[int, str] | None = None
        """Port and address for RTCP where they are given (RFC 3605); the address may be empty."""
        self.rtcp_mux = False
        self.mid = ""
        self.ice: Ice | None = None
        self.fingerprint = ""
        """Hash function and fingerprint of the DTLS certificate (RFC 8122)."""
        self.setup = ""
        self.crypto: list[str] = []
        """SDES keys (RFC 4568), as they came."""
        self.attributes: list[tuple[str, str]] = []

    def attribute(self, name: str) -> str | None:
        """The value of the first attribute of that name."""
        return next((value for key, value in self.attributes if key == name), None)

    @property
    def is_rtp(self) -> bool:
        return "RTP/" in self.proto.upper()

    @property
    def codecs(self) -> list[Codec]:
        """Name (lower-case), clock rate and channels of each format, in order of preference."""
        numbers = (uint(text) for text in self.formats)
        found = (self.rtpmap.get(number) for number in numbers if number is not None)
        return [(codec[0].lower(), codec[1], codec[2]) for codec in found if codec is not None]

    def __repr__(self) -> str:
        return f"Media({self.kind} {self.port} {self.proto} {' '.join(self.formats)})"


def read_connection(value: str) -> str:
    """The address of a c= line without TTL (RFC 8866 §5.7)."""
    words = value.split(None, 2)
    return words[2].partition("/")[0].strip() if len(words) == 3 else ""


def read_bandwidth(value: str, into: dict[str, int]) -> None:
    """A b= line (RFC 8866 §5.8)."""
    modifier, _, number = value.partition(":")
    rate = uint(number.strip())
    if rate is not None:
        into[modifier.strip()] = rate


def read_media(lines: MediaLines, connection: str, direction: str, session: list[tuple[str, str]]) -> Media:
    """The medium of its lines, with what it inherits: connection address, direction, attributes."""
    kind, port_text, proto, *formats = (*lines.line.split(), "", "", "")
    port_text, _, count = port_text.partition("/")
    port = uint(port_text)
    if port is not None and port > 65535:
        port = None
    medium = Media(kind, port, min(uint(count) or 1, 65535), proto, [text for text in formats if text])
    medium.connection = lines.connection or connection
    medium.bandwidth = lines.bandwidth
    medium.direction = direction
    medium.attributes = lines.attributes
    for name, value in lines.attributes:
        _apply(medium, name, value)
    _fill_static(medium)
    _inherit(medium, session)
    return medium


def _apply(medium: Media, name: str, value: str) -> None:
    if name in DIRECTIONS:
        medium.direction = name
    elif name == "rtpmap":
        _read_rtpmap(value, medium.rtpmap)
    elif name == "fmtp":
        number, _, text = value.partition(" ")
        if (key := uint(number)) is not None:
            medium.fmtp[key] = text.strip()
    elif name == "ptime":
        medium.ptime = uint(value)
    elif name == "maxptime":
        medium.maxptime = uint(value)
    elif name == "rtcp":
        port, *address = value.split()[:4] or [""]
        if (number_of := uint(port)) is not None:
            medium.rtcp = (number_of, address[-1] if len(address) == 3 else "")
    elif name == "rtcp-mux":
        medium.rtcp_mux = True
    elif name == "mid":
        medium.mid = value
    elif name == "crypto":
        medium.crypto.append(value)


def _read_rtpmap(value: str, into: dict[int, Codec]) -> None:
    """An rtpmap attribute: `96 opus/48000/2` (RFC 8866 §6.6)."""
    number, _, encoding = value.partition(" ")
    name, clock, channels, *_ = (*encoding.strip().split("/"), "", "")
    key, rate = uint(number), uint(clock.strip())
    if key is not None and rate is not None and name:
        into[key] = (name.strip(), rate, uint(channels.strip()) or 1)


def _fill_static(medium: Media) -> None:
    if not medium.is_rtp:
        return
    for text in medium.formats:
        number = uint(text)
        if number is not None and number in STATIC:
            medium.rtpmap.setdefault(number, STATIC[number])


def _inherit(medium: Media, session: list[tuple[str, str]]) -> None:
    """ICE and DTLS attributes may stand at either level; the medium's own count first."""
    own = dict(reversed(medium.attributes))
    both = {**dict(reversed(session)), **own}
    candidates = tuple(value for name, value in medium.attributes if name == "candidate")
    if "ice-ufrag" in both or candidates:
        medium.ice = Ice(both.get("ice-ufrag", ""), both.get("ice-pwd", ""), candidates)
    medium.fingerprint = both.get("fingerprint", "")
    medium.setup = both.get("setup", "")
