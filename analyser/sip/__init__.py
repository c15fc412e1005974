"""A sans-IO parser of SIP (RFC 3261): octets in, messages out, nothing raised, nothing imported but the standard library.

`parse` takes one datagram or one framed stream message. Where the octets break the grammar it works around
that and names each `Defect`.
"""

from analyser.sip.address import NameAddr, Uri
from analyser.sip.defects import Defect
from analyser.sip.headers import Headers
from analyser.sip.message import Request, Response
from analyser.sip.parse import looks_like_sip, parse
from analyser.sip.via import MAGIC_COOKIE, Via

__all__ = [
    "MAGIC_COOKIE",
    "Defect",
    "Headers",
    "NameAddr",
    "Request",
    "Response",
    "Uri",
    "Via",
    "looks_like_sip",
    "parse",
]
