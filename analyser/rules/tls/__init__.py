"""What can be said of TLS without its keys."""
