"""Every reason that concerns an email as a whole, beside those of single merge tags."""

from __future__ import annotations

from mappings.merge_tags.reasons import Reason
from mappings.verdicts import Verdict

_EXACT, _CHANGED, _MANUAL = Verdict.EXACT, Verdict.CHANGED, Verdict.MANUAL

EMAIL_REASONS: dict[str, Reason] = {
    "content-missing": Reason(
        _MANUAL,
        "The source did not give the subject or the body of this email.",
        "Copy it from the source, then plan again. Until then the sequence can't be enabled.",
    ),
    "subject-empty": Reason(
        _MANUAL,
        "Nothing is left of the subject.",
        "Write a subject, or give replacements for its tags.",
    ),
    "body-empty": Reason(
        _MANUAL,
        "Nothing is left of the body.",
        "Write the body, or give replacements for its tags.",
    ),
    "foreign-tag-left": Reason(
        _MANUAL,
        "After the conversion something still looks like a merge tag of another platform, so the email is held back.",
        "Take it out at the source, or out of the fallback or the replacement that brought it in.",
    ),
    "blocks-design": Reason(
        _MANUAL,
        "The email is a drag-and-drop design whose inner form the source does not publish.",
        "Export it at the source as HTML, or rebuild it in Sequenzy's editor.",
    ),
    "blocks-as-html": Reason(
        _CHANGED,
        "The email is a drag-and-drop design; its finished HTML is taken instead, as one raw block.",
        "Nothing to do, unless it should be edited by drag and drop.",
    ),
    "dialect-unknown": Reason(
        _MANUAL,
        "The email's merge tags are in a language that is not read.",
        "Name the right language, or rewrite the tags.",
    ),
    "text-as-html": Reason(
        _CHANGED,
        "A plain-text email; it becomes HTML with the same lines, and its addresses become links.",
        "Nothing to do.",
    ),
    "document-in-fragment": Reason(
        _CHANGED,
        "The source holds this for a piece of HTML and wraps it; it is a complete document and is kept as one.",
        "Look at a rendered test.",
    ),
    "document-kept": Reason(
        _EXACT,
        "A complete HTML document. Sequenzy's documents do not say whether head and style survive the sending.",
        "Look at a rendered test; inline CSS is safe.",
    ),
    "mjml-compiled": Reason(
        _CHANGED,
        "MJML was compiled to HTML; details may differ from what the source's own compiler made.",
        "Look at a rendered test.",
    ),
    "mjml-refused": Reason(
        _MANUAL,
        "The MJML cannot be compiled.",
        "Export the finished HTML at the source, or correct the MJML.",
    ),
    "mjml-lost-tags": Reason(
        _MANUAL,
        "Compiling the MJML lost merge tags: MJML wants a number there, or drops the text.",
        "Move them to another place, or export the finished HTML at the source.",
    ),
    "preheader-in-body": Reason(
        _EXACT,
        "The body begins with hidden text for the inbox preview; it stays there.",
        "Nothing to do.",
    ),
    "preheader-twice": Reason(
        _CHANGED,
        "There is a preview text and hidden text at the top of the body as well; inboxes show the first one.",
        "Keep one of them.",
    ),
    "footer-added": Reason(
        _EXACT,
        "The body has no unsubscribe link, so Sequenzy adds its own footer when it sends.",
        "Recreate the source's footer in Sequenzy's settings: the source does not give it.",
    ),
    "no-unsubscribe": Reason(
        _EXACT,
        "A transactional email without an unsubscribe link; Sequenzy adds none to these.",
        "Make sure that it is no marketing.",
    ),
    "old-unsubscribe-link": Reason(
        _MANUAL,
        "An unsubscribe link leads to the old platform. Sequenzy would still email people who use it after the move.",
        "Put {{unsubscribeUrl}} in its place.",
    ),
    "old-image": Reason(
        _CHANGED,
        "The image is hosted by the old platform and dies with the account.",
        "Upload it to Sequenzy's media library and change the address, before the old account ends.",
    ),
    "old-link": Reason(
        _CHANGED,
        "The link leads to the old platform and dies with the account.",
        "Change the address before the old account ends.",
    ),
    "clipped": Reason(
        _EXACT,
        "The HTML is longer than 102 KB; some mailboxes cut such an email off.",
        "Shorten it.",
    ),
    "charset-declared": Reason(
        _CHANGED,
        "The document names a character set of its own, but it travels as UTF-8.",
        "Look at a rendered test with accents in it; if they are garbled, take the charset out of the meta tag.",
    ),
    "text-part": Reason(
        Verdict.DROPPED,
        "The source keeps a plain-text part beside the HTML; Sequenzy's documents have no place for one.",
        "Nothing to do.",
    ),
    "sender-tags": Reason(
        _MANUAL,
        "The sender's name or address has merge tags, which Sequenzy's sender profiles cannot hold.",
        "Write the sender out.",
    ),
    "sender-own": Reason(
        _CHANGED,
        "The email has a sender or reply address of its own, which is not moved; it goes out as the account's.",
        "Set the sender of the sequence before you enable it, if it is not the account's own.",
    ),
}
