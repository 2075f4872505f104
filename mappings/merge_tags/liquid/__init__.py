"""Liquid as Broadcast uses it: a table of words, the grammar of a tag, and the walk over a text."""

from __future__ import annotations

from mappings.merge_tags.liquid.scan import LiquidDialect

DIALECT = LiquidDialect()
