"""Subscriptions: saved queries that alert a channel, tried out before they are made."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query

from api.catalogue import Catalogue
from api.deps import CatalogueDep, NowDep, SecretsDep, SettingsDep, StoreDep
from api.errors import FieldError, Problem, documented, wrong_field
from api.schemas_alerts import (
    BacktestOut,
    SubscriptionIn,
    SubscriptionList,
    SubscriptionMade,
    SubscriptionOut,
    TestMade,
    WouldSendOut,
)
from ceasewire import backtest as backtesting
from ceasewire.items import Mode
from ceasewire.operator import setup_fault
from ceasewire.pipeline.options import WrongFields
from ceasewire.pipeline.subscription import Subscription, parse_subscription
from ceasewire.secrets import make_webhook_secret
from ceasewire.settings import Settings
from ceasewire.store import subscriptions as stored
from ceasewire.store.session import Store
from ceasewire.subscribing import changed_subscription, insert_test, known_names, new_subscription

PAUSED = "paused by a user"
SHOWN = 200  # alerts of a backtest, the newest

MISSING = documented(_404="There is no such subscription")
FROM_FILE = documented(_409="It stands in subscriptions.yaml")

router = APIRouter(tags=["subscriptions"])


@router.get("/subscriptions", summary="All subscriptions, without their secrets")
def list_all(store: StoreDep) -> SubscriptionList:
    """Oldest first."""
    with store.read() as s:
        return SubscriptionList(subscriptions=[_present(one) for one in stored.list_subscriptions(s)])


@router.post("/subscriptions", status_code=201, summary="Make a subscription")
def make(
    body: SubscriptionIn,
    store: StoreDep,
    catalogue: CatalogueDep,
    secrets: SecretsDep,
    settings: SettingsDep,
    now: NowDep,
) -> SubscriptionMade:
    """Answers the secret that signs the deliveries, this once. It alerts from now on, not about what came before."""
    wanted = _deliverable(body, store, catalogue, settings)
    secret = make_webhook_secret()
    with store.write() as s:
        new = new_subscription(uuid4().hex, wanted, now, secret=secrets.encrypt(secret))
        made = stored.insert_subscription(s, new, now)
    return SubscriptionMade(**_present(made).model_dump(), secret=secret)


@router.post("/subscriptions/backtest", summary="What a subscription would have sent, without making it")
def backtest(
    body: SubscriptionIn,
    store: StoreDep,
    catalogue: CatalogueDep,
    now: NowDep,
    days: Annotated[int, Query(ge=1, le=backtesting.LONGEST, description="How far to look back")] = 7,
) -> BacktestOut:
    """Takes the body that would make it, and plays the last days: the alerts with their times, and counts a day."""
    wanted = _checked(body, store, catalogue)
    with store.read() as s:
        found = backtesting.backtest(s, wanted, days, now)
    newest = [WouldSendOut.model_validate(alert) for alert in reversed(found.alerts[-SHOWN:])]
    return BacktestOut(
        since=found.since, until=found.until, count=len(found.alerts), per_day=dict(found.per_day), alerts=newest
    )


@router.get("/subscriptions/{subscription_id}", summary="One subscription", responses=MISSING)
def get_one(subscription_id: str, store: StoreDep) -> SubscriptionOut:
    """A subscription by its id."""
    return _present(_get(subscription_id, store))


@router.put("/subscriptions/{subscription_id}", summary="Change a subscription", responses=MISSING | FROM_FILE)
def change(
    subscription_id: str,
    body: SubscriptionIn,
    store: StoreDep,
    catalogue: CatalogueDep,
    settings: SettingsDep,
    now: NowDep,
) -> SubscriptionOut:
    """Takes the body that would make it, whole, and puts it in the place of what it was.

    It keeps its id, secret, history, pause and private feed; alerts that wait go the new way. A digest stays one.
    """
    wanted = _deliverable(body, store, catalogue, settings)
    with store.write() as s:
        old = stored.get_subscription(s, subscription_id, lock=True)
        if old is None:
            raise _missing(subscription_id)
        _refuse(old, "change it there")
        if old.mode == Mode.DIGEST != wanted.mode:
            raise wrong_field("mode", "a digest stays one, for what it has collected goes with it; make another")
        stored.save_subscription(s, changed_subscription(old, wanted, now), now)
    return get_one(subscription_id, store)


@router.delete(
    "/subscriptions/{subscription_id}", status_code=204, summary="Delete a subscription", responses=MISSING | FROM_FILE
)
def delete(subscription_id: str, store: StoreDep) -> None:
    """Deletes its history too; alerts that wait are not delivered."""
    _refuse(_get(subscription_id, store), "remove it there, or pause it")
    with store.write() as s:
        stored.delete_subscription(s, subscription_id)


@router.post("/subscriptions/{subscription_id}/pause", summary="Pause a subscription", responses=MISSING)
def pause(subscription_id: str, store: StoreDep, now: NowDep) -> SubscriptionOut:
    """Nothing is matched and nothing delivered until it is resumed."""
    with store.write() as s:
        if not stored.pause_subscription(s, subscription_id, PAUSED, now):
            raise _missing(subscription_id)
    return get_one(subscription_id, store)


@router.post("/subscriptions/{subscription_id}/resume", summary="Resume a subscription", responses=MISSING)
def resume(subscription_id: str, store: StoreDep, now: NowDep) -> SubscriptionOut:
    """It alerts again from now on."""
    with store.write() as s:
        if not stored.resume_subscription(s, subscription_id, now):
            raise _missing(subscription_id)
    return get_one(subscription_id, store)


@router.post("/subscriptions/{subscription_id}/test", status_code=202, summary="Try its channel", responses=MISSING)
def test(subscription_id: str, store: StoreDep, now: NowDep) -> TestMade:
    """Sends one message that is marked as a test, even while the subscription is paused."""
    view = _get(subscription_id, store)
    with store.write() as s:
        return TestMade(alert_id=insert_test(s, view, now))


def _checked(body: SubscriptionIn, store: Store, catalogue: Catalogue) -> Subscription:
    """A subscription that can never match, or never be delivered, is refused when it is made."""
    with store.read() as s:
        known = known_names(s, catalogue.conflicts)
    try:
        return parse_subscription(body.model_dump(exclude_defaults=True), known)
    except WrongFields as error:
        errors = [FieldError(field=field, message=message) for field, message in error.faults]
        raise Problem(422, str(error), errors) from None


def _deliverable(body: SubscriptionIn, store: Store, catalogue: Catalogue, settings: Settings) -> Subscription:
    """Checked, with its channel set up by the operator."""
    wanted = _checked(body, store, catalogue)
    if fault := setup_fault(settings, wanted.channel, wanted.target):
        raise wrong_field("target" if wanted.target and wanted.channel == "apprise" else "channel", fault)
    return wanted


def _refuse(view: stored.SubscriptionView, remedy: str) -> None:
    """The file owns its rows: what is changed here would be undone when it is read again."""
    if view.origin == "config":
        raise Problem(409, f"{view.id} stands in subscriptions.yaml; {remedy}")


def _get(subscription_id: str, store: Store) -> stored.SubscriptionView:
    with store.read() as s:
        found = stored.get_subscription(s, subscription_id)
    if found is None:
        raise _missing(subscription_id)
    return found


def _present(view: stored.SubscriptionView) -> SubscriptionOut:
    return SubscriptionOut.model_validate(view)


def _missing(subscription_id: str) -> Problem:
    return Problem(404, f"there is no subscription {subscription_id!r}")
