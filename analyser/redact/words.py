"""What stays in a redacted message, because it names no person, place or machine: words of the standards.

Whatever is not here is substituted.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from typing import Final

from analyser.codes import cause_name, phrases
from analyser.errors import CatalogueError


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


VALUES: Final = words(
    "udp tcp tls sctp ws wss dtls phone ip dialstring yes no true false on off none md5 md5-sess sha-256 sha-256-sess sha-512-256 "
    "sha-512-256-sess akav1-md5 akav2-md5 auth auth-int uac uas optional required session render icon info card early-only to from "
    "both sip sips sigcomp anonymous unknown unconditional user-busy no-answer unavailable time-of-day do-not-disturb deflection "
    "follow-me out-of-service away call full off-screen header user critical calling called full id uri deactivated probation rejected "
    "timeout giveup noresource invariant active pending terminated handling signal utf-8 us-ascii iso-8859-1 principal duplex"
)
"""Values of parameters."""
NUMERIC: Final = words(
    "expires q cause level index ttl reg-id rport retry-after duration refresher min-se counter lr keep nc limit rseq refer-sub id-expires "
    "version d-alg prot port-c port-s spi-c spi-s max_forwards rc mp np"
)
"""Parameters whose value may stay where it is a number."""
FLAGS: Final = words(
    "lr ob rport nat gr alias keep outbound hide comp rn npdi isup-oli early-only to-tag audio video text data control automata class "
    "duplex mobility message application isfocus actor schemes events methods extensions language description priority"
)
"""Parameters without a value."""
SCHEMES: Final = frozenset({"digest", "basic", "bearer", "ntlm", "kerberos", "negotiate", "tls-dsk"})
_NAME: Final = re.compile(r"[+A-Za-z][A-Za-z._+\-]{0,40}[0-9]{0,2}(?:[A-Za-z._\-]{1,20})?\Z")
_NUMBER: Final = re.compile(r"[0-9]{1,10}(?:\.[0-9]{0,9}){0,2}\Z")
_LETTERS: Final = re.compile(r"[a-z]+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!*_+`'~]{1,32}\Z")
_MORE: Final = words(
    """
    rtp rtcp media timeout time timed out expired expires expiry stale nonce network blocked analytics call calls completed elsewhere normal
    clearing released release by everywhere session bye cancel cancelled canceled hangup hung up dialog transaction timer retry
    retransmission overload congestion maintenance limit reached exceeded max maximum too many registrations registration registered not
    yet already allowed authentication authorization failed failure error internal server client caller callee destination unknown invalid
    route routing gateway trunk line phone extension number dial plan codec codecs negotiation incompatible sdp offer answer ack prack
    update refresh keepalive options ping response request message missing header field contact via route to from the a an is was no in
    of for on or and your you please try again later with without has have been be this that at user agent peer trying ringing queued ok
    rejected declined refused denied blacklisted banned forbidden password wrong bad credentials account disabled locked insufficient
    funds credit balance payment unavailable available temporarily permanently offline online subscriber absent active inactive
    date preemption preempted ua level q850 isup sip cause reason code state unspecified interworking
"""
)


def is_name(text: str) -> bool:
    """Whether it looks like the name of a parameter or header field, rather than like something that it would hold."""
    return _NAME.match(text) is not None


def is_number(text: str) -> bool:
    """Whether it is a plain number."""
    return _NUMBER.match(text) is not None


def is_token(text: str) -> bool:
    """Whether it is a short token of SIP without escapes, in which no telephone number can hide."""
    return _TOKEN.match(text) is not None and re.search(r"[0-9]{4}", text) is None


@cache
def phrase_words() -> frozenset[str]:
    """Lower-case words of the phrases that the standards have for status codes and causes, and that servers add."""
    found = set(_MORE)
    for phrase in phrases().values():
        found.update(_LETTERS.findall(phrase.lower()))
    for cause in range(1, 128):
        with suppress(CatalogueError):  # not every number is one
            found.update(_LETTERS.findall(cause_name(cause).lower()))
    return frozenset(found)
