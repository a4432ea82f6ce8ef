"""An archive of any size for measuring store and API: items, translations, verdicts, tags and index as if years old.

Words are made of syllables in each language's letters and drawn after Zipf's law, so that an index has common and rare
words in about the measure of news; ids of topics, actors and places are those of a conflict's model.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import Any

from sqlalchemy import insert

from ceasewire.conflict.model import Conflict
from ceasewire.items import Publisher, SourceConfig, SourceKind
from ceasewire.store import search
from ceasewire.store.session import Session, Store
from ceasewire.store.sources import save_sources
from ceasewire.store.statements import is_postgres
from ceasewire.store.tables import ASSESSMENT, ITEM, ITEM_KEY, SIGHTING, TAG, TRANSLATION
from ceasewire.words import fold

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)
BATCH = 2_000
LOG_BATCHES = 50  # a write-ahead log of half a gigabyte, about
VOCABULARY = 30_000
SIDES = {"ru": ("RU", "russia"), "hy": ("AM", "armenia"), "az": ("AZ", "azerbaijan"), "tr": ("TR", "turkey")}
SHARES = {"ru": 30, "en": 25, "az": 20, "hy": 15, "tr": 10}
SYLLABLES = {
    "ru": ["на", "ре", "мо", "ви", "ста", "про", "ка", "ли", "дь", "ны", "ер", "ос", "пе", "ту", "зам"],
    "hy": ["ան", "եր", "կա", "մո", "վի", "տա", "ռե", "լու", "խո", "ծա", "սի", "գր", "ներ", "ում", "ակ"],
    "az": ["la", "qə", "ri", "mə", "şu", "do", "ğı", "ist", "çı", "bə", "ün", "al", "tar", "xo", "sa"],
    "tr": ["la", "ke", "ri", "me", "şu", "do", "ğı", "ist", "çı", "ba", "ün", "al", "tar", "ko", "sa"],
    "en": ["ma", "re", "con", "ti", "ver", "sta", "pro", "ing", "al", "der", "ous", "pe", "tu", "lan", "or"],
}


@dataclass(frozen=True, slots=True)
class Written:
    """One item with all that hangs on it, as rows by table; `body` is what the full-text index takes."""

    item: dict[str, Any]
    others: Mapping[str, list[dict[str, Any]]]
    body: str


class Archive:
    """Makes items one after the other, oldest first; the same `seed` makes the same."""

    def __init__(self, conflict: Conflict, count: int, seed: int = 7) -> None:
        self.conflict = conflict
        self.count = count
        self._random = random.Random(seed)
        self._weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        self.words = {language: self._vocabulary(language) for language in SHARES}
        self._tags = {
            kind: (list(ids), list(accumulate(1 / rank for rank in range(1, len(ids) + 1))))
            for kind, ids in (("topic", conflict.topics), ("actor", conflict.actors), ("place", conflict.places))
        }

    def sources(self) -> list[SourceConfig]:
        """Twelve of each language."""
        return [_source(language, number) for language in SHARES for number in range(12)]

    def items(self) -> Iterator[Written]:
        """All items, ids from 1."""
        step = SPAN / self.count
        for number in range(1, self.count + 1):
            yield self._item(number, NOW - SPAN + step * number)

    def _item(self, number: int, at: datetime) -> Written:
        [language] = self._random.choices(list(SHARES), list(SHARES.values()))
        title, text = self._text(language, 8), self._text(language, 40)
        source_id = f"{language}-{min(int(self._random.expovariate(0.4)), 11)}"
        item = {
            **ITEM_ROW,
            "id": number,
            "source_id": source_id,
            "url": f"https://{source_id}.example/{number}",
            "title": title,
            "text": text,
            "published_at": at,
            "first_seen_at": at + timedelta(minutes=3),
            "last_seen_at": at + timedelta(hours=9),
            "enriched_at": at + timedelta(minutes=3, seconds=4),
            "content_hash": f"{number:064x}",
            "language": language,
            "translation_state": "not_needed" if language == "en" else "translated",
        }
        verdict = self._random.choices(("relevant", "possible", "no"), (15, 5, 80))[0]
        others = {
            "sighting": [
                {"item_id": number, "source_id": source_id, "published_at": at, "seen_at": item["first_seen_at"]}
            ],
            "item_key": [{"key": f"url:{item['url']}", "item_id": number, "strength": 0}],
            "assessment": [self._assessed(number, at, verdict, text)],
            "tag": self._tagged(number, at, text) if verdict == "relevant" else [],
            "translation": [],
        }
        texts = [title, text]
        if language != "en":
            texts += [self._text("en", 8), self._text("en", 40)]
            row = {"item_id": number, "title": texts[2], "text": texts[3], "source_language": language}
            others["translation"] = [{**TRANSLATED, **row, "created_at": at}]
        return Written(item, others, fold("\n".join(texts)))

    def _assessed(self, number: int, at: datetime, verdict: str, text: str) -> dict[str, Any]:
        own = {"item_id": number, "published_at": at, "verdict": verdict, "assessed_at": NOW}
        of = {"conflict": self.conflict.id, "model_sha256": self.conflict.sha256}
        return {**ASSESSED, **own, **of, "evidence": [] if verdict == "no" else [_first_word(text)] * 2}

    def _tagged(self, number: int, at: datetime, text: str) -> list[dict[str, Any]]:
        rows = []
        for kind, most in (("topic", 3), ("actor", 3), ("place", 2)):
            ids, weights = self._tags[kind]
            for tag in dict.fromkeys(self._random.choices(ids, cum_weights=weights, k=self._random.randint(1, most))):
                salience = "reported" if self._random.random() < 0.8 else "background"
                own = {"item_id": number, "published_at": at, "kind": kind, "tag": tag, "salience": salience}
                rows.append({**TAGGED, **own, "conflict": self.conflict.id, "evidence": [_first_word(text)]})
        return rows

    def _text(self, language: str, words: int) -> str:
        return " ".join(self._random.choices(self.words[language], cum_weights=self._weights, k=words)).capitalize()

    def _vocabulary(self, language: str) -> Sequence[str]:
        parts = SYLLABLES[language]
        found: dict[str, None] = {}
        while len(found) < VOCABULARY:
            found["".join(self._random.choices(parts, k=self._random.randint(2, 5)))] = None
        return list(found)


ITEM_ROW: dict[str, Any] = {
    "kind": "entry",
    "guid": None,
    "html": "",
    "date_kind": "exact",
    "sample": False,
    "language_confidence": 0.98,
    "language_method": "statistics",
    "other_languages": [],
    "translation_reason": "",
    "models_sha256": "",
    "attempts": 0,
}
EVIDENCE = {"language": "en", "field": "text", "start": 0, "weight": 1.0, "note": ""}
ASSESSED = {"score": 3.0, "model_version": "1"}
TAGGED = {"score": 2.0, "derived": False, "reason": ""}
TRANSLATED: dict[str, Any] = {
    "target_language": "en",
    "engine": "ctranslate2",
    "package": "translate",
    "package_version": "1.9",
    "settings": {},
    "confidence": "good",
    "warnings": [],
}


def _first_word(text: str) -> dict[str, Any]:
    """Evidence of the size that a model's has."""
    word = text.partition(" ")[0]
    return {**EVIDENCE, "term": word.lower(), "end": len(word), "text": word}


def fill(store: Store, archive: Archive) -> None:
    """Write all of it into an empty, migrated store, and let the database take stock of it."""
    with store.write() as s:
        save_sources(s, archive.sources(), NOW, sample=False)
    items = archive.items()
    for number, batch in enumerate(iter(lambda: list(islice(items, BATCH)), []), start=1):
        _write(store, batch)
        if number % LOG_BATCHES == 0:
            store.checkpoint()


def _write(store: Store, batch: Sequence[Written]) -> None:
    tables = {
        "sighting": SIGHTING,
        "item_key": ITEM_KEY,
        "assessment": ASSESSMENT,
        "tag": TAG,
        "translation": TRANSLATION,
    }
    with store.write() as s:
        s.execute(insert(ITEM), [one.item for one in batch])
        for name, table in tables.items():
            rows = [row for one in batch for row in one.others[name]]
            if rows:
                s.execute(insert(table), rows)
        _index(s, batch)


def _index(s: Session, batch: Sequence[Written]) -> None:
    if is_postgres(s):
        rows = [
            {"item": one.item["id"], "at": one.item["published_at"], "words": search._tsvector(one.body)}
            for one in batch
        ]
        s.execute(search._NEW_IN_POSTGRES, rows)
    else:
        rows = [
            {"rowid": search.sqlite_rowid(one.item["published_at"], one.item["id"]), "body": one.body} for one in batch
        ]
        s.execute(search._NEW_IN_SQLITE, rows)


def _source(language: str, number: int) -> SourceConfig:
    country, side = SIDES.get(language, ("GB", "international"))
    return SourceConfig(
        id=f"{language}-{number}",
        name=f"{language.upper()} {number}",
        url=f"https://{language}-{number}.example/feed",
        kind=SourceKind.FEED,
        language=language,
        country=country,
        publisher=Publisher.WIRE if number == 0 else Publisher.INDEPENDENT,
        side=side,
        timezone=None,
        enabled=True,
        disabled_reason=None,
    )
