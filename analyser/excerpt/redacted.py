"""The second pass where nothing of the original may go out: the messages that a `Choice` names, read once more and made into new packets.

Packets of a redacted excerpt hold messages and nothing else. Openings and ends of connections, TLS handshakes and media are left out.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from analyser.capture.batch import Interface
from analyser.excerpt.choice import Choice
from analyser.excerpt.picking import Captured, Progress, SourceInterface
from analyser.pipeline import analyse
from analyser.redact import Redactor
from analyser.redact.packets import ETHERNET, Composer
from analyser.track import Sighting

_INTERFACE: Final = SourceInterface(0, Interface(ETHERNET, 0))


def pick_redacted(
    inputs: Sequence[str],
    choice: Choice,
    redactor: Redactor,
    progress: Progress | None = None,
    **keys: Any,
) -> Iterator[Captured]:
    """Packets with the redacted messages, in the order of the captures, as `write_pcapng` and `write_pcap` take them.

    Each says by which frame its message was complete. `keys` is what decrypts, as `analyse` takes it; what was decrypted is written as TCP. Raises
    CaptureError where the captures cannot be read
    again.
    """
    composer = Composer()
    chosen = _Chosen(choice)
    for event in analyse(
        inputs, rules=(), keep=chosen.holds, progress=progress, release=True, redactor=redactor, **keys
    ):
        if not isinstance(event, Sighting):
            continue
        for packet in composer.packets(event):
            yield Captured(event.time, _INTERFACE, packet.octets, packet.wire, 0, event.input, event.frame)


class _Chosen:
    """Which messages are in the excerpt: those of which it has all frames."""

    def __init__(self, choice: Choice) -> None:
        self._frames = choice.frames

    def holds(self, sighting: Sighting) -> bool:
        frames = self._frames.get(sighting.input)
        if frames is None or not len(frames):
            return False
        places = np.minimum(np.searchsorted(frames, sighting.frames), len(frames) - 1)
        return bool((frames[places] == np.asarray(sighting.frames)).all())
