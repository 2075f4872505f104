"""Words that name a person's field or a link of an email, in the languages our users write.

Braces, brackets and percent signs are ordinary in plain text. Around one of these words they are a merge tag.
"""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[\s_.:-]+")

_PEOPLE = frozenset(
    """
    fname lname firstname lastname fullname nickname surname forename givenname familyname middlename displayname
    username contactname subscribername customername recipientname membername profilename friendlyname firstnameonly
    name email emailaddress emailaddr mailaddress useremail subscriberemail contactemail recipientemail subscriberid
    contactid recipientid memberid phone phonenumber mobilephone company companyname organization organisation city
    country zip zipcode postcode postalcode birthday birthdate dateofbirth salutation jobtitle listname accountname
    sendername senderemail
    vorname nachname anrede firma plz emailadresse geburtstag
    prenom prénom nom nomfamille nomdefamille civilite civilité entreprise ville adresseemail codepostal
    nombre apellido apellidos correo correoelectronico empresa ciudad
    nome cognome sobrenome azienda cidade
    naam voornaam achternaam bedrijf bedrijfsnaam aanhef
    imie imię nazwisko miasto
    fornavn etternavn efternavn förnamn fornamn efternamn etunimi sukunimi
    """.split()  # noqa: SIM905 - a word list reads better as words
)
_COMMON = frozenset("name nom company city country zip phone firma ville empresa ciudad plz nome".split())  # noqa: SIM905
"""Words that also stand in brackets as plain words."""
_LINKS = frozenset(
    """
    unsubscribe unsubscribeurl unsubscribelink unsubscribetext unsubscribehref unsub unsuburl unsublink
    unsubscribeall unsubscribefooter globalunsubscribe optout optouturl optoutlink listunsubscribe
    abmelden abmeldelink abmeldung abbestellen desinscription désinscription desabonner désabonner desabonnement
    liendesinscription desinscrire baja dardebaja darsedebaja cancelarsuscripcion desuscribir desuscribirse
    disiscriviti disiscrizione cancellazione descadastrar cancelarsubscricao cancelarinscricao uitschrijven afmelden
    uitschrijflink wypisz wypisanie rezygnacja
    preferences preferencesurl preferenceslink preferencecenter updatepreferences updateprofile updateprofileurl
    manageprefs managepreferences managesubscription managesubscriptions subscriptionpreferences profilelink
    webversion webversionurl webview webviewurl webviewtext browserurl browserlink viewinbrowser viewonline
    onlineversion mirror mirrorurl showmirror weblink webcopy webpage permalink archiveurl forward forwardurl
    forwardtoafriend confirmurl confirmlink confirmationurl optinurl optinlink defaultheader defaultfooter
    resubscribeurl dncurl signature trackingpixel senderinfo physicaladdress postaladdress mailingaddress
    companyaddress
    """.split()  # noqa: SIM905 - a word list reads better as words
)
OWNERS = (
    "contact|subscriber|user|person|people|customer|recipient|lead|member|profile|account|owner|sender|visitor|event"
    "|data|system|custom|campaign|company|organization|order|params|kontakt|empfaenger"
)
"""What stands before a point or a colon in front of a field."""
_OWNED = re.compile(rf"(?:{OWNERS})[.:_]\w[\w .:-]*\Z", re.IGNORECASE)


def names_a_field(words: str) -> bool:
    """A field of a person or a link of an email."""
    word = _SEPARATORS.sub("", words).lower()
    return word in _PEOPLE or word in _LINKS or _OWNED.match(words) is not None


def names_a_field_surely(words: str) -> bool:
    """The same, where the word alone could be a plain one: `[city]`, `[view in browser]`."""
    word = _SEPARATORS.sub("", words).lower()
    if word in _COMMON:
        return words.isupper() or word == "name"
    return word in _PEOPLE or (word in _LINKS and " " not in words)
