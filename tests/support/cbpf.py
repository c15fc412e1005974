"""What the kernel does with a program of the classic Berkeley Packet Filter, step by step."""

import operator

NETWORK, OF_PACKET = 0xFFF00000, 0xFFFFF000

_ARITHMETIC = {
    0x00: operator.add,
    0x10: operator.sub,
    0x40: operator.or_,
    0x50: operator.and_,
    0x60: operator.lshift,
    0x70: operator.rshift,
}


class Seen:
    """A packet as a packet socket sees it, and what the kernel knows of it."""

    def __init__(self, data, *, network=14, protocol=0, hardware=1, interface=1, direction=0):
        self.data = data
        self.network = network
        self.known = {0: protocol, 4: direction, 8: interface, 28: hardware}

    def load(self, at, size):
        """The number there; None where the packet ends before."""
        at &= 0xFFFFFFFF
        if at >= OF_PACKET:
            return self.known[at - OF_PACKET]
        if at >= NETWORK:
            at += self.network - NETWORK
        octets = self.data[at : at + size]
        return int.from_bytes(octets, "big") if len(octets) == size else None


def verdict(program, seen):
    """How many octets the program lets through, 0 for none."""
    a = x = 0
    memory = [0] * 16
    at = 0
    while True:
        code, jt, jf, k = program[at]
        at += 1
        kind, size, mode = code & 0x07, {0x00: 4, 0x08: 2, 0x10: 1}.get(code & 0x18), code & 0xE0
        if kind in (0, 1) and mode in (0x20, 0x40, 0xA0):
            value = seen.load(k + (x if mode == 0x40 else 0), size)
            if value is None:
                return 0
            if mode == 0xA0:
                x = 4 * (value & 0x0F)
            else:
                a = value
        elif kind in (0, 1):
            value = {0x00: k, 0x60: memory[k & 15], 0x80: len(seen.data)}[mode]
            a, x = (value, x) if kind == 0 else (a, value)
        elif kind in (2, 3):
            memory[k] = a if kind == 2 else x
        elif kind == 4:
            other = x if code & 0x08 else k
            a = _ARITHMETIC[code & 0xF0](a, other) & 0xFFFFFFFF
        elif kind == 5:
            other = x if code & 0x08 else k
            if code == 0x05:
                at += k
            else:
                holds = {0x10: a == other, 0x20: a > other, 0x30: a >= other, 0x40: bool(a & other)}[
                    code & 0xF0
                ]
                at += jt if holds else jf
        elif kind == 6:
            return a if code & 0x18 == 0x10 else k
        else:
            a, x = (a, a) if code == 0x07 else (x, x)
