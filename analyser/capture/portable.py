"""Live packets where Linux is not: through scapy's sockets, which rest on libpcap or Npcap.

They take a filter as text, give whole packets with their time, and do not tell what was dropped.
"""

import importlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from analyser.capture.gathering import LONGEST, Gathering
from analyser.capture.interfaces import Known, present
from analyser.capture.wanted import SCTP_IN_UDP, SIP_PORTS, STREAM_PORTS, TUNNEL_PORTS, Wanted
from analyser.errors import CaptureError
from analyser.wire import SECOND

_LINKS: Final = {12: 101, 14: 101}
"""Numbers of BSD for bare IP to that of capture files."""
_METHODS: Final = (
    "INVI",
    "ACK ",
    "BYE ",
    "CANC",
    "OPTI",
    "REGI",
    "PRAC",
    "SUBS",
    "NOTI",
    "PUBL",
    "INFO",
    "REFE",
)
_BEGINNINGS: Final = (*_METHODS, "MESS", "UPDA", "SIP/", "HEP3")

Open = Callable[[str, str, bool], Any]
"""Opens a socket of scapy: the interface, the filter, whether the interface shall be promiscuous."""


class ScapySockets:
    """One socket for each interface. Raises CaptureError where none can be opened."""

    def __init__(
        self, names: tuple[str, ...], known: Known, wanted: Wanted, bpf: str | None, opened: Open
    ) -> None:
        plain = filter_text(wanted)
        tagged = f"({plain}) or (vlan and ({plain}))"
        # Which links can have VLAN tags only libpcap knows: it refuses to look for them on others.
        self._texts = [f"({bpf}) and ({text})" if bpf else text for text in (tagged, plain)]
        self._names, self._known, self._opened = names, known, opened
        self._sockets: dict[str, Any] = {}
        failure = self._open(names or present())
        if not self._sockets:
            raise CaptureError(f"packets cannot be captured: {failure}")

    def _open(self, names: Iterable[str]) -> str:
        """Open the sockets that are missing; why one could not be opened."""
        failure = "there is no interface"
        for name in names:
            if name in self._sockets:
                continue
            for text in self._texts:
                try:
                    made = self._opened(name, text, bool(self._names))
                    made.pcap_fd.setnonblock(True)
                except Exception as error:  # noqa: BLE001 - scapy and its systems raise what they like
                    failure = f"{name}: {' '.join(str(error).split())}"
                    continue
                self._sockets[name] = made
                break
        return failure

    def look_around(self) -> None:
        """Follow interfaces that come and go."""
        there = present()
        for name in [name for name in self._sockets if name not in there]:
            self._sockets.pop(name).close()
        self._open([name for name in self._names or there if name in there])

    def wait(self, seconds: float) -> bool:
        """Whether there is something to take, within that time."""
        sockets = list(self._sockets.values())
        if not sockets:
            time.sleep(seconds)
            return False
        return bool(type(sockets[0]).select(sockets, seconds))

    def fill(self, gathering: Gathering) -> bool:
        """Take what has come; whether that was all."""
        return all(self._take(name, each, gathering) for name, each in self._sockets.items())

    def _take(self, name: str, each: Any, gathering: Gathering) -> bool:
        link = each.pcap_fd.datalink()
        link = _LINKS.get(link, link)
        number = self._known.number(name, link)
        while not gathering.is_full:
            _, packet, at = each.recv_raw()
            if packet is None:
                return True
            kept = packet[:LONGEST]
            gathering.room[: len(kept)] = kept
            moment = round(at * 1_000_000) * (SECOND // 1_000_000)
            gathering.add(gathering.start, len(kept), len(packet), moment, link, number, 0)
        return False

    def dropped(self) -> int:
        """Not told by these sockets."""
        return 0

    def close(self) -> None:
        for each in self._sockets.values():
            each.close()
        self._sockets.clear()


def scapy_open() -> Open:
    """What opens scapy's sockets. Raises CaptureError where libpcap or Npcap is missing."""
    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    config = importlib.import_module("scapy.config").conf
    try:
        config.use_pcap = True
        importlib.import_module("scapy.arch")
        listening = config.L2listen
    except Exception as error:
        raise CaptureError(
            f"capturing needs libpcap, or Npcap on Windows: {' '.join(str(error).split())}"
        ) from error

    def opened(name: str, text: str, promiscuous: bool) -> Any:  # noqa: FBT001 - as scapy has it
        return listening(iface=name, filter=text, promisc=promiscuous)

    return opened


def filter_text(wanted: Wanted) -> str:
    """What `kernel_filter` lets through, as far as the language of tcpdump can say it."""
    words = [f"0x{int.from_bytes(each.encode(), 'big'):08x}" for each in _BEGINNINGS]
    begins = [f"{at}={word}" for at in ("udp[8:4]", "ip6[48:4]") for word in words]
    udp4, udp6 = begins[: len(words)], begins[len(words) :]
    first, last = SIP_PORTS
    ports = _ports(
        [
            f"portrange {first}-{last}",
            *(f"port {port}" for port in (*STREAM_PORTS, SCTP_IN_UDP, *wanted.ports)),
        ]
    )
    clauses = [
        f"(udp and ({' or '.join(udp4)}))",
        f"(ip6 proto 17 and ({' or '.join(udp6)}))",
        f"((tcp or sctp) and {ports})",
        f"(udp and {ports} and not (udp[8]&0x80!=0) and udp[4:2]>18)",
        f"(ip6 proto 17 and {ports} and not (ip6[48]&0x80!=0) and ip6[44:2]>18)",
        "(ip[6:2]&0x1fff!=0 and not icmp)",
        "(ip6 proto 44)",
    ]
    if wanted.rtp:
        clauses.append("(udp and udp[8]&0xc0=0x80) or (ip6 proto 17 and ip6[48]&0xc0=0x80)")
    if wanted.tunnels:
        tunnels = _ports([f"port {port}" for port in TUNNEL_PORTS])
        clauses.append(f"(ip proto 4 or ip proto 41 or ip proto 47 or ip proto 50 or (udp and {tunnels}))")
    return " or ".join(clauses)


def _ports(each: Sequence[str]) -> str:
    return f"({' or '.join(each)})"
