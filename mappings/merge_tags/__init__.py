"""Merge tags: read by a dialect into neutral expressions, printed as Sequenzy's. See docs/content.md."""
