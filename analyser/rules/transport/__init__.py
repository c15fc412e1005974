"""Datagrams and addresses: what does not fit, what is cut, what cannot be reached."""
