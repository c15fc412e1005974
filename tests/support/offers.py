"""SDP bodies for ladders: `sdp: pcmu g729 sendonly address=10.0.0.5` -> a session description (RFC 8866)."""

CODECS = {
    "pcmu": (0, "PCMU/8000"),
    "pcma": (8, "PCMA/8000"),
    "g722": (9, "G722/8000"),
    "g729": (18, "G729/8000"),
    "opus": (111, "opus/48000/2"),
    "amr": (97, "AMR/8000"),
    "telephone-event": (101, "telephone-event/8000"),
    "h264": (96, "H264/90000"),
}
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
DEFAULT = "pcmu pcma telephone-event"


def describe(words: str, name: str, host: str, session: int, version: int) -> bytes:
    """One audio stream, or T.38 with `t38`. ValueError on a word that means nothing."""
    payloads: list[tuple[int, str]] = []
    direction, address, port, profile, fax = "", host, 20000 + session % 5000 * 2, "RTP/AVP", False
    extra: list[str] = []
    for word in words.split():
        key, equals, value = word.partition("=")
        if word in CODECS:
            payloads.append(CODECS[word])
        elif word in DIRECTIONS:
            direction = word
        elif word == "t38":
            fax = True
        elif equals and key == "address":
            address = value
        elif equals and key == "port":
            port = int(value)
        elif equals and key == "profile":
            profile = value
        elif equals and key == "a":
            extra.append(f"a={value}")
        else:
            raise ValueError(word)
    family = "IP6" if ":" in address else "IP4"
    lines = [
        "v=0",
        f"o={name} {session} {version} IN {'IP6' if ':' in host else 'IP4'} {host}",
        "s=-",
        f"c=IN {family} {address}",
        "t=0 0",
    ]
    if fax:
        lines.append(f"m=image {port} udptl t38")
    else:
        lines.append(" ".join([f"m=audio {port} {profile}", *(str(number) for number, _ in payloads)]))
        lines += [f"a=rtpmap:{number} {encoding}" for number, encoding in payloads]
        if CODECS["telephone-event"] in payloads:
            lines.append("a=fmtp:101 0-15")
    if direction:
        lines.append(f"a={direction}")
    return "".join(f"{line}\r\n" for line in [*lines, *extra]).encode()
