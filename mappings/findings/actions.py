"""Rows about what steps do: code -> page, verdict, what differs, what to do."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    "content-missing": (
        "emails",
        "manual",
        "The source did not give the content of this email ({missing}). Nothing is sent in its place.",
        "Paste the subject and the body into mappings.toml.",
    ),
    "email-off": (
        "emails",
        "dropped",
        "This email is switched off at the source, which skips it.",
        "Nothing to do.",
    ),
    "email-transactional": (
        "emails",
        "changed",
        (
            "At the source a transactional email may also reach people who opted out of marketing. Here only active "
            "contacts enter the sequence, so they do not get it."
        ),
        "Let your application send it by a transactional call, where everybody must get it.",
    ),
    "recently-mailed-cap": (
        "emails",
        "changed",
        (
            "The source skips this email for people who got another one shortly before. This sequence obeys the "
            "account's frequency cap instead. The cap may count differently, and does nothing until you set it."
        ),
        "Set a frequency cap for the account at Sequenzy.",
    ),
    "recently-mailed-sent": (
        "emails",
        "changed",
        (
            "The source skips this email for people who got another one shortly before. Other emails of this "
            "sequence always go out, so here this one does too."
        ),
        "Switch on the frequency cap of the sequence if skipping one is better than sending one too many.",
    ),
    "email-blocks": (
        "emails",
        "manual",
        "The email exists as a drag-and-drop design only, without HTML.",
        "Export its HTML at the source and paste it into mappings.toml.",
    ),
    "channel-unsupported": (
        "actions",
        "manual",
        "A message by {channel} is not moved: consent and senders for that channel differ.",
        "Rebuild it, or leave it out.",
    ),
    "tags-missing": (
        "actions",
        "manual",
        "The source does not tell which tags this step handles.",
        "Look them up at the source.",
    ),
    "tag-collision": (
        "tags",
        "changed",
        "The tag becomes {tag}, and so does {others}: Sequenzy cannot tell them apart.",
        "Rename one of them.",
    ),
    "tag-starts-too": (
        "tags",
        "manual",
        (
            "The tag becomes {tag}, and so does {others}. Anyone who gets that one would start this sequence, "
            "which doesn't happen at the source."
        ),
        "Rename one of them. If they are meant to be one, give each of them the same name in mappings.toml.",
    ),
    "tag-renamed": (
        "tags",
        "changed",
        "Sequenzy writes the tag as {tag}.",
        "Look for it under this name in your application.",
    ),
    "tag-of-ours": (
        "tags",
        "changed",
        (
            "Tags that begin with mig- belong to this migration, so this tag of your account becomes {tag}. "
            "Having it starts nobody."
        ),
        "Let your application use the new name, or choose another one.",
    ),
    "tag-characters": (
        "tags",
        "changed",
        "Sequenzy may remove special characters from the tag {tag}.",
        "Rename it to letters, digits, dots and hyphens.",
    ),
    "tag-of-theirs": (
        "tags",
        "changed",
        "Sequenzy manages the tag {tag} itself, so its sync can start or stop your sequences.",
        "Check the sync rules of the workspace, or rename the tag.",
    ),
    "tag-blank": (
        "tags",
        "manual",
        "The tag has no usable name.",
        "Rename it.",
    ),
    "attribute-operation": (
        "actions",
        "manual",
        "Sequenzy can set or clear an attribute; it cannot {operation} one.",
        "Let your application do it, or leave it out.",
    ),
    "attribute-value": (
        "actions",
        "manual",
        "The attribute {key} would be set to a value that Sequenzy cannot hold.",
        "Set a text, a number or yes/no.",
    ),
    "attribute-tags": (
        "actions",
        "manual",
        "The attribute {key} is set to a text with a merge tag, which was not translated.",
        "Let your application set it, or set it with Sequenzy's tags.",
    ),
    "consent-unsubscribes": (
        "actions",
        "changed",
        "Sequenzy has no inactive state: the person is unsubscribed, and only they can undo that.",
        "Use a tag instead if people should come back without a new sign-up.",
    ),
    "move-unknown": (
        "actions",
        "manual",
        "The step moves people to another sequence, but {why}. The path ends here.",
        "Choose the sequence at the source and export again.",
    ),
    "move-tag-added": (
        "actions",
        "changed",
        (
            "The other sequence only keeps people who have the tag {tag}, so people moved there get it. Removing "
            "the tag ends that sequence for them. While they have it, adding it again doesn't restart them."
        ),
        "Nothing to do, unless the tag starts something else as well.",
    ),
    "move-tag-shared": (
        "actions",
        "manual",
        (
            "The other sequence only keeps people who have the tag {tag}, so people moved there get it. That tag "
            "also starts {others}, whose emails they don't get at the source."
        ),
        "Let the sequences start by tags of their own at the source and export again, or leave the move out.",
    ),
    "move-once": (
        "actions",
        "changed",
        ("Anyone who has already been through that sequence won't enter it again; the source may send it again."),
        "Set its enrolment mode to unlimited if people should go round.",
    ),
    "move-off": (
        "actions",
        "changed",
        (
            "The other sequence ({name}) is switched off at the source, where people moved there wait until it is "
            "on. A draft at Sequenzy doesn't notice them, so they won't be in it later."
        ),
        "Enable the other sequence first if people should continue there.",
    ),
    "move-to-itself": (
        "actions",
        "manual",
        "The step restarts the same sequence, which a running sequence at Sequenzy can't do.",
        "Decide whether the path should end here.",
    ),
    "leave-other": (
        "actions",
        "manual",
        "The step takes people out of another sequence ({name}), for which Sequenzy has no step.",
        "Give that sequence a stop condition on a tag, and add the tag here.",
    ),
    "discount-unsupported": (
        "actions",
        "manual",
        "The discount cannot be made from what the source tells ({what}).",
        "Make the discount step yourself; it needs Stripe or Shopify connected.",
    ),
    "discount-provider": (
        "actions",
        "changed",
        "The code is made by {provider} through Sequenzy, which must be connected before the sequence is enabled.",
        "Connect it.",
    ),
    "opaque-step": (
        "actions",
        "manual",
        "A step of an unknown kind ({action}). The path ends here, and what follows is kept behind it.",
        "Look at the step at the source and rebuild it, or leave it out.",
    ),
    "step-caveat": (
        "actions",
        "changed",
        "At the source, this step also means: {what}",
        "Check whether the difference matters here.",
    ),
    "left-out": ("choices", "dropped", "Left out, as you chose in mappings.toml.", "Nothing to do."),
    "step-incomplete": (
        "choices",
        "manual",
        "The source did not tell everything about this step ({missing}). It does nothing until that is filled in.",
        "Look it up at the source and write it into mappings.toml.",
    ),
    "filled-in": ("choices", "changed", "{fields} as given in mappings.toml.", "Nothing to do."),
    "filled-over": (
        "choices",
        "changed",
        "{fields} as given in mappings.toml, in the place of what the source says.",
        "Take the line away where the source is right.",
    ),
}
