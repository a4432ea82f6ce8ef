"""Subscribers' secrets: one key per installation, made once, private to its owner."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from ceasewire.errors import ConfigError
from ceasewire.secrets import KEY_FILE, SecretBox, make_webhook_secret


def test_what_is_encrypted_comes_back_and_does_not_show(tmp_path: Path) -> None:
    box = SecretBox.open("", tmp_path)
    token = box.encrypt("whsec_abc")
    assert "whsec" not in token
    assert SecretBox.open("", tmp_path).decrypt(token) == "whsec_abc"


def test_the_key_file_is_private(tmp_path: Path) -> None:
    SecretBox.open("", tmp_path / "new")
    assert (tmp_path / "new" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == [KEY_FILE]


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        boxes = list(pool.map(lambda _: SecretBox.open("", tmp_path), range(8)))
    assert {box.decrypt(boxes[0].encrypt("x")) for box in boxes} == {"x"}


def test_a_token_of_another_key_names_the_remedy(tmp_path: Path) -> None:
    token = SecretBox("the first long secret key").encrypt("x")
    with pytest.raises(ConfigError, match=r"another key.*bring the old key back"):
        SecretBox("the second long secret key").decrypt(token)


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="CEASEWIRE_SECRET_KEY: holds 5 characters"):
        SecretBox.open("short", tmp_path)


def test_an_unusable_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=KEY_FILE):
        SecretBox.open("", tmp_path / "file")


def test_webhook_secrets_are_fresh_and_as_the_standard_says() -> None:
    first, second = make_webhook_secret(), make_webhook_secret()
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
    Webhook(first)  # the reference implementation takes it
