"""In which language the merge tags of emails are written when the source does not say: the person names it.

A guess could leave `*|FNAME|*` in an inbox. How a language is read is in mappings/merge_tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrator.errors import UsageError
from migrator.model import EmailContent

NONE, NO_TAGS = "none", "liquid"
"""The dialect named for emails in which nothing looks like a merge tag: read by any, they come out unchanged."""
_STYLE = re.compile(r"<style\b.*?(?:</style>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG_LIKE = re.compile(
    r"\{\{|\{%|\*\|[A-Za-z]|\[\[[A-Za-z]|%%[A-Za-z]|\{\$[A-Za-z]|%[A-Z][A-Z0-9_\-]{2,}%|\[%|\{[A-Z][A-Z_]{2,}\}"
)


def dialect(language: str | None) -> str:
    """The name under which the merge tags are read. Told that there are none, any dialect will do."""
    return NO_TAGS if language in (None, NONE) else str(language)


def need_language(contents: Iterable[tuple[str, EmailContent]], language: str | None) -> None:
    if language is not None:
        return
    for name, content in contents:
        for text in (content.subject, content.preview_text, content.body, content.text):
            if text and _TAG_LIKE.search(_STYLE.sub("", text)):
                raise UsageError(
                    "An email holds merge tags, and nothing says in which language",
                    where=name,
                    fix="Name it with --language, such as --language liquid.",
                )
