"""Pruning on both databases: what is old goes, with all that hangs on it, and nothing that is still needed."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import ForeignKey, select, text
from sqlmodel import SQLModel

from ceasewire.items import AlertIntent, Verdict
from ceasewire.store import outbox, work
from ceasewire.store.audit import Now
from ceasewire.store.of_item import OF_ITEM
from ceasewire.store.prune import Retention, count_old
from ceasewire.store.session import Store
from ceasewire.store.tables import ALERT, EMBEDDING, FOLLOW_UP, ITEM, REVISION
from tests.support.store_data import (
    NOW,
    add_items,
    add_source,
    draft,
    enrich,
    later,
    save_changed,
    subscribe,
    tagging,
    translation,
)
from worker.cli import cli
from worker.jobs.audit import run_audit
from worker.jobs.prune import prune_store

DAY = 86_400
MONTH = Retention(items=30, tagged=365, revisions=60, deliveries=90)
YEARS = later(400 * DAY)


@pytest.fixture
def ids(store: Store) -> list[int]:
    """Four items of one day, two of them about the conflict, whose source has listed others since."""
    subscribe(store, "desk", {"topics": ["war"]}, now=later(-100))
    source = add_source(store)
    drafts = [
        draft(f"url:{n}", kind="post" if n == 3 else "entry", parent="url:2" if n == 3 else None) for n in range(4)
    ]
    found = add_items(store, source, *drafts)
    for item_id in found:
        about = Verdict.RELEVANT if item_id in found[:2] else Verdict.NO
        enrich(store, item_id, tagging("war", verdict=about))
        with store.write() as s:
            work.save_translation(s, item_id, translation("News"), [tagging("war", verdict=about)], NOW)
    with store.write() as s:
        save_changed(s, source, found[0], draft("url:0", title="Edited"), later(60))
        outbox.insert_alerts(s, [AlertIntent("desk", found[0], f"item:{found[0]}", ("war",))], NOW, NOW)
        s.execute(text("UPDATE alert SET state = 'delivered', delivered_at = created_at"))
    enrich(store, found[0], tagging("war"))
    listed_others(store)
    return found


def listed_others(store: Store) -> None:
    with store.write() as s:
        s.execute(text("UPDATE source SET last_new_item_at = :at"), {"at": later(2 * DAY).isoformat(" ")})


def left(store: Store) -> list[int]:
    with store.read() as s:
        return list(s.scalars(select(ITEM.c.id).order_by(ITEM.c.id)))


def test_nothing_goes_without_a_rule_or_before_its_time(store: Store, ids: list[int]) -> None:
    assert prune_store(store, Retention(), YEARS) == {}
    assert prune_store(store, MONTH, later(29 * DAY)) == {}
    assert left(store) == ids


def test_tagged_items_stay_longer(store: Store, ids: list[int]) -> None:
    with store.read() as s:
        assert count_old(s, MONTH, later(31 * DAY)) == {"deliveries": 0, "revisions": 0, "items": 1}
    assert prune_store(store, MONTH, later(31 * DAY)) == {"items": 2}, "the post goes after the article that embeds it"
    assert left(store) == ids[:2]


def test_an_item_stays_while_an_alert_names_it(store: Store, ids: list[int]) -> None:
    forever = Retention(items=30, tagged=30)
    prune_store(store, forever, YEARS)
    assert left(store) == ids[:1]
    assert prune_store(store, MONTH, YEARS) == {"deliveries": 1, "revisions": 1, "items": 1}
    assert left(store) == []


def test_no_table_that_belongs_to_an_item_is_forgotten() -> None:
    refer = {
        key.parent.table for table in SQLModel.metadata.tables.values() for key in table.foreign_keys if of_item(key)
    }
    assert refer == {*OF_ITEM, EMBEDDING, ALERT, FOLLOW_UP}


def of_item(key: ForeignKey) -> bool:
    return key.column.table is ITEM


def test_nothing_of_it_is_left(store: Store, ids: list[int]) -> None:
    prune_store(store, MONTH, YEARS)
    with store.read() as s:
        assert [name.name for name in (*OF_ITEM, ALERT, REVISION) if s.execute(select(name)).first()] == []
        assert s.scalar(text("SELECT count(*) FROM item_search")) == 0
    assert run_audit(store, Now(YEARS)).accounts.items == 0


def test_an_alert_that_is_not_done_stays_with_its_item(store: Store, ids: list[int]) -> None:
    with store.write() as s:
        s.execute(text("UPDATE alert SET state = 'pending'"))
    prune_store(store, MONTH, YEARS)
    assert left(store) == ids[:1]


def test_what_a_digest_carried_goes_with_it(store: Store, ids: list[int]) -> None:
    with store.write() as s:
        outbox.insert_alerts(s, [AlertIntent("desk", ids[1], f"item:{ids[1]}", ("war",))], NOW, NOW)
        s.execute(text("UPDATE alert SET state = 'carried', carried_by = 1 WHERE id <> 1"))
    assert prune_store(store, Retention(deliveries=90), YEARS) == {"deliveries": 1}
    with store.read() as s:
        assert s.execute(select(ALERT)).first() is None


def test_what_its_source_may_still_list_stays(store: Store, ids: list[int]) -> None:
    with store.write() as s:
        s.execute(text("UPDATE source SET last_new_item_at = :at"), {"at": NOW.isoformat(" ")})
    assert prune_store(store, MONTH, YEARS - timedelta(days=1)).get("items") is None


def test_no_more_than_asked_for_at_once(store: Store) -> None:
    add_items(store, add_source(store), *(draft(f"url:{n}") for n in range(450)))
    listed_others(store)
    assert prune_store(store, MONTH, YEARS, most=300) == {"items": 400}
    assert prune_store(store, MONTH, YEARS, most=300) == {"items": 50}


def test_the_command(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'ceasewire.sqlite3'}")
    store.upgrade()
    add_items(store, add_source(store), draft("url:a"))
    listed_others(store)
    environment = {"CEASEWIRE_DATA_DIR": str(tmp_path)}

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(cli, ["prune", *arguments], env=environment)
        assert result.exit_code == 0, result.output
        return result.output

    assert "which keeps everything" in run()
    environment["CEASEWIRE_KEEP_ITEMS_DAYS"] = "30"
    assert "1 items would go" in run()
    assert left(store)
    assert "1 items deleted" in run("--yes")
    assert left(store) == []
    store.dispose()
