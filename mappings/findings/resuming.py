"""Rows about people who stand in the middle: code -> page, verdict, what differs, what to do."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    "resume-lane": (
        "resuming",
        "changed",
        ("They continue at this step on their original schedule. Sequenzy does not know the emails they got before."),
        "Remove the lanes when nobody waits in them any more.",
    ),
    "resume-finished": (
        "resuming",
        "exact",
        (
            "They finished or left at the source. Where people may enter only once, an attribute keeps them from "
            "being restarted."
        ),
        "Nothing to do.",
    ),
    "resume-removed": (
        "resuming",
        "changed",
        (
            "The source took them out, and may let them in again later. An attribute keeps Sequenzy from "
            "restarting them."
        ),
        "Clear the attribute of those who may return.",
    ),
    "resume-twice": (
        "resuming",
        "manual",
        "Two people share this address, and both are in the sequence. We won't enrol the address.",
        "Decide where this address continues, and enrol it yourself.",
    ),
    "resume-nothing-left": (
        "resuming",
        "exact",
        "Nothing follows for them but the end.",
        "Nothing to do.",
    ),
    "resume-ambiguous": (
        "resuming",
        "manual",
        (
            "Several steps fit what the source tells about these people. We can't tell where they are, so we "
            "won't enrol or restart them."
        ),
        "Decide for each where they continue, or leave them out.",
    ),
    "resume-unknown": (
        "resuming",
        "manual",
        (
            "No step fits what the source tells about these people. We can't tell where they are, so we won't "
            "enrol or restart them."
        ),
        "Look them up at the source.",
    ),
    "resume-paused": (
        "resuming",
        "manual",
        "They are paused at the source. We won't enrol them.",
        "Enrol them yourself when they should continue.",
    ),
    "resume-error": (
        "resuming",
        "manual",
        "The source stopped them because of an error. We won't enrol them.",
        "Look at the error at the source.",
    ),
    "resume-busy": (
        "resuming",
        "manual",
        (
            "The source was moving them on at that moment, so we can't tell whether their step has run. We won't "
            "enrol them."
        ),
        "Export again in a minute; their step will be known.",
    ),
    "resume-status": (
        "resuming",
        "manual",
        "The source gives them a state we don't know. We won't enrol them.",
        "Look them up at the source.",
    ),
    "resume-no-time": (
        "resuming",
        "manual",
        "We know where they are, but not when they continue. We won't enrol them.",
        "Look up the time at the source.",
    ),
    "resume-stand-in": (
        "resuming",
        "manual",
        "They are at a step that needs you first, or right before one.",
        "Decide about the step, and plan again.",
    ),
    "resume-looks-back": (
        "resuming",
        "manual",
        (
            "A branch or date ahead of them looks at clicks or events from before the move. Sequenzy doesn't know "
            "those, so they would take the wrong path."
        ),
        "Let them finish at the source, or enrol them behind that step yourself.",
    ),
    "resume-event": (
        "resuming",
        "manual",
        (
            "An email or call ahead of them prints data of the event that started them. Sequenzy doesn't know "
            "that event, so it would go out with a gap."
        ),
        ("Give those tags a fallback in mappings.toml and plan again, or let these people finish at the source."),
    ),
    "resume-stopped": (
        "resuming",
        "manual",
        "The stop condition of the sequence would take them out at once.",
        "Check whether they should still be in it.",
    ),
    "resume-not-subscribed": (
        "resuming",
        "dropped",
        "They may not be emailed any more, so we won't enrol them.",
        "Nothing to do.",
    ),
    "resume-no-contact": (
        "resuming",
        "manual",
        "The export has no usable address for them.",
        "Look them up at the source.",
    ),
}
