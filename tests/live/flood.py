"""Sends requests as fast as it goes, each of its own: `python -m tests.live.flood HOST COUNT`. Nobody answers them."""

import socket
import sys

PADDING = "x" * 1000
"""Packets of that size fill the buffers of the kernel soon."""


def main() -> None:
    host, count = sys.argv[1], int(sys.argv[2])
    flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flood.connect((host, 5060))
    own, _ = flood.getsockname()
    for number in range(count):
        request = (
            f"OPTIONS sip:{host} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:flood@{own}>;tag={number}\r\nTo: <sip:{host}>\r\nCall-ID: {number}@{own}\r\n"
            f"CSeq: 1 OPTIONS\r\nSubject: {PADDING}\r\nContent-Length: 0\r\n\r\n"
        )
        flood.send(request.encode())


if __name__ == "__main__":
    main()
