"""Sequenzy, the target: a thin client of what a plan needs, with a look for what exists beside every create."""
