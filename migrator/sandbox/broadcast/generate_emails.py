"""What the made-up account writes to people: bodies with every sort of Liquid, markup and image that real ones have."""

from __future__ import annotations

from typing import NamedTuple

IMAGES = "https://mail.acme.test/rails/active_storage/blobs/redirect"
"""Images on the platform's own host: they go away with the account."""


class Email(NamedTuple):
    subject: str
    preheader: str | None
    body: str
    html_body: bool = False


PLAIN = Email(
    'Welcome, {{ first_name | default: "friend" }}',
    "Three quick tips",
    "<p>Hi {{ first_name }},</p><p>thank you for coming along.<br>Your team</p>",
)
SUBSCRIBER_STYLE = Email(
    "{{ subscriber.first_name }}, your plan is {{ subscriber.custom_data.plan }}",
    None,
    "<p>Dear {{subscriber.first_name}} {{ subscriber.last_name }} ({{ email }}),</p>"
    '<p>plan: {{ custom_data["plan"] | upcase }}, seats: {{ custom_data.seats }}, bare: {{ plan }}.</p>'
    '<p><a href="{{ unsubscribe_link }}">Leave</a> or <a href="{{ preferences_url }}">choose topics</a></p>',
)
ENCODED = Email(
    "News for {{ first_name | default: &quot;you&quot; }}",
    "{{ first_name | capitalize }}, have a look",
    "<p>Hello {{ first_name | default: &quot;dear reader&quot; }}, {% if custom_data.plan == &quot;pro&quot; %}"
    "pro tips{% else %}tips{% endif %} &amp; more</p>"
    '<p><a href="{{ unsubscribe_url }}">unsubscribe</a></p>',
)
CONDITIONAL = Email(
    "{% if first_name %}{{ first_name }}, {% endif %}something for you",
    None,
    "{% if custom_data.plan == 'enterprise' %}<p>Your account manager will call.</p>"
    "{% elsif custom_data.plan == 'pro' %}<p>Pro perks inside.</p>{% else %}<p>Have you seen Pro?</p>{% endif %}"
    "{% unless custom_data.is_owner %}<p>Ask your owner.</p>{% endunless %}"
    "{% for tag in tags %}<span>{{ tag | downcase }}</span>{% endfor %}"
    "{% case custom_data.plan %}{% when 'free' %}<p>Free</p>{% when 'team', 'pro' %}<p>Paid</p>{% endcase %}",
)
FILTERS = Email(
    "{{ first_name | strip | truncate: 12 }}: {{ month }} letter",
    "{{ 'now' | date: '%B %Y' }}",
    "<p>{{ last_name | escape | append: '!' | replace: 'a', 'b' }} {{ custom_data.trial_ends_on | date: '%d.%m.%Y' }}"
    " {{ custom_data.mrr | times: 12 | round: 2 }} {{ first_name | shout }}</p>"
    "{% comment %}note to ourselves{% endcomment %}{% raw %}{{ left alone }}{% endraw %}"
    "{% assign greeting = 'Hi' %}<p>{{- greeting -}} there</p>",
)
DOCUMENT = Email(
    "Your weekly digest",
    "Everything in one place",
    '<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>Digest</title>\n'
    "<!--[if mso]><style>table{border-collapse:collapse}</style><![endif]-->\n"
    "<style>@media (max-width:600px){.c{width:100%!important}}</style></head>\n"
    '<body bgcolor="#FFFFFF">\n<!--[if mso | IE]><table role="presentation" width="600"><tr><td><![endif]-->\n'
    f'<div class="c"><img src="{IMAGES}/abc123/hero.png" alt="Hero" width="600">\n'
    "<p>Hello {{ first_name }}&nbsp;&ndash; news for you.</p>\n"
    '<a href="https://acme.test/?utm_source=mail&amp;u={{ email }}">Read on</a></div>\n'
    "<!--[if mso | IE]></td></tr></table><![endif]-->\n"
    '<p style="font-size:11px"><a href="{{{ pm:unsubscribe }}}">Unsubscribe</a></p>\n</body></html>',
    html_body=True,
)
UNFLAGGED_DOCUMENT = Email(
    "Pasted from elsewhere",
    None,
    "<html><body><p>Dear {{ first_name }},</p><p>this is a whole document without the flag.</p>"
    "<p><a href='{{unsubscribe_url}}'>stop</a></p></body></html>",
)
TEXT = Email("A short note", None, "Hi {{ first_name }},\n\njust a line of plain text: 1 < 2 & 3 > 2.\n\nBye")
PLACEHOLDERS = Email(
    "{new_releases} this month", None, "<p>{new_releases} is for robots; {{ unknown_thing.deep }} is nobody's.</p>"
)
IMAGES_ONLY = Email(
    "Look",
    "pictures",
    f'<p><img src="{IMAGES}/def456/one.jpg" alt=""><img src="/uploads/two.gif"><img src="https://cdn.test/three.png">'
    '</p><table background="https://mail.acme.test/bg.png"><tr><td>x</td></tr></table>',
)
BROKEN = Email("Half a tag {{ first_name", None, "<p>{% if plan %}never closed {{ }} {{ first_name | }}</p>")

ALL = (
    *(PLAIN, SUBSCRIBER_STYLE, ENCODED, CONDITIONAL, FILTERS, DOCUMENT, UNFLAGGED_DOCUMENT, TEXT, PLACEHOLDERS),
    *(IMAGES_ONLY, BROKEN),
)
EVERYDAY = (PLAIN, SUBSCRIBER_STYLE, ENCODED, CONDITIONAL, DOCUMENT, TEXT)
