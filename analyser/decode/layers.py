"""Every layer there is. Importing this fills the tables of `link` and `ip` with what leads back to them."""

from analyser.decode import esp, mpls, rings, serial, tags, taps, tunnels, wlan
from analyser.decode.link import LINKS
from analyser.decode.overlays import PORTS, SIGNATURES

__all__ = [
    "LINKS",
    "PORTS",
    "SIGNATURES",
    "esp",
    "mpls",
    "rings",
    "serial",
    "tags",
    "taps",
    "tunnels",
    "wlan",
]
