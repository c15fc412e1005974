"""Calls that do not reach anybody: numbers, registrations, servers, loops, barring."""
