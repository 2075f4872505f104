"""Every reason why a merge tag is not carried over exactly: its verdict, the sentence for it and what to do.

The one list of them: the converter can name no other, and docs/content.md is checked against it.
"""

from __future__ import annotations

from typing import NamedTuple

from mappings.verdicts import Verdict


class Reason(NamedTuple):
    verdict: Verdict
    sentence: str
    remedy: str


_CHANGED, _MANUAL, _DROPPED = Verdict.CHANGED, Verdict.MANUAL, Verdict.DROPPED

REASONS: dict[str, Reason] = {
    "attribute-guessed": Reason(
        _CHANGED,
        "The name alone does not say that it is a custom field; it is taken for the one of the same name.",
        "Look whether the field is meant; if not, give a replacement for this tag.",
    ),
    "attribute-unseen": Reason(
        _CHANGED,
        "No contact of the export has this custom field, so the tag prints nothing for anybody.",
        "Check the spelling of the field, or give a fallback or a replacement.",
    ),
    "list-printed": Reason(
        _CHANGED,
        "Some contacts have a list in this field. How Sequenzy prints a list is not documented.",
        "Look at a rendered test with such a contact, or keep the words as one text.",
    ),
    "value-printed": Reason(
        _CHANGED,
        "Some contacts have a yes or no in this field, or a whole number written with a point, like 20.0. How Sequenzy "
        "writes these is not documented.",
        "Look at a rendered test with such a contact, or keep the words as a text.",
    ),
    "markup-printed": Reason(
        _CHANGED,
        "Some contacts have markup in this field. Sequenzy escapes what it prints, so people see the markup.",
        "Take the markup out of the values, or write it around the tag.",
    ),
    "false-not-default": Reason(
        _CHANGED,
        "Some contacts have false in this field, or 0 where the source takes that for nothing. The source prints "
        "another text or nothing for them, Sequenzy the value.",
        "Take these values away where they mean nothing, or look at a rendered test with such a contact.",
    ),
    "formatting-left-out": Reason(
        _CHANGED,
        "The value is printed as it is stored: Sequenzy has no filters for capitals, blanks or length.",
        "Clean the stored values if the difference matters.",
    ),
    "escaped-more": Reason(
        _CHANGED,
        "The source escapes the value once more than this place needs, so that people see entities in it; Sequenzy "
        "does not.",
        "Nothing to do.",
    ),
    "fallback-characters": Reason(
        _CHANGED,
        "The fallback has special characters or spaces at its ends that Sequenzy may print differently.",
        "Look at a rendered test, or choose a plainer fallback.",
    ),
    "fallback-wider": Reason(
        _CHANGED,
        "The source prints this fallback only for a value that is there and is nothing; Sequenzy prints it for every "
        "absent or empty value.",
        "Look at a rendered test with a contact without the field.",
    ),
    "fallback-chosen": Reason(_CHANGED, "A fallback that you chose was added.", "Nothing to do."),
    "replaced": Reason(_CHANGED, "Your replacement takes the place of this tag.", "Nothing to do."),
    "value-test": Reason(
        _CHANGED,
        "Sequenzy asks whether the field has a value, whichever. It may judge an empty text, 0 or false differently.",
        "Nothing to do where the field is either filled or absent; otherwise test with such a contact.",
    ),
    "conditional-in-markup": Reason(
        _CHANGED,
        "The conditional is inside an HTML tag, a place that Sequenzy's documents don't mention.",
        "Look at a rendered test of both cases.",
    ),
    "in-code": Reason(
        _CHANGED,
        "The tag is in a style sheet or a script. Sequenzy escapes what it prints, and nothing undoes that there.",
        "Nothing to do where the values are plain words or colours; otherwise look at a rendered test.",
    ),
    "conditional-folded": Reason(
        _CHANGED,
        "The conditional only chose between a value and a text; it became a tag with a fallback, "
        "which an empty value shows as well.",
        "Nothing to do.",
    ),
    "link-in-text": Reason(
        _CHANGED,
        "The link is in running text: Sequenzy prints the bare address.",
        "Put it into the href of a link with words of your own.",
    ),
    "name-inferred": Reason(
        _CHANGED,
        "The source does not publish what this variable is called; the meaning is taken from its name.",
        "Look at a rendered test.",
    ),
    "url-encoded": Reason(
        _CHANGED,
        "The braces were URL-encoded, so the source emailed them unchanged. It is a working tag now.",
        "Look at the link in a rendered test.",
    ),
    "broken-tag": Reason(
        _CHANGED,
        "Markup or invisible characters had crept into the tag. They were taken out of it.",
        "Look at the place in a rendered test.",
    ),
    "tag-over-lines": Reason(
        _CHANGED,
        "The tag runs over the end of a line. The source most likely takes it for text and emails it unchanged. It is "
        "a working tag now.",
        "Look at the place in a rendered test.",
    ),
    "raw-braces": Reason(
        _CHANGED,
        "Text meant to be printed with its braces; they are written as HTML entities, so that nothing fills them in.",
        "Nothing to do.",
    ),
    "unknown-variable": Reason(
        _MANUAL,
        "Nothing is known under this name: neither a profile field nor a custom field of any contact.",
        "Give a replacement for the tag: plain text, or the Sequenzy tag that is meant.",
    ),
    "no-equal": Reason(
        _MANUAL,
        "Sequenzy's documents name no tag for this.",
        "Give a replacement: an address or a text of your own.",
    ),
    "unsubscribe-for-some": Reason(
        _MANUAL,
        "Not everybody sees this unsubscribe link: it is in a conditional or a comment. Sequenzy adds its own only to "
        "emails without one, so the others couldn't leave.",
        "Put a link where everybody sees it, or replace this tag by an empty text; then Sequenzy adds its footer.",
    ),
    "wrong-place": Reason(
        _MANUAL,
        "This tag is only known to work in the body of an email.",
        "Take it out, or give a replacement.",
    ),
    "attribute-name": Reason(
        _MANUAL,
        "The field's key cannot be written in a Sequenzy tag: only letters, digits and underscores can.",
        "Map the field to a plain key, or give a replacement.",
    ),
    "part-of-value": Reason(
        _MANUAL,
        "The tag asks for something within a field's value, such as its length or its first entry; Sequenzy prints "
        "whole fields only.",
        "Store that part in a custom field and give its tag as the replacement, or write the text.",
    ),
    "filter-unknown": Reason(
        _MANUAL,
        "Sequenzy can't apply this filter.",
        "Store the finished value in a custom field and give its tag as the replacement, or write the text.",
    ),
    "fallback-variable": Reason(
        _MANUAL,
        "The fallback is itself a variable; Sequenzy takes only plain text.",
        "Choose a fallback text.",
    ),
    "fallback-unprintable": Reason(
        _MANUAL,
        "The fallback holds braces, bars, a line break or a filter's name, which mean something else to Sequenzy.",
        "Choose a plainer fallback text.",
    ),
    "condition-unsupported": Reason(
        _MANUAL,
        "Sequenzy only asks whether one custom field has a value: no comparisons, no and/or, no profile fields.",
        "Use a yes/blank custom field and give {{#if subscriber.that_field}} as the replacement, or choose which "
        "version everyone sees: first, else or nothing.",
    ),
    "condition-nested": Reason(
        _MANUAL,
        "A conditional within another is not among what Sequenzy's documents show.",
        "Try one in Sequenzy; if it works, allow nested conditionals. Or answer first, else or nothing.",
    ),
    "loop": Reason(
        _MANUAL,
        "Sequenzy has no loops in raw HTML.",
        "Use a repeat block in its editor, or give a replacement text.",
    ),
    "capture": Reason(
        _MANUAL,
        "Sequenzy cannot put together a text and print it elsewhere.",
        "Write the text where it is used, by replacements for its tags.",
    ),
    "assign": Reason(
        _MANUAL,
        "The variable is set more than once, inside a condition, or from something that Sequenzy cannot say.",
        "Give replacements for the tags that print it.",
    ),
    "unknown-tag": Reason(
        _MANUAL,
        "Sequenzy has nothing like this tag.",
        "Give a replacement, or take it out at the source.",
    ),
    "foreign-tag": Reason(
        _MANUAL,
        "This is a merge tag of another platform, or looks like one. Sequenzy would email it unchanged.",
        "Give a replacement: the Sequenzy tag that is meant, or plain text. If it is plain text already, repeat it.",
    ),
    "unreadable": Reason(
        _MANUAL,
        "The inside of the tag cannot be read; the source most likely prints nothing or an error here.",
        "Correct it at the source, or give a replacement.",
    ),
    "unclosed-tag": Reason(
        _MANUAL,
        "The tag begins here and never ends. Its opening braces were taken out, the words after them stay.",
        "Correct it at the source and export again.",
    ),
    "unclosed-block": Reason(
        _MANUAL,
        "The block begins here and never ends. Its tag was taken out, the text after it stays for everybody.",
        "Correct it at the source and export again.",
    ),
    "stray-tag": Reason(
        _MANUAL,
        "This tag belongs to a block that was never opened.",
        "Correct it at the source and export again.",
    ),
    "inside-left-out": Reason(
        _MANUAL,
        "The tag is in a part that was left out together with its block.",
        "Decide about the block.",
    ),
    "replacement-unusable": Reason(
        _MANUAL,
        "The replacement chosen for this tag is not plain text with Sequenzy tags, or not an answer it can take.",
        "Correct the choice.",
    ),
    "raw-in-line": Reason(
        _MANUAL,
        "Text meant to be printed with double braces; Sequenzy would fill them in. They were set apart by a blank.",
        "Write the line in other words.",
    ),
    "comment": Reason(_DROPPED, "A comment of the template: nobody ever saw it.", "Nothing to do."),
}
