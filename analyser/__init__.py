"""Reads SIP from captures, annotates every status line, and says what went wrong."""

__version__ = "0.1.0"
