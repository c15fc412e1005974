"""Runs targets without atheris, on the compiled rooms, which atheris cannot see into: `python fuzz/blind.py SECONDS [TARGET…]`.

Seeds and what coverage-guided runs have kept in fuzz/corpus/ are damaged at random. A run can be made again: the same number
of a try is the same input as long as the seeds are the same. What breaks a target is written beside this file.
"""

import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from random import Random

from targets import TARGETS

from analyser.sip import octets

HERE = Path(__file__).parent
LONGEST = 8192
OCTETS = (0, 1, 0x0A, 0x0D, 0x20, 0x2D, 0x30, 0x3A, 0x45, 0x60, 0x7F, 0x80, 0xFF)
NUMBERS = (0, 1, 4, 7, 8, 20, 28, 1500, 0x7FFF, 0x8000, 0xFFFF)


def damaged(inputs: Sequence[bytes], chance: Random) -> bytes:
    """One of the inputs with one to four things done to it."""
    data = bytearray(chance.choice(inputs))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        behind = min(len(data), at + chance.choice((1, 2, 4, chance.randint(0, 64))))
        match chance.randrange(8):
            case 0 | 1:
                data[at : at + 1] = bytes((chance.choice(OCTETS),))
            case 2:
                data[at : at + 2] = chance.choice(NUMBERS).to_bytes(2, "big")
            case 3:
                data[at : at + 1] = bytes((chance.randrange(256),))
            case 4:
                del data[at:behind]
            case 5:
                data[at:at] = data[at:behind]
            case 6:
                other = chance.choice(inputs)
                start = chance.randrange(len(other) + 1)
                data[at:behind] = other[start : start + chance.randint(0, 64)]
            case 7:
                del data[at:]
    return bytes(data[:LONGEST])


def run(name: str, seconds: float) -> bool:
    """Try one target for a time; whether everything held."""
    target = TARGETS[name]
    kept = sorted((HERE / "corpus" / name).glob("*"))
    inputs = [*target.seeds(), *(path.read_bytes() for path in kept)]
    end = time.monotonic() + seconds
    tries = 0
    while time.monotonic() < end:
        data = damaged(inputs, Random(tries))  # noqa: S311 - nothing secret
        try:
            target.check(data)
        except Exception:  # noqa: BLE001 - whatever it is, it was looked for
            path = HERE / f"{name}-blind-{tries}"
            path.write_bytes(data)
            print(f"{name}: try {tries} broke it, see {path}\n{traceback.format_exc()}", flush=True)
            return False
        tries += 1
    print(f"{name}: {tries} tries from {len(inputs)} inputs", flush=True)
    return True


def main() -> None:
    seconds, names = float(sys.argv[1]), sys.argv[2:] or list(TARGETS)
    print("compiled" if octets.__file__.endswith((".so", ".pyd")) else "sources", flush=True)
    held = [run(name, seconds) for name in names]
    sys.exit(not all(held))


if __name__ == "__main__":
    main()
