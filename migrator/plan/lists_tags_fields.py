"""What people belong to: lists, tags, custom fields and segments, each to its place at the target and its verdict.

The people themselves are in people/planning.py; the census must have been taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mappings.answer_lines import line
from mappings.attributes import AttributeChoices, FieldKeys, dotted
from mappings.context import LoweringContext
from mappings.segments import leans_on_history, lower_segment, segments_in
from mappings.tags import collisions, lower_tag
from mappings.target import Body
from mappings.verdicts import Finding, Lowered, Verdict
from mappings.wording import sendable
from migrator.model import Attribute, ContactList, ListKind, Segment, Tag
from migrator.plan.answers.mappings_file import NAME as MAPPINGS
from migrator.plan.answers.schema import Answers, Names, unknown_key
from migrator.plan.ledger import Ledger, brief
from migrator.plan.people.census import Census
from migrator.plan.records import CreateList, CreateSegment


def said(verdict: Verdict, code: str, reason: str, remedy: str = "Nothing to do.", settles: str = "") -> Finding:
    return Finding(verdict=verdict, code=code, reason=reason, remedy=remedy, settles=settles)


LEFT = said(Verdict.DROPPED, "left-out", "Left out, as you chose in mappings.toml.")


class UniqueNames:
    """Names at the target, no two alike even without regard to capitals."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def take(self, wanted: str, source_id: str, kind: str) -> tuple[str, tuple[Finding, ...]]:
        name, number = wanted, 2
        while name.casefold() in self._taken:
            name, number = f"{wanted} ({number})", number + 1
        other = self._taken.get(wanted.casefold())
        self._taken[name.casefold()] = source_id
        if other is None:
            return name, ()
        reason = f"Another {kind} has this name already, so this one is called {name}."
        settles = line((f"{kind}s", "rename", source_id), name)
        return name, (said(Verdict.CHANGED, f"{kind}-name-taken", reason, "Choose another name.", settles),)


# Lists ----------------------------------------------------------------------------------------------------


@dataclass
class Lists:
    operations: list[CreateList] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    """Source id to `list:<id>`; absent: not planned."""
    told: dict[str, tuple[ContactList, tuple[Finding, ...]]] = field(default_factory=dict)
    twice: list[ContactList] = field(default_factory=list)


def check_ids(kind: str, wishes: Names, known: Iterable[ContactList | Segment]) -> None:
    """Refuses a wish about something that is not there: a misspelt id must not pass for no wish."""
    # A file can name half a character only by the sign that stands for it.
    ids = {sendable(one.source_id): one.name for one in known}
    named = [("rename", one) for one in wishes.rename] + [("ignore", one) for one in wishes.ignore]
    for what, one in named:
        if one not in ids:
            raise unknown_key((kind, what, one), ids, MAPPINGS, f"the bundle has none of the {kind} by this id")


def plan_lists(lists: Sequence[ContactList], wishes: Names) -> Lists:
    check_ids("lists", wishes, lists)
    plan, names = Lists(), UniqueNames()
    for one in lists:
        if one.source_id in plan.told:
            plan.twice.append(one)
            continue
        if one.source_id in wishes.left:
            plan.told[one.source_id] = (one, (LEFT,))
            continue
        key = f"list:{one.source_id}"
        wanted = brief(wishes.rename.get(one.source_id, one.name), 120) or f"List {brief(one.source_id, 40)}"
        name, findings = names.take(wanted, one.source_id, "list")
        body, more = _list_body(one, name)
        plan.keys[one.source_id] = key
        plan.operations.append(CreateList(key=key, body=body))
        plan.told[one.source_id] = (one, (*findings, *more))
    return plan


def enter_lists(plan: Lists, census: Census, ledger: Ledger) -> None:
    for source_id, (one, findings) in plan.told.items():
        ledger.expect("list", 1)
        target = (plan.keys[source_id],) if source_id in plan.keys else ()
        left = _left_lists(census.list_left[source_id]) if target else ()
        waiting = _waiting_for(census.list_waiting[source_id]) if target else ()
        ledger.add("list", source_id, one.name, (*findings, *left, *waiting), target=target)
    for one in plan.twice:
        ledger.expect("list", 1)
        reason = "The source names this list twice; the first one counts."
        ledger.add("list", one.source_id, one.name, [said(Verdict.DROPPED, "list-twice", reason)])
    for list_id in sorted(set(census.list_members) - set(plan.told)):
        ledger.expect("list", 1)
        reason = f"{census.list_members[list_id]:,} people belong to it, but the export does not tell its name."
        remedy = "Export again with the lists, or make the list by hand."
        ledger.add("list", list_id, list_id, [said(Verdict.MANUAL, "list-unnamed", reason, remedy)])


def _list_body(one: ContactList, name: str) -> tuple[Body, tuple[Finding, ...]]:
    topic = one.kind is ListKind.TOPIC
    private = one.private if one.private is not None else not topic
    body: Body = {"name": name, "isPrivate": private}
    if description := brief(one.description or "", 500):
        body["description"] = description
    if topic:
        body["allowMemberUnsubscribe"] = True
    if one.private is None and not topic:
        reason = "The source does not say whether people may see this list; it is private, so nobody is shown it."
        return body, (said(Verdict.CHANGED, "list-private", reason, "Make it public if people should switch it."),)
    return body, ()


def _left_lists(count: int) -> tuple[Finding, ...]:
    if not count:
        return ()
    reason = f"{count:,} people have left this list alone; they are kept out of it, but the date is not carried over."
    return (said(Verdict.CHANGED, "list-left", reason),)


def _waiting_for(count: int) -> tuple[Finding, ...]:
    if not count:
        return ()
    reason = (
        f"{count:,} people on it may not be mailed, though they never said no. Sequenzy's lists take only people who "
        "may be mailed, so they are not on it."
    )
    remedy = "Put whoever may be mailed again later on it by hand; the bundle tells who they are."
    return (said(Verdict.CHANGED, "list-waiting", reason, remedy),)


# Tags -----------------------------------------------------------------------------------------------------


def plan_tags(tags: Iterable[Tag], census: Census, wishes: Names, ledger: Ledger) -> dict[str, str | None]:
    """Source tag to target tag (None: left behind)."""
    names = sorted({*(tag.name for tag in tags), *census.tags})
    kept = [name for name in names if name not in wishes.left]
    rivals = {name: several for several in collisions(kept, wishes.rename).values() for name in several}
    plan: dict[str, str | None] = {}
    for name in names:
        if name in wishes.left:
            lowered = Lowered[str](value=None, findings=(LEFT,))
        else:
            lowered = lower_tag(name, wishes.rename, rivals.get(name, ()))
        plan[name] = lowered.value
        ledger.expect("tag", 1)
        target = () if lowered.value is None else (f"tag:{lowered.value}",)
        ledger.add("tag", name, name, lowered.findings, target=target)
    return plan


# Custom fields --------------------------------------------------------------------------------------------


def field_keys(answers: Answers) -> FieldKeys:
    wishes = answers.attributes
    choices = AttributeChoices(
        prefix=wishes.prefix, rename=dict(wishes.rename), ignore=tuple(wishes.left), types=dict(wishes.types)
    )
    return FieldKeys(choices)


def enter_fields(defined: Iterable[Attribute], census: Census, keys: FieldKeys, ledger: Ledger) -> dict[str, str]:
    """The ledger's entries, and each field's dotted name with its key at the target."""
    names: dict[str, str] = {}
    seen = Counter(dotted(path) for path in census.attributes)
    for path, values in sorted(census.attributes.items()):
        lowered = keys.lowered(path, values)
        target = () if lowered.value is None else (f"attribute:{lowered.value}",)
        if lowered.value is not None:
            # A dot in a merge tag or rule means the field within another, which comes first here.
            names.setdefault(dotted(path), lowered.value)
        twice = (_two_of_one_name(dotted(path), names.get(dotted(path))),) if seen[dotted(path)] > 1 else ()
        ledger.expect("attribute", 1)
        ledger.add("attribute", "/".join(path), dotted(path), (*lowered.findings, *twice), target=target)
    for key in sorted({one.key for one in defined} - set(seen)):
        ledger.expect("attribute", 1)
        ledger.add("attribute", key, key, (_unused(key, seen),))
    return names


def _two_of_one_name(name: str, key: str | None) -> Finding:
    follow = "name no field here" if key is None else f"follow {key}"
    reason = (
        f"Two fields are written {name}: one with a dot in its name, and one within another field. Merge tags, "
        f"segments and conditions that say {name} {follow}; a line of mappings.toml for {name} reaches both."
    )
    remedy = "Give one of them another name at the source and export again, if anything goes by it."
    return said(Verdict.CHANGED, "attribute-two-of-one-name", reason, remedy)


def with_named(names: Mapping[str, str], named: Iterable[str], keys: FieldKeys) -> dict[str, str]:
    """Also the fields that only sequences name, by the rules of all others: setting `email` sets no address."""
    found = dict(names)
    for name in sorted(set(named) - set(names)):
        key = keys.key(tuple(name.split(".")))
        if key is not None:
            found[name] = key
    return found


def _unused(key: str, names: Iterable[str]) -> Finding:
    if any(name.startswith(f"{key}.") for name in names):
        return said(Verdict.CHANGED, "attribute-flattened", "It holds fields of its own, each of which is listed here.")
    reason = "No contact has a value in it. Sequenzy makes a field when the first value arrives."
    return said(Verdict.EXACT, "attribute-empty", reason)


# Segments -------------------------------------------------------------------------------------------------


@dataclass
class Segments:
    operations: list[CreateSegment] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    history: set[str] = field(default_factory=set)
    """Source ids of those that look at what people did with emails, be it through another segment."""


def plan_segments(segments: Sequence[Segment], context: LoweringContext, wishes: Names, ledger: Ledger) -> Segments:
    """Those that others build on come first; a segment built on one that cannot be made is not made either."""
    check_ids("segments", wishes, segments)
    plan, names = Segments(), UniqueNames()
    unique: dict[str, Segment] = {}
    for one in segments:
        ledger.expect("segment", 1)
        if one.source_id in unique:
            reason = "The source names this segment twice; the first one counts."
            ledger.add("segment", one.source_id, one.name, [said(Verdict.DROPPED, "segment-twice", reason)])
        elif one.source_id in wishes.left:
            ledger.add("segment", one.source_id, one.name, [LEFT])
        else:
            unique[one.source_id] = one
    waiting = dict(unique)
    while waiting:
        here = replace(context, segments=plan.keys)
        made = {key: lower_segment(one, here) for key, one in waiting.items()}
        ready = [key for key, lowered in made.items() if lowered.value is not None]
        for key in ready or list(waiting):
            _enter_segment(waiting.pop(key), made[key], plan, names, wishes, ledger)
        if not ready:
            break
    return plan


def _enter_segment(
    one: Segment, lowered: Lowered[Body], plan: Segments, names: UniqueNames, wishes: Names, ledger: Ledger
) -> None:
    if lowered.value is None:
        settle = line(("segments", "ignore", one.source_id), True)
        findings = tuple(
            found if found.settles else said(found.verdict, found.code, found.reason, found.remedy, settle)
            for found in lowered.findings
        )
        ledger.add("segment", one.source_id, one.name, (*findings, *_frozen(one)))
        return
    key = f"segment:{one.source_id}"
    wanted = brief(wishes.rename.get(one.source_id, str(lowered.value["name"])), 120) or f"Segment {one.source_id}"
    name, renamed = names.take(wanted, one.source_id, "segment")
    plan.keys[one.source_id] = key
    # Those that it asks for were made before it.
    if leans_on_history(one.rule) or plan.history.intersection(segments_in(one.rule)):
        plan.history.add(one.source_id)
    plan.operations.append(CreateSegment(key=key, body={**lowered.value, "name": name}))
    ledger.add("segment", one.source_id, one.name, (*lowered.findings, *renamed, *_frozen(one)), target=(key,))


def _frozen(one: Segment) -> tuple[Finding, ...]:
    """Where the people stand who were in it, for whoever rebuilds it or tags them."""
    if one.members_file is None:
        return ()
    reason = f"Who belonged to it at the time of the export stands in the bundle, in {brief(one.members_file)}."
    return (said(Verdict.EXACT, "segment-members", reason),)


def names_of(plan: Mapping[str, str | None]) -> dict[str, str]:
    return {name: target for name, target in plan.items() if target is not None}
