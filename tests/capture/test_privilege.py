"""Root by way of sudo is given up for good before a packet is looked at."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to give it up"
)
ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, os, socket
import analyser.capture.network
from analyser.capture import privilege
from analyser.capture.privilege import drop_privilege
places = json.loads(os.environ.get("PLACES", "[]"))
privilege._places = lambda: places  # this checkout may lie in the home of root
try:
    live = analyser.capture.network.open_live([], bpf=None, rtp=False, tunnels=False)
except analyser.errors.CaptureError:
    live = None  # a container without NET_RAW: what follows holds all the same
dropped = drop_privilege()
tried = []
for way in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.seteuid(0), lambda: os.setgroups([0]),
            lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)):
    try:
        way()
        tried.append(True)
    except OSError:
        tried.append(False)
if live is not None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"OPTIONS sip:a SIP/2.0\\r\\n\\r\\n", ("127.0.0.1", 9))
    assert live.receive(10) is not None
    live.losses, live.receive(0)
print(json.dumps([dropped, os.getresuid(), os.getresgid(), os.getgroups(), tried]))
"""


def run(**environment):
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "SUDO_UID": "", "SUDO_GID": "", **environment},
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return json.loads(result.stdout)


@needs_root
def test_the_user_who_called_sudo_is_all_that_is_left():
    dropped, users, groups, others, tried = run(SUDO_UID="54321", SUDO_GID="54322")

    assert (dropped, users, groups, others) == (True, [54321] * 3, [54322] * 3, [54322])
    assert not any(tried)


@needs_root
def test_a_program_that_the_user_cannot_read_is_an_error_before_it_starts(tmp_path):
    closed = tmp_path / "module.py"
    closed.touch(0o600)

    with pytest.raises(subprocess.CalledProcessError) as error:
        run(SUDO_UID="54321", SUDO_GID="54322", PLACES=f'["{closed}"]')

    assert f"CaptureError: {closed} is not readable for the user who called sudo" in error.value.stderr


@needs_root
@pytest.mark.parametrize("user", ["", "0", "-1", "x"])
def test_plain_root_stays_root(user):
    dropped, users, *_ = run(SUDO_UID=user, SUDO_GID="0")

    assert (dropped, users) == (False, [0, 0, 0])
