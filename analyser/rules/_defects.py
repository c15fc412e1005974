"""A quick look whether a transaction has a message that the head scan found fault with."""

from functools import lru_cache

from analyser.track import Transaction


@lru_cache(maxsize=1)
def has_defects(transaction: Transaction) -> bool:
    """Whether its request or a response has a defect; several rules ask of the same transaction in turn."""
    for seen in transaction.responses:
        if seen.message.scan_defects:
            return True
    requests = transaction.requests
    return bool(requests and requests[0].message.scan_defects)
