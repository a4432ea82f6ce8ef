"""A registry and one file per alert channel. To add one: write its file, and name it in `make_notifiers`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from worker.notifiers.apprise import AppriseNotifier
from worker.notifiers.email import EmailNotifier, MailServer
from worker.notifiers.kept import KeptNotifier
from worker.notifiers.webhook import Deadline, WebhookNotifier
from worker.ports import Notifier


@dataclass(frozen=True, slots=True)
class OperatorChannels:
    """What the operator has set up: a mail server with the address alerts come from, Apprise addresses by name."""

    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    apprise: Mapping[str, str] = field(default_factory=dict, repr=False)


def make_notifiers(
    client: httpx.Client,
    deadline: Deadline,
    clock: Callable[[], datetime],
    operator: OperatorChannels | None = None,
) -> Mapping[str, Notifier]:
    """All channels by the name that a subscription gives. `client` must guard the addresses it connects to.

    `deadline` bounds a whole exchange on it, in seconds. Raises ConfigError for what the operator has set up wrongly.
    """
    operator = operator or OperatorChannels()
    kept = KeptNotifier()
    made: dict[str, Notifier] = {
        "webhook": WebhookNotifier(client, deadline, clock),
        "apprise": AppriseNotifier(operator.apprise),
        "feed": kept,
        "stream": kept,
    }
    if operator.smtp_url:
        made["email"] = EmailNotifier(MailServer.from_url(operator.smtp_url), operator.mail_from, clock)
    return made
