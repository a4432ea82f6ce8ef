"""Private feeds: the alerts of one subscription at an address that nobody can guess.

The address is shown once and can be taken back; the store keeps a hash of its token. Any subscription may have one.
"""

import hashlib
import secrets

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import LinksDep, LiveDep, SettingsDep, StoreDep
from api.errors import Problem, documented
from api.live import STREAM
from api.render_feeds import FEEDS, Entry, FeedInfo
from api.routes.feeds import base_url
from api.routes.stream import alert_stream
from api.schemas import Model
from ceasewire.message.compose import compose
from ceasewire.message.links import Links
from ceasewire.store import subscriptions as stored
from ceasewire.store.alerts import AlertForDelivery, list_newest
from ceasewire.store.session import Store

ENTRIES = 30
MISSING = documented(_404="There is no such subscription")
GONE = documented(_404="No feed has this address; it may have been taken back")

router = APIRouter(tags=["subscriptions"])


class FeedMade(Model):
    """Addresses of a private feed and its live stream. They are shown this once: whoever has one reads the alerts."""

    atom: str
    rss: str
    json_feed: str
    stream: str


@router.post(
    "/subscriptions/{subscription_id}/feed", status_code=201, summary="Make its private feed", responses=MISSING
)
def make(subscription_id: str, request: Request, store: StoreDep, settings: SettingsDep) -> FeedMade:
    """New addresses; former ones end."""
    token = secrets.token_urlsafe(32)
    _save(store, subscription_id, _hash(token))
    base = f"{base_url(request, settings)}/inbox/{token}"
    return FeedMade(atom=f"{base}.atom", rss=f"{base}.rss", json_feed=f"{base}.feed.json", stream=f"{base}/stream")


@router.delete(
    "/subscriptions/{subscription_id}/feed", status_code=204, summary="Take its private feed back", responses=MISSING
)
def revoke(subscription_id: str, store: StoreDep) -> None:
    """Its addresses answer no more."""
    _save(store, subscription_id, None)


@router.get("/inbox/{token}/stream", summary="A private live stream (server-sent events)", responses=STREAM | GONE)
def stream(token: str, request: Request, store: StoreDep, live: LiveDep, links: LinksDep) -> Response:
    """As `/alerts/stream` of one subscription."""
    return alert_stream(request, store, live, links, _find(store, token).id)


def _add_feed(extension: str) -> None:
    media_type, render = FEEDS[extension]

    @router.get(
        f"/inbox/{{token}}.{extension}",
        summary=f"A private feed as {media_type}",
        operation_id=f"inbox_{extension.replace('.', '_')}",
        response_class=Response,
        responses={200: {"content": {media_type: {}}}, **GONE},
    )
    def feed(token: str, request: Request, store: StoreDep, settings: SettingsDep, links: LinksDep) -> Response:
        """The last alerts of one subscription, newest first."""
        view = _find(store, token)
        with store.read() as s:
            entries = [_entry(alert, links) for _, alert in list_newest(s, view.id, ENTRIES)]
        updated_at = max((entry.updated_at for entry in entries), default=view.created_at)
        base = base_url(request, settings)
        info = FeedInfo(f"{view.name} · Ceasewire", base, f"{base}{request.url.path}", updated_at)
        return Response(render(entries, info), media_type=media_type)


def _entry(alert: AlertForDelivery, links: Links) -> Entry:
    message = compose(alert, links)
    return Entry(
        id=f"urn:ceasewire:{alert.key}",
        url=links.item(alert.item.id) if alert.item else links.base,
        title=message.subject,
        text=message.text,
        html=message.html,
        published_at=alert.created_at,
        updated_at=alert.created_at,
        author=alert.item.source_name if alert.item else "Ceasewire",
        extra=message.payload,
        origin=alert.item.url if alert.item else None,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _find(store: Store, token: str) -> stored.SubscriptionView:
    with store.read() as s:
        view = stored.get_subscription_by_feed(s, _hash(token))
    if view is None:
        raise Problem(404, "no feed has this address; it may have been taken back")
    return view


def _save(store: Store, subscription_id: str, token_sha256: str | None) -> None:
    with store.write() as s:
        if not stored.save_feed_token(s, subscription_id, token_sha256):
            raise Problem(404, f"there is no subscription {subscription_id!r}")


for name in FEEDS:
    _add_feed(name)
