"""Rows about what starts a sequence: code -> page, verdict, reason, remedy."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    "no-trigger": (
        "triggers",
        "manual",
        "The export does not tell what starts this sequence. Its draft starts by hand only.",
        "Choose its start at Sequenzy before you enable it, or confirm that only calls start it.",
    ),
    "mover-left": (
        "triggers",
        "changed",
        (
            "At the source the sequence {sequence} hands people over to it, and that one is not carried over: nobody "
            "comes from there any more."
        ),
        "Carry that sequence over as well, or give the people who should come the start tag yourself.",
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
            "The old platform refuses to put somebody in a second time. Sequenzy's call takes them again once they "
            "have finished, and they get the same emails twice."
        ),
        "Make the call for new people only, or let the application add a tag that starts it: a tag does so once.",
    ),
    "api-needs-tag": (
        "triggers",
        "changed",
        "The sequence only keeps people who have the tag {tag}; who is put in by a call without it is stopped at once.",
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
            "The sequence only keeps people who have the tag {tag}, so the small sequence gives it to who comes in "
            "this way without it. Taking it away ends the sequence for them, and while they have it, adding it starts "
            "them no second time."
        ),
        "Nothing to do, unless something else asks for the tag.",
    ),
    "feeder-tag-shared": (
        "triggers",
        "manual",
        (
            "The sequence only keeps people who have the tag {tag}, so the small sequence gives it to who comes in "
            "this way without it. That tag also starts {others}, whose emails they do not get at the source."
        ),
        "Let the sequences start by tags of their own at the source, and export again.",
    ),
    "starts-itself": (
        "triggers",
        "manual",
        (
            "The step {step} of this sequence does what starts it. The source starts nobody who is inside; here the "
            "start comes a moment later, when they may be through, and they would get the emails again."
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
            "The event starts it through a small sequence, so the event's own properties are unknown in it, and its "
            "emails or calls print some: they would go out with holes."
        ),
        "Give those tags a fallback, or give up the other triggers at the source and export again.",
    ),
    "event-filter": (
        "triggers",
        "manual",
        "The filter on the event ({what}) cannot be said at Sequenzy. The trigger is left out.",
        "Set the trigger and a filter that fits by hand, or send a more precise event.",
    ),
    "attribute-start": (
        "triggers",
        "changed",
        (
            "No trigger watches an attribute. A segment of people with this value starts it: it looks every "
            "15 minutes, and people who have the value already do not start."
        ),
        "Nothing to do where a quarter of an hour does not matter.",
    ),
    "trigger-unsupported": (
        "triggers",
        "manual",
        "Sequenzy has no trigger like this one ({what}).",
        "Start the sequence by a tag or an event from your application, or by hand.",
    ),
    "silence-anew": (
        "triggers",
        "manual",
        (
            "Sequenzy looks once an hour for people without this event for {days} days, and knows no event from before "
            "the move. Whoever has been through at the source, or did it there the day before, is started all the same."
        ),
        "Load the events of the last {days} days first, and keep out who has been through; then say so.",
    ),
    "inactivity-start": (
        "triggers",
        "changed",
        (
            "Sequenzy looks once an hour, and counts from the last event that it knows itself, or from the day on "
            "which the sequence was made; you said that this is settled."
        ),
        "Nothing to do.",
    ),
    "segment-unknown": (
        "triggers",
        "manual",
        "It needs the segment {segment}, which this plan does not create.",
        "Settle the segment first.",
    ),
    "segment-baseline": (
        "triggers",
        "changed",
        (
            "Who is in the segment when the sequence is enabled is not let in. The source has let them in already, "
            "but for those who came in since its last look, which it takes every few minutes."
        ),
        "Enable right after the last export; who came in between is enrolled by hand.",
    ),
    "segment-anew": (
        "triggers",
        "manual",
        (
            "The segment looks at what people did with emails, and Sequenzy begins to count that anew. Whoever does it "
            "again after the move comes into the segment and is started, also who has been through at the source."
        ),
        "Let it start by a tag or a list, or keep out who has been through by a tag in the segment; then say so.",
    ),
    "segment-anew-settled": (
        "triggers",
        "changed",
        (
            "The segment looks at what people did with emails, and Sequenzy begins to count that anew; you said that "
            "this is settled."
        ),
        "Nothing to do.",
    ),
    "list-unknown": (
        "triggers",
        "manual",
        "It needs the list {list}, which this plan does not create.",
        "Settle the list first.",
    ),
    "too-many-starts": (
        "triggers",
        "manual",
        "More tags start it than Sequenzy takes: 25, with that of the small sequences. This one is left out.",
        "Give the rest one common tag.",
    ),
}
