"""Rows about waits, conditions and segments: code -> page, verdict, what differs, what to do."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    # --- waits ---------------------------------------------------------------------------------------------
    "wait-unknown": (
        "waits",
        "manual",
        "The source doesn't tell how long this wait is. The path ends here until you say it.",
        "Look it up at the source.",
    ),
    "wait-unlikely": (
        "waits",
        "manual",
        "The wait is {found}, which can't be meant. The path ends here until you say how long it is.",
        "Look it up at the source.",
    ),
    "wait-rounded": (
        "waits",
        "changed",
        "Sequenzy counts whole minutes; the wait of {seconds} seconds is rounded up by {more}.",
        "Nothing to do.",
    ),
    "time-unknown": (
        "waits",
        "manual",
        "The source doesn't tell the time of day of this wait, or tells it in a form we don't know ({found}).",
        "Look it up at the source.",
    ),
    "clock-wait-assumed": (
        "waits",
        "changed",
        (
            "This wait until {time} can mean {time} on the same day (next_occurrence) or on the next day "
            "(next_day). The export doesn't show which. Sequenzy waits for the next day. If the source doesn't, "
            "the emails after it come a day late."
        ),
        "Look up a person at this wait at the source, and say it for the whole account.",
    ),
    "zone-assumed": (
        "waits",
        "changed",
        "The source names no time zone for this wait, so we use {zone}.",
        "Name the zone if it is another.",
    ),
    "zone-unknown": (
        "waits",
        "manual",
        "We don't know the time zone {zone}. The path ends here until you name one.",
        "Name a zone such as Europe/Paris.",
    ),
    "time-rounded": (
        "waits",
        "changed",
        (
            "The time of day {time} has seconds; Sequenzy takes whole minutes. People continue up to a minute "
            "earlier, and those who come within that minute wait for the next such time."
        ),
        "Nothing to do.",
    ),
    "window-cut": (
        "waits",
        "changed",
        (
            "The window {start}-{end} runs over midnight; Sequenzy's ends at midnight, so people who come later wait "
            "for the next start."
        ),
        "Nothing to do, or use two waits.",
    ),
    "date-unknown": (
        "waits",
        "manual",
        "The wait names no date or attribute that could be read.",
        "Look it up at the source.",
    ),
    "date-from-event": (
        "waits",
        "manual",
        (
            "The wait takes its date from the starting event. At Sequenzy this sequence has none: no event starts it, "
            "or a small sequence takes the event for it."
        ),
        "Store the date in an attribute.",
    ),
    "date-missing": (
        "waits",
        "changed",
        "The source does not say what happens to people {whose}; they leave here.",
        "Set the wait's rule for them if they should continue.",
    ),
    "date-skip": (
        "waits",
        "changed",
        (
            "When the date is past, the source skips to the next wait or branch. Here a rule for leaving or a "
            "hand-over comes in between, so people leave instead."
        ),
        "Set the wait's rule for them yourself if they should continue.",
    ),
    "wait-event-unsupported": (
        "waits",
        "manual",
        "Sequenzy can wait for an event, not for this ({what}). The path ends here.",
        "Let your application send an event for it.",
    ),
    "wait-event-days": (
        "waits",
        "changed",
        "Sequenzy waits whole days from 1 to 365: {found} instead of {wanted}.",
        "Nothing to do where the difference does not matter.",
    ),
    "wait-event-before": (
        "waits",
        "changed",
        (
            "The lane is chosen by whether the event came since the person entered, so one that came before the wait "
            "counts as well."
        ),
        "Nothing to do in most cases.",
    ),
    # --- conditions ----------------------------------------------------------------------------------------
    "opened-asked": (
        "conditions",
        "manual",
        "Sequenzy has no condition for opened emails. Until you choose, nobody passes this branch.",
        "Choose segment (opened any email in the last {hours} hours), clicked, or event (untested).",
    ),
    "opened-as-segment": (
        "conditions",
        "changed",
        "Instead of {which}, any email that the person opened in the last {hours} hours counts.",
        "Nothing to do where few other emails go out in that time.",
    ),
    "opened-as-clicked": (
        "conditions",
        "changed",
        "A click counts instead of an opening: fewer people take this lane.",
        "Nothing to do.",
    ),
    "capitals-unknown": (
        "conditions",
        "changed",
        (
            "{field} is compared with {value}. At the source capitals {do} count. We don't know whether they do "
            "at Sequenzy, so people with other capitals may go another way."
        ),
        ("Write the values in one way at the source, or try it at Sequenzy with one contact before you enable it."),
    ),
    "opened-as-event": (
        "conditions",
        "changed",
        (
            "The condition asks for the event email.opened. Sequenzy lists the event, but no document confirms that "
            "conditions see it."
        ),
        "Test it with one contact before you enable the sequence.",
    ),
    "engagement-history": (
        "conditions",
        "changed",
        "Only what people did at Sequenzy counts; emails of the old platform are not known there.",
        "Expect few matches in the first weeks, or carry the old facts as tags.",
    ),
    "field-is-event": (
        "conditions",
        "manual",
        "A branch cannot look at a property of the starting event ({field}).",
        "Store the value in an attribute, and branch on that.",
    ),
    "comparison-unsupported": (
        "conditions",
        "manual",
        "Sequenzy cannot compare {field} this way ({comparison}).",
        "Tag the people who match, and branch on the tag.",
    ),
    "tag-left-behind": (
        "conditions",
        "manual",
        "It asks for the tag {tag}, which you leave behind, so that nobody would have it at Sequenzy.",
        "Take the tag along, or leave what asks for it behind too.",
    ),
    "field-left-behind": (
        "conditions",
        "manual",
        "It asks for the field {field}, which you leave behind, so that nobody would have it at Sequenzy.",
        "Take the field along, or leave what asks for it behind too.",
    ),
    "condition-unsupported": (
        "conditions",
        "manual",
        "Sequenzy has no condition like this one ({what}).",
        "Tag the people who match, and branch on the tag.",
    ),
    "condition-segment": (
        "conditions",
        "changed",
        "A branch cannot ask this directly, so a segment made for it is asked.",
        "Do not delete the segment.",
    ),
    "branch-wait-unknown": (
        "conditions",
        "manual",
        "The source does not tell how long it waits before it looks, or waits for ever.",
        "Look it up at the source.",
    ),
    "split-weights": (
        "conditions",
        "manual",
        "The shares of this random split are missing or do not add up.",
        "Set them yourself.",
    ),
    "split-rounded": (
        "conditions",
        "changed",
        "The shares of this random split are rounded to whole percents.",
        "Nothing to do.",
    ),
    "second-fallback": (
        "conditions",
        "dropped",
        "Another lane already takes everybody who matches nothing, so nobody takes this one.",
        "Nothing to do.",
    ),
    # --- segments ------------------------------------------------------------------------------------------
    "segment-no-rule": (
        "segments",
        "manual",
        "The source doesn't tell the rules of this segment.",
        "Rebuild it. Its members at the time of the export are in the bundle where the source gave them.",
    ),
    "segment-unsupported": (
        "segments",
        "manual",
        "Sequenzy doesn't support this rule: {what}.",
        "Tag its members, and use the tag.",
    ),
    "segment-engagement": (
        "segments",
        "changed",
        "It depends on what people did with emails, and Sequenzy only knows its own.",
        "Freeze the members with a tag if they are needed from the first day.",
    ),
}
