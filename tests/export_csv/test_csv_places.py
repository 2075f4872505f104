"""ZIPs, Excel, Parquet, folders of emails, and the command itself."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from csv_support import bundle_of, people_of, write

from adapters.csvfile.emails import read_emails
from migrator.cli.main import main
from migrator.errors import UsageError
from migrator.model import BodyFormat

AUDIENCE = "Email Address,LEID,EUID\n"


def zipped(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_the_files_of_an_archive_are_read_by_their_names(tmp_path: Path) -> None:
    archive = zipped(
        tmp_path / "audience.zip",
        {
            "subscribed_members_export_1.csv": AUDIENCE + "a@example.com,1,e\n",
            "unsubscribed_members_export_1.csv": AUDIENCE + "b@example.com,2,e\n",
            "posts/1.first.html": "<p>hello</p>",
            "posts.csv": "post_id,title\n1,x\n",
        },
    )
    bundle = bundle_of(tmp_path, archive)
    assert {one.email: one.consent.state.value for one in bundle.contacts()} == {
        "a@example.com": "subscribed",
        "b@example.com": "unsubscribed",
    }
    assert {one.what for one in bundle.manifest.unread} == {"audience.zip/posts/1.first.html", "audience.zip/posts.csv"}


def test_an_archive_cannot_reach_out_or_burst(tmp_path: Path) -> None:
    archive = zipped(
        tmp_path / "bad.zip",
        {
            "../../evil.csv": AUDIENCE,
            "/abs.csv": AUDIENCE,
            "bomb.csv": b"email\n" + b"0" * (33 << 20),
            "inner.zip": b"PK",
            "ok.csv": "email\na@example.com\n",
        },
    )
    bundle = bundle_of(tmp_path, archive)
    assert [one.email for one in bundle.contacts()] == ["a@example.com"]
    why = {one.what.split("/", 1)[1]: one.why for one in bundle.manifest.unread if one.what.startswith("bad.zip")}
    assert why == {
        "../../evil.csv": "its path leads out of the archive",
        "/abs.csv": "its path leads out of the archive",
        "bomb.csv": "it is packed like a trap",
        "inner.zip": "it is an archive inside an archive",
    }
    assert not (tmp_path.parent / "evil.csv").exists()


def test_a_damaged_archive_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="damaged"):
        bundle_of(tmp_path, write(tmp_path, "x.zip", b"PK\x03\x04nothing"))


def test_excel_cells_stay_text(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Email", "Zip", "Number", "Yes", "When", "Status", "Zip"])
    sheet.append(["a@example.com", "01234", 42, True, "2024-01-01", "Subscribed", "NA"])
    sheet.append(["b@example.com", None, None, None, None, "Unsubscribed", None])
    book.save(tmp_path / "people.xlsx")
    one, two = bundle_of(tmp_path, tmp_path / "people.xlsx").contacts()
    assert one.attributes == {"Zip": "01234", "Number": "42", "Yes": "true", "When": "2024-01-01", "Zip (2)": "NA"}
    assert (one.consent.state.value, two.consent.state.value, two.attributes) == ("subscribed", "unsubscribed", {})


def test_parquet_keeps_long_numbers_beside_empty_cells(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"email": ["a@example.com", "b@example.com"], "id": [1234567890123456789, None]})
    pyarrow.parquet.write_table(table, tmp_path / "people.parquet")
    one, two = bundle_of(tmp_path, tmp_path / "people.parquet").contacts()
    assert (one.attributes, two.attributes) == ({"id": "1234567890123456789"}, {})


def test_a_folder_of_emails_becomes_templates(tmp_path: Path) -> None:
    write(tmp_path, "emails/a/one.html", "<!DOCTYPE html><title>One</title><body>ä</body>".encode("cp1252"))
    write(tmp_path, "emails/a/one.txt", "One as text")
    write(tmp_path, "emails/two.mjml", "<mjml><mj-body></mj-body></mjml>")
    write(tmp_path, "emails/three.htm", "<p>Hi</p>")
    write(tmp_path, "emails/note.txt", "only text")
    write(tmp_path, "emails/logo.png", b"\x89PNG")
    (tmp_path / "emails/out.html").symlink_to("/etc/hostname")
    templates, skipped = read_emails([tmp_path / "emails"], None)
    found = {one.source_id: one.content for one in templates}
    assert {name: content.format for name, content in found.items()} == {
        "a/one.html": BodyFormat.DOCUMENT,
        "two.mjml": BodyFormat.MJML,
        "three.htm": BodyFormat.FRAGMENT,
        "note.txt": BodyFormat.TEXT,
    }
    assert found["a/one.html"].text == "One as text"
    assert "ä" in (found["a/one.html"].body or "")
    assert all(content.subject is None and content.is_missing for content in found.values())
    assert {one.name: one.why for one in skipped} == {
        "out.html": "it is a link that leads out of the folder",
        "emails": "1 image, style sheet or font beside the emails; upload what the emails need",
    }


UNREAD = ("a.twig", "b.liquid", "c.tpl", "d.pug", "e.html.erb", "f.eml", "g", "h.docx", ".i.html", ".drafts/j.html")


def test_every_file_of_the_emails_that_is_not_read_is_named(tmp_path: Path) -> None:
    files = dict.fromkeys(UNREAD, "<p>Hi</p>") | {"ok.html": "<p>Hi</p>"}
    for name, text in files.items():
        write(tmp_path, f"emails/{name}", text)
    write(tmp_path, "emails/binary.txt", b"\0\1\2")
    write(tmp_path, "emails/.DS_Store", "x")
    templates, skipped = read_emails([tmp_path / "emails"], None)
    assert [one.source_id for one in templates] == ["ok.html"]
    assert {one.name for one in skipped} == {*UNREAD[:-1], ".drafts/", "binary.txt"}
    assert "template (.twig)" in next(one.why for one in skipped if one.name == "a.twig")
    templates, skipped = read_emails([zipped(tmp_path / "e.zip", files)], None)
    assert [one.source_id for one in templates] == ["ok.html"]
    assert {one.name for one in skipped} == {f"e.zip/{name}" for name in UNREAD}


def test_emails_in_an_archive_are_the_same_templates(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "e.zip", {"a/one.html": "<p>Hi</p>", "../two.html": "<p>out</p>"})
    templates, skipped = read_emails([archive], None)
    assert [one.source_id for one in templates] == ["a/one.html"]
    assert [one.why for one in skipped] == ["its path leads out of the archive"]


@pytest.mark.parametrize("tag", ["{{ name }}", "*|FNAME|*", "[[firstname]]", "%FIRSTNAME%", "{$name}", "{% if x %}"])
def test_merge_tags_in_an_unnamed_language_are_refused(tag: str, tmp_path: Path) -> None:
    write(tmp_path, "emails/x.html", f"<style>a{{{{b}}}}</style><p>Hi {tag}</p>")
    with pytest.raises(UsageError, match="merge tags"):
        read_emails([tmp_path / "emails"], None)
    (found,), _ = read_emails([tmp_path / "emails"], "liquid")
    assert found.content.language == "liquid"


@pytest.mark.parametrize(
    "tag", ["{{ first_name }}", "*|FNAME|*", "%FIRSTNAME%", "{$name}", "<%body%>", "{unsubscribe}"]
)
@pytest.mark.parametrize("file", ["x.html", "x.txt", "x.mjml"])
def test_no_language_is_refused_while_tags_are_visible(tag: str, file: str, tmp_path: Path) -> None:
    write(tmp_path, f"emails/{file}", f"<p>\nHi {tag}</p>")
    with pytest.raises(UsageError, match="hold no merge tags") as refused:
        read_emails([tmp_path / "emails"], "none")
    assert refused.value.where == f"{file}, line 2, column 4"
    assert tag in str(refused.value)


@pytest.mark.parametrize(
    ("body", "languages"),
    [
        ("{{ subscriber.first_name }}", {"liquid"}),
        ("{% unless plan %}x{% endunless %}", {"liquid"}),
        ("{{ person.Plan }} {% unsubscribe %}", {"django"}),
        ("{{ first_name }}", {"liquid", "django"}),
        ("*|FNAME|*", set()),
        ("{{ first_name }} *|FNAME|*", set()),
        ("{{ contact.FIRSTNAME }}", set()),
        ("{{#if plan}}x{{/if}}", set()),
        ("{{ .Subscriber.Name }}", set()),
        ("%FIRSTNAME%", set()),
    ],
)
@pytest.mark.parametrize("language", [None, "none"])
def test_the_refusal_names_only_languages_that_fit_the_tags(
    body: str, languages: set[str], language: str | None, tmp_path: Path
) -> None:
    write(tmp_path, "emails/x.html", f"<p>{body}</p>")
    with pytest.raises(UsageError) as refused:
        read_emails([tmp_path / "emails"], language)
    assert {name for name in ("liquid", "django") if f"--language {name}" in refused.value.fix} == languages
    assert ("plain words" in refused.value.fix) == (not languages)


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.output


def test_the_command_writes_a_bundle_and_says_what_is_open(tmp_path: Path) -> None:
    path = write(tmp_path, "people.csv", "email,status\na@example.com,Subscribed\nb@example.com,vip\nnobody,x\n")
    code, output = call("-C", str(tmp_path / "ws"), "export", "csv", str(path))
    assert code == 3
    assert "1 subscribed" in output
    assert "--word 'status:vip=MEANING'" in output
    assert "b@example.com" not in output
    assert (tmp_path / "ws" / "export-rejected.csv").stat().st_mode & 0o777 == 0o600
    code, output = call("-C", str(tmp_path / "ws"), "export", "csv", str(path), "--word", "vip=unsubscribed")
    assert "1 unsubscribed" in output


def test_an_address_in_a_files_name_is_not_told(tmp_path: Path) -> None:
    path = write(tmp_path, "export-of-owner@example.com.csv", "email,status\na@example.com,vip\nnobody,x\n")
    code, output = call("-C", str(tmp_path / "ws"), "export", "csv", str(path))
    assert code == 3
    assert "owner@example.com" not in output
    assert b"owner@example.com" not in (tmp_path / "ws" / "bundle" / "manifest.json").read_bytes()


def test_a_clean_file_ends_with_zero_and_old_rejects_go(tmp_path: Path) -> None:
    bad = write(tmp_path, "bad.csv", "email,status\nnobody,Subscribed\n")
    good = write(tmp_path, "good.csv", "email,status\na@example.com,Subscribed\n")
    assert call("-C", str(tmp_path / "ws"), "export", "csv", str(bad))[0] == 3
    assert call("-C", str(tmp_path / "ws"), "export", "csv", str(good))[0] == 0
    assert not (tmp_path / "ws" / "export-rejected.csv").exists()


def test_answers_may_stand_in_mappings_toml(tmp_path: Path) -> None:
    write(tmp_path, "ws/mappings.toml", '[files]\ncolumns = { status = "Stufe" }\nwords = { ja = "subscribed" }\n')
    path = write(tmp_path, "people.csv", "email,Stufe\na@example.com,ja\n")
    code, output = call("-C", str(tmp_path / "ws"), "export", "csv", str(path))
    assert code == 0, output
    assert "1 subscribed" in output


def test_the_profile_shows_and_writes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "people.csv", "email,status,zip\na@example.com,active,01234\nA@example.com,,\nx@,,\n")
    code, output = call("--json", "-C", str(tmp_path / "ws"), "export", "csv", str(path), "--profile")
    assert code == 0, output
    facts = json.loads(output)["files"][0]
    assert (facts["rows"], facts["people"], facts["duplicates"], facts["invalid_addresses"]) == (3, 3, 1, 1)
    assert facts["consent"] == {"unknown": 3}
    assert facts["unclear_words"] == {"active": 1}
    kinds = {one["name"]: (one["kind"], one["filled"]) for one in facts["columns"]}
    assert kinds["zip"] == ("number", 0.3333)
    assert not (tmp_path / "ws").exists()
    assert "a@example.com" not in call("-C", str(tmp_path / "ws"), "export", "csv", str(path), "--profile")[1]


def test_what_was_read_from_files_can_be_planned(tmp_path: Path) -> None:
    """Behind the bundle nothing knows that it came from files: people, lanes that join, emails, all are planned."""
    write(tmp_path, "in/emails/welcome.html", "<p>Hi {{ first_name }}, see {{ unsubscribe_url }}</p>")
    people = write(
        tmp_path,
        "in/people.csv",
        "email,status,tags,lists\na@example.com,Subscribed,new,News\nA@example.com,Unsubscribed,,\nb@example.com,,,\n",
    )
    sequences = write(
        tmp_path,
        "in/sequences.toml",
        """
        version = 1
        language = "liquid"
        [emails."welcome.html"]
        subject = "Welcome"
        [[sequence]]
        id = "welcome"
        starts_when = { tag_added = "new" }
        re_entry = "once"
        step = [
          { email = "welcome.html" },
          { wait = "2 days" },
          { if = { tag = "customer" }, then = [{ add_tags = "vip" }], else = [{ wait = "1 day" }] },
          { email = "welcome.html", subject = "Again" },
        ]
        """,
    )
    ws = str(tmp_path / "ws")
    emails = str(tmp_path / "in/emails")
    assert call("-C", ws, "export", "csv", str(people), "--emails", emails, "--sequences", str(sequences))[0] == 3
    code, output = call("-C", ws, "--json", "plan")
    assert code in (0, 3), output
    plan = json.loads((tmp_path / "ws" / "plan" / "plan.json").read_text())
    flow = plan["people"]["flow"] if "people" in plan else plan["counts"]["people"]["flow"]
    assert flow == {"unknown": {"unsubscribed": 1}, "unsubscribed": {"unsubscribed": 1}}


@pytest.mark.parametrize(
    "wrong",
    [
        ["--map", "email"],
        ["--map", "mail=x"],
        ["--word", "x=maybe"],
        ["--status", "x.csv=subscribed"],
        ["--separator", "ab"],
        ["--timezone", "Moon/Base"],
        ["--language", "klingon"],
        ["--encoding", "utf-99"],
    ],
)
def test_a_wrong_option_is_one_sentence_with_exit_2(wrong: list[str], tmp_path: Path) -> None:
    path = write(tmp_path, "people.csv", "email\na@example.com\n")
    code, output = call("-C", str(tmp_path / "ws"), "export", "csv", str(path), *wrong)
    assert (code, "Traceback" in output) == (2, False), output
    assert people_of(tmp_path, "email\na@example.com\n")
