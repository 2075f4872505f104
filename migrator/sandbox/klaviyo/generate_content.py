"""Made-up templates, reusable blocks and campaigns, with the platform's own tags inside."""

from __future__ import annotations

from random import Random

from migrator.sandbox.klaviyo.account import Message, Row

HTML = """<html><head><title>{title}</title></head><body>
<p>Hi {{{{ first_name|default:'there' }}}}, your plan is {{{{ person.Plan|default:"free" }}}}.</p>
{{% if person.Renews %}}<p>It renews soon.</p>{{% else %}}<p>Come in.</p>{{% endif %}}
<p><a href="https://shop.test/{title}">Look</a></p>
<p>{{{{ organization.full_address }}}} {{% unsubscribe 'No more mail' %}}
<a href="{{% unsubscribe_link %}}">Stop</a></p>
</body></html>"""


def html(title: str) -> str:
    return HTML.format(title=title)


def template_row(template_id: str, name: str, body: str) -> Row:
    return {"id": template_id, "name": name, "editor_type": "CODE", "html": body, "text": None, "amp": None,
            "created": "2023-03-01T08:00:00+00:00", "updated": "2024-03-01T08:00:00+00:00"}  # fmt: skip


def templates(rng: Random) -> list[Row]:
    rows = [template_row(f"Tpl{number:02d}", f"Template {number}", html(f"t{number}")) for number in range(23)]
    rows[3]["editor_type"] = "SYSTEM_DRAGGABLE"
    rng.shuffle(rows)
    return sorted(rows, key=lambda row: str(row["id"]))


def universal() -> list[Row]:
    return [{"id": f"Uc{number}", "name": f"Footer {number}", "definition": {"content_type": "block"}}
            for number in range(2)]  # fmt: skip


def campaigns(rng: Random) -> tuple[list[Row], dict[str, list[Message]]]:
    rows: list[Row] = []
    messages: dict[str, list[Message]] = {}
    states = ("Draft", "Scheduled", "Sending", "Sent", "Cancelled", "Sent", "Queued without Recipients")
    for number, status in enumerate(states):
        campaign_id = f"01CP{number}"
        rows.append({
            "id": campaign_id, "channel": "email", "name": f"Campaign {number}", "status": status, "archived": False,
            "audiences": {"included": ["LsNews", "SgPro"] if number % 2 else ["LsNews"],
                          "excluded": ["SgOpen"] if number == 3 else []},
            "send_options": {"use_smart_sending": True}, "tracking_options": {}, "send_strategy": {"method": "static"},
            "created_at": "2024-01-01T08:00:00+00:00", "updated_at": "2024-01-02T08:00:00+00:00",
            "scheduled_at": "2024-02-01T08:00:00+00:00" if status == "Scheduled" else None,
            "send_time": "2024-01-03T08:00:00+00:00" if status == "Sent" else None,
        })  # fmt: skip
        template = None if number == 0 else template_row(f"TplC{number}", f"Clone {number}", html(f"c{number}"))
        content = {"subject": f"News {number}", "preview_text": "Look inside", "from_email": "ana@acme.test",
                   "from_label": "Ana", "reply_to_email": None}  # fmt: skip
        definition: Row = {"channel": "email", "label": None, "content": content}
        messages[campaign_id] = [Message(f"{campaign_id}M", "email", template, definition)]
        if number == 5:
            other = template_row("TplC5b", "Variation", html("c5b"))
            messages[campaign_id].append(Message(f"{campaign_id}N", "email", other, definition))
    rows.append({"id": "01CPsms", "channel": "sms", "name": "Text message", "status": "Sent", "archived": False,
                 "audiences": {"included": ["LsNews"], "excluded": []}})  # fmt: skip
    rng.random()
    return rows, messages
