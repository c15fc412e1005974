"""Subscribing to events, and the notifications that follow (RFC 6665)."""
