"""The privilege that opening a socket needs: how to get it, and how to be rid of it afterwards."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

import click

from analyser.errors import CaptureError

_INVOKER: Final = ("SUDO_UID", "SUDO_GID")
_RIGHTS: Final = "cap_net_raw,cap_net_admin+eip"


def refusal() -> CaptureError:
    """What to tell whoever may not capture: one line with the commands that help."""
    if not hasattr(os, "geteuid"):
        return CaptureError("capturing needs the rights of an administrator")
    if os.geteuid() == 0:
        return CaptureError(
            "root may not capture packets here; a container needs --cap-add NET_RAW --cap-add NET_ADMIN"
        )
    run = shlex.join(_command())
    if not sys.platform.startswith("linux"):
        return CaptureError(f"capturing needs privilege; run: sudo {run}")
    python = os.path.realpath(sys.executable)
    allow = shlex.join(("setcap", _RIGHTS, python))
    if shutil.which("sudo") is None:
        return CaptureError(
            f"capturing needs privilege; run as root: {run}   "
            f"or allow it for good, to every user and all that {python} runs: {allow}"
        )
    return CaptureError(
        f"capturing needs privilege; run: sudo {run}   "
        f"or allow it for good, to every user and all that {python} runs: sudo {allow}"
    )


def _command() -> list[str]:
    """How this program was started, for sudo, which looks in fewer places."""
    started = Path(sys.argv[0])
    if started.name == "__main__.py" or not started.exists():
        return [sys.executable, "-m", "analyser", *sys.argv[1:]]
    return [str(started.absolute()), *sys.argv[1:]]


def drop_privilege() -> bool:
    """As root by way of sudo, become the user who called it, for good; whether that was so.

    Raises CaptureError where that user could not go on, as what is imported later is not readable for them, or where root
    could be regained.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    try:
        uid, gid = (int(os.environ[name]) for name in _INVOKER)
    except (KeyError, ValueError):
        return False
    if uid <= 0 or gid < 0:
        return False
    try:
        os.setgroups(_groups(uid, gid))
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, 0)
        closed = next((place for place in _places() if not os.access(place, os.R_OK)), None)
        os.setresuid(uid, uid, uid)
    except OSError as error:
        raise CaptureError(f"the privilege of root cannot be dropped: {error.strerror}") from error
    if {*os.getresuid()} != {uid} or {*os.getresgid()} != {gid} or _may_return():
        raise CaptureError("the privilege of root cannot be dropped")
    if closed is not None:
        raise CaptureError(
            f"{closed} is not readable for the user who called sudo; install the program where it is"
        )
    return True


def _places() -> list[str]:
    """Where modules and texts are that may be needed later on."""
    return [str(Path(__file__).resolve()), os.__file__, click.__file__]


def _groups(uid: int, gid: int) -> list[int]:
    """The groups of the user, so that what is readable for one of them stays so."""
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        return os.getgrouplist(pwd.getpwuid(uid).pw_name, gid)
    except KeyError:
        return [gid]


def _may_return() -> bool:
    for again in (os.setuid, os.setgid):
        try:
            again(0)
        except OSError:
            continue
        return True
    return False
