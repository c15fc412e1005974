"""Packets to payloads: the datagrams and stream runs in a batch that may be SIP, on any port.

Two lanes. The wide lane looks at every packet of a batch at once and drops what cannot be SIP, which is
mostly RTP; the narrow lane takes the odd ones, packet by packet, through tables of layers.
"""

from analyser.decode.choice import NO_FRAME, Choice
from analyser.decode.decoder import Decoder
from analyser.decode.rtp import RtpStreams
from analyser.decode.tls import Over

__all__ = ["NO_FRAME", "Choice", "Decoder", "Over", "RtpStreams"]
