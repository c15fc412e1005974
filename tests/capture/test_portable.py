"""Other systems than Linux, by sockets that behave as scapy's do."""

import time
from types import SimpleNamespace

import pytest

from analyser.capture import portable
from analyser.capture.interfaces import Known
from analyser.capture.network import Interfaces
from analyser.capture.portable import ScapySockets, filter_text
from analyser.capture.wanted import Wanted
from analyser.errors import CaptureError
from tests.support.captures import OPTIONS, ethernet, ipv4, udp

FRAME = ethernet(ipv4(udp(OPTIONS)))


class FakeSocket:
    """A socket of scapy over libpcap, as far as it is used."""

    opened: dict = {}  # noqa: RUF012

    def __init__(self, name, text, promiscuous):
        if name == "lo0" and "vlan" in text:
            raise OSError("no VLAN support for data link type 0")
        if name == "bad":
            raise OSError("bad: You don't have permission\n(cannot open BPF device)")
        self.text, self.promiscuous = text, promiscuous
        self.link = {"lo0": 0, "utun0": 12}.get(name, 1)
        self.packets = []
        self.closed = self.nonblocking = False
        self.pcap_fd = SimpleNamespace(datalink=lambda: self.link, setnonblock=self._set)
        self.opened[name] = self

    def _set(self, on):
        self.nonblocking = on

    def recv_raw(self):
        return (object, *self.packets.pop(0)) if self.packets else (None, None, None)

    @staticmethod
    def select(sockets, _seconds):
        return [each for each in sockets if each.packets]

    def close(self):
        self.closed = True


@pytest.fixture
def there(monkeypatch):
    """The interfaces of the machine."""
    names = {"en0": 1, "lo0": 2, "utun0": 3}
    monkeypatch.setattr(portable, "present", lambda: names)
    monkeypatch.setattr(FakeSocket, "opened", {})
    return names


def opened(*names, bpf=None, there):
    known = Known(names or there)
    source = ScapySockets(names, known, Wanted(), bpf, FakeSocket)
    return Interfaces(source, known), source


def test_packets_of_all_interfaces_come_with_their_link_and_time(there):
    live, _ = opened(there=there)
    now = time.time()
    for number, (name, packet) in enumerate((("en0", FRAME), ("lo0", FRAME[14:]), ("utun0", FRAME[14:]))):
        FakeSocket.opened[name].packets.append((packet, now + number / 1000))

    batch = live.receive(0)

    assert [live.names[each] for each in batch.interface.tolist()] == ["en0", "lo0", "utun0"]
    assert batch.link.tolist() == [1, 0, 101]
    assert (abs(batch.time - int(now * 1e9)) < 5_000_000).all()
    first = int(batch.offset[0])
    assert batch.buffer[first : first + len(FRAME)] == FRAME
    assert live.receive(0) is None
    live.close()
    assert all(each.closed and each.nonblocking for each in FakeSocket.opened.values())


def test_tags_are_looked_for_where_a_link_can_have_them(there):
    opened("en0", "lo0", bpf="host 192.0.2.1", there=there)

    assert FakeSocket.opened["lo0"].text == f"(host 192.0.2.1) and ({filter_text(Wanted())})"
    assert "vlan and" in FakeSocket.opened["en0"].text
    assert FakeSocket.opened["en0"].promiscuous


def test_without_a_name_nothing_is_made_promiscuous(there):
    opened(there=there)

    assert not FakeSocket.opened["en0"].promiscuous


def test_interfaces_may_come_and_go(there):
    live, source = opened(there=there)
    gone = FakeSocket.opened["utun0"]
    del there["utun0"]
    there["en7"] = 9
    source.look_around()
    FakeSocket.opened["en7"].packets.append((FRAME, time.time()))

    batch = live.receive(0)

    assert gone.closed
    assert live.names[int(batch.interface[0])] == "en7"


def test_one_that_cannot_be_opened_is_an_error_only_where_no_other_can(there):
    opened("en0", "bad", there=there)

    with pytest.raises(CaptureError, match=r"^packets cannot be captured: bad: [^\n]*permission[^\n]*$"):
        opened("bad", there=there)
