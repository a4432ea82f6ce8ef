"""A registry and one file per alert channel. To add one: write its file, and name it in `make_notifiers`."""

from collections.abc import Callable, Mapping
from datetime import datetime

import httpx

from worker.notifiers.webhook import Deadline, WebhookNotifier
from worker.ports import Notifier


def make_notifiers(client: httpx.Client, deadline: Deadline, clock: Callable[[], datetime]) -> Mapping[str, Notifier]:
    """All channels by the name that a subscription gives. `client` must guard the addresses it connects to.

    `deadline` bounds a whole exchange on it, in seconds.
    """
    return {"webhook": WebhookNotifier(client, deadline, clock)}
