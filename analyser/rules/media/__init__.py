"""Offer and answer: what the two sides agreed to send each other, and why they could not."""
