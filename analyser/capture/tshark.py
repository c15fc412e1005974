"""The second engine: tshark, run by pyshark, for what the native decoder cannot read, above all TLS with its keys.

One pass over the file, as a stream: nothing is kept but the packet under way. tshark tries SIP on every TLS connection
whatever its port; what is HTTP (and so may become WebSocket) it recognises before. The settings and decoders of the
user's own Wireshark apply, keys of IPsec among them.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from analyser.capture.at_hand import at_hand, linked
from analyser.capture.found import LAYERS, Found, messages_in
from analyser.errors import TsharkError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from analyser.capture.keys import Keys
    from analyser.capture.tshark_child import Program
    from analyser.wire import Coverage

FOLDER_PREFIX: Final = "sip-analyser-"

_PREFERENCES: Final = {
    "ip.defragment": "TRUE",
    "tcp.desegment_tcp_streams": "TRUE",
    "tcp.reassemble_out_of_order": "TRUE",
    "tls.desegment_ssl_records": "TRUE",
    "tls.desegment_ssl_application_data": "TRUE",
}
_DECODE_AS: Final = {"tls.port==1-65535": "sip"}
_CUT_SHORT: Final = b"cut short in the middle of a packet"
_HARMLESS: Final = "Running as user"
"""How tshark begins to warn of its own privileges."""


def find_tshark() -> Program:
    """The tshark that is installed. Raises TsharkError where it or pyshark is missing."""
    try:
        program: Program = _child().find()
    except ImportError as error:
        raise TsharkError("the tshark engine needs pyshark: pip install pyshark") from error
    except Exception as error:  # pyshark has an exception for each of its many ways to miss it
        raise TsharkError(
            "the tshark engine needs tshark, which is not installed (apt install tshark, brew install wireshark)"
        ) from error
    return program


def read_with_tshark(
    program: Program, path: str, keys: Keys, coverage: Coverage, name: str
) -> Iterator[Found]:
    """The SIP messages of a capture in order of their frames. Notes call it by its name."""
    if _inside_a_loop():
        raise TsharkError("the tshark engine cannot run inside an event loop; call analyse() in a thread")
    with TemporaryDirectory(prefix=FOLDER_PREFIX) as made:
        folder = Path(made)
        place = at_hand(path, folder / "capture", coverage, name)
        child = _child().TsharkChild(program, str(place), **_options(keys, folder))
        packets = child.packets()
        try:
            for packet in packets:
                yield from messages_in(packet)
        finally:
            packets.close()
        _judge_end(child, name, coverage)


def _child() -> ModuleType:
    import importlib  # noqa: PLC0415 - pyshark takes a third of a second, and may be missing

    return importlib.import_module("analyser.capture.tshark_child")


def _inside_a_loop() -> bool:
    import asyncio  # noqa: PLC0415 - a tenth of a second that the native engine need not pay

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _options(keys: Keys, folder: Path) -> dict[str, Any]:
    """What pyshark is told. Files with keys have plain names in our folder: the form of a preference leaves no room for odd ones."""
    preferences = dict(_PREFERENCES)
    if keys.keylog is not None:
        preferences["tls.keylog_file"] = _plain(keys.keylog, folder, "keylog")
    if keys.private is not None:
        preferences["uat:rsa_keys"] = f'"{_plain(keys.private, folder, "private")}",""'
    return {
        "display_filter": "sip",
        "use_json": True,
        "include_raw": True,
        "decode_as": _DECODE_AS,
        "override_prefs": preferences,
        "custom_parameters": ["-j", LAYERS],
    }


def _plain(path: str, folder: Path, name: str) -> str:
    place = folder / name
    return str(place if linked(path, place) else Path(path).resolve())


def _judge_end(child: Any, name: str, coverage: Coverage) -> None:
    """Say so where tshark has not come to the end. That the file is cut short is said by whoever reads it natively."""
    if child.text.lost:
        coverage.notes.append(
            f"{name}: frames that tshark describes in a way that is not understood: {child.text.lost}"
        )
    if child.status == 0 or _CUT_SHORT in child.said:
        return
    said = [line.removeprefix("tshark: ") for line in child.said.decode(errors="replace").splitlines()]
    reason = next((line for line in said if not line.startswith(_HARMLESS)), f"status {child.status}")
    coverage.notes.append(f"{name}: tshark gave up: {reason}")
