"""Where packets come from: files, compressed files, standard input and directories, as batches of packets.

`read` gives the packets of any number of captures as `Batch` objects, in the order of the files. What is
no capture is a CaptureError; what is damaged gives what can be read, and a note in the coverage.
"""

from analyser.capture.batch import PADDING, Batch
from analyser.capture.reader import inputs_of, is_pipe, read

__all__ = ["PADDING", "Batch", "inputs_of", "is_pipe", "read"]
