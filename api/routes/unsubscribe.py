"""Unsubscribing from a message, without signing in: the address is signed, and only a POST does it (RFC 8058).

A GET asks first: mail programs and scanners open every link before anybody has read the mail.
"""

import hmac
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import NowDep, SecretsDep, StoreDep
from api.errors import Problem, documented
from api.page.render import render
from ceasewire.message.links import unsubscribe_token
from ceasewire.secrets import SecretBox
from ceasewire.store.events import insert_event
from ceasewire.store.session import Store
from ceasewire.store.subscriptions import get_subscription, pause_subscription

REASON = "unsubscribed by its recipient"
PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}},
    **documented(_404="The address is not one that a message named"),
}

router = APIRouter(tags=["subscriptions"])


@router.get("/unsubscribe/{subscription_id}/{token}", summary="Ask before unsubscribing", responses=PAGE)
def ask(subscription_id: str, token: str, request: Request, store: StoreDep, secrets: SecretsDep) -> Response:
    """A page with one button; changes nothing."""
    name = _check(subscription_id, token, store, secrets)
    return render(request, "unsubscribe.html", name=name, done=False)


@router.post("/unsubscribe/{subscription_id}/{token}", summary="Unsubscribe with one click", responses=PAGE)
def unsubscribe(
    subscription_id: str, token: str, request: Request, store: StoreDep, secrets: SecretsDep, now: NowDep
) -> Response:
    """Nothing more is sent, until somebody resumes the subscription. Doing it twice is no error."""
    name = _check(subscription_id, token, store, secrets)
    with store.write() as s:
        view = get_subscription(s, subscription_id)
        if view is not None and view.paused_at is None:
            pause_subscription(s, subscription_id, REASON, now)
            insert_event(s, "subscription_paused", subscription_id, f"{view.name}: {REASON}", now)
    return render(request, "unsubscribe.html", name=name, done=True)


def _check(subscription_id: str, token: str, store: Store, secrets: SecretBox) -> str:
    """The subscription's name; empty where it was deleted meanwhile. Raises Problem 404 for a forged token."""
    if not hmac.compare_digest(token.encode(), unsubscribe_token(secrets, subscription_id).encode()):
        raise Problem(404, "this address was not made here; copy it whole from the message")
    with store.read() as s:
        view = get_subscription(s, subscription_id)
    return view.name if view else ""
