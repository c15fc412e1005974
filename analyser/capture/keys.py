"""What opens encrypted packets: an NSS key log, or the private key of a server.

Both are only looked at, to refuse in one line what cannot be either; nothing of them is kept or shown.
"""

import re
import stat
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from analyser.capture.source import open_file
from analyser.errors import CaptureError, UsageError

MAX_SEARCH: Final = 256 * 1024 * 1024
"""Octets of a key log in which its first line has to be found."""
MAX_LINE: Final = 1024
"""Octets of a line that may lie across two chunks."""
CHUNK: Final = 1024 * 1024
MAX_PRIVATE_KEY: Final = 1024 * 1024
"""Octets of the file of a private key."""

_HEX: Final = rb"[0-9a-fA-F]"
_SECRET: Final = re.compile(
    rb"(?:^|[\r\n])(?:RSA %b{16} %b{96}|RSA Session-ID:|PMS_CLIENT_RANDOM %b{64} %b{2}|CLIENT_RANDOM %b{64} %b{96}"
    rb"|(?:CLIENT|SERVER)_(?:HANDSHAKE_TRAFFIC_SECRET|TRAFFIC_SECRET_0) %b{64} %b{64})" % ((_HEX,) * 8)
)
"""A line with a secret, in the formats of NSS that tshark reads."""
_ENCRYPTED: Final = (b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED")
_PRIVATE: Final = (b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN RSA PRIVATE KEY-----")


class Keys(NamedTuple):
    """The files with keys, where there are any."""

    keylog: str | None = None
    private: str | None = None

    @classmethod
    def of(cls, keylog: str | Path | None, private: str | Path | None) -> "Keys":
        """Keys by paths of either kind."""
        return cls(
            None if keylog is None else str(keylog),
            None if private is None else str(private),
        )


def checked(keys: Keys) -> Keys:
    """The keys, once each file can be what it is said to be. Raises CaptureError and UsageError."""
    if keys.keylog is not None:
        with _regular(keys.keylog) as file:
            if not _holds_secret(file, keys.keylog):
                raise UsageError(f"{keys.keylog}: holds no line of a TLS key log (NSS format)")
    if keys.private is not None:
        with _regular(keys.private) as file:
            octets = _read(file, MAX_PRIVATE_KEY, keys.private)
        if any(mark in octets for mark in _ENCRYPTED):
            raise UsageError(
                f"{keys.private}: is protected by a passphrase; write it without one first: openssl pkey -in …"
            )
        if not any(mark in octets for mark in _PRIVATE):
            raise UsageError(f"{keys.private}: holds no RSA private key in PEM format")
    return keys


def _regular(path: str) -> BinaryIO:
    """The open file, unless it is one that can be read only once."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise UsageError(f"{path}: is no regular file")
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise CaptureError(f"{path!r}: {error}") from error
    return open_file(path)


def _read(file: BinaryIO, size: int, path: str) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror or error}") from error


def _holds_secret(file: BinaryIO, path: str) -> bool:
    tail = b""
    for _ in range(0, MAX_SEARCH, CHUNK):
        chunk = _read(file, CHUNK, path)
        if not chunk:
            return False
        if _SECRET.search(tail + chunk):
            return True
        tail = chunk[-MAX_LINE:]
    return False
