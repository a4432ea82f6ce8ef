"""Rules of the audit on sources, bodies and items: stored once, tagged, translated or told why not, and never stuck."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, exists, false, func, literal_column, not_, or_, select

from ceasewire.store.audit import Now, Rule
from ceasewire.store.background import in_service
from ceasewire.store.in_force import seen_of_late
from ceasewire.store.statements import LONGEST_LEASE
from ceasewire.store.tables import (
    ABSENCE,
    ALERT,
    ARTICLE_PAGE,
    ASSESSMENT,
    FETCH,
    HEARTBEAT,
    ITEM,
    ITEM_KEY,
    OUTDATED_PART,
    POST_LOOKUP,
    REVISION,
    SOURCE,
    TRANSLATION,
)
from ceasewire.store.taggings import models_sha256

LEASED: tuple[tuple[str, Table], ...] = (
    ("sources", SOURCE),
    ("fetched bodies", FETCH),
    ("items", ITEM),
    ("alerts", ALERT),
    ("pages", ARTICLE_PAGE),
    ("absences", ABSENCE),
    ("lookups", POST_LOOKUP),
)
AT_WORK = "is its worker running, and `beat`? See `ceasewire doctor`"
FAULT = "this is a fault of Ceasewire: please report it with the rows"


def item_rules(now: Now) -> list[Rule]:
    """All of them, cheap ones first."""
    return [*_stored_once(), *_not_stuck(now), *_tagged(now), *_translated(now), *_leases(now)]


def _stored_once() -> list[Rule]:
    keyless = select(ITEM.c.id).where(ITEM.c.id.not_in(select(ITEM_KEY.c.item_id)))
    platform, post = ITEM.c.platform, ITEM.c.post_id
    is_post = and_(platform.is_not(None), post.is_not(None))
    twice = select(func.max(ITEM.c.id)).where(is_post).group_by(platform, post).having(func.count() > 1)
    same_key = select(ITEM_KEY.c.key).group_by(ITEM_KEY.c.key).having(func.count() > 1)
    return [
        Rule("post stored twice", twice, "posts of one platform have the same id as another item", FAULT),
        Rule(
            "identity key twice", same_key, "identity keys belong to two items", "restore the primary key of its table"
        ),
        Rule("item without identity", keyless, "items have no identity key and may be stored again", FAULT),
    ]


def _not_stuck(now: Now) -> list[Rule]:
    in_work = ITEM.c.failed_reason.is_(None)
    overdue = and_(SOURCE.c.enabled, SOURCE.c.next_poll_at < now.before(minutes=15), _is_idle(SOURCE, now))
    unread = and_(FETCH.c.read_at.is_(None), FETCH.c.failed_reason.is_(None))
    unread = and_(unread, FETCH.c.fetched_at < now.before(minutes=5), _is_idle(FETCH, now))
    untagged = and_(ITEM.c.enriched_at.is_(None), in_work, _changed_at() < now.before(minutes=15), _is_idle(ITEM, now))
    unasked = and_(ARTICLE_PAGE.c.read_at.is_(None), ARTICLE_PAGE.c.failed_reason.is_(None))
    return [
        Rule("poll overdue", select(SOURCE.c.id).where(overdue), "sources are due for more than 15 minutes", AT_WORK),
        Rule("body unread", select(FETCH.c.id).where(unread), "bodies wait for a reader over 5 minutes", AT_WORK),
        Rule("item untagged", select(ITEM.c.id).where(untagged), "items wait for tags over 15 minutes", AT_WORK),
        Rule("page not asked for", _late(ARTICLE_PAGE, unasked, now), "pages are due for more than an hour", AT_WORK),
        Rule(
            "absence not checked",
            _late(ABSENCE, ABSENCE.c.settled_at.is_(None), now),
            "absences are due for more than an hour",
            AT_WORK,
        ),
        Rule("post not looked up", _lookups(now), "lookups of posts are due for more than an hour", AT_WORK),
    ]


def _is_idle(table: Table, now: Now) -> ColumnElement[bool]:
    return or_(table.c.lease_until.is_(None), table.c.lease_until < now.at)


def _late(table: Table, waiting: ColumnElement[bool], now: Now) -> Select[Any]:
    return select(table.c.id).where(waiting, table.c.due_at < now.before(hours=1), _is_idle(table, now))


def _lookups(now: Now) -> Select[Any]:
    waiting = exists().where(ITEM.c.id == POST_LOOKUP.c.item_id, ITEM.c.platform.in_(now.platforms))
    return _late(POST_LOOKUP, and_(POST_LOOKUP.c.settled_at.is_(None), waiting), now)


def _changed_at() -> Any:
    """When an item got the text that it has: with its first sighting, by an edit or from its page."""
    edited = select(func.max(REVISION.c.replaced_at)).where(REVISION.c.item_id == ITEM.c.id).scalar_subquery()
    read = select(ARTICLE_PAGE.c.read_at).where(ARTICLE_PAGE.c.item_id == ITEM.c.id).scalar_subquery()
    return func.coalesce(edited, read, ITEM.c.first_seen_at)


def _tagged(now: Now) -> list[Rule]:
    """Items by other models are queued by that alone, so it is the queue that must move."""
    ours = models_sha256(now.models)
    due = select(ITEM.c.id).where(ITEM.c.models_sha256 != ours, in_service())
    moved = exists().where(HEARTBEAT.c.name == "retag", HEARTBEAT.c.at > now.before(minutes=10))
    current = or_(false(), *(_is_by(*model) for model in now.models.items()))
    complete = select(ASSESSMENT.c.item_id).where(current).group_by(ASSESSMENT.c.item_id)
    complete = complete.having(func.count() == len(now.models))
    stamped = select(ITEM.c.id).where(ITEM.c.models_sha256 == ours, in_service())
    parts = select(OUTDATED_PART.c.part).where(seen_of_late(now.at))
    remedy = "send SIGHUP to all parts: `make compose-reload`, or `kill -HUP` of `ceasewire up`"
    rules = [
        Rule("tags outdated", due.where(not_(moved)), "items have an older model's tags, and none is done", AT_WORK),
        Rule("models differ", parts, "parts work by other topic models than the service was told last", remedy),
    ]
    if now.models:
        incomplete = stamped.where(ITEM.c.id.not_in(complete))
        rules.append(Rule("tags missing", incomplete, "items count as tagged and lack a verdict", FAULT))
    return rules


def _is_by(conflict: str, sha256: str) -> ColumnElement[bool]:
    return and_(ASSESSMENT.c.conflict == conflict, ASSESSMENT.c.model_sha256 == sha256)


def _translated(now: Now) -> list[Rule]:
    state, in_work = ITEM.c.translation_state, ITEM.c.failed_reason.is_(None)
    texts = select(TRANSLATION.c.item_id)
    lost = select(ITEM.c.id).where(state == "translated", ITEM.c.id.not_in(texts))
    pending = state == literal_column("'pending'")  # not bound: SQLite takes the partial index for literals only
    unavailable = state == literal_column("'unavailable'")
    mute = select(ITEM.c.id).where(unavailable, ITEM.c.translation_reason == "")
    waiting = and_(pending, ITEM.c.enriched_at.is_not(None), in_work, _is_idle(ITEM, now))
    moved = exists().where(HEARTBEAT.c.name == "translate", HEARTBEAT.c.at > now.before(minutes=10))
    halted = and_(waiting, ITEM.c.enriched_at < now.before(hours=1), not_(moved))
    late = and_(waiting, ITEM.c.enriched_at < now.before(days=1))
    idle = and_(unavailable, ITEM.c.language.in_(now.languages), in_work, _is_idle(ITEM, now), not_(moved))
    return [
        Rule("translation lost", lost, "items count as translated and have no translation", FAULT),
        Rule("untranslated without a reason", mute, "untranslated items do not say why", FAULT),
        Rule(
            "translation halted",
            select(ITEM.c.id).where(halted),
            "items wait for translation, and none is done",
            AT_WORK,
        ),
        Rule(
            "translation late",
            select(ITEM.c.id).where(late),
            "items wait for translation for more than a day",
            "run more of `worker-translate`, or fewer sources",
        ),
        Rule("model unused", select(ITEM.c.id).where(idle), "items have a model by now and are left", AT_WORK),
    ]


def _leases(now: Now) -> list[Rule]:
    remedy = "the clock was turned back: set it right; they are free again by themselves"
    return [
        Rule(
            "lease too long",
            select(table.c.id).where(table.c.lease_until > now.at + LONGEST_LEASE),
            f"{name} are held longer than any work may take",
            remedy,
        )
        for name, table in LEASED
    ]
