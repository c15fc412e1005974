"""A quick look whether a transaction has a message that the head scan found fault with."""

from analyser.track import Transaction


def has_defects(transaction: Transaction) -> bool:
    """Whether its request or a response has a defect."""
    for seen in transaction.responses:
        if seen.message.scan_defects:
            return True
    requests = transaction.requests
    return bool(requests and requests[0].message.scan_defects)
