"""The words in which headers and cells speak of consent, by kind and language, and the cutting of a text into them.

What a sequence of kinds means is in consent_speech.py. A new language is a line more in each table.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from contextlib import suppress
from enum import StrEnum
from functools import lru_cache

from migrator.model import ConsentState


class Kind(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    QUIET = "quiet"
    """Says that somebody left, but only in a column about consent: elsewhere it means other things too."""
    CONSENT = "consent"
    NEWS = "news"
    TOPIC = "topic"
    EMAIL = "email"
    CONTACT = "contact"
    ALLOW = "allow"
    NOT = "not"
    STOP = "stop"
    OTHER_CHANNEL = "other_channel"
    DATE = "date"
    COUNT = "count"
    BOOKKEEPING = "bookkeeping"
    """Links and ids, which say nothing even when they are filled."""
    DETAIL = "detail"
    FILLER = "filler"
    HARMLESS = "harmless"
    YES_NO = "yes_no"
    """Says only how the cells are filled, as in `Newsletter (ja/nein)`."""


OUT = {
    Kind.UNSUBSCRIBED: ConsentState.UNSUBSCRIBED,
    Kind.QUIET: ConsentState.UNSUBSCRIBED,
    Kind.SUPPRESSED: ConsentState.SUPPRESSED,
    Kind.BOUNCED: ConsentState.BOUNCED,
    Kind.COMPLAINED: ConsentState.COMPLAINED,
}
"""Kinds that say no by themselves."""

# `word` stands alone, `word*` begins a word, `*word*` may stand inside one; a blank may be missing. The first counts.
_WORDS: tuple[tuple[Kind, str], ...] = (
    (
        Kind.YES_NO,
        "yes no|no yes|yes or no|ja nein|nein ja|ja oder nein|ja nee|oui non|oui ou non|si no|sim nao|tak nie",
    ),
    (Kind.YES_NO, "y n|j n|t f|true false|wahr falsch|vrai faux|vero falso|verdadero falso|1 0|0 1|ano ne|ja nej"),
    (Kind.QUIET, "blocked|bloque|bloquee|bloquead*|bloccat*|geblokkeerd|zablokowan*"),
    (
        Kind.UNSUBSCRIBED,
        "remove from list|removed from list|removido da lista|eliminado de la lista|retire de la liste",
    ),
    (Kind.UNSUBSCRIBED, "rimosso dalla lista|aus liste entfernt|uit lijst verwijderd|usuniety z listy"),
    (
        Kind.HARMLESS,
        "active subscription|paid subscription|premium subscription|stripe subscription|trial subscription",
    ),
    (Kind.HARMLESS, "mailing address*|mailing street|mailing city|mailing state*|mailing zip*|mailing post*"),
    (Kind.HARMLESS, "mailing country*|mailing county|mailing province|mailing line*|kontonummer|contact owner"),
    (Kind.TOPIC, "email preferenc*|mail preferenc*|communication preferenc*|contact preferenc*"),
    (
        Kind.OTHER_CHANNEL,
        "direct mail*|text message*|web push*|*whatsapp*|sms|*smsmarketing*|mms|push*|*phone*|*telefon*",
    ),
    (
        Kind.OTHER_CHANNEL,
        "post|postal*|postweg|courrier|cookie*|tel|*telefoon*|mobile*|mobil|call|calls|calling|anruf*|llamada*|fax|viber|telegram|voice",
    ),
    # Left
    (Kind.UNSUBSCRIBED, "*unsubscri*|*un subscri*|unsub|unsubs|unsubbed|*opted out*|*opting out*|*opt out*|*optout*"),
    (Kind.UNSUBSCRIBED, "*donotemail*|*donotmail*|*donotcontact*|*donotsend*|*dontemail*|*dontmail*|*dontsend*"),
    (
        Kind.UNSUBSCRIBED,
        "*dontcontact*|dne|dnm|dnc|*robinson*|nomail*|noemail*|nospam*|nonewsletter*|nomarketing*|nocontact*",
    ),
    (Kind.UNSUBSCRIBED, "*abgemeld*|*abmeld*|*austrag*|*ausgetragen*|*abbestell*|*widerspruch*|*widersproch*"),
    (
        Kind.UNSUBSCRIBED,
        "*werbeverbot*|*kontaktverbot*|*mailverbot*|*desabonn*|desabo|*desinscri*|oppose|opposee|opposition",
    ),
    (
        Kind.UNSUBSCRIBED,
        "*desuscri*|*dessuscri*|dado de baja|dada de baja|darse de baja|dar de baja|de baja|*desapunt*",
    ),
    (
        Kind.UNSUBSCRIBED,
        "*disiscri*|opposizione|*descadastr*|*dessubscr*|*desubscr*|*cancelou*inscri*|*afgemeld*|*afmeld*",
    ),
    (Kind.UNSUBSCRIBED, "*uitgeschr*|*uitschrijv*|bezwaar*|*wypis*|*rezygn*|*odsubskryb*|*sprzeciw*|*avregistr*"),
    (Kind.UNSUBSCRIBED, "*avprenum*|*avanmal*|*avmeld*|*framel*|*odhlas*"),
    (Kind.SUPPRESSED, "*black list*|*block list*|*deny list*|*stop list*|*suppress*|*supress*|*do not mail list*"),
    (
        Kind.SUPPRESSED,
        "*sperrliste*|*sperrvermerk*|*werbesperre*|*mailsperre*|*emailsperre*|*kontaktsperre*|liste noire",
    ),
    (Kind.SUPPRESSED, "lista negra|lista nera|lista de bloqueio|zwarte lijst|czarna lista|czarnej liscie|*blocklist*"),
    (Kind.BOUNCED, "*bounced*|*hard bounce*|*soft bounce*|bounces|bounce|bouncing|*undeliver*|*unzustell*|*rebotad*"),
    (Kind.BOUNCED, "*rimbalz*|*onbestelbaar*|*niedoreczon*|*invalid email*|*invalid mail*|*email invalid*"),
    (Kind.COMPLAINED, "*spam complain*|*complain*|spam|*marked as spam*|*beschwerde*|plainte*|queja*|klacht*|skarga*"),
    (Kind.QUIET, "baja|bajas|*sperre*|gesperrt*|left|ausstieg|verlassen|odszedl"),
    # In
    (
        Kind.CONSENT,
        "*subscri*|*subscr*|*opted in*|*optedin*|opt in|opt ins|*opt in|*optin|optintime|optinstatus|optindate",
    ),
    (
        Kind.CONSENT,
        "*consent*|*consens*|mailable|emailable|*contactable*|*einwillig*|*zustimm*|*zugestimmt*|*einverstand*",
    ),
    (Kind.CONSENT, "*angemeld*|*anmeld*|eingetragen|*abonn*|inscri*|*suscri*|iscri*|*consinti*|apuntad*|*assinante*"),
    (
        Kind.CONSENT,
        "*toestemm*|*aangemeld*|*aanmeld*|*ingeschrev*|*inschrijv*|akkoord|zgod*|zapisan*|*subskry*|*samtyck*",
    ),
    (Kind.CONSENT, "*samtykk*|*prenumer*|*tilmeld*|*pameld*|*souhlas*|*adhesion*|*abonat*"),
    (
        Kind.NEWS,
        "*newsletter*|*news letter*|news mail*|*infolett*|*boletin*|*bollettino*|*boletim*|*nieuwsbrie*|*biuletyn*",
    ),
    (
        Kind.NEWS,
        "*rundbrief*|*rundmail*|*lettre d info*|*lettre info*|*infomail*|*nyhetsbrev*|*nyhedsbrev*|mailing*|ezine",
    ),
    (Kind.TOPIC, "*marketing*|promo*|advertis*|*werbung*|werbe*|*reklam*|*reclame*|*publicit*|*publicid*|*pubblicit*"),
    (Kind.TOPIC, "*gdpr*|*dsgvo*|*ds gvo*|*rgpd*|*lgpd*|rodo|ccpa|casl|can spam|privacy|*datenschutz*"),
    (Kind.TOPIC, "privacid*|prywatn*"),
    # What is sent, and who is reached
    (Kind.EMAIL, "*email*|e mail*|mail|mails|*courriel*|correo|correos|e post|*elektroniczn*"),
    (Kind.CONTACT, "contact*|*kontakt*|contatt*|contat*|send|sending|senden|zusenden|zusend*|*versend*|envoy*|envoi*"),
    (
        Kind.CONTACT,
        "enviar*|envie|envio*|inviar*|invio|verzend*|stuur|sturen|wysyl*|anschreib*|ansprech*|benachrichtig*",
    ),
    (Kind.CONTACT, "communic*|comunic*|kommunik*|komunik*|messag*|offers|ofert*|offert*|offres|angebot*|aanbieding*"),
    (Kind.CONTACT, "commercia*|comercia*|handlow*|notif*|notification*"),
    (
        Kind.ALLOW,
        "accept*|acept*|accett*|aceit*|akcept*|akzept*|allow*|agree*|permit*|permiss*|permis*|may|can|ok|okay",
    ),
    (
        Kind.ALLOW,
        "erlaub*|darf|durfen|duerfen|*wunsch*|*wuensch*|autoris*|autoriz*|zgadza*|chce|want|wants|wish*|receiv*",
    ),
    (
        Kind.ALLOW,
        "empfang*|empfaeng*|erhalt*|recevoir|recoit|recib*|receb*|ricev*|otrzym*|ontvang*|mag|toegest*|zulass*",
    ),
    (Kind.ALLOW, "*zugelass*|grant*|erteilt*|approv*|enabl*|activ*|aktiv*|aktyw*|attiv*|actief|ativo|ativa|given"),
    (Kind.ALLOW, "souhait*|desea|deseo|quier*|desid*|wil|willing|confirm*|bestatigt|bestaetigt|valid"),
    (
        Kind.COUNT,
        "no of|nr of|number of|num of|count|counts|number|num|anzahl|total|times|rate|score|sum|nombre|numero",
    ),
    (Kind.COUNT, "aantal|liczba|percent*|sent|delivered|open|opens|opened|click|clicks|clicked|revenue|amount|ltv"),
    (
        Kind.NOT,
        "do not|not|no|non|never|dont|doesnt|does not|didnt|isnt|wont|cannot|cant|without|nicht|kein*|nie|niemals",
    ),
    (
        Kind.NOT,
        "ohne|ne|n|pas|jamais|sans|aucun*|sin|nunca|jamas|ningun*|nao|sem|nenhum*|senza|nessun*|niet|geen|nooit",
    ),
    (Kind.NOT, "zonder|bez|brak|nigdy|nej|inte|ikke|ingen|none|nein|nee"),
    (Kind.STOP, "refus*|deny|denied|denies|declin*|reject*|withdr*|revok*|revoc*|remov*|exclu*|stop*|block*|disabl*"),
    (
        Kind.STOP,
        "cancel*|cancell*|annul*|anul*|objects|objected|objection|ablehn*|*abgelehnt*|*verweiger*|delet*|erase*",
    ),
    (
        Kind.STOP,
        "forget|forgotten|inactiv*|inaktiv*|nieaktyw*|inattiv*|inativ*|deactiv*|deaktiv*|*ausgeschloss*|*kundig*",
    ),
    (
        Kind.STOP,
        "*kuendig*|*gelosch*|*geloesch*|resili*|supprim*|bloque*|bloccat*|blokk*|geblokk*|rechaz*|rifiut*|negad*",
    ),
    (
        Kind.STOP,
        "negat*|eliminad*|eliminat*|recus*|revog*|desativ*|disattiv*|removid*|retir*|rescind*|weiger*|geweiger*",
    ),
    (Kind.STOP, "ingetrokken|opgezegd|opzeg*|verwijder*|odmow*|odmaw*|cofn*|wycof*|zablok*|usun*|expir*|lapsed|paus*"),
    (
        Kind.STOP,
        "unconfirm*|against|prohibit*|forbid*|forbidden|verboten|untersag*|*widerruf*|interdi*|prohib*|proib*|zakaz*|desist*",
    ),
    (Kind.DATE, "date|dates|datum|fecha|timestamp|time|zeit|zeitpunkt|heure|hora|at|on|am|when|since|seit|desde|data"),
    (Kind.BOOKKEEPING, "url|uri|link|links|token|hash|key|code|id|ids|uuid|ip|page|href"),
    (
        Kind.DETAIL,
        "source|quelle|fuente|fonte|origen|bron|zrodlo|text|wording|version|method|form|formular|topic|topics",
    ),
    (
        Kind.DETAIL,
        "thema|themen|tema|temas|sujet|theme|interest*|title|titel|titulo|campaign*|kampagne*|language|sprache",
    ),
    (
        Kind.DETAIL,
        "plan|tier|package|price|name|names|channel*|kanal|canal|frequen*|categor*|kategor*|type|types|typ|tipo",
    ),
    (
        Kind.DETAIL,
        "medium|owner|reason*|grund|motivo|raison|reden|powod|qualified|lead|leads|budget|team|manager|department",
    ),
    (
        Kind.DETAIL,
        "stage|segment*|persona*|agency|director|edition|week*|daily|template|variant|variation|comment*|note|notes",
    ),
    (
        Kind.FILLER,
        "user|users|customer|by|from|to|the|all|any|list|lists|via|admin|manually|has|have|is|was|been|are|of|me",
    ),
    (
        Kind.FILLER,
        "us|our|your|for|and|or|von|vom|der|die|das|den|dem|und|hat|ist|wurde|de|du|la|le|les|des|el|los|il|lo",
    ),
    (
        Kind.FILLER,
        "i|y|e|et|di|da|do|dos|a|o|van|het|een|na|z|ze|w|please|bitte|status|state|globally|global|more|please",
    ),
    (
        Kind.FILLER,
        "anymore|mehr|je|ich|yo|s|d|l|est|plus|zum|zur|an|in|custom|field|kunde|client|person|contacto|longer",
    ),
)
_LONGEST_ENDING = 6


def _pattern(word: str) -> str:
    """A beginning takes no more of the word than itself: in `acceptsmarketing` the rest is a word too."""
    inner = word.strip("*").replace(" ", " ?")
    return ("" if word.startswith("*") else r"\b") + inner + ("" if word.endswith("*") else r"\b")


_LEXER = re.compile(
    "|".join(f"(?P<k{number}>{'|'.join(map(_pattern, words.split('|')))})" for number, (_, words) in enumerate(_WORDS))
)
_KIND_OF = {f"k{number}": kind for number, (kind, _) in enumerate(_WORDS)}
_CAMEL = re.compile(r"(?<=[a-z0-9à-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ELISION = re.compile(r"\b([cdjlmnst]|qu)['’](?=[^\W\d_])", re.IGNORECASE)
_PLAIN_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i", "'": None, "’": None}
)
_MANGLED = re.compile("[ÃÄÅÂ][\x80-\xff\u2018-\u203a\u0152-\u0178€„†‡ˆ‰™]")


@lru_cache(maxsize=4096)
def tidy(text: str) -> str:
    """Without accents, case, separators and camelCase: `DésAbonné(e)` and `des_abonne e` are one text."""
    if _MANGLED.search(text):  # UTF-8 that was read as Windows-1252
        with suppress(UnicodeError):
            text = text.encode("cp1252").decode("utf-8")
    text = _ELISION.sub(r"\1 ", _CAMEL.sub(" ", text)).translate(_PLAIN_LETTERS)
    text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w]|_", " ", text.casefold()).split())


@lru_cache(maxsize=4096)
def kinds_in(tidied: str) -> tuple[tuple[Kind, ...], bool]:
    """The kinds in their order, and whether nothing else stands beside them."""
    found: list[Kind] = []
    at, whole = 0, True
    for match in _LEXER.finditer(tidied):
        whole = whole and _is_nothing(tidied[at : match.start()], first=at == 0)
        found.append(_KIND_OF[match.lastgroup or ""])
        at = match.end()
    return tuple(found), whole and _is_nothing(tidied[at:], first=at == 0)


def _is_nothing(between: str, *, first: bool) -> bool:
    """Digits, or the ending of the word before."""
    ending, _, rest = between.partition(" ")
    if first or len(ending) > _LONGEST_ENDING:
        rest = between
    return not rest.strip(" 0123456789")


def stems_of_leaving() -> tuple[str, ...]:
    """Short pieces of words, one of which is in every phrase that says no by itself: few, for a quick look."""
    subjects = {Kind.CONSENT, Kind.NEWS, Kind.TOPIC, Kind.EMAIL, Kind.CONTACT, *OUT}
    left = {
        max(word.strip("*").split(), key=len) for kind, words in _WORDS if kind in subjects for word in words.split("|")
    }
    stems: list[str] = []
    while left:
        pieces = Counter(
            piece for word in left for piece in {word[at : at + 4] or word for at in range(max(1, len(word) - 3))}
        )
        stem = max(sorted(pieces), key=pieces.__getitem__)
        stems.append(stem)
        left = {word for word in left if stem not in word}
    return tuple(stems)
