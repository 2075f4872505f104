"""The demo's Broadcast account: 2,000 people and eight sequences of a small software company, with readable emails.

People, consent, steps and history are the local platform's own made-up account; here are only the words.
"""

from __future__ import annotations

from html import escape

from migrator.sandbox.broadcast.account import Account, Row
from migrator.sandbox.broadcast.generate import demo_account

OLD_HOST = "https://mail.acme.test/files"
NAME = '{{ first_name | default: "there" }}'

Words = tuple[str, str, tuple[str, ...], str]
"""Subject, preview text, paragraphs, button."""

EMAILS: dict[str, Words] = {
    "Hello": (
        f"Welcome to Acme, {NAME}",
        "Three things that take five minutes",
        (
            "Thank you for trying Acme. Most teams are set up before their coffee is cold.",
            "Start with one project, invite one person, and close one task together.",
        ),
        "Open your first project",
    ),
    "Tips": (
        "Three shortcuts that everybody finds too late",
        "Number two saves an hour a week",
        (f"Hi {NAME}, press Q anywhere to add a task.", "Drag a file onto a task and it stays with it."),
        "See all shortcuts",
    ),
    "Digest": (
        "Your week at Acme",
        "What moved, and what did not",
        ("Your team closed more than it opened. That is rarer than it sounds.",),
        "Read the digest",
    ),
    "Trial day 0": (
        f"Your trial has begun, {NAME}",
        "Fourteen days, everything switched on",
        ("Everything is switched on for you on the {{ custom_data.plan }} plan.", "No card is needed until day 14."),
        "Take the tour",
    ),
    "Nudge": (
        "Shall we set it up together?",
        "Twenty minutes, no slides",
        (f"Hello {NAME}, a person from our team would gladly look at your board with you.",),
        "Pick a time",
    ),
    "Day 0": (
        f"We kept your boards, {NAME}",
        "They are as you left them",
        ("It has been a while. Your boards are where you left them, and a good deal faster.",),
        "Look inside",
    ),
    "For readers": (
        "What changed since you left",
        "Eleven things, one minute",
        (
            "{% if custom_data.seats %}Your seats are still reserved.{% else %}You can start alone.{% endif %}",
            "The {{ month }} release brings calendars for everybody.",
        ),
        "See what is new",
    ),
    "Try again": (
        "Was it something we said?",
        "One question, one click",
        (f"{NAME}, what was missing? One click is enough, and we read every answer.",),
        "Tell us",
    ),
    "First": (
        "Timelines are here",
        "Plan a quarter in one view",
        ("You asked for it more than for anything else: timelines are ready.",),
        "Open timelines",
    ),
    "Offer": (
        "Timelines, half price this month",
        "For the people who looked first",
        ("You looked at timelines early, so they are half price for you this month.",),
        "Take the offer",
    ),
    "Reminder": (
        "Did you see timelines?",
        "A two-minute film",
        ("In case it drowned in your inbox: here is a two-minute film about timelines.",),
        "Watch the film",
    ),
    "Your download": (
        "Your guide: meetings that end early",
        "Here it is",
        (f"Here is your guide, {NAME}. Page nine is the one that people print.",),
        "Download the guide",
    ),
    "Did it help?": (
        "Did the guide help?",
        "We would like to know",
        ("Three days later: did a meeting of yours end early?",),
        "Answer in one click",
    ),
    "Chapter two": (
        "Chapter two: saying no kindly",
        "A lesson of four minutes",
        (f"Hello again, {NAME}. Today: how to say no and stay friends.",),
        "Read chapter two",
    ),
    **{
        f"Lesson {number}": (
            f"Lesson {number} of 6: {title}",
            "Four minutes to read",
            (text,),
            "Go to the lesson",
        )
        for number, (title, text) in enumerate(
            (
                ("one list", "Everything you must not forget belongs on one list. Only one."),
                ("two minutes", "What takes two minutes is done now."),
                ("three things", "A day has room for three things. Choose them the evening before."),
                ("a door that shuts", "An hour without messages is worth three with them."),
                ("Friday", "Half an hour on Friday saves the whole of Monday."),
                ("enough", "Done is a decision. Make it on purpose."),
            ),
            1,
        )
    },
}
PLACES = {"CRM sync": "New customer", "Course B": "Course, chapter two", "Launch": "Timelines launch"}
"""Sequences whose names in the made-up account speak of tests."""


def believable_account(contacts: int = 2000) -> Account:
    account = demo_account(contacts=contacts)
    account.channel = {**account.channel, "name": "Acme"}
    account.placeholders = {"month": "spring"}
    for sequence in account.sequences:
        for step in sequence.steps:
            _reword(step)
        sequence.label = PLACES.get(sequence.label, sequence.label)
    known = list(EMAILS)
    for number, template in enumerate(account.templates):
        if not template.get("template_purpose"):
            label = "Tips" if template["id"] == 31 else known[number % len(known)]
            template.update(label=label if template["id"] == 31 else f"{label} (template)", **_fields(label))
    for number, broadcast in enumerate(account.broadcasts):
        words = _fields(known[-1 - number % len(known)])
        broadcast.update({key: value for key, value in words.items() if key in broadcast})
    return account


def _reword(step: Row) -> None:
    if step["action"] == "send_email" and step["label"] in EMAILS:
        step.update(_fields(step["label"]))
    if step["action"] == "make_http_request":
        step["headers"] = {"X-Source": "acme"}
        step["body"] = '{"email": "{{ email }}"}'


def _fields(label: str) -> Row:
    subject, preheader, paragraphs, button = EMAILS[label]
    return {"subject": subject, "preheader": preheader, "body": _body(paragraphs, button), "html_body": True}


def _body(paragraphs: tuple[str, ...], button: str) -> str:
    text = "".join(f'<p style="margin:0 0 16px">{one}</p>\n' for one in paragraphs)
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head>\n'
        '<body style="margin:0;background:#f2f4f7;font-family:Helvetica,Arial,sans-serif;color:#20252d">\n'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" '
        'style="padding:32px 12px">\n<table role="presentation" width="560" cellpadding="0" cellspacing="0" '
        'style="max-width:560px;background:#ffffff;border-radius:12px">\n'
        '<tr><td style="padding:28px 36px 0;font-size:20px;font-weight:bold;color:#2d4bd8">Acme'
        f'<img src="{OLD_HOST}/logo.png" alt="" width="1" height="1"></td></tr>\n'
        f'<tr><td style="padding:20px 36px 8px;font-size:16px;line-height:1.6">\n{text}</td></tr>\n'
        '<tr><td style="padding:4px 36px 34px"><a href="https://app.acme.test/?who={{ email }}" '
        'style="display:inline-block;background:#2d4bd8;color:#ffffff;padding:12px 22px;border-radius:8px;'
        f'text-decoration:none;font-weight:bold">{escape(button)}</a></td></tr>\n</table>\n'
        '<p style="font-size:12px;color:#6a7280;padding:18px">Acme, 1 Example Street. '
        '<a href="{{ unsubscribe_url }}" style="color:#6a7280">Unsubscribe</a></p>\n'
        "</td></tr></table>\n</body></html>"
    )
