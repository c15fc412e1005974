"""Session descriptions, as far as offer and answer need them (RFC 8866, RFC 3264).

`parse_sdp` takes the octets of an `application/sdp` body and always gives an `Sdp`: lines that make no
sense are skipped, and a description that is cut says what it said until there. The number of lines and
of media is bounded.
"""

from typing import Final, NamedTuple

from analyser.sip.lexical import uint
from analyser.sip.media import DIRECTIONS, Media, MediaLines, read_bandwidth, read_connection, read_media

MAX_LINES: Final = 4096
MAX_MEDIA: Final = 64


class Origin(NamedTuple):
    """The o= line (RFC 8866 §5.2)."""

    username: str
    id: str
    version: int | None
    """None where it is no number that fits."""
    address: str


class Sdp:
    """One session description."""

    __slots__ = (
        "attributes",
        "bandwidth",
        "connection",
        "direction",
        "media",
        "name",
        "origin",
        "truncated",
        "version",
    )

    def __init__(self) -> None:
        self.version = ""
        """The value of the v= line, empty where it is missing."""
        self.origin: Origin | None = None
        self.name = ""
        self.connection = ""
        """The session's connection address, empty where each medium has its own."""
        self.bandwidth: dict[str, int] = {}
        """Kilobits a second by modifier, such as AS."""
        self.attributes: list[tuple[str, str]] = []
        self.direction = "sendrecv"
        self.media: list[Media] = []
        self.truncated = False
        """Whether there were more lines or media than are read."""

    def attribute(self, name: str) -> str | None:
        """The value of the first session attribute of that name."""
        return next((value for key, value in self.attributes if key == name), None)

    @property
    def bundle(self) -> list[str]:
        """The media identifications that share one transport (RFC 9143)."""
        for key, value in self.attributes:
            kind, *mids = value.split()[:MAX_MEDIA] or [""]
            if key == "group" and kind == "BUNDLE":
                return mids
        return []

    @property
    def codecs(self) -> list[tuple[str, int, int]]:
        """Name (lower-case), clock rate and channels of every format of every medium, each once, in order."""
        return list(dict.fromkeys(codec for medium in self.media for codec in medium.codecs))

    def __repr__(self) -> str:
        return f"Sdp({self.origin!r}, {self.media!r})"


def parse_sdp(data: bytes) -> Sdp:
    """The session description in the octets."""
    sdp = Sdp()
    sections: list[MediaLines] = []
    lines = data.split(b"\n", MAX_LINES)
    if len(lines) > MAX_LINES:
        lines.pop()
        sdp.truncated = True
    for line in lines:
        kind, equals, value = line.decode("utf-8", "backslashreplace").strip().partition("=")
        if not equals:
            continue
        if kind == "m":
            if len(sections) == MAX_MEDIA:
                sdp.truncated = True
                break
            sections.append(MediaLines(value))
        elif sections:
            sections[-1].add(kind, value)
        else:
            _add(sdp, kind, value)
    sdp.media = [read_media(section, sdp.connection, sdp.direction, sdp.attributes) for section in sections]
    return sdp


def _add(sdp: Sdp, kind: str, value: str) -> None:
    """A line of the session level."""
    if kind == "v":
        sdp.version = value
    elif kind == "o":
        sdp.origin = _read_origin(value)
    elif kind == "s":
        sdp.name = value
    elif kind == "c":
        sdp.connection = read_connection(value)
    elif kind == "b":
        read_bandwidth(value, sdp.bandwidth)
    elif kind == "a":
        name, _, content = value.partition(":")
        sdp.attributes.append((name.strip().lower(), content.strip()))
        if value in DIRECTIONS:
            sdp.direction = value


def _read_origin(value: str) -> Origin | None:
    words = value.split(None, 5)
    if len(words) < 6:
        return None
    return Origin(words[0], words[1], uint(words[2]), words[5].strip())
