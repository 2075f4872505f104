"""Rows about people who stand in the middle: code -> page, verdict, what differs, what to do."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    "resume-lane": (
        "resuming",
        "changed",
        (
            "They enter by a lane of their own and go on at this step at the moment that their attribute names. Emails "
            "that they were sent before are not known to Sequenzy."
        ),
        "Remove the lanes when nobody waits in them any more.",
    ),
    "resume-finished": (
        "resuming",
        "exact",
        "They finished or left at the source. Where people may enter once, an attribute keeps them from starting anew.",
        "Nothing to do.",
    ),
    "resume-removed": (
        "resuming",
        "changed",
        (
            "They were taken out at the source, which may let them in again when something starts them anew. An "
            "attribute keeps that from happening here."
        ),
        "Clear the attribute of those who may return.",
    ),
    "resume-twice": (
        "resuming",
        "manual",
        "Two people of the source have this one address and stand in the sequence at once. They are not put in.",
        "Decide where the address goes on, and enrol it by hand.",
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
        "Several steps fit the times of these people. They are not put in, and cannot start anew by themselves.",
        "Decide for each where to go on, or leave them out.",
    ),
    "resume-unknown": (
        "resuming",
        "manual",
        "No step fits what the source tells about these people. They are not put in, and cannot start anew.",
        "Look them up at the source.",
    ),
    "resume-paused": (
        "resuming",
        "manual",
        "They were paused at the source. They are not put in.",
        "Put them in by hand when they should go on.",
    ),
    "resume-error": (
        "resuming",
        "manual",
        "The source had stopped them because of an error. They are not put in.",
        "Look at the error at the source.",
    ),
    "resume-busy": (
        "resuming",
        "manual",
        "The source was working on them at that moment: whether their step has run is not known. They are not put in.",
        "Export again; a minute later they stand somewhere.",
    ),
    "resume-status": (
        "resuming",
        "manual",
        "The source gives them a state that is not known. They are not put in.",
        "Look them up at the source.",
    ),
    "resume-no-time": (
        "resuming",
        "manual",
        "It is known where they stand, but not when they go on. They are not put in.",
        "Look up the time at the source.",
    ),
    "resume-stand-in": (
        "resuming",
        "manual",
        "They stand at a step, or in front of one, that needs a person first.",
        "Settle the step, and plan again.",
    ),
    "resume-looks-back": (
        "resuming",
        "manual",
        (
            "A branch or a date ahead of them looks at clicks or events from before the move, which Sequenzy does not "
            "know: they would take the wrong lane."
        ),
        "Put them in behind that step by hand.",
    ),
    "resume-event": (
        "resuming",
        "manual",
        (
            "An email or a call ahead of them prints something of the event that started them, which Sequenzy does not "
            "know: it would go out with a hole."
        ),
        "Give those tags a fallback in mappings.toml and plan again, or let these people finish at the source.",
    ),
    "resume-stopped": (
        "resuming",
        "manual",
        "The stop condition of the sequence would take them out at once.",
        "Look whether they should still be in it.",
    ),
    "resume-not-subscribed": (
        "resuming",
        "dropped",
        "They may not be mailed any more, so no sequence goes on for them.",
        "Nothing to do.",
    ),
    "resume-no-contact": (
        "resuming",
        "manual",
        "The export has no usable address for them.",
        "Look them up at the source.",
    ),
}
