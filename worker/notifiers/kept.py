"""Channels that are read: the private feed and the live stream. What is delivered to them is there already."""

from ceasewire.items import Message


class KeptNotifier:
    """Nothing leaves: the alert stands in the store, and its delivery only says that it may be read."""

    def send(self, target: str, secret: str | None, message: Message) -> None:
        """Always done."""
