"""Rows about who is let in, when emails may leave and who leaves: code -> page, verdict, reason, remedy."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    "email-filter": (
        "entry",
        "exact",
        "A branch in front of each email looks at this ({what}). Whoever it keeps out continues without that email.",
        "Nothing to do.",
    ),
    "email-filter-list": (
        "entry",
        "changed",
        "Sequenzy asks whether a person is on the list ({what}). Somebody new gets these emails once they are on it.",
        "Let your forms and applications put new people on this list.",
    ),
    "email-filter-undecided": (
        "entry",
        "changed",
        (
            "People who never chose get these emails too, as at the source ({what}). If one of them leaves the list at "
            "Sequenzy, only unsubscribing stops these emails."
        ),
        "Fill in the field when somebody leaves the list, or ask them to unsubscribe.",
    ),
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
