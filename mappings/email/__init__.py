"""Whole emails: what a body is, what is in it, and how it becomes HTML that Sequenzy can send. See docs/content.md."""
