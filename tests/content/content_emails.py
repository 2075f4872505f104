"""Emails for the tests and the measurements of email content: invented files, and a long one made here."""

from __future__ import annotations

from pathlib import Path

from mappings.merge_tags.results import ContentContext

FIXTURES = Path(__file__).parent / "fixtures"
CONTEXT = ContentContext(
    attributes={"plan": "plan", "colour": "colour", "vip": "vip", "n": "n", "image": "image"},
    old_hosts=("oldplatform.test",),
)


def fixture(name: str) -> str:
    """The text of a file with its own line ends."""
    encoding = "cp1252" if name.startswith("windows_1252") else "utf-8"
    return (FIXTURES / name).read_bytes().decode(encoding)


def fixture_names(*endings: str) -> list[str]:
    wanted = endings or (".html", ".txt", ".mjml")
    return sorted(path.name for path in FIXTURES.iterdir() if path.name.endswith(wanted))


def long_email(size: int = 60_000) -> str:
    """A shop's newsletter of about `size` bytes with 39 merge tags, as table-based designs are written."""
    head = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:v="urn:schemas-microsoft-com:vml"><head>'
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8" /><title>News</title>\n'
        '<style type="text/css">@media only screen and (max-width:480px){.c{width:100%!important}.h{display:none}}'
        "</style></head>\n"
        '<body style="margin:0;padding:0"><div style="display:none;max-height:0px;overflow:hidden">'
        'Five things for {{ first_name | default: "you" }}</div>\n'
    )
    row = (
        '<!--[if mso | IE]><table align="center" border="0" cellpadding="0" cellspacing="0" style="width:600px;"><tr>'
        '<td style="line-height:0px;font-size:0px;"><![endif]-->\n'
        '<table class="c" role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" align="center">'
        '<tr><td style="padding:10px 25px;font-family:Helvetica,Arial,sans-serif;font-size:14px;color:#4a4a4a">'
        '<a href="https://shop.test/item/{n}?utm_source=mail&amp;utm_campaign=news{who}" target="_blank">'
        '<img src="https://cdn.example.com/item-{n}.jpg" alt="Item {n}" width="250" style="display:block" /></a>'
        '<h3 style="margin:0 0 8px 0">Item number {n}</h3><p style="margin:0">{text}</p></td></tr></table>\n'
        "<!--[if mso | IE]></td></tr></table><![endif]-->\n"
    )
    text = "It comes in four colours, lasts for years and is repaired for nothing if it ever breaks. " * 2
    tags = (
        '{{ first_name | default: "friend" }}',
        "{{ subscriber.last_name }}",
        "{{ custom_data.plan }}",
        "{{ email }}",
        '{{ custom_data["colour"] | default: &quot;blue&quot; }}',
    )
    foot = '<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p></body></html>\n'
    rows, length, number = [], len(head) + len(foot), 0
    while length < size:
        said = text + (f"For {tags[number % 5]}." if number < 18 else "")
        who = "&amp;e={{ email }}" if number < 19 else ""
        made = row.replace("{n}", str(number)).replace("{who}", who).replace("{text}", said)
        rows.append(made)
        length += len(made)
        number += 1
    return head + "".join(rows) + foot
