"""A sans-IO parser of SIP (RFC 3261): octets in, messages out, nothing raised.

`parse` takes one datagram or one framed stream message, `StreamFramer` frames a stream. Where the octets
break the grammar the parser works around it and names each `Defect`. It imports the standard library only.
"""

from analyser.sip.address import NameAddr, Uri
from analyser.sip.auth import Auth
from analyser.sip.body import ContentType
from analyser.sip.defects import Defect
from analyser.sip.headers import Headers, canonical_name
from analyser.sip.media import Media
from analyser.sip.message import Request, Response
from analyser.sip.parse import looks_like_sip, parse
from analyser.sip.sdp import Sdp, parse_sdp
from analyser.sip.stream import StreamFramer, Unfinished, is_one_message
from analyser.sip.values import Event, RAck, Reason, SessionExpires, SubscriptionState, Warn
from analyser.sip.via import MAGIC_COOKIE, Via

__all__ = [
    "MAGIC_COOKIE",
    "Auth",
    "ContentType",
    "Defect",
    "Event",
    "Headers",
    "Media",
    "NameAddr",
    "RAck",
    "Reason",
    "Request",
    "Response",
    "Sdp",
    "SessionExpires",
    "StreamFramer",
    "SubscriptionState",
    "Unfinished",
    "Uri",
    "Via",
    "Warn",
    "canonical_name",
    "is_one_message",
    "looks_like_sip",
    "parse",
    "parse_sdp",
]
