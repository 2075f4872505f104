"""Rows about who is let in, when emails may leave and who leaves: code -> page, verdict, reason, remedy."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    "email-filter": (
        "entry",
        "exact",
        "A branch before each email checks this ({what}). People it keeps out continue without that email.",
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
        "Sequenzy doesn't support this filter on who may enter. Nobody passes the placeholder.",
        "Replace the placeholder with a condition that fits.",
    ),
    "audience-limited": (
        "entry",
        "manual",
        (
            "Your old platform keeps some people out of these emails ({limits}). Without a matching rule, "
            "Sequenzy would email them."
        ),
        "Rebuild it, for instance as a condition before the first email. Then confirm it in mappings.toml.",
    ),
    "audience-vouched-for": (
        "entry",
        "changed",
        (
            "Your old platform keeps some people out of these emails ({limits}). You confirmed that this is taken "
            "care of."
        ),
        "Nothing to do.",
    ),
    "sequence-caveat": (
        "entry",
        "changed",
        "A setting of the whole sequence stays at the source: {what}",
        "Check whether the difference matters here.",
    ),
    "switched-off": (
        "entry",
        "exact",
        "The sequence is switched off at the source, so its draft must stay off as well.",
        "Enable it only when it should start to send.",
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
            "The source takes people out at once; Sequenzy checks before each step. Nobody gets an extra email, "
            "but anyone who {undone} before the next step stays."
        ),
        "Nothing to do.",
    ),
    "exit-not-again": (
        "exits",
        "changed",
        (
            "At the source, anyone who loses the tag {tag} and gets it again starts over. Here each person enters "
            "only once."
        ),
        "Set the enrolment mode to unlimited if everybody may return, including those who finished.",
    ),
    "exit-guard": (
        "exits",
        "changed",
        (
            "A sequence at Sequenzy has one stop condition, and another rule uses it. A branch before each step "
            "that does something takes people out instead. Nobody gets an extra email, but anyone who no longer "
            "matches before that step stays."
        ),
        "Nothing to do.",
    ),
    "exit-unsupported": (
        "exits",
        "manual",
        "Sequenzy doesn't support this rule for leaving, so people would stay in.",
        "Replace it with a tag, list or event that Sequenzy can watch.",
    ),
    "exit-segment-fed": (
        "exits",
        "manual",
        (
            "At the source, people who leave the segment leave the sequence. Here a small sequence watches the "
            "segment and this one doesn't notice. People would stay in and be emailed."
        ),
        "Let the segment alone start it, or set a stop condition of your own.",
    ),
    "exit-several-tags": (
        "exits",
        "manual",
        ("Each of several tags starts it, and losing that tag ends it. Sequenzy can watch one tag for each sequence."),
        "Let one tag start it, and add that one wherever the others are added.",
    ),
}
