"""Webhooks, signed after the Standard Webhooks specification 1.0."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime

import httpx
from standardwebhooks.webhooks import Webhook

from ceasewire import __version__
from ceasewire.errors import AddressRefused, DeliveryFailed, DeliveryRefused, ReceiverGone
from ceasewire.items import Message
from worker.http_headers import retry_after_seconds

Deadline = Callable[[float], AbstractContextManager[None]]  # bounds all that happens within, in seconds

TIMEOUT_SECONDS = 15.0
SHORT_BODY = 65_536  # bytes of an answer that are read
# The receiver understood and will never want this message (RFC 9110 §15.5); anything else may pass.
REFUSALS = frozenset({400, 413, 414, 415, 422})
GONE = 410  # "the sender should disable the endpoint", Standard Webhooks, Operational considerations


class WebhookNotifier:
    """POSTs JSON. Answers 2xx within 15 s mean delivered; a redirect is a failure, since it would leave the guard."""

    def __init__(self, client: httpx.Client, deadline: Deadline, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._deadline = deadline
        self._clock = clock

    def send(self, target: str, secret: str | None, message: Message) -> None:
        """Deliver once. `webhook-id` is the message's key, so that a receiver can drop a repeated one."""
        body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":"))
        now = self._clock()
        headers = {
            "content-type": "application/json",
            "user-agent": f"Ceasewire/{__version__}",
            "webhook-id": message.key,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if secret:
            headers["webhook-signature"] = Webhook(secret).sign(message.key, now, body)
        try:
            with self._deadline(TIMEOUT_SECONDS):
                answer = self._post(target, body.encode(), headers)
        except AddressRefused as error:
            raise DeliveryRefused(error.message, about=target, remedy=error.remedy) from error
        except httpx.InvalidURL as error:
            raise DeliveryRefused(str(error), about=target) from error
        except httpx.HTTPError as error:
            raise DeliveryFailed(f"{type(error).__name__}: {error}", about=target) from error
        self._judge(target, answer)

    def _post(self, target: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """The answer by its head: a body that never ends makes no message untaken that its status says was taken.

        A short one is read, so that its connection can be used again.
        """
        with self._client.stream("POST", target, content=body, headers=headers, follow_redirects=False) as answer:
            if _is_short(answer):
                with suppress(httpx.HTTPError):
                    answer.read()
        return answer

    def _judge(self, target: str, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        said = f"answered {answer.status_code} {answer.reason_phrase}".strip()
        if answer.status_code == GONE:
            raise ReceiverGone(said, about=target)
        if answer.status_code in REFUSALS:
            raise DeliveryRefused(said, about=target)
        wait = retry_after_seconds(answer.headers, self._clock()) or 0
        raise DeliveryFailed(said, about=target, wait_seconds=wait)


def _is_short(answer: httpx.Response) -> bool:
    length = answer.headers.get("content-length", "")
    has_no_body = answer.status_code == httpx.codes.NO_CONTENT
    return has_no_body or (length.isascii() and length.isdigit() and len(length) < 6 and int(length) <= SHORT_BODY)
