"""What `sip-analyser check` demands of captures, and what came of it (docs/check.md)."""
