"""Capture files and packets for tests, octet by octet."""

import socket
import struct

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND

MAGIC = {"us": 0xA1B2C3D4, "ns": 0xA1B23C4D, "modified": 0xA1B2CD34}
OPTIONS = (
    b"OPTIONS sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
    b"From: <sip:a@192.0.2.1>;tag=1\r\nTo: <sip:b@192.0.2.2>\r\nCall-ID: one@192.0.2.1\r\n"
    b"CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def pcap(packets, *, kind="us", order="<", link=1, snaplen=65535):
    """A pcap file; packets are octets, or (time, octets)."""
    parts = [struct.pack(order + "IHHiIII", MAGIC[kind], 2, 4, 0, 0, snaplen, link)]
    for number, packet in enumerate(packets):
        time, data = packet if isinstance(packet, tuple) else (START + number * SECOND, packet)
        fraction = time % SECOND // (1 if kind == "ns" else 1000)
        kept = data[:snaplen]
        parts.append(struct.pack(order + "IIII", time // SECOND, fraction, len(kept), len(data)))
        if kind == "modified":
            parts.append(struct.pack(order + "IHBB", 2, 8, 0, 0))
        parts.append(kept)
    return b"".join(parts)


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link=1, order="<", snaplen=0, **options):
    """An Interface Description Block; `resolution` is the octet of if_tsresol, `offset` seconds."""
    body = struct.pack(order + "HHI", link, 0, snaplen)
    if "resolution" in options:
        body += struct.pack(order + "HHBxxx", 9, 1, options["resolution"])
    if "offset" in options:
        body += struct.pack(order + "HHq", 14, 8, options["offset"])
    return block(1, body + bytes(4), order)


def enhanced(data, ticks, interface_id=0, order="<"):
    head = struct.pack(order + "IIIII", interface_id, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(6, head + data + bytes(-len(data) % 4), order)


def simple(data, order="<"):
    return block(3, struct.pack(order + "I", len(data)) + data, order)


def obsolete(data, ticks, interface_id=0, order="<"):
    head = struct.pack(
        order + "HHIIII", interface_id, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)
    )
    return block(2, head + data, order)


def udp(payload, source=5060, target=5060):
    return struct.pack(">HHHH", source, target, 8 + len(payload), 0) + payload


def tcp(payload=b"", sequence=0, flags="A", source=5060, target=5060, options=b""):
    bits = sum(1 << "FSRPA".index(flag) for flag in flags)
    words = (20 + len(options)) // 4
    return (
        struct.pack(">HHIIBBHHH", source, target, sequence % 2**32, 0, words << 4, bits, 8192, 0, 0)
        + options
        + payload
    )


def ipv4(
    payload,
    protocol=17,
    *,
    source="192.0.2.1",
    target="192.0.2.2",
    ident=7,
    fragment=0,
    options=b"",
    total=None,
):
    size = 20 + len(options)
    return (
        struct.pack(
            ">BBHHHBBH4s4s",
            0x40 | size // 4,
            0,
            size + len(payload) if total is None else total,
            ident,
            fragment,
            64,
            protocol,
            0,
            socket.inet_aton(source),
            socket.inet_aton(target),
        )
        + options
        + payload
    )


def ipv6(payload, protocol=17, *, source="2001:db8::1", target="2001:db8::2"):
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, target)
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + addresses + payload


def ethernet(payload, kind=0x0800, tags=()):
    head = bytes(range(12))
    for tag in tags:
        head += struct.pack(">HH", tag, 5)
    return head + struct.pack(">H", kind) + payload


def websocket(contents, *, opcode=1, fin=True, mask=b"", deflated=False):
    """A WebSocket frame."""
    first = opcode | fin << 7 | deflated << 6
    size = len(contents)
    if size < 126:
        head = bytes((first, size | bool(mask) << 7))
    elif size < 65536:
        head = struct.pack(">BBH", first, 126 | bool(mask) << 7, size)
    else:
        head = struct.pack(">BBQ", first, 127 | bool(mask) << 7, size)
    if mask:
        contents = bytes(octet ^ mask[place % 4] for place, octet in enumerate(contents))
    return head + mask + contents


def sctp_data(contents, tsn=1, flags=3, stream=0, number=0):
    """A DATA chunk, with its padding; flags are unordered 4, beginning 2, end 1."""
    chunk = struct.pack(">BBHIHHI", 0, flags, 16 + len(contents), tsn, stream, number, 0) + contents
    return chunk + bytes(-len(chunk) % 4)


def sctp_idata(contents, tsn=1, flags=3, stream=0, message=0, number=0):
    """An I-DATA chunk, with its padding; `number` counts the fragments of the message."""
    head = struct.pack(">BBHIHHII", 64, flags, 20 + len(contents), tsn, stream, 0, message, number)
    return head + contents + bytes(-len(contents) % 4)


def sctp(*chunks, source=5060, target=5060, tag=1):
    return struct.pack(">HHII", source, target, tag, 0) + b"".join(chunks)


def hep3(contents, **chunks):
    """A HEP packet of version 3: what the chunks are is in `HEP_CHUNKS`; None leaves one out."""
    values = {
        "family": b"\2",
        "protocol": b"\x11",
        "source": socket.inet_aton("10.0.0.1"),
        "target": socket.inet_aton("10.0.0.2"),
        "source_port": struct.pack(">H", 5061),
        "target_port": struct.pack(">H", 5062),
        "seconds": struct.pack(">I", START // SECOND),
        "microseconds": struct.pack(">I", 250),
        "kind": b"\1",
        "payload": contents,
        **chunks,
    }
    body = b"".join(
        struct.pack(">HHH", 0, HEP_CHUNKS[name], 6 + len(value)) + value
        for name, value in values.items()
        if value is not None
    )
    return b"HEP3" + struct.pack(">H", 6 + len(body)) + body


HEP_CHUNKS = {
    "family": 1,
    "protocol": 2,
    "source": 3,
    "target": 4,
    "source6": 5,
    "target6": 6,
    "source_port": 7,
    "target_port": 8,
    "seconds": 9,
    "microseconds": 10,
    "kind": 11,
    "agent": 12,
    "key": 14,
    "payload": 15,
    "compressed": 16,
    "correlation": 17,
    "vlan": 18,
}


def hep2(contents, *, version=2, order="<", protocol=17, length=16, six=False, seconds=START // SECOND):
    """A HEP packet of version 1 or 2."""
    addresses = [socket.inet_aton("10.0.0.1"), socket.inet_aton("10.0.0.2")]
    if six:
        addresses = [bytes(15) + b"\1", bytes(15) + b"\2"]
    head = struct.pack(">BBBBHH", version, length, 10 if six else 2, protocol, 5061, 5062)
    time = struct.pack(order + "II", seconds, 250) + b"\x07\0\0\0" if version == 2 else b""
    return head + b"".join(addresses) + time + contents
