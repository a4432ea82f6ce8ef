"""The audit on both databases: a store in order has nothing to say, and every rule finds the rows that break it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ceasewire.items import AlertIntent
from ceasewire.store import heartbeats, outbox, work
from ceasewire.store.audit import COUNTED, Now, begin_snapshot
from ceasewire.store.session import Store
from tests.support.store_data import (
    NOW,
    add_items,
    add_source,
    draft,
    enrich,
    later,
    subscribe,
    tagging,
    translation,
)
from worker.cli import cli
from worker.jobs.audit import Audit, run_audit

MODELS = {"karabakh": "0" * 64}
WAR = {"topics": ["war"]}


def audited(store: Store, seconds: float = 60, **others: Any) -> Audit:
    return run_audit(store, Now(later(seconds), MODELS, **others))


def broken(store: Store, seconds: float = 60, **others: Any) -> Mapping[str, list[str]]:
    return {one.rule: list(one.rows) for one in audited(store, seconds, **others).violations}


def change(store: Store, statement: str, **values: Any) -> None:
    with store.write() as s:
        s.execute(text(statement), values)


@pytest.fixture
def item_id(store: Store) -> int:
    """One item that is tagged, translated and alerted, in a store where the sources were polled just now."""
    subscribe(store, "desk", WAR, now=later(-100))
    [added] = add_items(store, add_source(store), draft("url:a"))
    enrich(store, added, tagging("war"))
    with store.write() as s:
        work.save_translation(s, added, translation("News"), [tagging("war")], NOW)
        outbox.insert_alerts(s, [AlertIntent("desk", added, f"item:{added}", ("war",))], NOW, NOW)
        s.execute(text("UPDATE alert SET state = 'delivered', delivered_at = created_at"))
        s.execute(text("UPDATE source SET next_poll_at = NULL, lease_until = NULL"))
        heartbeats.save_heartbeat(s, "translate", {}, later(30 * 86_400))
    return added


def test_a_store_in_order(store: Store, item_id: int) -> None:
    found = audited(store)
    assert found.violations == []
    assert (found.accounts.items, found.accounts.set_aside, found.accounts.untagged) == (1, 0, 0)
    assert (found.accounts.translations, found.accounts.alerts) == ({"translated": 1}, {"delivered": 1})
    assert (found.compared.items, found.compared.subscriptions, found.compared.matches) == (1, 1, 1)


def test_an_empty_store_is_in_order(store: Store) -> None:
    assert audited(store).violations == []


def test_it_cannot_write(store: Store) -> None:
    if not store.is_postgres:
        pytest.skip("SQLite has no read-only transactions")
    with store.read() as s:
        begin_snapshot(s)
        with pytest.raises(DBAPIError, match="read-only"):
            s.execute(text("UPDATE item SET title = ''"))


def test_an_alert_that_is_missing(store: Store, item_id: int) -> None:
    change(store, "DELETE FROM alert")
    assert broken(store) == {"alert missing": [f"{item_id} → desk"]}


def test_a_copy_that_was_counted_into_an_alert_is_told(store: Store, item_id: int) -> None:
    [copy] = add_items(store, add_source(store, "tass"), draft("url:b"))
    enrich(store, copy, tagging("war"))
    change(store, "UPDATE item SET translation_state = 'not_needed'")
    change(store, "UPDATE source SET lease_until = NULL, next_poll_at = NULL")
    assert broken(store) == {"alert missing": [f"{copy} → desk"]}
    with store.write() as s:
        alert = s.scalar(text("SELECT id FROM alert"))
        row = {"alert": alert, "item": copy, "at": NOW.isoformat(" ")}
        s.execute(text("INSERT INTO follow_up VALUES (:alert, :item, 'hash', 'copy', :at)"), row)
    assert broken(store) == {}


@pytest.mark.parametrize(
    "excuse",
    [
        "UPDATE subscription SET changed_at = enriched FROM (SELECT enriched_at AS enriched FROM item)",
        "UPDATE assessment SET assessed_at = '2021-01-11 19:00:00'",  # tagged again by another model
        "UPDATE subscription SET paused_at = '2021-01-11 17:00:00'",
    ],
)
def test_what_nobody_had_to_be_told(store: Store, item_id: int, excuse: str) -> None:
    change(store, "DELETE FROM alert")
    change(store, excuse)
    assert broken(store, 7_200) == {}


BREAKS = {
    "post stored twice": "UPDATE item SET platform = 'x', post_id = '7'",
    "item without identity": "DELETE FROM itemkey",
    "tags missing": "DELETE FROM assessment WHERE item_id = (SELECT min(id) FROM item)",
    "translation lost": "DELETE FROM translation",
    "untranslated without a reason": "UPDATE item SET translation_state = 'unavailable', translation_reason = ''",
    "alert in no state": "UPDATE alert SET state = 'lost'",
    "delivered without a time": "UPDATE alert SET delivered_at = NULL",
    "dead without a reason": "UPDATE alert SET state = 'dead'",
    "carried by nothing": "UPDATE alert SET state = 'carried', carried_by = 4711",
    "alert overdue": "UPDATE alert SET state = 'pending', due_at = '2021-01-11 17:00:00'",
    "digest overdue": "UPDATE alert SET state = 'collected'",
    "poll overdue": "UPDATE source SET next_poll_at = '2021-01-11 17:00:00'",
    "item untagged": "UPDATE item SET enriched_at = NULL, first_seen_at = '2021-01-11 17:00:00'",
    "lease too long": "UPDATE item SET lease_until = '2021-01-11 19:00:00'",
    "tags outdated": "UPDATE item SET models_sha256 = 'another'",
    "subscription not looked at": "UPDATE subscription SET next_run_at = '2021-01-11 17:00:00'",
    "body unread": (
        'INSERT INTO "fetch" (source_id, url, seconds, fetched_at, attempts) '
        "SELECT id, url, 0, '2021-01-11 17:00:00', 0 FROM source"
    ),
    "translation halted": (
        "UPDATE item SET translation_state = 'pending', enriched_at = '2021-01-11 16:00:00' ;"
        "UPDATE heartbeat SET at = '2021-01-11 16:00:00'"
    ),
    "model unused": (
        "UPDATE item SET translation_state = 'unavailable', translation_reason = 'no model' ;"
        "UPDATE heartbeat SET at = '2021-01-11 16:00:00'"
    ),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_each_rule_finds_what_breaks_it(store: Store, item_id: int, rule: str) -> None:
    add_items(store, add_source(store, "tass"), draft("url:b"))
    change(store, "UPDATE source SET lease_until = NULL, next_poll_at = NULL")
    assert broken(store, languages=["ru"]) == {}
    for statement in BREAKS[rule].split(";"):
        change(store, statement)
    found = broken(store, languages=["ru"])
    assert found.get(rule)


def test_news_alerted_twice(store: Store, item_id: int) -> None:
    if store.is_postgres:
        change(store, "ALTER TABLE alert DROP CONSTRAINT alert_subscription_id_dedupe_key_key")
    else:
        pytest.skip("SQLite cannot drop the constraint that forbids it")
    again = "INSERT INTO alert (key, subscription_id, item_id, dedupe_key, reasons, state, created_at, due_at, attempts"
    again += ", last_error, delivered_at) SELECT 'other', subscription_id, item_id, dedupe_key, reasons, state, "
    change(store, again + "created_at, due_at, attempts, last_error, delivered_at FROM alert")
    assert set(broken(store)) == {"news alerted twice"}


def test_what_waits_is_not_stuck_before_its_time(store: Store, item_id: int) -> None:
    change(store, "UPDATE alert SET state = 'pending', due_at = '2021-01-11 18:00:30', delivered_at = NULL")
    [fresh] = add_items(store, add_source(store, "tass"), draft("url:b"))
    change(store, "UPDATE source SET lease_until = NULL, next_poll_at = '2021-01-11 18:05:00'")
    assert broken(store, 100) == {}
    assert set(broken(store, 1_000)) == {"alert overdue", "item untagged"}
    assert fresh


def test_an_alert_of_a_paused_subscription_or_channel_waits_as_it_should(store: Store, item_id: int) -> None:
    change(store, "UPDATE alert SET state = 'pending', due_at = '2021-01-11 16:00:00', delivered_at = NULL")
    assert set(broken(store)) == {"alert overdue"}
    change(store, "UPDATE subscription SET paused_at = '2021-01-11 17:00:00'")
    assert broken(store) == {}


def test_an_item_set_aside_is_shown_and_breaks_nothing(store: Store, item_id: int) -> None:
    with store.write() as s:
        work.set_aside(s, item_id, "3 attempts to translate it ended without a result")
    found = audited(store)
    assert (found.accounts.set_aside, found.violations) == (1, [])


def test_more_rows_than_are_counted(store: Store) -> None:
    source = add_source(store)
    add_items(store, source, *(draft(f"url:{number}") for number in range(COUNTED + 5)))
    change(store, "UPDATE source SET lease_until = NULL, next_poll_at = NULL")
    [stuck] = audited(store, 3_600).violations
    assert (stuck.rule, stuck.count, len(stuck.rows)) == ("item untagged", COUNTED + 1, 5)


def test_the_command(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(f"sqlite:///{tmp_path / 'ceasewire.sqlite3'}")
    store.upgrade()
    environment = {"CEASEWIRE_DATA_DIR": str(tmp_path)}
    good = CliRunner().invoke(cli, ["audit"], env=environment)
    assert good.exit_code == 0, good.output
    assert "rules hold" in good.output
    add_source(store)
    change(store, "UPDATE source SET lease_until = NULL")
    bad = CliRunner().invoke(cli, ["audit"], env=environment)
    assert bad.exit_code == 1
    assert "poll overdue: 1 sources are due for more than 15 minutes: kremlin" in bad.output
    assert "remedy: is its worker running" in bad.output
    data = json.loads(CliRunner().invoke(cli, ["audit", "--json"], env=environment).output)
    assert (data["ok"], data["accounts"]["items"], data["violations"][0]["rows"]) == (False, 0, ["kremlin"])
    store.dispose()
