"""Addresses that a message names: the item's page, and where to unsubscribe without signing in."""

from urllib.parse import quote

from ceasewire.secrets import SecretBox


class Links:
    """Addresses on this server. `public_url` is how subscribers reach it."""

    def __init__(self, public_url: str, secrets: SecretBox) -> None:
        self.base = public_url.rstrip("/")
        self._secrets = secrets

    def item(self, item_id: int) -> str:
        """An item's page."""
        return f"{self.base}/view/items/{item_id}"

    def unsubscribe(self, subscription_id: str) -> str:
        """Where the recipient of a subscription ends it: its id and a signature that nobody else can make."""
        token = unsubscribe_token(self._secrets, subscription_id)
        return f"{self.base}/unsubscribe/{quote(subscription_id, safe='')}/{token}"


def unsubscribe_token(secrets: SecretBox, subscription_id: str) -> str:
    """What the address of unsubscribing ends with."""
    return secrets.sign(f"unsubscribe {subscription_id}")
