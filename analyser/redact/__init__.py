"""Privacy: users, numbers, hosts, addresses, digests, display names and bodies give way to pseudonyms before anything is tracked.

`Redactor` rewrites what the wire gave; everything behind it parses, tracks, judges and reports as always. Pseudonyms are as long as
what they stand for, so sizes, offsets and Content-Length stay true.
"""

from analyser.redact.redactor import Redactor

__all__ = ["Redactor"]
