"""Subscribers' secrets: made here, encrypted at rest, so that a copy of the database gives none of them away.

Webhook secrets follow Standard Webhooks: `whsec_` and 24 to 64 random bytes in base64. At rest they are Fernet tokens
(AES-128-CBC with HMAC-SHA256); the key is the setting `secret_key`, or a file that the first process makes.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ceasewire.errors import ConfigError

KEY_FILE = "secret.key"
SHORTEST_KEY = 16
WEBHOOK_PREFIX = "whsec_"
WEBHOOK_SECRET_BYTES, SHORTEST_WEBHOOK_SECRET, LONGEST_WEBHOOK_SECRET = 32, 24, 64


class SecretBox:
    """Encrypts and decrypts small texts with one key. API and workers must be given the same key."""

    def __init__(self, secret_key: str) -> None:
        if len(secret_key) < SHORTEST_KEY:
            message = f"holds {len(secret_key)} characters, at least {SHORTEST_KEY} are needed"
            raise ConfigError(
                message, about="CEASEWIRE_SECRET_KEY", remedy="e.g. the output of: openssl rand -base64 32"
            )
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"ceasewire subscriber secrets")
        self._fernet = Fernet(base64.urlsafe_b64encode(derive.derive(secret_key.encode())))
        self._signing_key = HKDF(SHA256(), 32, salt=None, info=b"ceasewire signatures").derive(secret_key.encode())

    @classmethod
    def open(cls, secret_key: str, data_dir: Path) -> "SecretBox":
        """The box of this installation. Without `secret_key`, `data_dir/secret.key` (mode 0600) is made once.

        Raises:
            ConfigError: the key is too short, or its file can be neither read nor made.
        """
        return cls(secret_key or _key_of(data_dir / KEY_FILE))

    def encrypt(self, text: str) -> str:
        """`text` as a token for the database."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """The text of a token. Raises ConfigError for a token made with another key."""
        try:
            return self._fernet.decrypt(token.encode("ascii")).decode()
        except InvalidToken:
            remedy = "bring the old key back, or make the subscription anew"
            raise ConfigError("was encrypted with another key", about="subscription secret", remedy=remedy) from None

    def sign(self, text: str) -> str:
        """HMAC-SHA256 of `text` in hex (RFC 2104); begin the text with what the signature is for."""
        return hmac.new(self._signing_key, text.encode(), hashlib.sha256).hexdigest()


def make_webhook_secret() -> str:
    """A fresh secret as Standard Webhooks writes it."""
    return WEBHOOK_PREFIX + base64.b64encode(secrets.token_bytes(WEBHOOK_SECRET_BYTES)).decode("ascii")


def webhook_secret_fault(secret: str) -> str | None:
    """What is wrong with a secret that somebody else made, or None. The answer does not cite it."""
    try:
        length = len(base64.b64decode(secret.removeprefix(WEBHOOK_PREFIX), validate=True))
    except (binascii.Error, ValueError):
        length = 0
    if secret.startswith(WEBHOOK_PREFIX) and SHORTEST_WEBHOOK_SECRET <= length <= LONGEST_WEBHOOK_SECRET:
        return None
    return (
        f"holds no secret: {WEBHOOK_PREFIX} and {SHORTEST_WEBHOOK_SECRET} to {LONGEST_WEBHOOK_SECRET} bytes in base64"
    )


def _key_of(path: Path) -> str:
    try:
        if not path.exists():
            _make_key(path)
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be used: {error}", about=str(path)) from error


def _make_key(path: Path) -> None:
    """Write to a file of our own, then link: of several processes one wins, and nobody reads half a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=".secret-", encoding="ascii") as draft:  # mode 0600
        draft.write(secrets.token_urlsafe(48) + "\n")
        draft.flush()
        os.fsync(draft.fileno())
        try:
            os.link(draft.name, path)
        except FileExistsError:
            return
