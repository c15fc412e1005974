"""What our user can act on. Broken bytes are defects and bad behaviour is a finding; neither is an error.

AnalyserError                 one line on stderr, exit status 2
├── CaptureError              the file cannot be opened or is no capture that we read
├── CatalogueError            a catalogue file breaks its schema; names file and key
├── TsharkError               the second engine is not installed, or cannot do what it was asked
├── UnknownTopicError         nothing in the catalogue by that name; suggests near ones
└── UsageError                an option's value makes no sense, such as an unknown rule
"""


class AnalyserError(Exception):
    """Something that the person at the keyboard can put right."""


class CaptureError(AnalyserError):
    """A capture that cannot be read."""


class CatalogueError(AnalyserError):
    """A catalogue file that breaks its schema."""


class TsharkError(AnalyserError):
    """The second engine is missing, or tshark gave up."""


class UnknownTopicError(AnalyserError):
    """A topic that the catalogue does not hold."""


class UsageError(AnalyserError):
    """An option value that makes no sense."""
