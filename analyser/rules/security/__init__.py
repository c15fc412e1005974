"""Scans, guesses, floods, passwords in the clear."""
