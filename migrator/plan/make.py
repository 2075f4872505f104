"""Compiles a bundle and a person's mappings into a plan folder, offline: the same two give the same bytes.

Each part of an account has a module of its own; here is only their order, and the order of what will be written:
opt-outs before active people, people before what they belong to, enrolments last and apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mappings.attributes import dotted
from mappings.consent import with_policy
from mappings.context import LoweringContext, survey
from mappings.merge_tags.results import ContentContext
from mappings.names_used import fields_named, marks_named, tags_named
from mappings.tags import collisions
from mappings.value_marks import Mark
from migrator import __version__
from migrator.bundle import Bundle
from migrator.errors import PlanError, SettingsError
from migrator.model import ConsentState, Sequence
from migrator.model.steps import ClockReading, SendEmail
from migrator.plan.all_sequences import Automations, plan_sequences
from migrator.plan.answers.known_names import (
    check_fields_named,
    check_merge_tags_named,
    check_tags_named,
    check_templates_named,
)
from migrator.plan.answers.mappings_file import NAME as MAPPINGS
from migrator.plan.answers.mappings_file import fingerprint, place_in
from migrator.plan.answers.schema import Answers, UnknownPeople, read_answers
from migrator.plan.answers.sequence_answers import (
    check_sequence_answers,
    entered_once,
    limits_settled,
    silences_settled,
    starts_settled,
    wholly_settled,
)
from migrator.plan.answers.step_answers import read_step_answers
from migrator.plan.answers.unread_collections import enter_unread
from migrator.plan.consent_ledger import enter_people
from migrator.plan.emails.ahead import WORTH_IT, Ahead
from migrator.plan.emails.content import Emails
from migrator.plan.folder import PlanFolder
from migrator.plan.ledger import Ledger
from migrator.plan.lists_tags_fields import (
    enter_fields,
    enter_lists,
    field_keys,
    names_of,
    plan_lists,
    plan_segments,
    plan_tags,
    with_named,
)
from migrator.plan.open_plan import LEDGER
from migrator.plan.people.import_operations import complaints, imports, members
from migrator.plan.people.people_plan import ConsentTable, PeoplePlan, Wishes
from migrator.plan.people.plan_people import plan_people
from migrator.plan.people_in_sequences import Positions
from migrator.plan.plan_json import encode_for_people
from migrator.plan.quiet_collector import quiet_collector
from migrator.plan.records import (
    FORMAT_VERSION,
    Operation,
    Plan,
)
from migrator.plan.templates_and_campaigns import Mailings, name_forms, name_others

Step = Callable[[str], None]
"""Told what is being done, for a person who waits."""


@dataclass(frozen=True)
class Made:
    plan: Plan
    ledger: Ledger
    rejected: dict[str, int]
    """Reason to rows."""


def make_plan(
    bundle: Bundle,
    settings: dict[str, Any],
    folder: Path,
    *,
    where: str = MAPPINGS,
    tell: Step | None = None,
    processes: int = 1,
    marker: str | None = None,
) -> Made:
    """`marker`: the label of what an earlier plan of this account has created, which a newer one goes on with. Writes
    the plan of `bundle` under `settings` (mappings.toml as read) to `folder`. Raises SettingsError,
    PlanError and BundleError.

    With more than one of `processes`, others help with the emails of a large account. They start as new
    interpreters, so a script that asks for them keeps its own work under `if __name__ == "__main__"`.
    """
    if bundle.manifest.since_bundle is not None:
        raise PlanError(
            "A delta cannot be planned by itself",
            where=str(bundle.folder),
            why="it holds only what changed since another bundle",
            fix="Plan the whole bundle.",
        )
    try:
        answers = read_answers(settings, where)
        target = PlanFolder(folder)
        try:
            with quiet_collector(), Ahead(processes if _mail(bundle) >= WORTH_IT else 1) as ahead:
                return _Making(
                    bundle, answers, target, fingerprint(settings), where, tell or _nothing, ahead, marker
                ).run()
        finally:
            target.clean()
    except SettingsError as error:
        error.where = place_in(Path(where), error.keys) or error.where
        raise


class _Making:
    def __init__(
        self,
        bundle: Bundle,
        answers: Answers,
        folder: PlanFolder,
        mappings_hash: str,
        where: str,
        tell: Step,
        ahead: Ahead,
        marker: str | None,
    ) -> None:
        self.bundle, self.answers, self.folder, self.where, self.tell = bundle, answers, folder, where, tell
        self.mappings_hash, self.ahead = mappings_hash, ahead
        self.ledger = Ledger()
        self.holds: tuple[str, ...] = ()
        self.marker = marker or f"migrate-{bundle.hash[:12]}"

    def run(self) -> Made:
        bundle, ledger, answers = self.bundle, self.ledger, self.answers
        self.holds = enter_unread(bundle.manifest, answers.consent.unread_do_not_send_list, ledger, self.where)
        automations = Automations(bundle, answers)
        outlines = automations.outlines()
        check_sequence_answers(answers, outlines, self.where)
        automations.steps = read_step_answers(answers.steps, outlines, self.where, bundle.template)
        outlines = [automations.steps.applied(one) for one in outlines]
        lists, keys = plan_lists(bundle.lists(), answers.lists), field_keys(answers)

        self.tell("Planning the people")
        positions = Positions(self.folder, bool(bundle.manifest.counts.get("enrolments")))
        table = self._table()
        wishes = Wishes(
            keys=keys,
            table=table,
            tag_renames=answers.tags.rename,
            tags_ignored=answers.tags.left,
            lists=tuple(lists.keys),
        )
        people = plan_people(bundle, self.folder, wishes, positions.contact if positions.wanted else None)
        census = people.census
        met = {*(tag.name for tag in bundle.tags()), *census.tags, *tags_named(outlines)}
        check_tags_named(answers.tags, met, bundle, self.where)
        fields_met = {dotted(path) for path in census.attributes}
        fields_met |= {*(one.key for one in bundle.attributes()), *fields_named(outlines)}
        check_fields_named(answers.attributes, fields_met, bundle, self.where)
        enter_lists(lists, census, ledger)
        tags = plan_tags(bundle.tags(), census, answers.tags, ledger)
        taken = [one for one in outlines if automations.takes(one.source_id)]
        fields = with_named(enter_fields(bundle.attributes(), census, keys, ledger), fields_named(taken), keys)
        enter_people(people, table, ledger)

        context = self._context(automations, outlines, lists.keys, fields, tags)
        segments = plan_segments(bundle.segments(), context, answers.segments, ledger)
        context = replace(context, segments=segments.keys, history_segments=frozenset(segments.history))

        self.tell("Planning the emails and sequences")
        emails = self._emails(fields, census.marks(marks_named(taken)), outlines)
        mailings = Mailings(emails, answers, ledger, self.marker)
        mailings.templates(bundle.templates())
        mailings.campaigns(bundle.campaigns())
        check_templates_named(answers.templates, mailings.seen, mailings.drafts, self.where)
        positions.bring_together(bundle, ledger)
        context = replace(context, translate=emails.translate)

        sequences = plan_sequences(automations, context, emails, self.folder, ledger, positions)
        positions.leave(ledger, {one.source_id: one.name for one in outlines})
        check_merge_tags_named(answers.merge_tags, emails.known, bundle, self.where)
        emails.enter(ledger)
        name_forms(bundle.forms(), ledger)
        name_others(bundle.other(), ledger)

        self.folder.close_lines()
        operations: tuple[Operation, ...] = (
            *imports(people, self.marker, answers.existing_people),
            *complaints(self.folder),
            *lists.operations,
            *members(people, lists.keys, self.folder),
            *segments.operations,
            *sequences.made_segments(),
            *mailings.operations,
            *sequences.operations,
            *positions.operations,
        )
        return self._write(people, operations)

    # --- what the parts need to know ---

    def _context(
        self,
        automations: Automations,
        outlines: list[Sequence],
        lists: dict[str, str],
        fields: dict[str, str],
        tags: dict[str, str | None],
    ) -> LoweringContext:
        answers = self.answers
        renames = dict(answers.tags.rename)
        taken = [one for one in outlines if automations.takes(one.source_id)]
        opened_in = {key: wish.opened for key, wish in answers.sequences.items() if wish.opened is not None}
        return LoweringContext(
            sequences=survey(taken, renames=renames, once=entered_once(answers)),
            lists=lists,
            forms={form.source_id: form.name for form in self.bundle.forms()},
            opened=answers.opened,
            opened_in=opened_in,
            audience_settled=wholly_settled(answers),
            limits_settled=limits_settled(answers),
            starts_settled=starts_settled(answers),
            silences_settled=silences_settled(answers),
            entered_once=entered_once(answers),
            steps=automations.steps.choices,
            tag_renames=renames,
            tag_collisions=collisions({*names_of(tags), *tags_named(taken)} - answers.tags.left, renames),
            left_tags=answers.tags.left,
            left_fields=answers.attributes.left,
            attributes=fields,
            default_timezone=answers.timezone,
            clock_wait=ClockReading(answers.clock_wait) if answers.clock_wait else None,
            marker=self.marker,
        )

    def _emails(self, fields: dict[str, str], marks: dict[str, frozenset[Mark]], outlines: list[Sequence]) -> Emails:
        wishes = self.answers.merge_tags
        host = self.bundle.manifest.source.host
        context = ContentContext(
            attributes=fields,
            marks=marks,
            fallbacks=wishes.fallbacks,
            replacements=wishes.replacements,
            nested_conditionals=wishes.nested_conditionals,
            old_hosts=(*((host,) if host else ()), *self.answers.old_hosts),
        )
        steps = (step.action for one in outlines for step in one.steps)
        language = next((action.content.language for action in steps if isinstance(action, SendEmail)), "liquid")
        return Emails(context, language=language, ahead=self.ahead)

    def _table(self) -> ConsentTable:
        wishes = self.answers.consent
        policy = {
            ConsentState.PENDING: wishes.pending.value,
            ConsentState.NEVER_SUBSCRIBED: wishes.never_subscribed.value,
        }
        if wishes.unknown is not None:
            active = wishes.unknown is UnknownPeople.ACTIVE
            policy[ConsentState.UNKNOWN] = "active" if active else wishes.unknown.value
        return with_policy(policy)

    # --- the end ---

    def _write(self, people: PeoplePlan, operations: tuple[Operation, ...]) -> Made:
        verdicts = self.ledger.close()
        self.folder.write(LEDGER, encode_for_people(self.ledger.entries), len(self.ledger.entries))
        source = self.bundle.manifest.source
        plan = Plan(
            format_version=FORMAT_VERSION,
            tool_version=__version__,
            bundle_hash=self.bundle.hash,
            mappings_hash=self.mappings_hash,
            marker=self.marker,
            source={
                "platform": source.platform,
                "host": source.host,
                "account": source.account,
                "door": self.bundle.manifest.door,
                "exported_at": self.bundle.manifest.exported_at.isoformat(),
            },
            people=people.counts,
            verdicts=verdicts,
            holds=self.holds,
            operations=operations,
            files=dict(sorted(self.folder.files.items())),
        )
        self.folder.finish(encode_for_people(plan))
        return Made(plan, self.ledger, dict(sorted(people.rejected.items())))


def _mail(bundle: Bundle) -> int:
    """About how many bytes of emails it holds."""
    wanted = {*bundle.paths("sequences"), *bundle.paths("templates")}
    return sum(entry.bytes for path, entry in bundle.manifest.files.items() if path in wanted)


def _nothing(what: str) -> None:
    pass
