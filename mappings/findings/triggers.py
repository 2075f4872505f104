"""Rows about what starts a sequence: code -> page, verdict, reason, remedy."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    "no-trigger": (
        "triggers",
        "manual",
        "The export doesn't tell what starts this sequence. Only you can start its draft.",
        "Choose its start at Sequenzy before you enable it, or confirm that only calls start it.",
    ),
    "mover-left": (
        "triggers",
        "changed",
        ("The sequence {sequence} hands people over to this one, and it is not moved. Nobody will come from there."),
        "Move that sequence as well, or give those people the start tag yourself.",
    ),
    "api-start": (
        "triggers",
        "changed",
        "Your application starts it by a call to the old platform, which ends with the account.",
        "Let the application call POST /sequences/(id)/enroll instead; the load report names the id.",
    ),
    "api-again": (
        "triggers",
        "changed",
        (
            "The old platform refuses to enrol somebody a second time. Sequenzy enrols them again once they have "
            "finished, and they get the same emails twice."
        ),
        ("Make the call for new people only, or let the application add a tag that starts it: a tag does so once."),
    ),
    "api-needs-tag": (
        "triggers",
        "changed",
        ("The sequence only keeps people who have the tag {tag}. Anyone a call enrols without it is stopped at once."),
        "Let the call add the tag {tag}, which starts the sequence by itself.",
    ),
    "form-start": (
        "triggers",
        "manual",
        "The form {form} starts it, and forms cannot be moved. The sequence also starts with the tag {tag}.",
        "Rebuild the form and let it add the tag {tag}.",
    ),
    "feeder": (
        "triggers",
        "changed",
        (
            "Sequenzy allows one kind of trigger a sequence. A small sequence with this trigger adds the tag {tag}, "
            "which starts this one."
        ),
        "Enable the small sequence together with this one.",
    ),
    "feeder-tag-added": (
        "triggers",
        "changed",
        (
            "The sequence only keeps people who have the tag {tag}, so the small sequence adds it. Removing the "
            "tag ends the sequence for them. While they have it, adding it again doesn't restart them."
        ),
        "Nothing to do, unless something else asks for the tag.",
    ),
    "feeder-tag-shared": (
        "triggers",
        "manual",
        (
            "The sequence only keeps people who have the tag {tag}, so the small sequence adds it. That tag also "
            "starts {others}, whose emails they don't get at the source."
        ),
        "Let the sequences start by tags of their own at the source, and export again.",
    ),
    "starts-itself": (
        "triggers",
        "manual",
        (
            "The step {step} of this sequence does what starts it. The source doesn't restart people who are "
            "inside. At Sequenzy they may be through by then, and would get the emails again."
        ),
        "Let each person in once, leave the step out, or take this start away at the source and export again.",
    ),
    "feeder-event": (
        "triggers",
        "changed",
        "The event starts it through a small sequence, so the event's own properties are empty in its emails.",
        "Use attributes in the emails, or give up the other triggers.",
    ),
    "feeder-event-blank": (
        "triggers",
        "manual",
        (
            "The event starts it through a small sequence, so the event's properties are unknown in it. Its "
            "emails or calls print some, and would go out with gaps."
        ),
        "Give those tags a fallback, or give up the other triggers at the source and export again.",
    ),
    "event-filter": (
        "triggers",
        "manual",
        "Sequenzy doesn't support this filter on the event ({what}). The trigger is left out.",
        "Set the trigger and a matching filter yourself, or send a more precise event.",
    ),
    "attribute-start": (
        "triggers",
        "changed",
        (
            "No trigger watches an attribute, so a segment of people with this value starts it. Sequenzy checks "
            "it every 15 minutes. People who have the value already don't start."
        ),
        "Nothing to do where a quarter of an hour does not matter.",
    ),
    "trigger-unsupported": (
        "triggers",
        "manual",
        "Sequenzy has no trigger like this one ({what}).",
        "Start the sequence by a tag or an event from your application, or yourself.",
    ),
    "silence-anew": (
        "triggers",
        "manual",
        (
            "Sequenzy checks once an hour for people without this event for {days} days, and knows no event from "
            "before the move. It would start people who have been through at the source, or did this yesterday."
        ),
        (
            "Load the events of the last {days} days first, and keep out people who have been through. Then "
            "confirm it in mappings.toml."
        ),
    ),
    "inactivity-start": (
        "triggers",
        "changed",
        (
            "Sequenzy checks once an hour. It counts from the last event it knows itself, or from the day the "
            "sequence was made. You confirmed that this is taken care of."
        ),
        "Nothing to do.",
    ),
    "segment-unknown": (
        "triggers",
        "manual",
        "It needs the segment {segment}, which this plan does not create.",
        "Decide about the segment first.",
    ),
    "segment-baseline": (
        "triggers",
        "changed",
        (
            "People who are in the segment when you enable the sequence are not let in. The source has let them "
            "in already, except those who came since its last check a few minutes before."
        ),
        "Enable right after the last export, and enrol those who came in between yourself.",
    ),
    "segment-anew": (
        "triggers",
        "manual",
        (
            "The segment looks at what people did with emails, and Sequenzy starts that count from zero. Anyone "
            "who does it again after the move would be started, even if they have been through at the source."
        ),
        (
            "Start it by a tag or a list, or keep out people who have been through by a tag in the segment. Then "
            "confirm it in mappings.toml."
        ),
    ),
    "segment-anew-settled": (
        "triggers",
        "changed",
        (
            "The segment looks at what people did with emails, and Sequenzy starts that count from zero. You "
            "confirmed that this is taken care of."
        ),
        "Nothing to do.",
    ),
    "list-unknown": (
        "triggers",
        "manual",
        "It needs the list {list}, which this plan does not create.",
        "Decide about the list first.",
    ),
    "too-many-starts": (
        "triggers",
        "manual",
        ("More tags start it than Sequenzy takes: 25, including those of the small sequences. This one is left out."),
        "Give the rest one common tag.",
    ),
}
