"""Programs of the classic Berkeley Packet Filter, as Linux runs them on a socket, written with labels instead of distances.

An instruction is (code, jt, jf, k) as in <linux/filter.h>. Conditional jumps reach 255 instructions only; `assemble` puts
an unconditional one between where a label lies further away. Labels lie ahead: the kernel refuses to jump back.
"""

from struct import Struct
from typing import Final, NamedTuple

from analyser.errors import CaptureError

MAX_INSTRUCTIONS: Final = 4096
"""What the kernel takes (BPF_MAXINSNS)."""
_FAR: Final = 255
_GROUP: Final = 200
"""Values that are compared with before the next long jump."""

LOAD_WORD, LOAD_HALF, LOAD_BYTE = 0x20, 0x28, 0x30
"""Into A, from octet k."""
LOAD_WORD_X, LOAD_HALF_X, LOAD_BYTE_X = 0x40, 0x48, 0x50
"""Into A, from octet X + k."""
LOAD, LOAD_X, RECALL, KEEP = 0x00, 0x01, 0x60, 0x02
"""A = k; X = k; A = M[k]; M[k] = A."""
TO_X, FROM_X = 0x07, 0x87
ADD, AND, OR, SHIFT_LEFT, SHIFT_RIGHT, ADD_X = 0x04, 0x54, 0x44, 0x64, 0x74, 0x0C
RETURN: Final = 0x06
JUMP, EQUAL, GREATER, AT_LEAST, ANY_BIT = 0x05, 0x15, 0x25, 0x35, 0x45
_CONDITIONS: Final = frozenset({EQUAL, GREATER, AT_LEAST, ANY_BIT, 0x1D, 0x2D, 0x3D, 0x4D})

RETURN_CLASS: Final = 0x06
LINK_OFFSET, NETWORK_OFFSET, OF_PACKET = 0xFFE00000, 0xFFF00000, 0xFFFFF000
"""SKF_LL_OFF, SKF_NET_OFF and SKF_AD_OFF: loads from the link header, from the network header, and of what the kernel knows."""
PROTOCOL, PACKET_TYPE, INTERFACE, HARDWARE = (OF_PACKET + each for each in (0, 4, 8, 28))
"""SKF_AD_PROTOCOL, _PKTTYPE, _IFINDEX and _HATYPE."""

Instruction = tuple[int, int, int, int]
Program = tuple[Instruction, ...]

_PACKED: Final = Struct("=HBBI")


class _Line(NamedTuple):
    code: int
    k: int = 0
    yes: str = ""
    """The label where a jump goes, for a conditional one when it holds; empty for the next instruction."""
    no: str = ""


class Assembly:
    """Instructions as they are written."""

    def __init__(self) -> None:
        self._lines: list[_Line] = []
        self._labels: dict[str, int] = {}
        self._made = 0

    def label(self, name: str) -> None:
        """What is written next is called so."""
        assert name not in self._labels
        self._labels[name] = len(self._lines)

    def new_label(self) -> str:
        """A name that nothing has yet."""
        self._made += 1
        return f".{self._made}"

    def add(self, code: int, k: int = 0) -> None:
        """An instruction that does not jump."""
        self._lines.append(_Line(code, k))

    def jump(self, label: str) -> None:
        self._lines.append(_Line(JUMP, 0, label))

    def when(self, condition: int, k: int, yes: str = "", no: str = "") -> None:
        """Go to `yes` where the condition on A holds, else to `no`; without a label, to what is written next."""
        self._lines.append(_Line(condition, k, yes, no))

    def any_of(self, values: tuple[int, ...], yes: str) -> None:
        """Go to `yes` where A is one of the values."""
        for first in range(0, len(values), _GROUP):
            found, missed = self.new_label(), self.new_label()
            *others, last = values[first : first + _GROUP]
            for value in others:
                self.when(EQUAL, value, found)
            self.when(EQUAL, last, found, missed)
            self.label(found)  # one long jump for all of them
            self.jump(yes)
            self.label(missed)

    def include(self, program: Program, accepted: str, refused: str, moved: int = 0) -> None:
        """A program whose verdict is but one condition: what it accepts goes on at `accepted`, the rest at `refused`.

        `moved` is added to where it loads packet octets from.
        """
        targets = {
            at + 1 + distance
            for at, (code, jt, jf, k) in enumerate(program)
            for distance in ((k,) if code == JUMP else (jt, jf) if code in _CONDITIONS else ())
        }
        names = {target: self.new_label() for target in targets}
        for at, (code, jt, jf, k) in enumerate(program):
            if at in names:
                self.label(names[at])
            if code == JUMP:
                self.jump(names[at + 1 + k])
            elif code in _CONDITIONS:
                self.when(code, k, names[at + 1 + jt], names[at + 1 + jf])
            elif code & 7 == RETURN_CLASS:
                self.jump(accepted if k or code != RETURN else refused)
            else:
                self.add(code, (k + moved) & 0xFFFFFFFF if code in _LOADS and k < LINK_OFFSET else k)

    def assemble(self) -> Program:
        """The program. Raises CaptureError where it is longer than the kernel takes."""
        far: set[int] = set()
        while True:
            places, size = self._places(far)
            found = {
                at
                for at, line in enumerate(self._lines)
                if line.code in _CONDITIONS
                and any(self._distance(places, at, label) > _FAR for label in (line.yes, line.no) if label)
            }
            if found <= far:
                break
            far |= found
        if size > MAX_INSTRUCTIONS:
            raise CaptureError(f"the filter has {size} instructions; the kernel takes {MAX_INSTRUCTIONS}")
        return tuple(each for at in range(len(self._lines)) for each in self._written(at, places, far))

    def _places(self, far: set[int]) -> tuple[list[int], int]:
        places, size = [], 0
        for at in range(len(self._lines)):
            places.append(size)
            size += 3 if at in far else 1
        return places, size

    def _distance(self, places: list[int], at: int, label: str) -> int:
        """How many instructions are jumped over, from the line at `at` to the label."""
        distance = places[self._labels[label]] - places[at] - 1
        assert distance >= 0, label
        return distance

    def _written(self, at: int, places: list[int], far: set[int]) -> list[Instruction]:
        code, k, yes, no = self._lines[at]
        if code == JUMP:
            return [(code, 0, 0, self._distance(places, at, yes))]
        if code not in _CONDITIONS:
            return [(code, 0, 0, k)]
        jumps = [self._distance(places, at, label) if label else None for label in (yes, no)]
        if at not in far:
            return [(code, jumps[0] or 0, jumps[1] or 0, k)]
        # The condition chooses between two unconditional jumps behind it; 0 and 1 lead behind both of them.
        when, otherwise = (
            max(distance - step, 0) if distance is not None else None
            for distance, step in zip(jumps, (1, 2), strict=True)
        )
        behind = (1, 0)
        return [
            (code, 0, 1, k),
            (JUMP, 0, 0, behind[0] if when is None else when),
            (JUMP, 0, 0, behind[1] if otherwise is None else otherwise),
        ]


_LOADS: Final = frozenset({LOAD_WORD, LOAD_HALF, LOAD_BYTE, LOAD_WORD_X, LOAD_HALF_X, LOAD_BYTE_X, 0xB1})
"""Instructions that load octets of the packet, the last of them the length of an IPv4 header into X."""


def packed(program: Program) -> bytes:
    """As `struct sock_filter[]`."""
    return b"".join(_PACKED.pack(*each) for each in program)
