"""Rows about how a sequence hangs together, begins, is entered and is left: code -> page, verdict, reason, remedy."""

from mappings.finding_rows.row import Row

ROWS: dict[str, Row] = {
    # --- graph ---------------------------------------------------------------------------------------------
    "no-steps": ("graph", "dropped", "The sequence has no step that does anything.", "Nothing to do."),
    "no-root": (
        "graph",
        "manual",
        "No step is a clear beginning: {found} steps have nothing in front of them.",
        "Look at the sequence at the source and repair its beginning, or rebuild it by hand.",
    ),
    "unreachable": (
        "graph",
        "dropped",
        "No path leads to this step, so nobody reaches it at the source either.",
        "If it should be part of the sequence, connect it at the source and export again.",
    ),
    "duplicate-step": (
        "graph",
        "manual",
        "Two steps have the same id {id}; only the first can be followed.",
        "Repair the sequence at the source and export again.",
    ),
    "dangling-edge": (
        "graph",
        "manual",
        "The path goes on to step {id}, which the export does not hold.",
        "Export again; if the step is still missing, rebuild the rest of this path by hand.",
    ),
    "cycle": (
        "graph",
        "manual",
        "The path leads back to step {id}. Sequenzy does not allow loops, so the path ends here.",
        "Decide how often the loop may run and lay the steps out one after the other, or leave it ended.",
    ),
    "fork": (
        "graph",
        "manual",
        "Several ways lead on from this step without a condition. Who takes which is not known.",
        "Choose one way at the source, or turn the step into a branch, and export again.",
    ),
    "unknown-lane": (
        "graph",
        "manual",
        "A way out that the branch does not have leads on from this step ({lane}).",
        "Repair the branch at the source and export again.",
    ),
    "empty-branch": (
        "graph",
        "manual",
        "The branch has no lane, so nothing says where people go.",
        "Repair the branch at the source and export again.",
    ),
    # --- triggers ------------------------------------------------------------------------------------------
    "no-trigger": (
        "triggers",
        "manual",
        "The export does not tell what starts this sequence. Its draft starts by hand only.",
        "Choose its start at Sequenzy before you enable it, or confirm that only calls start it.",
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
    # --- entry, re-entry, sending window -------------------------------------------------------------------
    "entry-filter": (
        "entry",
        "changed",
        "Everybody enters, and those outside the filter end at the first step: they count as having been in it.",
        "Nothing to do, unless you count entries.",
    ),
    "entry-filter-unsupported": (
        "entry",
        "manual",
        "The filter on who may enter cannot be said at Sequenzy; nobody passes the stand-in.",
        "Replace the stand-in branch by a condition that fits.",
    ),
    "audience-limited": (
        "entry",
        "manual",
        "Something else decides at the source who gets these emails ({limits}); people left out there would get them.",
        "Rebuild it, for instance as a condition in front of the first email, and then say that it is settled.",
    ),
    "audience-vouched-for": (
        "entry",
        "changed",
        "At the source something else decides who gets these emails ({limits}); you said that this is settled.",
        "Nothing to do.",
    ),
    "sequence-caveat": (
        "entry",
        "changed",
        "A setting of the whole sequence stays at the source: {what}",
        "Look whether the difference matters here.",
    ),
    "switched-off": (
        "entry",
        "exact",
        "The sequence is switched off at the source, so its draft must stay off as well.",
        "Enable it only when it should begin to send.",
    ),
    "re-entry-unknown": (
        "entry",
        "changed",
        "The source does not say whether people may enter twice. The draft lets each person in once.",
        "Set the enrolment mode if people should be able to return.",
    ),
    "re-entry-chosen": (
        "entry",
        "changed",
        "The source may let people return. You chose that each person enters once.",
        "Nothing to do.",
    ),
    "re-entry-delay": (
        "entry",
        "changed",
        "The source lets people return after {days} days. Sequenzy has no such delay; the draft lets each in once.",
        "Set the enrolment mode to unlimited if they may return at any time.",
    ),
    "re-entry-always": (
        "entry",
        "changed",
        "The source lets a person be in it twice at a time; Sequenzy lets people return after they finished.",
        "Nothing to do in most cases.",
    ),
    "window-zone": (
        "entry",
        "manual",
        "The time zone {zone} of the sending window is not known, so the window is left out.",
        "Name a zone such as Europe/Paris.",
    ),
    "window-night": (
        "entry",
        "manual",
        "The sending window ({start}-{end}) is empty or runs over midnight, which Sequenzy refuses.",
        "Choose a window inside one day.",
    ),
    # --- exits ---------------------------------------------------------------------------------------------
    "exit-before-step": (
        "exits",
        "changed",
        (
            "People leave at once at the source; Sequenzy looks before each step. Nobody gets an email more, but who "
            "{undone} before the next step stays."
        ),
        "Nothing to do.",
    ),
    "exit-not-again": (
        "exits",
        "changed",
        (
            "Who loses the tag {tag} and gets it again begins anew at the source. Here each person enters once: who "
            "has left is not let in again."
        ),
        "Set the enrolment mode to unlimited if everybody may return, also those who finished.",
    ),
    "exit-guard": (
        "exits",
        "changed",
        (
            "The one stop condition of a sequence is another rule's or cannot say this one: it is a branch in front of "
            "each step that does something, so people leave there. Nobody gets an email more, but who no longer "
            "matches before that step stays."
        ),
        "Nothing to do.",
    ),
    "exit-unsupported": (
        "exits",
        "manual",
        "This rule for leaving cannot be said at Sequenzy, so people would stay in.",
        "Replace it by a tag, list or event that Sequenzy can watch.",
    ),
    "exit-segment-fed": (
        "exits",
        "manual",
        (
            "Who leaves the segment leaves the sequence at the source. Here a small sequence watches the segment and "
            "this one does not notice, so people would stay in and be mailed."
        ),
        "Let the segment alone start it, or set a stop condition of your own.",
    ),
    "exit-several-tags": (
        "exits",
        "manual",
        "Each of several tags starts it, and who loses theirs leaves. Sequenzy can watch one tag a sequence.",
        "Let one tag start it, and add that one wherever the others are added.",
    ),
}
