"""A subject that has not settled, and what a live run remembers of it."""

from analyser.annotate.told import Told
from analyser.track import Subject, Transaction


class Watched:
    """A subject that has not settled."""

    __slots__ = ("again", "answered", "looked", "next", "subject", "told")

    def __init__(self, subject: Transaction | Subject) -> None:
        self.subject = subject
        self.answered = 0
        """When the latest final response came."""
        self.looked = 0
        """Everything due before this has been looked at."""
        self.next = 0
        """When it is looked at next; 0 for no such time."""
        self.told = Told()
        self.again = 0
        """From when on a message of it is worth another look at what was told."""
