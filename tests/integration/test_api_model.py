"""`/items` against a model of it in plain Python: whatever is combined, what comes is what a filter in memory leaves.

The model knows the archive that it wrote and nothing of SQL: topics with their children, words by their forms in each
language, and the order of a page. Stretches of time are made short, so that a small archive has many.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from ceasewire.items import Evidence, Language, Salience, SourceForPoll, Tag, Tagging, TagKind, Verdict
from ceasewire.settings import Settings
from ceasewire.store import find
from ceasewire.store.session import Store
from ceasewire.store.work import save_translation
from tests.support.newsroom import CONFIG
from tests.support.store_data import NOW, add_items, add_source, draft, enrich, translation

CONFLICT = "karabakh"
PEACE = {"peace_process", "talks_mediation", "peace_treaty"}  # the first is the others' parent
TAGS = {
    TagKind.TOPIC: ("peace_process", "talks_mediation", "peace_treaty", "ceasefire_violation"),
    TagKind.ACTOR: ("armenia", "azerbaijan", "turkey"),
    TagKind.PLACE: ("stepanakert", "shusha"),
}
SOURCES = {"neva": ("RU", "russia"), "araxes": ("AM", "armenia"), "kur": ("AZ", "azerbaijan"), "boz": ("TR", "turkey")}
# As it stands in texts, and as readers ask for it.
WORDS = {
    "ru": [("Трёхсторонние", "ТРЕХСТОРОННИЕ"), ("мост", "Мост")],
    "hy": [("Երևանում", "ԵՐԵՎԱՆՈՒՄ"), ("միջանցքը", "ՄԻՋԱՆՑՔԸ")],
    "az": [("İrəvanda", "irəvanda"), ("sıxıntı", "SIXINTI")],
    "tr": [("Iğdır", "ığdır"), ("köprü", "KÖPRÜ")],
}
ROUNDS = 120
LIMIT = 7


@dataclass(frozen=True)
class Kept:
    """What the model remembers of an item. `words`: which of WORDS its text has, in order."""

    id: int
    source: str
    language: str
    published_at: datetime
    platform: str | None
    verdict: Verdict
    score: float
    tags: frozenset[tuple[TagKind, str]]
    salience: Salience
    words: tuple[int, ...]
    translated: bool


Test = Callable[[Kept], bool]
Asked = tuple[list[tuple[str, str]], Test]
Way = Callable[[random.Random, frozenset[Salience]], Asked]


@dataclass(frozen=True)
class Room:
    """The API, and what the model knows is behind it."""

    client: TestClient
    store: Store
    sources: dict[str, SourceForPoll]
    kept: list[Kept]
    chance: random.Random

    def write(self, published_at: datetime) -> None:
        """One more item, made by chance."""
        one = _by_chance(self.chance, published_at)
        text = " ".join(WORDS[one.language][word][0] for word in one.words)
        own = draft(f"url:{len(self.kept)}", title=text, published_at=published_at, platform=one.platform)
        [item_id] = add_items(self.store, self.sources[one.source], own)
        enrich(self.store, item_id, _tagging(one), language=Language(one.language, 0.9, "letters"))
        if one.translated:
            with self.store.write() as s:
                save_translation(s, item_id, translation("The bridge", language=one.language), [_tagging(one)], NOW)
        self.kept.append(replace(one, id=item_id))

    def expected(self, test: Test) -> list[int]:
        fitting = sorted((one.published_at, one.id) for one in self.kept if test(one))
        return [item_id for _, item_id in reversed(fitting)]


@pytest.fixture
def room(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    for name, value in {"FIRST": 9, "FEW": 12, "LEFT": 5, "KNOWN": 20}.items():
        monkeypatch.setattr(find, name, value)
    app = create_app(Settings(data_dir=tmp_path, config_dir=CONFIG, database_url=store.name))
    sources = {id_: add_source(store, id_, country=country, side=side) for id_, (country, side) in SOURCES.items()}
    chance = random.Random(20)
    with TestClient(app, base_url="http://127.0.0.1:8642") as client:
        opened = Room(client, store, sources, [], chance)
        for _ in range(120):  # many share their second
            opened.write(NOW - timedelta(seconds=int(chance.expovariate(0.0002)) // 200 * 200))
        yield opened


def test_every_combination_is_what_a_filter_in_memory_leaves(room: Room) -> None:
    for _ in range(ROUNDS):
        pairs, test = _asked(room.chance, room.chance.sample(WAYS, room.chance.choice((1, 1, 2, 2, 3, 4))))
        expected, found = room.expected(test), _first_page(room, pairs)
        assert found == expected[:LIMIT], pairs


def test_pages_neither_skip_nor_repeat_while_items_come_in(room: Room) -> None:
    """What was there when the first page was read comes once, in order; what came since stands above it."""
    for way in WAYS:
        pairs, test = _asked(room.chance, [way])
        expected, seen = room.expected(test), []
        answer = room.client.get("/items", params=[*pairs, ("limit", str(LIMIT))])
        while True:
            seen += [item["id"] for item in answer.json()["items"]]
            room.write(NOW + timedelta(seconds=len(room.kept)))
            if "next" not in answer.links:
                break
            answer = room.client.get(answer.links["next"]["url"])
        assert seen == expected, pairs


def _first_page(room: Room, pairs: Sequence[tuple[str, str]]) -> list[int]:
    answer = room.client.get("/items", params=[*pairs, ("limit", str(LIMIT))])
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


# --- items and questions, by chance ----------------------------------------------------------------------------


def _by_chance(chance: random.Random, published_at: datetime) -> Kept:
    every = [(kind, tag) for kind, tags in TAGS.items() for tag in tags]
    return Kept(
        id=0,
        source=chance.choice(list(SOURCES)),
        language=chance.choice(list(WORDS)),
        published_at=published_at,
        platform=chance.choice([None, None, "x"]),
        verdict=chance.choice(list(Verdict)),
        score=chance.choice([0.5, 2.0, 4.0]),
        tags=frozenset(chance.sample(every, chance.randint(0, 4))),
        salience=chance.choice([Salience.REPORTED, Salience.REPORTED, Salience.BACKGROUND]),
        words=tuple(chance.sample(range(2), chance.randint(1, 2))),
        translated=chance.random() < 0.5,
    )


def _tagging(one: Kept) -> Tagging:
    evidence = (Evidence("term", one.language, "title", 0, 1, "t"),)
    tags = tuple(Tag(kind, tag, 0.8, one.salience, False, evidence) for kind, tag in sorted(one.tags))
    return Tagging(CONFLICT, "1", "0" * 64, one.verdict, one.score, evidence, tags)


def _asked(chance: random.Random, ways: Sequence[Way]) -> Asked:
    """Parameters, with the test that they stand for together."""
    any_salience = chance.random() < 0.3
    wanted = frozenset(Salience) if any_salience else frozenset({Salience.REPORTED})
    asked = [way(chance, wanted) for way in ways]
    if _conflict in ways:
        asked.append(_about(ways))
    pairs = [pair for own, _ in asked for pair in own] + ([("salience", "any")] if any_salience else [])
    return pairs, lambda one: all(test(one) for _, test in asked)


def _conflict(_chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    return [("conflict", CONFLICT)], lambda _: True


def _about(ways: Sequence[Way]) -> Asked:
    """A conflict alone asks for what is, or may be, about it."""
    says_how = {_topic, _actor, _place, _verdict, _score} & set(ways)
    return [], lambda one: bool(says_how) or one.verdict is not Verdict.NO


def _topic(chance: random.Random, wanted: frozenset[Salience]) -> Asked:
    asked = chance.sample(TAGS[TagKind.TOPIC], chance.randint(1, 2))
    meant = {(TagKind.TOPIC, one) for topic in asked for one in (PEACE if topic == "peace_process" else {topic})}
    return [("topic", one) for one in asked], lambda one: one.salience in wanted and bool(one.tags & meant)


def _actor(chance: random.Random, wanted: frozenset[Salience]) -> Asked:
    actor = chance.choice(TAGS[TagKind.ACTOR])
    return [("actor", actor)], lambda one: one.salience in wanted and (TagKind.ACTOR, actor) in one.tags


def _place(chance: random.Random, wanted: frozenset[Salience]) -> Asked:
    place = chance.choice(TAGS[TagKind.PLACE])
    return [("place", place)], lambda one: one.salience in wanted and (TagKind.PLACE, place) in one.tags


def _language(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    languages = chance.sample(list(WORDS), chance.randint(1, 2))
    return [("language", one) for one in languages], lambda one: one.language in languages


def _source(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    sources = chance.sample(list(SOURCES), chance.randint(1, 2))
    return [("source", one) for one in sources], lambda one: one.source in sources


def _country(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    country = chance.choice([country for country, _ in SOURCES.values()])
    return [("country", country), ("source_kind", "feed")], lambda one: SOURCES[one.source][0] == country


def _side(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    side = chance.choice([side for _, side in SOURCES.values()])
    return [("side", side)], lambda one: SOURCES[one.source][1] == side


def _verdict(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    verdicts = chance.sample(list(Verdict), chance.randint(1, 2))
    return [("verdict", str(one)) for one in verdicts], lambda one: one.verdict in verdicts


def _score(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    least = chance.choice([1.0, 2.0, 3.0])
    return [("score", str(least))], lambda one: one.score >= least


def _platform(_chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    return [("platform", "x")], lambda one: one.platform == "x"


def _state(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    state = chance.choice(["translated", "pending"])
    return [("state", state)], lambda one: one.translated == (state == "translated")


def _since(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    at = NOW - timedelta(seconds=chance.randrange(0, 9_000, 40))
    return [("since", at.isoformat())], lambda one: one.published_at >= at


def _until(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    at = NOW - timedelta(seconds=chance.randrange(0, 9_000, 40))
    return [("until", at.isoformat())], lambda one: one.published_at < at


def _word(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    language = chance.choice(list(WORDS))
    return [("q", WORDS[language][0][1])], lambda one: one.language == language and 0 in one.words


def _prefix(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    language = chance.choice(list(WORDS))
    return [("q", f"{WORDS[language][1][1][:3]}*")], lambda one: one.language == language and 1 in one.words


def _without(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    language = chance.choice(list(WORDS))
    return [("q", f"-{WORDS[language][0][1]}")], lambda one: not (one.language == language and 0 in one.words)


def _phrase(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    language = chance.choice(list(WORDS))
    phrase = " ".join(asked for _, asked in WORDS[language])
    return [("q", f'"{phrase}"')], lambda one: one.language == language and one.words == (0, 1)


def _translation(chance: random.Random, _wanted: frozenset[Salience]) -> Asked:
    return [("q", "BRIDGE the")], lambda one: one.translated


WORDED = (_word, _prefix, _without, _phrase, _translation)


def _q(chance: random.Random, wanted: frozenset[Salience]) -> Asked:
    return chance.choice(WORDED)(chance, wanted)


WAYS = (
    *(_conflict, _topic, _actor, _place, _language, _source, _country, _side),
    *(_verdict, _score, _platform, _state, _since, _until, _q),
)
