"""What a person may say in mappings.toml, typed and strict. A key that does not exist is refused with the likely one,
because a misspelt answer that is quietly ignored would be a default nobody chose.

Reading the file is in mappings_file.py; what the answers mean for one account is in make.py.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

import msgspec

from mappings.context import Opened
from mappings.timezones import iana
from migrator.errors import SettingsError
from migrator.model import AttributeType
from migrator.plan.answers.checks import (
    TYPES,
    check_attributes,
    check_hosts,
    check_tags,
    dotted,
    in_words,
    keys_of,
    refusal,
    wrong_value,
)
from migrator.plan.answers.mappings_file import NAME
from migrator.plan.ledger import brief


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class UnknownPeople(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    LEAVE_BEHIND = "leave_behind"
    ACTIVE = "active, and I can prove their consent"
    """The one setting that lets somebody be mailed whom the source does not call subscribed."""


class Others(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    LEAVE_BEHIND = "leave_behind"


class UnreadList(StrEnum):
    VOUCHED_FOR = "nobody on it looks subscribed"


class ConsentAnswers(Setting, frozen=True, kw_only=True):
    unknown: UnknownPeople | None = None
    """None: not decided; they are unsubscribed, and the question stays."""
    pending: Others = Others.UNSUBSCRIBED
    never_subscribed: Others = Others.UNSUBSCRIBED
    unread_do_not_send_list: UnreadList | dict[str, UnreadList] | None = None
    """Not given: as long as such a list could not be read, nothing is loaded. Each by its name, or all of them."""


class Names(Setting, frozen=True, kw_only=True):
    """By the source's ids (lists, segments, templates) or names (tags)."""

    rename: dict[str, str] = {}
    ignore: tuple[str, ...] | dict[str, bool] = ()
    """`["a", "b"]`, or a line `ignore."a" = true` each."""

    @property
    def left(self) -> frozenset[str]:
        if isinstance(self.ignore, dict):
            return frozenset(name for name, left in self.ignore.items() if left)
        return frozenset(self.ignore)


class AttributeAnswers(Names, frozen=True, kw_only=True):
    prefix: str = ""
    types: dict[str, AttributeType] = {}


class SequenceAnswers(Setting, frozen=True, kw_only=True):
    take: bool = True
    name: str | None = None
    opened: Opened | None = None
    audience_settled: bool | dict[str, bool] = False
    """What else limits its audience at the source was looked at by a person: each limit by its words, or all."""
    segment_start_settled: dict[str, bool] = {}
    """By the id of a segment that starts it: nobody who has been through is started again."""
    silence_start_settled: dict[str, bool] = {}
    """By the event whose absence starts it: nobody who has been through, or did it lately, is started."""
    enters_once: bool = False
    """Each person is let in once, whatever the source does."""


class Drafts(StrEnum):
    TEMPLATE = "template"
    LEAVE_BEHIND = "leave_behind"


class CampaignAnswers(Setting, frozen=True, kw_only=True):
    drafts: Drafts = Drafts.TEMPLATE
    """Mailings that were never sent. Those that were are history and stay in the bundle."""


class TagAnswers(Setting, frozen=True, kw_only=True):
    """By a merge tag's inside as the source writes it."""

    fallbacks: dict[str, str] = {}
    replacements: dict[str, str] = {}
    nested_conditionals: bool = False


class Existing(StrEnum):
    """What happens to active people who are at the target already."""

    MERGE = "merge"
    """Their empty fields are filled; what the target knows wins."""
    SKIP = "skip"


class Answers(Setting, frozen=True, kw_only=True):
    opened: Opened = Opened.ASK
    timezone: str | None = None
    """For waits whose zone the source does not tell."""
    clock_wait: Literal["next_day", "next_occurrence"] | None = None
    """For waits until a clock time where neither the source nor its people tell what they mean."""
    existing_people: Existing = Existing.MERGE
    only_sequences: tuple[str, ...] = ()
    old_hosts: tuple[str, ...] = ()
    consent: ConsentAnswers = ConsentAnswers()
    tags: Names = Names()
    attributes: AttributeAnswers = AttributeAnswers()
    lists: Names = Names()
    segments: Names = Names()
    templates: Names = Names()
    campaigns: CampaignAnswers = CampaignAnswers()
    merge_tags: TagAnswers = TagAnswers()
    sequences: dict[str, SequenceAnswers] = {}
    files: dict[str, Any] = {}
    """How exported files are to be read; whoever reads them judges it. A plan does not look at it."""
    steps: dict[str, Any] = {}
    """`steps."7/104".seconds` or `[steps."7"."104"]`: sorted out with the bundle at hand, in steps.py."""


def read_answers(settings: dict[str, Any], where: str = NAME) -> Answers:
    _check_keys(settings, Answers, (), where)
    consent = settings.get("consent")
    if isinstance(consent, dict) and consent.get("unknown") == "active":
        raise refusal(
            ("consent", "unknown"),
            '= "active" is not enough',
            where,
            why="it lets people be mailed whose consent the source does not show",
            fix=f'If you hold their consent, write consent.unknown = "{UnknownPeople.ACTIVE.value}".',
        )
    try:
        answers = msgspec.convert(settings, Answers)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$")
        path = place.rstrip("`").lstrip(".") or "the top"
        keys = keys_of(settings, path, lambda one: msgspec.convert(one, Answers))
        raise wrong_value(keys, where, brief(in_words(what), 200), _allowed(path)) from None
    if answers.timezone is not None and iana(answers.timezone) is None:
        why = f"no time zone is called {brief(answers.timezone, 80)!r}"
        raise wrong_value(("timezone",), where, why, "Name a zone such as Europe/Paris.")
    fields = answers.attributes
    check_attributes(fields.rename, fields.types, fields.prefix, where)
    check_hosts(answers.old_hosts, where)
    check_tags(answers.tags.rename, where)
    return answers


def unknown_key(
    path: tuple[str, ...],
    known: Collection[str] | Mapping[str, str],
    where: str,
    why: str = "",
    *,
    once_there: bool | None = None,
) -> SettingsError:
    """`known` may tell what each id is called, for those who write the name instead. `once_there`: whether an earlier
    export may have had it, which is likely wherever there is a reason."""
    wanted = path[-1][:200]
    names = known if isinstance(known, Mapping) else {}
    called = [one for one, name in names.items() if name and _plain(name) == _plain(wanted)]
    alike = [one for one in known if _plain(one) == _plain(wanted)]
    # A step of the same sequence is nearer than a number that looks like this one.
    beside = [one for one in known if "/" in wanted and one.startswith(f"{wanted.partition('/')[0]}/")]
    close = called or alike or difflib.get_close_matches(wanted, beside or known, n=1, cutoff=0.5)
    head = path[:-1]
    if close:
        fix = f"Did you mean {' or '.join(dotted((*head, one)) for one in close[:3])}?"
        fix += " That is its id; the line takes ids, not names." if called else ""
    elif known and len(known) <= 20:
        fix = f"Known here: {brief(', '.join(sorted(known)), 400)}."
    else:
        fix = "See docs/mappings.md for every setting."
    if head and head[0] not in known and wanted in _TOP:
        line = f"{wanted}.x" if wanted in _TABLES else wanted
        fix = f"The line {line} = ... belongs to the top of the file, above the first [table]."
    if bool(why) if once_there is None else once_there:
        fix += " If it stood in an earlier export only, take the line away."
    error = SettingsError(f"There is no setting {dotted(path)}", where=where, why=why, fix=fix)
    error.keys = path
    return error


def _plain(name: str) -> str:
    """Without capitals, and with one sign between words."""
    return "-".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _check_keys(settings: dict[str, Any], kind: type[msgspec.Struct], path: tuple[str, ...], where: str) -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in settings.items():
        if key not in fields:
            raise unknown_key((*path, key), list(fields), where)
        inner = fields[key]
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and isinstance(value, dict):
            _check_keys(value, inner, (*path, key), where)
        elif get_origin(inner) is dict and isinstance(value, dict):
            entry = get_args(inner)[1]
            if isinstance(entry, type) and issubclass(entry, msgspec.Struct):
                for name, one in value.items():
                    if isinstance(one, dict):
                        _check_keys(one, entry, (*path, key, name), where)


def _allowed(path: str) -> str:
    """The words of a closed vocabulary, for the path that a refusal names."""
    kind: Any = Answers
    for part in path.replace("[...]", ".*").split("."):
        if part == "*":
            kind = get_args(kind)[1] if get_origin(kind) is dict else kind
            continue
        fields = {field.name: field.type for field in msgspec.structs.fields(kind)} if _is_setting(kind) else {}
        kind = fields.get(part, Any)
    kinds = [one for one in (kind, *get_args(kind)) if isinstance(one, type) and issubclass(one, StrEnum)]
    allowed = TYPES if kinds and kinds[0] is AttributeType else tuple(kinds[0]) if kinds else ()
    words = ", ".join(f'"{word.value}"' for word in allowed)
    return f"It may be {words}." if words else "See docs/mappings.md for what may stand there."


def _is_setting(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


_TOP = frozenset(field.name for field in msgspec.structs.fields(Answers))
_TABLES = frozenset(
    field.name for field in msgspec.structs.fields(Answers) if get_origin(field.type) is dict or _is_setting(field.type)
)
