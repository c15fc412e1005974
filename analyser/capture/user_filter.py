"""The user's own filter, in the language of tcpdump, compiled by libpcap: `man pcap-filter`."""

import ctypes
import ctypes.util
import os
import re
from contextlib import suppress
from typing import Final

from analyser.capture.bpf import Program
from analyser.errors import CaptureError

ETHERNET, BARE_IP = 1, 12
"""DLT_EN10MB and DLT_RAW of libpcap."""
_NAMES: Final = ("libpcap.so.1", "libpcap.so.0.8", "libpcap.dylib", "wpcap.dll")
_TAGS: Final = re.compile(r"\bvlan\b", re.IGNORECASE)
"""The kernel takes the outer tag off before any filter sees the packet, so that such a filter would never match."""
_SNAP: Final = 262_144
_ANY_NETMASK: Final = 0xFFFFFFFF


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("jt", ctypes.c_ubyte),
        ("jf", ctypes.c_ubyte),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.POINTER(_Instruction)))


def for_live(expression: str) -> tuple[Program, Program]:
    """The programs of an expression for live packets with an Ethernet header, and from their IP header on.

    Raises CaptureError as `compiled` does, and where the expression asks for what such packets do not have.
    """
    if _TAGS.search(expression):
        raise CaptureError(
            f"--bpf {expression!r}: live packets come without their VLAN tag; leave 'vlan' out"
        )
    return compiled(expression, ETHERNET), compiled(expression, BARE_IP)


def compiled(expression: str, link: int) -> Program:
    """The program of an expression, for frames of a link type.

    Raises CaptureError where libpcap is not installed or does not understand the expression.
    """
    if "\0" in expression:
        raise CaptureError("--bpf: a NUL in the expression")
    library = _libpcap()
    dead = library.pcap_open_dead(link, _SNAP)
    if not dead:
        raise CaptureError("--bpf: libpcap has no memory")
    program = _Program()
    try:
        if library.pcap_compile(dead, ctypes.byref(program), os.fsencode(expression), 1, _ANY_NETMASK):
            reason = library.pcap_geterr(dead).decode(errors="replace").strip()
            raise CaptureError(f"--bpf {expression!r}: {reason}")
        found = program.instructions[: program.length]
        return tuple((each.code, each.jt, each.jf, each.k) for each in found)
    finally:
        library.pcap_freecode(ctypes.byref(program))
        library.pcap_close(dead)


def _libpcap() -> ctypes.CDLL:
    for name in (*_NAMES, ctypes.util.find_library("pcap")):
        with suppress(OSError, TypeError):
            library = ctypes.CDLL(name) if name else None
            if library is not None:
                return _declared(library)
    raise CaptureError("--bpf needs libpcap, which is not installed (Debian: apt install libpcap0.8)")


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    library.pcap_open_dead.restype = ctypes.c_void_p
    library.pcap_open_dead.argtypes = (ctypes.c_int, ctypes.c_int)
    library.pcap_compile.argtypes = (
        ctypes.c_void_p,
        ctypes.POINTER(_Program),
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_uint32,
    )
    library.pcap_geterr.restype = ctypes.c_char_p
    library.pcap_geterr.argtypes = (ctypes.c_void_p,)
    library.pcap_freecode.argtypes = (ctypes.POINTER(_Program),)
    library.pcap_close.argtypes = (ctypes.c_void_p,)
    return library
