"""Hosts and keys come from the environment or the workspace's .env, and never leak."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.cli.settings import Settings, read_env_file
from migrator.errors import SettingsError


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BROADCAST_HOST=https://file.test\nBROADCAST_CHANNEL_ID=3\n")
    settings = Settings.load(tmp_path, {"BROADCAST_HOST": "https://shell.test"})
    assert ("https://shell.test", "3") == (settings.get("BROADCAST_HOST"), settings.get("BROADCAST_CHANNEL_ID"))


def test_an_empty_variable_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SEQUENZY_API_KEY=\n")
    with pytest.raises(SettingsError, match=r"SEQUENZY_API_KEY is not set.*\.env"):
        Settings.load(tmp_path, {"SEQUENZY_API_KEY": "  "}).need("SEQUENZY_API_KEY", "the key")


def test_quotes_comments_and_export_are_understood(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("\ufeff# keys\nexport A='one # two'\nB=\"x\" \nC=plain # note\n\n", encoding="utf-8")
    assert {"A": "one # two", "B": "x", "C": "plain"} == read_env_file(path)


def test_a_broken_line_is_named_without_its_content(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nseq_live_secret\n")
    with pytest.raises(SettingsError) as caught:
        Settings.load(tmp_path, {})
    assert "line 2" in str(caught.value)
    assert "seq_live_secret" not in str(caught.value)


def test_a_secret_prints_as_stars(tmp_path: Path) -> None:
    secret = Settings.load(tmp_path, {"SEQUENZY_API_KEY": "seq_live_abcdef"}).secret("SEQUENZY_API_KEY", "the key")
    assert "abcdef" not in f"{secret} {secret!r} {[secret]}"
