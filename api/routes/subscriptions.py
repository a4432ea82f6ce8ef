"""Subscriptions: saved queries that alert a channel."""

from uuid import uuid4

from fastapi import APIRouter

from api.catalogue import Catalogue, unknown_value
from api.deps import CatalogueDep, NowDep, SecretsDep, StoreDep
from api.errors import Problem, documented, wrong_field
from api.schemas_alerts import SubscriptionIn, SubscriptionList, SubscriptionMade, SubscriptionOut, SubscriptionQuery
from ceasewire.channels import CHANNELS
from ceasewire.pipeline.query import parse_query
from ceasewire.secrets import make_webhook_secret
from ceasewire.store import subscriptions as stored
from ceasewire.store.session import Store
from ceasewire.store.sources import list_sources

PAUSED = "paused by a user"

MISSING = documented(_404="There is no such subscription")

router = APIRouter(tags=["subscriptions"])


@router.get("/subscriptions", summary="All subscriptions, without their secrets")
def list_all(store: StoreDep) -> SubscriptionList:
    """Oldest first."""
    with store.read() as s:
        return SubscriptionList(subscriptions=[_present(one) for one in stored.list_subscriptions(s)])


@router.post("/subscriptions", status_code=201, summary="Make a subscription")
def make(
    body: SubscriptionIn, store: StoreDep, catalogue: CatalogueDep, secrets: SecretsDep, now: NowDep
) -> SubscriptionMade:
    """Answers the secret that signs the deliveries, this once. It alerts from now on, not about what came before."""
    _check(body, store, catalogue)
    secret = make_webhook_secret()
    with store.write() as s:
        made = stored.insert_subscription(
            s,
            stored.NewSubscription(
                id=uuid4().hex,
                name=body.name,
                query=body.query.model_dump(exclude_defaults=True),
                channel=body.channel,
                target=body.url,
                secret=secrets.encrypt(secret),
            ),
            now,
        )
    return SubscriptionMade(**_present(made).model_dump(), secret=secret)


@router.get("/subscriptions/{subscription_id}", summary="One subscription", responses=MISSING)
def get_one(subscription_id: str, store: StoreDep) -> SubscriptionOut:
    """A subscription by its id."""
    with store.read() as s:
        found = stored.get_subscription(s, subscription_id)
    if found is None:
        raise _missing(subscription_id)
    return _present(found)


@router.delete("/subscriptions/{subscription_id}", status_code=204, summary="Delete a subscription", responses=MISSING)
def delete(subscription_id: str, store: StoreDep) -> None:
    """Deletes its history too; alerts that wait are not delivered."""
    with store.write() as s:
        if not stored.delete_subscription(s, subscription_id):
            raise _missing(subscription_id)


@router.post("/subscriptions/{subscription_id}/pause", summary="Pause a subscription", responses=MISSING)
def pause(subscription_id: str, store: StoreDep, now: NowDep) -> SubscriptionOut:
    """Nothing is delivered until it is resumed."""
    with store.write() as s:
        if not stored.pause_subscription(s, subscription_id, PAUSED, now):
            raise _missing(subscription_id)
    return get_one(subscription_id, store)


@router.post("/subscriptions/{subscription_id}/resume", summary="Resume a subscription", responses=MISSING)
def resume(subscription_id: str, store: StoreDep) -> SubscriptionOut:
    """It alerts again from now on."""
    with store.write() as s:
        if not stored.pause_subscription(s, subscription_id, "", None):
            raise _missing(subscription_id)
    return get_one(subscription_id, store)


def _check(body: SubscriptionIn, store: Store, catalogue: Catalogue) -> None:
    """A subscription that can never match, or never be delivered, is refused when it is made."""
    if body.channel not in CHANNELS:
        raise unknown_value("channel", "channel", body.channel, list(CHANNELS))
    if fault := CHANNELS[body.channel](body.url):
        raise wrong_field("url", fault)
    query = body.query
    named = {
        "query.topics": ("topic", query.topics),
        "query.actors": ("actor", query.actors),
        "query.places": ("place", query.places),
    }
    catalogue.check(query.conflict, named, conflict_field="query.conflict")
    if query.sources:
        with store.read() as s:
            known = [one.config.id for one in list_sources(s)]
        for source in set(query.sources).difference(known):
            raise unknown_value("query.sources", "source", source, known)
    _check_words(query)


def _check_words(query: SubscriptionQuery) -> None:
    try:
        parse_query(query.model_dump())
    except ValueError as error:
        field, _, message = str(error).partition(": ")
        raise (wrong_field(f"query.{field}", message) if message else wrong_field("query", field)) from None


def _present(view: stored.SubscriptionView) -> SubscriptionOut:
    return SubscriptionOut(
        id=view.id,
        name=view.name,
        query=dict(view.query),
        channel=view.channel,
        url=view.target,
        created_at=view.created_at,
        paused_at=view.paused_at,
        paused_reason=view.paused_reason,
    )


def _missing(subscription_id: str) -> Problem:
    return Problem(404, f"there is no subscription {subscription_id!r}")
