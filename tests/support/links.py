"""Real interfaces for tests: a pair of virtual ones, and a socket to put frames on them."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from analyser.capture.user_filter import ETHERNET, compiled
from analyser.errors import CaptureError

_numbers = count()


def _may_make_links():
    if not hasattr(os, "geteuid") or os.geteuid() or not shutil.which("ip"):
        return False
    near, far = f"st{os.getpid()}", f"su{os.getpid()}"
    made = ip("link", "add", near, "type", "veth", "peer", "name", far, check=False)
    return made and ip("link", "del", near)


def _has_libpcap():
    try:
        compiled("udp", ETHERNET)
    except CaptureError:
        return False
    return True


def ip(*arguments, check=True):
    """Run ip; whether it did what it should."""
    return not subprocess.run(["ip", *arguments], check=check, stderr=subprocess.DEVNULL).returncode


needs_links = pytest.mark.skipif(
    not _may_make_links(), reason="needs root, and iproute2, to make network interfaces"
)
needs_libpcap = pytest.mark.skipif(
    not _has_libpcap(), reason="needs libpcap (Debian: apt install libpcap0.8)"
)


def _state(name):
    return Path("/sys/class/net", name, "operstate").read_text().strip()


class Link:
    """Two interfaces joined by a cable. `send` puts a frame in at the far end."""

    def __init__(self, near, far):
        self.near, self.far = near, far
        self._socket = None

    def make(self):
        ip("link", "add", self.near, "type", "veth", "peer", "name", self.far)
        self.up()

    def up(self):
        """Bring both ends up, and wait until they carry: what is sent before is lost."""
        for name in (self.near, self.far):
            ip("link", "set", name, "up")
        self._wait(lambda: all(_state(name) == "up" for name in (self.near, self.far)))
        time.sleep(0.01)  # the kernel says so a moment before it is true

    def down(self):
        ip("link", "set", self.near, "down")
        self._wait(lambda: _state(self.far) != "up")

    @staticmethod
    def _wait(reached):
        deadline = time.monotonic() + 10
        while not reached() and time.monotonic() < deadline:
            time.sleep(0.005)

    def remove(self):
        self.unplug()
        ip("link", "del", self.near, check=False)

    def unplug(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, *frames):
        if self._socket is None:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            self._socket.bind((self.far, 0))
        processors = os.sched_getaffinity(0)
        os.sched_setaffinity(
            0, {min(processors)}
        )  # each processor has a queue of its own: two would mix the order
        try:
            for frame in frames:
                self._socket.send(frame)
        finally:
            os.sched_setaffinity(0, processors)


@contextmanager
def link():
    """A pair of interfaces of its own."""
    number = next(_numbers)
    made = Link(f"sn{os.getpid()}.{number}", f"sf{os.getpid()}.{number}")
    made.make()
    try:
        yield made
    finally:
        made.remove()
