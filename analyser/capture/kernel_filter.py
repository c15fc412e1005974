"""The filter that the kernel runs on each packet of a live capture, so that only what can be SIP reaches us.

It lets through, in IPv4 and IPv6, behind VLAN tags, MPLS labels and PPPoE: UDP that begins like SIP or HEP, on any port; UDP, TCP
and SCTP on the ports of SIP; fragments; tunnels where they are asked for. Ethernet and loopback are read from their link
header, any other link from where the kernel says that its network header begins.
"""

from collections.abc import Sequence

from analyser.capture.bpf import (
    EQUAL,
    HARDWARE,
    INTERFACE,
    LOAD_HALF,
    LOAD_WORD,
    LOAD_X,
    NETWORK_OFFSET,
    PACKET_TYPE,
    PROTOCOL,
    RETURN,
    Assembly,
    Program,
)
from analyser.capture.filter_walk import Walk
from analyser.capture.wanted import WHOLE, Wanted

_ETHERNET, _LOOPBACK, _OUTGOING = 1, 772, 4
"""ARPHRD_ETHER, ARPHRD_LOOPBACK and PACKET_OUTGOING."""


def kernel_filter(
    wanted: Wanted, indexes: Sequence[int] | None = None, user: tuple[Program, Program] | None = None
) -> Program:
    """The program for a socket of AF_PACKET and SOCK_RAW: gives how many octets of a packet to take, 0 for none.

    `indexes` are the interfaces that it listens to, None for all. `user` is a filter that has to agree first: compiled for
    Ethernet, and for bare IP.
    """
    code = Assembly()
    if indexes is not None:
        code.add(LOAD_WORD, INTERFACE)
        code.any_of(tuple(indexes), "listened")
        code.jump("drop")
        code.label("listened")
    code.add(LOAD_WORD, HARDWARE)
    code.when(EQUAL, _ETHERNET, "framed")
    code.when(EQUAL, _LOOPBACK, "", "bare")
    # What the loopback sends comes back to be received: one of the two is enough.
    code.add(LOAD_WORD, PACKET_TYPE)
    code.when(EQUAL, _OUTGOING, "drop", "framed")
    code.label("bare")
    if user is not None:
        code.include(user[1], "bare.agreed", "drop", NETWORK_OFFSET)
        code.label("bare.agreed")
    code.add(LOAD_X, NETWORK_OFFSET)
    code.add(LOAD_WORD, PROTOCOL)
    code.jump("types")
    code.label("framed")
    if user is not None:
        code.include(user[0], "framed.agreed", "drop")
        code.label("framed.agreed")
    code.add(LOAD_X, 14)
    code.add(LOAD_HALF, 12)
    Walk(code, wanted)
    code.label("accept")
    code.add(RETURN, WHOLE)
    code.label("drop")
    code.add(RETURN, 0)
    return code.assemble()
