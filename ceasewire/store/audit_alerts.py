"""Rules of the audit on the outbox: one alert for each news, delivered, on its way, or dead with a reason."""

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from ceasewire.items import AlertState, Mode
from ceasewire.store.audit import Now, Rule
from ceasewire.store.audit_items import AT_WORK, FAULT
from ceasewire.store.tables import ALERT, CHANNEL, SUBSCRIPTION

STATES = [str(state) for state in AlertState]


def alert_rules(now: Now) -> list[Rule]:
    """All of them."""
    return [*_once(), *_accounted(), *_not_stuck(now)]


def _once() -> list[Rule]:
    news = (ALERT.c.subscription_id, ALERT.c.dedupe_key)
    same_news = select(func.max(ALERT.c.id)).group_by(*news).having(func.count() > 1)
    same_key = select(func.max(ALERT.c.id)).group_by(ALERT.c.key).having(func.count() > 1)
    return [
        Rule("news alerted twice", same_news, "alerts tell a subscription the same news again", FAULT),
        Rule("idempotency key twice", same_key, "alerts share their key with another", FAULT),
    ]


def _accounted() -> list[Rule]:
    state, carrier = ALERT.c.state, ALERT.alias("carrier")
    unknown = select(ALERT.c.id).where(state.not_in(STATES))
    undated = select(ALERT.c.id).where(state == "delivered", ALERT.c.delivered_at.is_(None))
    mute = select(ALERT.c.id).where(state == "dead", ALERT.c.last_error == "")
    gone = ~exists().where(carrier.c.id == ALERT.c.carried_by)
    carried = select(ALERT.c.id).where(state == "carried", gone)
    return [
        Rule("alert in no state", unknown, "alerts are in a state that there is not", FAULT),
        Rule("delivered without a time", undated, "alerts count as delivered and do not say when", FAULT),
        Rule("dead without a reason", mute, "alerts were given up and do not say why", FAULT),
        Rule("carried by nothing", carried, "alerts go with a digest that there is not", FAULT),
    ]


def _not_stuck(now: Now) -> list[Rule]:
    idle = or_(ALERT.c.lease_until.is_(None), ALERT.c.lease_until < now.at)
    due = and_(ALERT.c.state == "pending", ALERT.c.due_at < now.before(minutes=5), idle)
    held = or_(CHANNEL.c.retry_at.is_(None), CHANNEL.c.retry_at > now.before(minutes=5))
    paused = exists().where(
        CHANNEL.c.kind == SUBSCRIPTION.c.channel,
        CHANNEL.c.target == SUBSCRIPTION.c.target,
        CHANNEL.c.paused_at.is_not(None),
        held,
    )
    active = SUBSCRIPTION.c.paused_at.is_(None)
    overdue = and_(due, _of(and_(active, ~paused)))
    late = SUBSCRIPTION.c.next_run_at < now.before(minutes=15)
    lost = and_(active, or_(SUBSCRIPTION.c.mode != str(Mode.DIGEST), SUBSCRIPTION.c.next_run_at.is_(None), late))
    collected = and_(ALERT.c.state == "collected", _of(lost))
    unlooked = select(SUBSCRIPTION.c.id).where(active, late)
    return [
        Rule("alert overdue", select(ALERT.c.id).where(overdue), "alerts are due for more than 5 minutes", AT_WORK),
        Rule(
            "digest overdue",
            select(ALERT.c.id).where(collected),
            "alerts wait for a digest that does not come",
            AT_WORK,
        ),
        Rule("subscription not looked at", unlooked, "subscriptions are due for more than 15 minutes", AT_WORK),
    ]


def _of(subscriptions: ColumnElement[bool]) -> ColumnElement[bool]:
    return ALERT.c.subscription_id.in_(select(SUBSCRIPTION.c.id).where(subscriptions))
