"""Whether everybody who reads a converted text finds its unsubscribe link. Sequenzy adds a footer with one only where
the text names none at all, so a link that only some people see takes it away from the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LINK = "{{unsubscribeUrl}}"
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(style|script|title)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
"""Comments are for nobody, or for Outlook alone. `<!--[if !mso]><!-->` is a whole comment: what follows it is seen."""
_HIDING = (("<style", "</style"), ("<script", "</script"), ("<title", "</title"))
_SIGN = re.compile(r"\{\{(?:#(if|unless) ([\w.]+)|(else)|(/(?:if|unless))|unsubscribeUrl)\}\}")


def some_cannot_leave(text: str, *, conditional: bool) -> bool:
    """Of a finished text: it has the link, and not for everybody. `conditional`: whether conditionals are in it."""
    last = text.rfind(LINK)
    if last < 0 or (not conditional and _plainly_seen(text, last)):
        return False
    return not _everybody(_SIGN.finditer(_UNSEEN.sub("", text)))


def _plainly_seen(text: str, position: int) -> bool:
    """The quick look: nothing that hides a text was begun before the position and not ended."""
    # Comments are many, and the last one is near: from there backwards. The others are few, and far up.
    comment = text.rfind("<!--", 0, position)
    if comment >= 0 and text.find("-->", comment, position) < 0:
        return False
    for begun, ended in _HIDING:
        start = text.find(begun, 0, position)
        while start >= 0:
            end = text.find(ended, start, position)
            if end < 0:
                return False
            start = text.find(begun, end, position)
    return True


class _Level:
    """The text between two tags: whether the link stands here for all, and for which answers of its conditions."""

    def __init__(self, name: str = "", holds: bool = True) -> None:
        self.name, self.holds = name, holds
        self.seen = False
        self.answers: set[tuple[str, bool]] = set()

    def whole(self) -> bool:
        return self.seen or any((name, not holds) in self.answers for name, holds in self.answers)


def _everybody(signs: Iterator[re.Match[str]]) -> bool:
    levels = [_Level()]
    for sign in signs:
        word, name, other, end = sign.groups()
        if word:
            levels.append(_Level(name, word == "if"))
        elif other or end:
            if len(levels) > 1:
                done = levels.pop()
                if done.whole():
                    levels[-1].answers.add((done.name, done.holds))
                if other:
                    levels.append(_Level(done.name, not done.holds))
        else:
            levels[-1].seen = True
    return levels[0].whole()
