"""Publishing event state (RFC 3903)."""
