"""One statement, told by everybody: how many messages a subscriber of each kind gets for it, on both databases.

A Telegram post, then the same statement by wires and their copiers in Russian, English and Azerbaijani within half an
hour, each with its own dateline, cuts and credits; one embeds the post; translations come late; the agency corrects
itself; the topic model changes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ceasewire.conflict.model import Conflict
from ceasewire.items import (
    Changed,
    ItemDraft,
    ItemKind,
    ModelInUse,
    New,
    TextForTranslation,
    Translation,
    TranslationOutcome,
)
from ceasewire.pipeline.subscription import Known, parse_subscription
from ceasewire.store import alerts, items, sources, subscriptions
from ceasewire.store.alerts import AlertView
from ceasewire.store.session import Store
from ceasewire.subscribing import new_subscription
from tests.support.store_data import NOW, claim_source, draft, later, source_config
from worker.adapters.language import Detector
from worker.jobs.enrich import Enriching, enrich_items
from worker.jobs.evaluate import evaluate_subscription
from worker.jobs.retag import Retagging, retag_due
from worker.jobs.translate import Translating, translate_due
from worker.ports import TranslationMemory

RU = """Главы МИД Армении и Азербайджана провели в Алматы переговоры о мирном договоре. Стороны договорились продолжить
работу комиссий по делимитации границы и обменяться списками удерживаемых лиц. Министры подтвердили, что режим
прекращения огня в районе Лачинского коридора соблюдается, и условились встретиться снова через три недели. Отдельно
обсуждалась работа гуманитарных организаций в Нагорном Карабахе и возвращение пропавших без вести."""
EN = """The foreign ministers of Armenia and Azerbaijan held talks on a peace treaty in Almaty. They agreed that the
border commissions would go on with their work and that lists of detainees would be exchanged. The ministers confirmed
that the ceasefire around the Lachin corridor is being observed and will meet again in three weeks. They also spoke
about the work of humanitarian organisations in Nagorno-Karabakh and about those who are missing."""
AZ = """Azərbaycan və Ermənistan xarici işlər nazirləri Almatıda sülh müqaviləsi üzrə danışıqlar aparıblar. Tərəflər
sərhədin delimitasiyası üzrə komissiyaların işini davam etdirmək və saxlanılan şəxslərin siyahılarını mübadilə etmək
barədə razılığa gəliblər. Nazirlər Laçın dəhlizi ətrafında atəşkəs rejiminə əməl olunduğunu təsdiqləyib və üç həftədən
sonra yenidən görüşməyi qərara alıblar. Dağlıq Qarabağda humanitar təşkilatların fəaliyyəti də müzakirə olunub."""
SIDES = {
    "channel": "russia",
    **dict.fromkeys(("agency-ru", "gazette", "portal", "radio-ru", "evening"), "russia"),
    **dict.fromkeys(("wire-en", "daily", "caucasus-en", "monitor-en"), "international"),
    **dict.fromkeys(("agency-az", "xeber", "gundem"), "azerbaijan"),
}
POST = "post:telegram:mfachannel/4711"
DETECTOR = Detector()


def first_sentences(text: str, count: int) -> str:
    return ". ".join(text.split(". ")[:count]) + "."


# Minutes after the post, source, title, text. Titles are rewritten by everybody.
COPIES: Sequence[tuple[int, str, str, str]] = (
    (2, "agency-ru", "Министры встретились в Алматы", f"АЛМАТЫ, 11 января. /Агентство/. {RU}"),
    (3, "agency-az", "Almatıda danışıqlar", f"Bakı, 11 yanvar, Agentlik. {AZ}"),
    (4, "wire-en", "Ministers meet in Almaty", f"ALMATY, Jan 11 (Wire) - {EN}"),
    (6, "gazette", "В Алматы прошли переговоры", RU.replace("условились", "договорились")),
    (8, "portal", "Переговоры: что известно", first_sentences(RU, 3)),
    (9, "daily", "Armenia and Azerbaijan talk in Almaty", EN.replace("spoke about", "discussed")),
    (11, "xeber", "Nazirlər görüşüb", AZ.replace("qərara alıblar", "razılaşıblar")),
    (12, "radio-ru", "Итоги встречи", f"{RU} Об этом сообщает Агентство."),
    (15, "caucasus-en", "Almaty: border, detainees, Lachin", f"{first_sentences(EN, 3)} More follows."),
    (18, "gundem", "Sülh müqaviləsi üzrə danışıqlar", f"{AZ} Agentlik xəbər verir."),
    (22, "evening", "Вечер: встреча в Алматы", RU.replace("Отдельно обсуждалась", "Также обсудили")),
    (27, "monitor-en", "What the ministers said", f"{EN} (Reporting by Wire)"),
)


class FakeTranslator:
    """Knows the translation of the statement; nothing of its own engine is needed here."""

    def available(self) -> frozenset[str]:
        return frozenset({"ru", "az"})

    def models(self) -> Sequence[ModelInUse]:
        return ()

    def translate(
        self, texts: Sequence[TextForTranslation], memory: TranslationMemory | None = None
    ) -> list[TranslationOutcome]:
        return [
            Translation("Ministers met", EN, one.language, "en", "ct2", "translate", "1.9", {}, "good", ())
            for one in texts
        ]


class NoMemory:
    def get(self, keys: Sequence[str]) -> dict[str, str]:
        return {}

    def put(self, pairs: Mapping[str, str]) -> None:
        """Forgets."""


class Storm:
    """Plays the half hour."""

    def __init__(self, store: Store, conflict: Conflict) -> None:
        self.store = store
        self.conflicts = {"karabakh": conflict}
        self.now = NOW
        self.ids: dict[str, int] = {}  # of each source's item
        with store.write() as s:
            configs = [source_config(name, side=side, country=None) for name, side in SIDES.items()]
            sources.save_sources(s, configs, NOW, sample=False)

    def subscribe(self, name: str, **fields: object) -> None:
        query = {"conflict": "karabakh", "topics": ["talks_mediation"], "verdicts": ["relevant"]}
        form = {"name": name, "query": query, "channel": "webhook", "target": "https://desk.example/hook"}
        wanted = parse_subscription(form | fields, Known(self.conflicts, list(SIDES), sorted(SIDES.values()), []))
        with self.store.write() as s:
            subscriptions.insert_subscription(s, new_subscription(name, wanted, self.now), self.now)

    def come(self, source_id: str, *drafts: ItemDraft) -> None:
        with self.store.write() as s:
            source = claim_source(s, source_id, later(10**8), lease_seconds=0, force=True)
            assert source is not None
            saved = items.save_items(s, source, [New(one) for one in drafts], self.now)
        self.ids[source_id] = saved.new_ids[0]
        for item_id in saved.new_ids:
            self.enrich(item_id)

    def enrich(self, item_id: int) -> None:
        enrich_items(Enriching(self.store, DETECTOR, self.conflicts, "en", lambda: self.now), [item_id])

    def translate(self) -> None:
        translate_due(Translating(self.store, FakeTranslator(), NoMemory(), self.conflicts, lambda: self.now))

    def run_until(self, moment: datetime) -> None:
        """A sweep every twenty seconds, in the quiet hours after it every ten minutes: what is due leaves."""
        while self.now < moment:
            self.now = min(moment, self.now + timedelta(seconds=20 if self.now < later(1800) else 600))
            self.sweep()

    def sweep(self) -> None:
        with self.store.write() as s:
            due = subscriptions.ring_due_subscriptions(s, self.now)
        for one in due:
            evaluate_subscription(self.store, lambda: self.now, one)
        with self.store.write() as s:
            for alert_id in alerts.ring_due_alerts(s, self.now):
                if alerts.claim_alert(s, alert_id, self.now) is not None:
                    alerts.save_delivered(s, alert_id, self.now)

    def play(self) -> None:
        """All of it, and an hour more."""
        post = draft(
            POST, kind=ItemKind.POST, platform="telegram", handle="mfachannel", post_id="4711", title="", text=RU
        )
        self.come("channel", post)
        for minute, source, title, text in COPIES:
            self.run_until(later(60 * minute))
            entry = draft(f"url:{source}", title=title, text=text, published_at=self.now)
            embedded = [replace(post, parent=f"url:{source}")] if source == "portal" else []
            self.come(source, entry, *embedded)
            if minute in (8, 18, 27):  # the translator is behind
                self.translate()
        self.correct(
            "agency-ru", f"АЛМАТЫ, 11 января. /Агентство/. {RU.replace('три недели', 'две недели')} Исправлено."
        )
        self.run_until(later(60 * 45))
        changed = replace(self.conflicts["karabakh"], sha256="f" * 64)
        assert retag_due(Retagging(self.store, {"karabakh": changed}, lambda: self.now)) > 10
        self.run_until(later(3 * 3600))

    def correct(self, source_id: str, text: str) -> None:
        with self.store.write() as s:
            source = claim_source(s, source_id, later(10**8), lease_seconds=0, force=True)
            assert source is not None
            edited = draft(f"url:{source_id}", title="Министры встретились в Алматы", text=text, published_at=self.now)
            saved = items.save_items(s, source, [Changed(edited, self.ids[source_id])], self.now)
        for item_id in saved.changed_ids:
            self.enrich(item_id)
        self.translate()

    def sent(self, name: str) -> list[AlertView]:
        with self.store.read() as s:
            shown = alerts.list_alerts(s, name, limit=200).items
        return sorted((one for one in shown if one.state == "delivered"), key=lambda one: one.delivered_at or NOW)


def test_one_report_is_one_message_a_language(store: Store, conflict: Conflict) -> None:
    """A statement in another language is another text: whether it says the same is for the reader to judge."""
    storm = Storm(store, conflict)
    storm.subscribe("fold")
    storm.subscribe("hasty", wait_seconds=0)
    storm.subscribe("update", copies="update")
    storm.subscribe("hourly", mode="digest", options={"every": "hour"})
    storm.play()
    for name in ("fold", "hasty"):
        told = storm.sent(name)
        assert [one.kind for one in told] == ["item"] * 3, name
        assert {one.item_id for one in told} == {storm.ids[first] for first in ("channel", "agency-az", "wire-en")}
        assert Counter({one.item_id: one.copies for one in told}) == {
            storm.ids["channel"]: 5,
            storm.ids["agency-az"]: 2,
            storm.ids["wire-en"]: 3,
        }
        assert sum(one.edits for one in told) == 1, "the agency's correction, once"
    [digest] = storm.sent("hourly")
    assert (digest.kind, digest.body["count"]) == ("digest", 3)

    # Who wants updates gets the correction when it is translated, and copies every ten minutes a story.
    told = storm.sent("update")
    assert Counter(one.kind for one in told) == {"item": 3, "update": 8}
    [edit] = [one for one in told if one.body.get("change") == "edit"]
    assert edit.item_id == storm.ids["agency-ru"]
    assert edit.delivered_at is not None
    assert (edit.delivered_at - later(27 * 60)).total_seconds() <= 20
    of_story = Counter(one.body["of"] for one in told if one.body.get("change") == "copy")
    assert max(of_story.values()) == 3
    with store.read() as s:
        follow_ups = alerts.list_follow_ups(s, [one.id for one in told])
    assert sum(len(one) for one in follow_ups.values()) == 11, "each copy and edit is told of, once"


def test_a_post_within_a_copy_of_what_was_told_is_no_second_message(store: Store, conflict: Conflict) -> None:
    """The article is told; a copy of it brings the post, whose own words are others."""
    storm = Storm(store, conflict)
    storm.subscribe("fold")
    storm.come("agency-ru", draft("url:agency-ru", title="Министры встретились", text=RU))
    said = "Армения и Азербайджан продолжат переговоры о мирном договоре, сообщил МИД после встречи министров в Алматы."
    post = draft(
        POST, kind=ItemKind.POST, platform="telegram", handle="mfachannel", post_id="4711", title="", text=said
    )
    storm.run_until(later(60))
    copy = draft("url:portal", title="Переговоры: что известно", text=f"{RU} Читайте также.")
    storm.come("portal", copy, replace(post, parent="url:portal"))
    storm.run_until(later(600))
    [alert] = storm.sent("fold")
    assert (alert.item_id, alert.copies) == (storm.ids["agency-ru"], 2)
