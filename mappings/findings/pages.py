"""The pages of docs/constructs: what each construct becomes, in a table, and every finding it may carry.

`render` makes a page; a test holds the files against it, so the pages cannot say anything else than the mappings do.
"""

from __future__ import annotations

import textwrap
from typing import NamedTuple

from mappings.findings import FINDINGS
from mappings.verdicts import Verdict


class Page(NamedTuple):
    title: str
    about: str
    rows: tuple[tuple[str, str], ...]
    """Source has, target gets."""


PAGES: dict[str, Page] = {
    "graph": Page(
        "The graph of steps",
        "A sequence is read from its one beginning. Branches may rejoin. What cannot be followed is cut at the step "
        "where the trouble shows, and the sequence is not ready to be enabled until a person has looked at it. "
        "Where a person must decide, a placeholder holds the place: a branch that sends everybody to the end. What "
        "follows is kept behind a tag that nobody has. It is not a wait, because a wait ends by itself.",
        (
            ("steps in a row", "the same row; every wait is a node of its own"),
            ("a branch whose lanes end apart", "a branch with one lane each"),
            ("branches that rejoin", "lanes that lead to one node, which is there once"),
            ("an empty lane", "a lane that leads where the path continues"),
            ("a jump forward", "an edge to that step"),
            ("a jump backward", "the path ends; see `cycle`"),
            (
                "a step of an unknown kind",
                "people stop there, and every step that it names in any way is kept behind it",
            ),
            (
                "more ways on than the step explains",
                "people stop there, and each way is kept behind a tag of its own",
            ),
        ),
    ),
    "triggers": Page(
        "Triggers",
        "Drafts are made with the trigger `manual`, so that nothing starts while people and tags are loaded. The "
        "natural trigger is part of the plan and set when the sequence is enabled. A wait for a date of the starting "
        "event needs that event: such a draft has it from the start.",
        (
            ("tag added (one or several)", "`tag_added`"),
            ("list joined (one or several)", "`contact_added` with the lists"),
            ("segment entered", "`segment_entered`; members at the moment of enabling do not start"),
            ("event, with or without a filter on its properties", "`event_received` with `propertyFilters`"),
            ("any new contact", "`contact_added` for any contact"),
            ("several kinds at once", "a tag of ours, and a small feeder sequence for each further kind"),
            ("handed over by another sequence", "a tag of ours that the other sequence adds"),
            ("a form", "a tag of ours that the rebuilt form adds"),
            ("a call by your application", "`manual`; enrolled by call"),
        ),
    ),
    "entry": Page(
        "Who may enter, how often, and when emails leave",
        "What the source does not say never lets anybody in twice. Contacts who may not be mailed do not enter.",
        (
            ("once", "`one_time`"),
            ("again after finishing", "`unlimited` (nobody is in it twice at a time)"),
            ("a filter on who enters", "a branch in front: everybody else goes to the end"),
            ("a sending window", "`sendingWindow`; only emails are held"),
        ),
    ),
    "exits": Page(
        "Leaving early",
        "Sequenzy has one stop condition a sequence, looked at before every step. A tag that must stay takes it "
        "first, then the first rule that fits; every further rule is a branch to the end in front of each step "
        "that does something.",
        (
            ("leaves when the start tag is removed", "stop condition `does_not_have_tag`"),
            ("leaves the start segment", "`stopOnSegmentExit` on the trigger"),
            ("gets or lacks a tag, joins or leaves a list", "the stop condition of that name"),
            ("an event, with or without a filter", "stop condition `event_received`"),
            ("a goal", "the same as a rule for leaving"),
        ),
    ),
    "waits": Page(
        "Waits",
        "Sequenzy counts whole minutes; two moments less than a minute apart count as the same. A plain time of day "
        "means the next one strictly after the step before. Sequenzy passes at once inside a window, so the window is "
        "one minute long and looked for after a minimum wait of one minute: people who arrive at 9:00 sharp wait "
        "for tomorrow's 9:00 in both places. Those who arrive in the minute before continue up to a minute late.",
        (
            ("a fixed time", "`delay`"),
            ("a time of day", "`waitUntilWeekday` on all days, one minute long"),
            ("a time of day, always on the next day", "two such waits: until midnight, then until that time"),
            ("a window, some weekdays", "`waitUntilWeekday` with its start and end"),
            ("in each person's own zone", "`timezoneSource: subscriber`"),
            ("a date in an attribute or the starting event", "`waitUntil`"),
            ("a fixed date", "a key date of the sequence and `waitUntilKeyDate`"),
            ("an event, or a time-out", "`logic_wait_for_event`, and a branch where the two lanes differ"),
        ),
    ),
    "conditions": Page(
        "Conditions",
        "and: branches behind one another; or: lanes to one target; not: the lanes change places. A wait before "
        "looking is a wait in front of the branch. Texts are compared as they are written; where capitals could decide "
        "it, that is told.",
        (
            ("has a tag, is on a list, is in a segment", "`has_tag`, `in_list`, `in_segment`"),
            ("a custom field equals, contains, is greater or less", "`field_equals`, `field_contains`, ..."),
            ("other comparisons that a segment can make", "`in_segment` with a segment made for it"),
            ("clicked the email before, or any email of the sequence", "`link_clicked` with that scope"),
            ("opened", "what you choose: a segment, clicked instead, the event, or a placeholder"),
            ("an event happened", "`event_received`"),
            ("a random split", "a random split with whole percents"),
        ),
    ),
    "emails": Page(
        "Emails in a sequence",
        "An email without content is never made. Merge tags and the HTML itself have pages of their own.",
        (
            ("an email", "`email` with subject, preview text and HTML"),
            ("a transactional email", "the same, marked `isTransactional`"),
            ("an email that is switched off", "nothing"),
            ("emails left out for people who just got another one", "`frequencyCapEnabled`, if all of them are"),
        ),
    ),
    "actions": Page(
        "Actions",
        "Calls to other services go on when they fail: a person never gets stuck because a receiver is down.",
        (
            ("add or remove tags", "one `action_add_tag` or `action_remove_tag` for each"),
            ("add to or remove from a list", "`action_add_to_list`, `action_remove_from_list`"),
            ("set or clear an attribute", "`action_update_attributes`"),
            ("deactivate, unsubscribe", "`action_update_attributes` with `status: unsubscribed`, then the end"),
            ("an HTTP call", "`action_webhook` with `onError: continue`"),
            ("move to another sequence", "its start tag taken off and added again, then the end"),
            ("a discount", "`action_create_discount`, where the source names provider, kind and amount"),
        ),
    ),
    "tags": Page(
        "Tags",
        "Sequenzy trims tags, writes them in lower case and turns blanks into one hyphen. Two tags that become one "
        "cannot be told apart any more, which changes conditions and triggers: both are named.",
        (
            ("`VIP Customer`", "`vip-customer`"),
            ("`saas.monthly`", "`saas.monthly`"),
            ("`mig-...`, a name of ours", "`source-mig-...`"),
        ),
    ),
    "segments": Page(
        "Segments",
        "A segment moves whole or not at all: one that is nearly right emails the wrong people.",
        (
            ("groups with and, or, not", "groups with `and`, `or`; not turns each operator into its opposite"),
            ("tags, lists, segments, status", "`tag`, `list`, `segment`, `status`"),
            ("custom fields", "`attribute`"),
            (
                "sent, delivered, opened, clicked, bounced, events, with windows and counts",
                "the same, by Sequenzy's own history",
            ),
        ),
    ),
    "resuming": Page(
        "People in the middle of a sequence",
        "Two attributes say where a person continues, and when. A branch after the trigger takes them to a wait for "
        "that moment, which clears the attributes and leads to their step. People we can't place for certain are "
        "held: the same branch sends them to the end, so that nothing restarts them.",
        (
            ("waiting at a known step", "a lane to what follows the wait, at the moment it ends"),
            ("due now", "the same, at once"),
            ("several steps fit, or none", "held and listed"),
            ("paused, stopped by an error", "held and listed"),
            ("finished, where people enter once", "marked, so that nothing restarts them"),
        ),
    ),
    "choices": Page(
        "Your choices",
        "Every question has a line for mappings.toml. What you write there survives planning again.",
        (
            ('`steps."7/104".skip = true`', "the step is left out, and the path continues after it"),
            ('`steps."7/104".seconds = 86400`', "the field is filled in"),
        ),
    ),
}
_INDEX = (
    "What each construct of an automation becomes at Sequenzy. Every construct found gets one verdict: `exact` (the "
    "same behaviour), `changed` (a stated difference), `manual` (a person must act; until then a placeholder that "
    "cannot send), `dropped` (no meaning there). The pages are made from the mappings and held against them by a test."
)
_MARK = {Verdict.EXACT: "exact", Verdict.CHANGED: "changed", Verdict.MANUAL: "manual", Verdict.DROPPED: "dropped"}


def render_index() -> str:
    lines = ["# Constructs", "", *_wrapped(_INDEX), ""]
    lines += [f"- [{page.title}]({name}.md)" for name, page in PAGES.items()]
    return "\n".join(lines) + "\n"


def render(name: str) -> str:
    page = PAGES[name]
    lines = [f"# {page.title}", "", *_wrapped(page.about), "", "| The source has | Sequenzy gets |", "|---|---|"]
    lines += [f"| {source} | {target} |" for source, target in page.rows]
    codes = [(code, kind) for code, kind in FINDINGS.items() if kind.page == name]
    if codes:
        lines += ["", "## What the ledger may say", ""]
    for code, kind in codes:
        lines += [f"### `{code}` ({_MARK[kind.verdict]})", "", *_wrapped(_open(kind.reason)), ""]
        lines += [f"What to do: {_open(kind.remedy)}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _open(text: str) -> str:
    return text.replace("{", "*").replace("}", "*")


def _wrapped(text: str, width: int = 118) -> list[str]:

    return textwrap.wrap(text, width)
