"""What a merge tag says, in words of no platform: values, filters, conditions and the statements around them.

A dialect produces these; the printer writes them in the target's syntax. No spelling of either side lives here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """What a variable stands for."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    UNSUBSCRIBE_URL = "unsubscribe_url"
    UNSUBSCRIBE_LINK = "unsubscribe_link"
    """The same where the source is not clear about it, or prints a whole link: no address of its own in a text."""
    PREFERENCES_URL = "preferences_url"
    CONFIRMATION_URL = "confirmation_url"
    BROWSER_URL = "browser_url"
    ATTRIBUTE = "attribute"
    """A custom field of the contact, named as such by the source; `path` holds its key."""
    EVENT = "event"
    """A property of the event that started the sequence."""
    NO_EQUAL = "no_equal"
    """Known to the dialect, and to nobody else: the company's address, a person's full name."""
    UNKNOWN = "unknown"
    """A name that the dialect does not know; it may be a custom field all the same."""


class Special(StrEnum):
    NIL = "nil"
    BLANK = "blank"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Variable:
    meaning: Meaning
    path: tuple[str, ...]
    root: str
    """The first word as written: an assigned variable of that name hides what the word means otherwise."""


@dataclass(frozen=True, slots=True)
class Constant:
    value: str | int | float | bool | Special

    def as_text(self) -> str:
        if isinstance(self.value, Special):
            return ""
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)


Value = Variable | Constant


class Effect(StrEnum):
    """What leaving a filter out would mean."""

    DEFAULT = "default"
    NIL_DEFAULT = "nil_default"
    """A fallback for what is there and is nothing; not for what is absent, and not for an empty text."""
    ESCAPE = "escape"
    """The target does the same by itself."""
    COSMETIC = "cosmetic"
    """The same words, written differently."""
    OTHER = "other"
    """Another value altogether."""


FALLBACKS = frozenset({Effect.DEFAULT, Effect.NIL_DEFAULT})


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    effect: Effect
    arguments: tuple[Value, ...] = ()
    apply: Callable[[str], str] | None = None
    """What a cosmetic filter does to a fallback, or an escape to a text in the tag: never used on people's values."""


@dataclass(frozen=True, slots=True)
class Question:
    """`left` alone (operator "") asks for truth; otherwise one of == != < > <= >= contains."""

    left: Value
    operator: str = ""
    right: Value | None = None


@dataclass(frozen=True, slots=True)
class Combined:
    operator: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Text that the dialect's grammar does not cover."""


Condition = Question | Combined | Unreadable


@dataclass(frozen=True, slots=True)
class Output:
    value: Value
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """Prints a whole link: an address with words to click on."""

    address: Variable
    words: str


@dataclass(frozen=True, slots=True)
class Open:
    """A block starts. `block` is if, unless, case, loop or capture; anything else is a block of unknown effect."""

    block: str
    condition: Condition | None = None
    name: str | None = None
    """What a capture calls its text."""


@dataclass(frozen=True, slots=True)
class Middle:
    """The next branch of the block around it; without a condition the last one (else)."""

    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Close:
    block: str


@dataclass(frozen=True, slots=True)
class Assign:
    names: tuple[str, ...]
    output: Output | None
    """None: set to something that cannot be known beforehand."""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text that the source prints as it stands, template signs included."""

    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """Prints nothing."""


@dataclass(frozen=True, slots=True)
class UnknownTag:
    name: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """What looks like a tag of a platform whose language is not the text's own."""

    platforms: str
    sure: bool
    """Whether no plain text is written like this."""


@dataclass(frozen=True, slots=True)
class Unclosed:
    """A tag that begins and never ends."""


Node = (
    Output | Anchor | Open | Middle | Close | Assign | Verbatim | Comment | UnknownTag | Foreign | Unclosed | Unreadable
)


def roots_of(condition: Condition | None) -> set[str]:
    """The first words of every variable a condition reads."""
    found: set[str] = set()
    waiting: list[Condition | None] = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Combined):
            waiting.extend(part.parts)
        elif isinstance(part, Question):
            found.update(side.root for side in (part.left, part.right) if isinstance(side, Variable))
    return found
