"""Sends voice as phones do: `python -m benchmarks.voices HOST PACKETS_A_SECOND SECONDS`, then says how many packets it sent.

RTP of 160 octets of G.711 in streams of 50 packets a second each, from a socket each, to even ports from 20000 on.
"""

import socket
import struct
import sys
from time import perf_counter, sleep

STREAM = 50
"""Packets a second of one stream."""
FIRST_PORT = 20_000
MOST_STREAMS = 20_000
OCTETS = 160
_PAUSE = 0.001
_HEAD = struct.Struct("!BBHII")


def main() -> None:
    host, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    streams = []
    for number in range(min(max(rate // STREAM, 1), MOST_STREAMS)):
        stream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stream.connect((host, FIRST_PORT + 2 * number))
        streams.append(stream.send)
    packet = bytearray(_HEAD.size + OCTETS)
    pack, sent, of = _HEAD.pack_into, 0, len(streams)
    start = perf_counter()
    while (now := perf_counter() - start) < seconds:
        due = int(now * rate)
        while sent < due:
            turn, number = divmod(sent, of)
            pack(packet, 0, 0x80, 0, turn & 0xFFFF, turn * OCTETS & 0xFFFFFFFF, number)
            streams[number](packet)
            sent += 1
        sleep(_PAUSE)
    print(sent)


if __name__ == "__main__":
    main()
