"""In which language the merge tags of emails are written when the source does not say: the person names it.

A guess could leave `*|FNAME|*` in an inbox. How a language is read is in mappings/merge_tags.
"""

from __future__ import annotations

from collections.abc import Iterable

from mappings.merge_tags.languages import WRITTEN_BY, VisibleTag, first_tag, languages_for
from migrator.errors import UsageError
from migrator.model import EmailContent

NONE, NO_TAGS = "none", "liquid"
"""The dialect named for emails in which nothing looks like a merge tag: read by any, they come out unchanged."""


def dialect(language: str | None) -> str:
    """The name under which the merge tags are read. Told that there are none, any dialect will do."""
    return NO_TAGS if language in (None, NONE) else str(language)


def need_language(contents: Iterable[tuple[str, EmailContent]], language: str | None) -> None:
    """Raises UsageError where a text holds merge tags and nobody named their language, or `none`."""
    if language not in (None, NONE):
        return
    texts: list[str] = []
    first: tuple[str, VisibleTag] | None = None
    for name, content in contents:
        for text in (content.subject, content.preview_text, content.body, content.text):
            tag = first_tag(text) if text else None
            if text and tag is not None:
                texts.append(text)
                first = first or (name, tag)
    if first is not None:
        raise _refusal(*first, languages_for(texts), is_none=language == NONE)


def _refusal(name: str, tag: VisibleTag, fitting: tuple[str, ...], *, is_none: bool) -> UsageError:
    whose = f"looks like a tag of {tag.platforms}" if tag.platforms else "looks like one"
    fix = " or ".join(f"--language {language} ({WRITTEN_BY[language]})" for language in fitting)
    return UsageError(
        "--language none says that the emails hold no merge tags, but one does"
        if is_none
        else "An email holds merge tags, and nothing says in which language",
        where=f"{name}, line {tag.line}, column {tag.column}",
        why=f"{tag.written} {whose}",
        fix=f"Name it: {fix}."
        if fix
        else "We read no language that has all of these tags. Replace them in your files with plain words.",
    )
