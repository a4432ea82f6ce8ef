"""Stories on both databases, through the job that makes them: who belongs together, and that copies alert once."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from ceasewire.items import ItemDraft, SourceForPoll
from ceasewire.store import alerts, stories
from ceasewire.store.queries import get_item
from ceasewire.store.session import Store
from ceasewire.store.tables import STORY, STORY_BAND
from ceasewire.store.views import StoryView
from tests.support.store_data import (
    NOW,
    RUSSIAN,
    add_items,
    add_source,
    claim_for_enrich,
    draft,
    later,
    save_changed,
    save_enriched,
    save_new,
    subscribe,
)
from worker.adapters.language import Detector
from worker.jobs.enrich import Enriching, enrich_items
from worker.jobs.group import join_stories, prepare
from worker.jobs.maintain import KEEP_BANDS, maintain

REPORT = """Министры иностранных дел двух стран провели в среду переговоры в Тбилиси при посредничестве грузин.
Встреча продолжалась около четырёх часов и завершилась без подписания совместного заявления, сообщили участники.
По словам главы армянской делегации, стороны обсудили график работы комиссии по границе и возвращение задержанных.
Азербайджанский министр назвал беседу полезной и добавил, что следующий раунд может пройти в Брюсселе."""
HALF = " ".join(REPORT.split()[: len(REPORT.split()) // 2])
OTHER = """Парламент принял во втором чтении поправки к закону о местном самоуправлении, меняющие порядок выборов мэров.
Документ поддержали депутаты большинства, против выступила оппозиция, заявившая о намерении обратиться в суд.
Закон вступит в силу через шесть месяцев после подписания президентом и не затронет назначенные голосования."""


@pytest.fixture
def wire(store: Store) -> SourceForPoll:
    subscribe(store, "all", {"languages": ["ru"]})
    return add_source(store, "tass-ru")


def at_work(store: Store, now: datetime = NOW) -> Enriching:
    return Enriching(store, Detector(), {}, "en", lambda: now)


def add(store: Store, source: SourceForPoll | str, text: str, **changes: Any) -> int:
    """Store an item with this text and enrich it."""
    item_id = add_raw(store, source, text, **changes)
    enrich_items(at_work(store), [item_id])
    return item_id


def add_raw(store: Store, source: SourceForPoll | str, text: str, **changes: Any) -> int:
    source = add_source(store, source) if isinstance(source, str) else source
    [item_id] = add_items(store, source, entry(source.id, text, **changes))
    return item_id


def entry(name: str, text: str, **changes: Any) -> ItemDraft:
    return draft(f"url:{name}:{hash((text, str(changes)))}", text=text, title=f"Новости от {name}", **changes)


def revise(store: Store, item_id: int, source: SourceForPoll, text: str) -> None:
    with store.write() as s:
        save_changed(s, source, item_id, draft(f"url:{item_id}", text=text, title="Новости"), NOW)
    enrich_items(at_work(store), [item_id])


def story_of(store: Store, item_id: int) -> StoryView | None:
    with store.read() as s:
        item = get_item(s, item_id)
    assert item is not None
    assert (item.story is None) == (item.story_id is None)
    return item.story


def members(store: Store, item_id: int) -> list[int]:
    """Lead first; the item alone where it has no story."""
    story = story_of(store, item_id)
    return [item_id] if story is None else [story.lead.id, *(copy.id for copy in story.copies)]


def alerted(store: Store) -> list[int]:
    with store.read() as s:
        return sorted(alert.item_id for alert in alerts.list_alerts(s).items if alert.item_id is not None)


def count_stories(store: Store) -> int:
    with store.read() as s:
        return s.scalar(select(func.count()).select_from(STORY)) or 0


def test_a_copy_that_comes_after_the_alert_joins_the_story_and_alerts_nobody(store: Store, wire: SourceForPoll) -> None:
    lead = add(store, wire, REPORT)
    assert story_of(store, lead) is None
    assert alerted(store) == [lead]
    copies = [
        add(store, "paper", f"ТБИЛИСИ, 3 марта. /ТАСС/. {HALF}", published_at=later(60)),
        add(store, "portal", f"{REPORT} Подписывайтесь на наш канал.", published_at=later(120)),
    ]
    assert [members(store, one) for one in (lead, *copies)] == [[lead, *copies]] * 3
    assert alerted(store) == [lead]


def test_the_story_says_who_was_first_who_copied_and_where_it_came_from(store: Store, wire: SourceForPoll) -> None:
    copy = add(store, "paper", REPORT, published_at=later(600))
    lead = add(store, wire, REPORT, published_at=later(0))
    story = story_of(store, copy)
    assert story is not None
    assert (story.lead.id, story.lead.source.id) == (lead, "tass-ru")
    assert [(one.id, one.source.id, one.language) for one in story.copies] == [(copy, "paper", "ru")]
    assert (story.origin, story.language) == ("TASS", "ru")
    assert alerted(store) == [copy]


def test_an_agency_that_a_later_copy_names_is_the_storys(store: Store) -> None:
    first = add(store, "paper", REPORT)
    add(store, "portal", REPORT)
    unknown = story_of(store, first)
    assert unknown is not None
    assert unknown.origin is None
    add(store, "mirror", f"МОСКВА, 3 марта — РИА Новости. {REPORT}")
    known = story_of(store, first)
    assert known is not None
    assert known.origin == "RIA Novosti"


def test_other_news_and_a_repetition_after_the_window_stand_alone(store: Store, wire: SourceForPoll) -> None:
    first = add(store, wire, REPORT)
    other = add(store, "paper", OTHER)
    late = add(store, "portal", REPORT, published_at=NOW + timedelta(hours=73))
    assert [members(store, one) for one in (first, other, late)] == [[first], [other], [late]]
    assert alerted(store) == [first, other, late]


def test_what_a_source_puts_under_every_text_makes_no_copies(store: Store) -> None:
    imprint = "\n" + OTHER
    paper, portal = add_source(store, "paper"), add_source(store, "portal")
    for source in (paper, portal):
        for place in ("Ереване", "Баку"):
            add_raw(store, source, f"На улицах в {place} сегодня {source.name} раздаёт газеты.{imprint}")
    one = add(store, paper, f"Завтра в горах ожидается снег.{imprint}")
    assert members(store, add(store, portal, f"Курс валюты не изменился.{imprint}")) != [one]
    assert members(store, one) == [one]


def test_enriching_twice_changes_nothing(store: Store, wire: SourceForPoll) -> None:
    lead, copy = add(store, wire, REPORT), add(store, "paper", HALF)
    revise(store, lead, wire, REPORT)
    revise(store, copy, wire, HALF)
    assert members(store, copy) == [lead, copy]
    assert count_stories(store) == 1
    assert alerted(store) == [lead]


def test_a_changed_text_leaves_its_story_and_may_come_back(store: Store, wire: SourceForPoll) -> None:
    lead, copy = add(store, wire, REPORT), add(store, "paper", HALF)
    revise(store, copy, wire, OTHER)
    assert [members(store, one) for one in (lead, copy)] == [[lead], [copy]]
    revise(store, copy, wire, HALF)
    assert members(store, copy) == [lead, copy]
    assert len(alerted(store)) <= 2
    revise(store, copy, wire, OTHER)
    revise(store, lead, wire, "Другой текст, который ни на что не похож.")
    assert count_stories(store) == 0


def test_a_text_changed_into_a_copy_alerts_no_second_time(store: Store, wire: SourceForPoll) -> None:
    first, second = add(store, wire, REPORT), add(store, "paper", OTHER)
    revise(store, second, wire, HALF)
    assert members(store, second) == [first, second]
    assert alerted(store) == [first, second]


def test_copies_enriched_at_the_same_moment_are_one_story_and_one_alert(store: Store, wire: SourceForPoll) -> None:
    texts = [REPORT, HALF, f"{REPORT} Читайте нас.", f"БАКУ, 3 марта. {REPORT}", REPORT.upper(), f"{HALF} Далее."]
    ids = [add_raw(store, f"paper{place}", text) for place, text in enumerate(texts)]
    start, failures = threading.Barrier(len(ids)), list[Exception]()

    def work(item_id: int) -> None:
        start.wait(30)
        try:
            enrich_items(at_work(store), [item_id])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(item_id,)) for item_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert sorted(members(store, ids[0])) == ids
    assert len(alerted(store)) == 1


def test_the_second_waits_for_the_first_to_commit(store: Store) -> None:
    """Without the lock, on PostgreSQL, neither would see the other's bands."""
    ids = [add_raw(store, name, REPORT) for name in ("paper", "portal")]
    done = threading.Event()

    def second() -> None:
        enrich_items(at_work(store), [ids[1]])
        done.set()

    with store.write() as s:
        item = claim_for_enrich(s, ids[0], NOW)
        assert item is not None
    with store.write() as s:
        stories.lock_stories(s)
        thread = threading.Thread(target=second)
        thread.start()
        save_enriched(s, ids[0], RUSSIAN, (), NOW)
        join_stories(s, [prepare(item, "ru", ())], NOW)
        assert not done.wait(0.3)
    thread.join(60)
    assert sorted(members(store, ids[1])) == ids


def test_a_post_and_the_article_around_it_stay_two_and_one_alert(store: Store, wire: SourceForPoll) -> None:
    article = draft("url:article", text=f"{REPORT} {OTHER}", title="Переговоры")
    post = draft("x:1", text=REPORT, title="", parent="url:article", platform="x")
    with store.write() as s:
        ids = save_new(s, wire, article, post).new_ids
    for item_id in ids:
        enrich_items(at_work(store), [item_id])
    assert [members(store, one) for one in ids] == [[ids[0]], [ids[1]]]
    copy = add(store, "paper", REPORT)
    assert members(store, copy) == [ids[1], copy]
    assert len(alerted(store)) == 1


def test_a_copy_of_an_article_with_a_post_is_the_same_alert(store: Store, wire: SourceForPoll) -> None:
    article = draft("url:article", text=REPORT, title="Переговоры")
    post = draft("x:1", text=OTHER, title="", parent="url:article", platform="x")
    with store.write() as s:
        article_id, post_id = save_new(s, wire, article, post).new_ids
    enrich_items(at_work(store), [article_id])
    copy = add(store, "paper", HALF)
    enrich_items(at_work(store), [post_id])
    assert members(store, copy) == [article_id, copy]
    assert alerted(store) == [article_id]


def test_maintenance_drops_the_bands_of_old_items_and_keeps_their_story(store: Store, wire: SourceForPoll) -> None:
    old, copy = add(store, wire, REPORT), add(store, "paper", REPORT)
    maintain(store, lambda: NOW + KEEP_BANDS + timedelta(hours=1))
    with store.read() as s:
        assert s.scalar(select(func.count()).select_from(STORY_BAND)) == 0
    revise(store, copy, wire, HALF)
    assert members(store, copy) == [old, copy]
