"""Merge tags of platforms whose language nobody here translates: found in any text, named, and never sent."""
