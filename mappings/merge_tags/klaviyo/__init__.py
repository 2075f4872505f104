"""Django-like tags as Klaviyo uses them: a table of words, the grammar of a tag, and the walk over a text."""

from __future__ import annotations

from mappings.merge_tags.klaviyo.scan import DjangoDialect

DIALECT = DjangoDialect()
