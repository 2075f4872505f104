"""Rows about waits, conditions and segments: code -> page, verdict, what differs, what to do."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    # --- waits ---------------------------------------------------------------------------------------------
    "wait-unknown": (
        "waits",
        "manual",
        "The source does not tell how long this wait is. The path ends here until somebody says it.",
        "Look it up at the source.",
    ),
    "wait-unlikely": (
        "waits",
        "manual",
        "The wait is {found}, which cannot be meant. The path ends here until somebody says how long it is.",
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
        "The source does not tell the time of day of this wait, or in a form that is not known ({found}).",
        "Look it up at the source.",
    ),
    "clock-wait-assumed": (
        "waits",
        "changed",
        (
            "This wait until {time} can mean two things for people who come before that time: {time} on the same day "
            "(next_occurrence), or {time} on the next day (next_day). The export does not show which. Sequenzy waits "
            "for the next day; if the source does not, their following emails come a day late."
        ),
        "Look up a person at this wait at the source, and say it for the whole account.",
    ),
    "zone-assumed": (
        "waits",
        "changed",
        "The source names no time zone for this wait; {zone} is taken.",
        "Name the zone if it is another.",
    ),
    "zone-unknown": (
        "waits",
        "manual",
        "The time zone {zone} is not known. The path ends here until somebody names it.",
        "Name a zone such as Europe/Paris.",
    ),
    "time-rounded": (
        "waits",
        "changed",
        (
            "The time of day {time} has seconds; Sequenzy takes whole minutes, so people go on up to a minute earlier. "
            "Who comes within that very minute waits for the next such time."
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
            "The wait takes its date from the starting event, but at Sequenzy this sequence starts with none: it has "
            "no event as its start, or a small sequence takes the event for it."
        ),
        "Store the date in an attribute.",
    ),
    "date-missing": (
        "waits",
        "changed",
        "The source does not say what happens to people {whose}; they leave here.",
        "Set the wait's rule for them if they should go on.",
    ),
    "date-skip": (
        "waits",
        "changed",
        (
            "The source passes over what follows for people whose date is past, up to the next wait or branch. Here a "
            "rule for leaving or a hand-over stands in between and would end that too early, so they leave instead."
        ),
        "Set the wait's rule for them by hand if they should go on.",
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
            "{field} is compared with {value}. At the source capitals {do} count; no document says whether they "
            "do at Sequenzy, where people who have it in other capitals may go another way."
        ),
        "Write the values in one way at the source, or try it at Sequenzy with one contact before you enable it.",
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
        "Set them by hand.",
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
        "The source does not tell the rules of this segment.",
        "Rebuild it by hand; its members at the time of the export are in the bundle where the source gave them.",
    ),
    "segment-unsupported": (
        "segments",
        "manual",
        "A rule of this segment cannot be said at Sequenzy ({what}).",
        "Tag its members, and use the tag.",
    ),
    "segment-engagement": (
        "segments",
        "changed",
        "It leans on what people did with emails; Sequenzy only knows its own.",
        "Freeze the members with a tag if they are needed from the first day.",
    ),
}
