"""Registering: bindings, credentials, challenges (RFC 3261 §10, §22)."""
