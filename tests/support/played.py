"""A capture file played as if its packets were passing just now: a `Live` without a network.

    python -m tests.support.played CAPTURE[,CAPTURE] [--each N] [--pause SECONDS] [--stay] [--hang SECONDS] -- live …

runs the command line with it in place of the interfaces. It plays at once, `N` packets a turn; afterwards it says that there
is nothing left to listen to, or with `--stay` goes on in silence. With `--hang` it does not return from that for a time.
"""

import sys
import time
from dataclasses import replace

from analyser.capture import read
from analyser.capture.live import Losses
from analyser.errors import CaptureError
from analyser.wire import Coverage


class Played:
    """The packets of captures. `ended` is called once when the last has been given."""

    def __init__(
        self, paths, *, each=7, pause=0.0, stay=False, hang=0.02, losses=(), names=("eth0",), ended=None
    ):
        self.names = tuple(names)
        self.now = 0
        self.losses = Losses()
        self.closed = False
        self._each, self._pause, self._stay, self._hang = each, pause, stay, hang
        self._ended = ended
        self._losses = list(losses)
        """What is lost after each turn, as long as there is some."""
        self._batches = self._turns(paths)

    def _turns(self, paths):
        frame = 1
        for batch in read(paths, Coverage()):
            for start in range(0, len(batch), self._each):
                rows = slice(start, min(start + self._each, len(batch)))
                count = rows.stop - rows.start
                columns = {
                    name: getattr(batch, name)[rows] for name in ("offset", "caplen", "wirelen", "time")
                }
                link = batch.link if isinstance(batch.link, int) else batch.link[rows]
                yield replace(
                    batch, **columns, link=link, first_frame=frame, input=0, lost=None, interface=None
                )
                frame += count

    def receive(self, _wait):
        if self._pause:
            time.sleep(self._pause)
        batch = next(self._batches, None)
        if self._losses:
            self.losses = self._losses.pop(0)
        if batch is not None:
            self.now = max(self.now, batch.last_time)
            return batch
        if self._ended is not None:
            self._ended()
            self._ended = None
        if not self._stay:
            raise CaptureError("the capture has been played")
        time.sleep(self._hang)
        return None

    def close(self):
        self.closed = True


def main(arguments):
    import analyser.cli.live
    from analyser.cli import run

    split = arguments.index("--")
    own, command = arguments[:split], arguments[split + 1 :]
    options = {"stay": "--stay" in own}
    for name, kind in (("each", int), ("pause", float), ("hang", float)):
        if f"--{name}" in own:
            options[name] = kind(own[own.index(f"--{name}") + 1])
    live = Played(own[0].split(","), **options)
    analyser.cli.live.open_source = lambda _options, _coverage: live
    return run(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
