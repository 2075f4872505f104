"""How each platform writes its merge tags: the one table of them. How a text is searched is in search.py.

Tags in double braces are not here but in braces_of: the scanners of the languages we read find every one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from mappings.merge_tags.foreign.names import OWNERS, names_a_field, names_a_field_surely

_WINDOWS = frozenset(
    """
    APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES USERPROFILE USERDOMAIN PATH PATHEXT TEMP TMP WINDIR SYSTEMROOT
    SYSTEMDRIVE COMPUTERNAME HOMEPATH HOMEDRIVE COMSPEC OS NUMBER_OF_PROCESSORS
    """.split()  # noqa: SIM905 - a word list reads better as words
)
"""Variables of Windows, as help texts write them."""
_HEX = frozenset("0123456789abcdefABCDEF")


class Spelling(NamedTuple):
    platforms: str
    sign: str
    """What every such tag holds: a text without it is not searched. Patterns begin with a sign of their own where they
    can, and look behind after it: so they are found ten times quicker."""
    pattern: re.Pattern[str]
    means_it: Callable[[re.Match[str]], bool] | None = None
    """Looks closer, where plain text may be written alike."""
    sure: bool = False
    """Whether code cannot be written alike, so that samples of code, style sheets and scripts are searched too."""


def _row(
    platforms: str,
    sign: str,
    pattern: str,
    means_it: Callable[[re.Match[str]], bool] | None = None,
    *,
    sure: bool = False,
) -> Spelling:
    return Spelling(platforms, sign, re.compile(pattern), means_it, sure)


def _field(match: re.Match[str]) -> bool:
    return names_a_field(match[1])


def _bracketed(match: re.Match[str]) -> bool:
    """Not an index such as `x[name]`, nor the words of a link: `[Leave](https://...)`, `<a ...>[Unsubscribe]</a>`."""
    text, name = match.string, match[1]
    if not (names_a_field_surely(name) or (name.isupper() and "_" in name)):
        return False
    behind = text[match.end() : match.end() + 12].lstrip(" \n\r\t")
    if behind.startswith(("(", "http", "<http", ": http")):
        return False
    if behind.lower().startswith("</a"):
        near = max(0, match.start() - 2_000)
        anchor = text.rfind("<a", near, match.start())
        return (
            anchor < 0 or text.rfind("</a", near, match.start()) > anchor or 'href="#"' in text[anchor : match.start()]
        )
    return True


def _percent(match: re.Match[str]) -> bool:
    """Not a price cut (`20%OFF%`), a part of an address (`%C3%A9TE%20`) or a variable of Windows."""
    text, name = match.string, match[1]
    if name in _WINDOWS or text.startswith("\\", match.end()):
        return False
    known = names_a_field(name)
    if not known and match.start() and text[match.start() - 1].isdigit():
        return False
    behind = text[match.end() : match.end() + 2]
    encoded = len(behind) == 2 and _HEX.issuperset(behind) and _HEX.issuperset(name[:2])
    return known or not encoded


def _small_percent(match: re.Match[str]) -> bool:
    if match[1].upper() in _WINDOWS or match.string.startswith("\\", match.end()):
        return False
    before = match.string[match.start() - 1 : match.start()]
    return names_a_field(match[1]) or ("_" in match[1] and not before.isalnum() and len(match[1].split("_")[0]) > 1)


def _single_brace(match: re.Match[str]) -> bool:
    """Not a part of an address such as /users/{id}."""
    return names_a_field(match[1]) or not match.string.startswith("/", match.start() - 1)


def _loud(match: re.Match[str]) -> bool:
    """Between signs that plain text uses often: only a field's own spelling, never a common word in small letters."""
    name = match[1]
    if name.isupper():
        return "_" in name or names_a_field(name)
    return names_a_field_surely(name) and name.lower() != "name"


_NAME = r"[^\W\d][\w .-]{0,40}?"
_CONDITION = r"[^%\n]{0,200}(?:\$|[=!<>]=|\(|&lt;|&gt;)[^%\n]{0,200}"

SPELLINGS: tuple[Spelling, ...] = (
    _row("Mailchimp", "*|", r"\*\|[A-Za-z!#$][^|\n]{1,300}\|(?:\*|(?=[\s<\"']))", sure=True),
    _row("Mailchimp", "*|", r"\*\|[A-Z][A-Z0-9_:]{1,40}(?![\w|])", sure=True),
    _row("Mailchimp", "|*", r"\|(?<![\w*|]\|)[A-Z][A-Z0-9_:]{2,40}\|\*", sure=True),
    _row("ActiveCampaign", "%", rf"%(?:(?:ELSE)?IF\b{_CONDITION}%|/IF%|ELSE%(?<!\d%ELSE%))", sure=True),
    _row(
        "ActiveCampaign, Brevo or Mailgun",
        "%",
        r"%([A-Z][A-Z0-9]*(?:[-_][A-Z0-9]+)*)(?<!%\w)(?<!%\w\w)(?:\|[^%\n|]{1,60}|[+-]\d{1,4})?%",
        _percent,
    ),
    _row("ActiveCampaign", "%", r"%(ID)%", _percent),
    _row("ActiveCampaign, Mailgun or Sendy", "%", r"%(?<![\d%]%)([A-Za-z]\w*(?:[-.]\w+)*)%", _small_percent),
    _row("KlickTipp", "%", r"%(?:Subscriber|Link|User|Sender|Date):\w[\w: -]{0,60}%", sure=True),
    _row(
        "Salesforce Marketing Cloud, Pardot, Bronto or Interspire",
        "%%",
        r"%%(?<![%\d]%%)(?<!%[a-z]%%)(?:=[^\n]{1,300}?=|[A-Za-z_][^%\n]{0,100})%%",
        sure=True,
    ),
    _row("Salesforce Marketing Cloud", "%%[", r"%%(?<![%\d]%%)\[.{0,2000}?\]%%", sure=True),
    _row("MailerLite, Smarty or Copernica", "{$", r"\{(?<![{$]\{)\$[A-Za-z_][^{}\n]{0,200}\}"),
    _row("MailerLite", "{link-id:", r"\{link-id:[^{}\n]{1,40}\}", sure=True),
    _row(
        "Mautic",
        "=",
        r"\{(?:contactfield|leadfield|companyfield|ownerfield|pagelink|assetlink|focus|form|dwc|dynamiccontent)"
        r"=[^{}\n]{1,200}\}",
        sure=True,
    ),
    _row(
        "Loops",
        "{",
        r"\{(?<!\{\{)(?:DATA_VARIABLE|EVENT_PROPERTY|CONTACT_PROPERTY|[A-Z]+_[A-Z_]+):[^{}\n]{1,100}\}",
        sure=True,
    ),
    _row("Loops", "{", rf"\{{(?<![{{$#%!]\{{)(?:{OWNERS}|trigger)\.[A-Za-z_][\w.]{{0,80}}\}}(?!\}})"),
    _row("Salesforce or AWeber", "{!", r"\{(?<!\{\{)![A-Za-z$][^{}\n]{0,100}\}(?!\})"),
    _row("Ghost", "{", r"\{(?<![{$#%!]\{)([A-Za-z_]\w*), ?[\"'“”‘’][^{}\n]{0,80}[\"'“”‘’]\}(?!\})", _field),
    _row(
        "Brevo, Mautic, Loops or Elastic Email",
        "{",
        r"\{(?<![{$#%!\\\w]\{)([^\W\d]\w{1,60}(?:\|[^{}\n|]{0,60})?)\}(?!\})",
        _single_brace,
    ),
    _row("Brevo, Benchmark or VerticalResponse", "{", rf"\{{(?<![{{$#%!\\]\{{) ?({_NAME}) ?\}}(?!\}})", _field),
    _row("Django or Twig", "{#", r"\{(?<!\{\{)#(?![\w-]+\s*\{)[^{}\n]{0,300}#\}", sure=True),
    _row("Zoho Campaigns", "$[", r"\$\[[A-Za-z][^\[\]\n]{0,100}\]\$", sure=True),
    _row("Braze, Adobe Campaign or JSP", "${", r"\$\{[A-Za-z_][^{}\n]{0,120}\}"),
    _row("Ruby or JSP", "#{", r"#\{[A-Za-z_@][^{}\n]{0,120}\}"),
    _row(
        "Campaign Monitor or Sendy",
        "fallback",
        r"\[[A-Za-z][^\[\],\n]{0,60},\s*fallback\s*=[^\[\]\n]{0,100}\]",
        sure=True,
    ),
    _row("Campaign Monitor", "[", r"\[(?:else)?if:[\w .]{1,60}(?:[=!<>]=?|\])[^\[\]\n]{0,100}\]?", sure=True),
    _row(
        "Campaign Monitor or Sendy",
        "<",
        r"</?(?:unsubscribe|webversion|preferences|forwardtoafriend|currentday(?:name)?|currentmonth(?:name)?"
        r"|currentyear|singleline|multiline)\b[^<>\n]{0,200}>",
        sure=True,
    ),
    _row(
        "MailPoet or WordPress",
        "[",
        rf"\[(?<!\[\[)(?:{OWNERS}|link|newsletter|date|site|var|mailpoet\w*)[:_][A-Za-z][^\[\]\n]{{0,100}}\](?!\])",
        lambda match: ":" in match[0],
    ),
    _row("SendGrid, Emma or Optimizely", "[%", r"\[%[^\[\]\n]{1,200}?%\]", sure=True),
    _row(
        "Constant Contact, GetResponse, Mailjet or Omnisend",
        "[[",
        r"\[\[\[?\s*[A-Za-z][^\[\]\n]{0,200}\]\]\]?",
    ),
    _row(
        "Brevo, SendGrid, Mailwizz, phpList or Ontraport",
        "[",
        rf"\[(?<![\[\w\]]\[)({_NAME})(?:\s*\|[^\[\]\n]{{0,60}})?\](?!\])",
        _bracketed,
    ),
    _row("SendGrid, ERB or JSP", "<%", r"<%(?!%)(?:(?!<%).){1,500}?%>", sure=True),
    _row("PHP", "<?", r"<\?(?:=|php\b)(?:(?!<\?).){0,500}?\?>", sure=True),
    _row("Yet Another Mail Merge", "<<", r"<<([A-Za-z][\w .-]{0,40})>>", _field),
    _row("Word", "«", r"«([^\W\d][\w .-]{0,40})»", _field),
    _row("Keap", "~", r"~(?:Contact|Owner|User|Company|Link|Account|Order|Date)\.[\w .-]{1,60}~", sure=True),
    _row("Mailcoach", "::", r"::(?<!\w::)(?:subscriber[.\w]*|unsubscribe\w*|webview\w*|preferences\w*|list\.\w+)::"),
    _row("Moosend", "#recipient:", r"#recipient:[^#\n]{1,60}#", sure=True),
    _row("Moosend or Listrak", "#", r"#(?<![#&\w]#)([A-Za-z][\w ]{2,40})#(?!#)", _loud),
    _row("Apsis", "##", r"(?<!#)##([A-Za-z][\w.]{1,60})##(?!#)"),
    _row("Dotdigital", "@", r"@(?<![\w@.]@)([A-Za-z]\w{2,40})@(?!\w)", _loud),
    _row("Responsys or Emarsys", "$", r"\$(?<![\w$]\$)([A-Za-z][\w ]{2,40})\$(?![\d$])", _loud),
    _row("Freshmail", "$$", r"\$\$(?<!\$\$\$)([A-Za-z_]\w{1,40})\$\$(?!\$)"),
    _row("E-goi", "!", r"!(?<![\w!]!)(?:fname|lname|unsubscribe)\b"),
    _row("Selligent", "~", r"~(?<![\w~]~)([A-Za-z]\w{2,40})~(?![\w~])", _loud),
)

_IN_BRACES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (platforms, re.compile(pattern))
    for platforms, pattern in (
        ("Braze", r"\$\{"),
        ("Mailjet", r"(?:data|var|mj):"),
        ("SendGrid", r"insert\s|(?:Sender_|weblink|unsubscribe_preferences)"),
        ("Mailchimp Transactional, SendGrid, Postmark or Iterable (Handlebars)", r"[#/^>!&]|else\b"),
        (
            "listmonk (Go templates)",
            r"\.[A-Z]|(?:if|else if|range|with|template|index|end)\b|[A-Z]\w+URL\b|Track[LV]|Safe\s|Date\s|L\.",
        ),
        (
            "HubSpot",
            r"personalization_token|(?:site_settings|owner|deal|content|enrolled_object)\.|unsubscribe_link_all",
        ),
        ("Marketo", r"(?:lead|system|my)\.[\w ]+(?::default=|\Z)"),
        ("Pardot", r"(?:Recipient|Sender|Organization)\."),
        ("Brevo, HubSpot or HighLevel", r"contact\."),
        ("Klaviyo", r"person\b|organization\.|unsubscribe_link\b|manage_preferences|web_view|render_variable"),
        ("Customer.io", r"customer\.|trigger\.|journey\.|snippets\.|cio_link"),
        ("Brevo", r"params\.|mirror\b|update_profile\b"),
        ("EmailOctopus", r"FirstName\b|LastName\b|EmailAddress\b"),
    )
)


def braces_of(inside: str) -> str:
    """Whose tag it most likely is, by the words in its double braces; empty where they do not tell."""
    words = inside.strip("{}%- \t\r\n")
    return next((platforms for platforms, pattern in _IN_BRACES if pattern.match(words)), "")


def looks_like(platforms: str) -> str:
    """As a sentence behind another one."""
    return f" It looks like a tag of {platforms}."
