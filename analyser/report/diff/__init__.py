"""Two captures held against each other, and a call beside a call: `taken` keeps what is needed of each, `compare` makes the
document (`shapes`), `text` and the page write it out."""
