"""People: one pass over the contacts, rows of one person united, ready import files. Sequences are elsewhere."""
