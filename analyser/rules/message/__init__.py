"""Messages as such: broken grammar, header fields that a code demands, codes that do not fit their method."""
