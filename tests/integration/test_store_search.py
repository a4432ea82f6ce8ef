"""Search and lists: five languages, the query language, pages that are complete and stable."""

import contextlib
import random

import pytest

from ceasewire import words
from ceasewire.errors import InvalidQuery
from ceasewire.items import ItemKind, Language, New, Salience, Verdict
from ceasewire.store import find, items, work
from ceasewire.store.filters import select_all
from ceasewire.store.queries import list_items, list_topics_counts
from ceasewire.store.session import Store
from ceasewire.store.tables import ITEM
from ceasewire.store.views import ItemQuery
from tests.support.store_data import (
    NOW,
    RUSSIAN,
    add_items,
    add_source,
    draft,
    enrich,
    ids_of,
    later,
    save_enriched,
    tagging,
    translation,
)

TEXTS = {
    "ru": "Трёхсторонние переговоры: Пашинян и Алиев прилетели в Москву, Лачинский коридор открыт",
    "hy": "Երևանում ի՞նչ է ասել վարչապետը. ԱՐՑԱԽԸ և Լաչինի միջանցքը բաց են",
    "az": "Prezident İlham Əliyev Şuşada çıxış etdi, atəşkəs pozulmayıb",
    "tr": "Türkiye'nin Dışişleri Bakanı IĞDIR'da konuştu: ateşkes sürüyor",
    "en": "The cease-fire held overnight; Armenia’s prime minister thanked the peacekeepers",
    "fa": "آتش‌بس در قره‌باغ ادامه دارد؛ نیروهاي صلح ۱۲۰ نفر",
}


@pytest.fixture
def ids(store: Store) -> dict[str, int]:
    drafts = (draft(f"url:{language}", title=text) for language, text in TEXTS.items())
    return dict(zip(TEXTS, add_items(store, add_source(store), *drafts), strict=True))


def found(store: Store, q: str, **query: object) -> set[int]:
    with store.read() as s:
        return set(ids_of(list_items(s, ItemQuery(q=q, **query), limit=100).items))  # type: ignore[arg-type]


SPELLINGS = [
    ("трехсторонние", "ru"),
    ("ПЕРЕГОВОРЫ", "ru"),
    ('"лачинский коридор"', "ru"),
    ("перегов*", "ru"),
    ("ԵՐԵՎԱՆՈՒՄ", "hy"),  # capitals of և are ԵՎ
    ("երեւանում", "hy"),  # as the old spelling has it
    ("ինչ", "hy"),  # ի՞նչ: the mark stands inside the word
    ("արցախը", "hy"),
    ('"ԼԱՉԻՆԻ միջանցքը"', "hy"),
    ("ilham eliyev", "az"),
    ("İLHAM ƏLİYEV", "az"),
    ("susada", "az"),
    ("ateskes pozulmayib", "az"),
    ("türkiye", "tr"),
    ("TÜRKİYE", "tr"),
    ("iğdır", "tr"),
    ("Iğdır'da", "tr"),
    ("disisleri bakani", "tr"),
    ("ceasefire OR cease-fire", "en"),
    ("ARMENIA'S minister", "en"),
    ("armenia peace*", "en"),
    ("نیروهای", "fa"),
    ("آتش‌بس", "fa"),
    ("120", "fa"),
]


def test_a_word_is_found_however_it_is_written(store: Store, ids: dict[str, int]) -> None:
    assert {q: found(store, q) for q, _ in SPELLINGS} == {q: {ids[language]} for q, language in SPELLINGS}


def test_the_query_language(store: Store, ids: dict[str, int]) -> None:
    assert found(store, "sürüyor OR коридор") == {ids["tr"], ids["ru"]}
    assert found(store, "ateşkes") == {ids["tr"], ids["az"]}  # one word, spelt ateşkes and atəşkəs
    assert found(store, "sürü*") == {ids["tr"]}
    assert found(store, "at*") == {ids["tr"], ids["az"]}
    assert found(store, "at* -şuşada") == {ids["tr"]}
    assert found(store, "at* NOT pozulmayib") == {ids["tr"]}
    assert found(store, 'at* -"çıxış etdi"') == {ids["tr"]}
    assert found(store, '"etdi çıxış"') == set()
    assert found(store, '"çıxış et*"') == set()  # a star inside a phrase is no operator
    assert found(store, '"çıxış et"*') == {ids["az"]}
    assert found(store, "пашинян алиев") == {ids["ru"]}
    assert found(store, "пашинян ateşkes") == set()
    assert found(store, "-пашинян -ateşkes") == {ids[one] for one in ("hy", "en", "fa")}


def test_й_is_not_и(store: Store) -> None:
    [mine, peace] = add_items(store, add_source(store), draft("url:a", title="мой"), draft("url:b", title="мои"))
    assert found(store, "МОЙ") == {mine}
    assert found(store, "мои") == {peace}


# fmt: off
ODD = [
    "'", "''; DROP TABLE item; --", '"', '"""', '"unclosed', "a' | 'b", "a:*", "((", ")", "NEAR(a b)", "body: a",
    "{a}", "a & !b", "^a", "a + b", "* *", "- -", "OR", "AND NOT", "NOT", "\\", "%", "_", "\x00", "a\x00b",
    "\ud800", "🕊", "a <-> b", "x" * 5000, "-", "١٢", "AND OR NOT x",
]
# fmt: on


def test_no_query_breaks_out(store: Store, ids: dict[str, int]) -> None:
    for q in ODD:
        with contextlib.suppress(InvalidQuery):  # no word in it
            found(store, q)
    assert found(store, "'; DROP TABLE item; --") == set()
    assert found(store, "пашинян") == {ids["ru"]}


def test_a_query_without_words_says_so(store: Store) -> None:
    with pytest.raises(InvalidQuery, match="no word"):
        found(store, "«…»")
    with pytest.raises(InvalidQuery, match="more than 64"):
        found(store, " ".join(f"w{n}" for n in range(65)))
    assert found(store, "   ") == set()


def test_translations_are_searched_with_their_originals(store: Store, ids: dict[str, int]) -> None:
    enrich(store, ids["hy"])
    with store.write() as s:
        work.save_translation(s, ids["hy"], translation("The Lachin corridor is open"), [], NOW)
    assert found(store, "lachin corridor") == {ids["hy"]}
    assert found(store, "երեւանում lachin") == {ids["hy"]}


def test_very_long_texts_are_searchable(store: Store) -> None:
    long = "обстрел " + " ".join(f"слово{n}" for n in range(60_000)) + " " + "ж" * 5000
    [item_id] = add_items(store, add_source(store), draft("url:a", text=long))
    assert found(store, '"обстрел слово0"') == {item_id}
    assert found(store, "слово9999") == {item_id}


def test_fold_and_parse() -> None:
    assert words.fold("Ёлка — İSTANBUL'DA, «Ֆիդայի՛ն» ա՜խ") == "елка istanbul da ֆիդային ախ"
    parsed = words.parse_query('a OR "b c" d* NOT e -f OR')
    assert parsed.all_of == ((words.Term(("a",)), words.Term(("b", "c"))), (words.Term(("d",), prefix=True),))
    assert parsed.none_of == (words.Term(("e",)), words.Term(("f",)))


# --- filters and pages -----------------------------------------------------------------------------------------


def test_filters(store: Store) -> None:
    kremlin = add_source(store)
    apa = add_source(store, "apa", language="az", country="AZ", side="azerbaijan")
    [talks, shelling, _] = add_items(store, kremlin, draft("url:a"), draft("url:b"), draft("url:c"))
    [copy] = add_items(store, apa, draft("url:d", published_at=later(60), kind=ItemKind.POST, platform="telegram"))
    with store.write() as s:
        items.save_items(s, apa, [New(draft("url:a"))], NOW)  # APA carried it, too
    enrich(store, talks, tagging("talks", "meeting"))
    enrich(store, shelling, tagging("shelling"), tagging("talks", salience=Salience.BACKGROUND, conflict="other"))
    enrich(store, copy, tagging("talks", verdict=Verdict.POSSIBLE), language=Language("az", 0.9, "letters"))

    def ask(**query: object) -> set[int]:
        with store.read() as s:
            return set(ids_of(list_items(s, ItemQuery(**query), limit=100).items))  # type: ignore[arg-type]

    assert ask(topics=["talks"]) == {talks, copy}
    assert ask(topics=["talks"], salience=None) == {talks, shelling, copy}
    assert ask(topics=["talks", "shelling"], conflict="karabakh") == {talks, shelling, copy}
    assert ask(topics=["talks"], conflict="elsewhere") == set()
    assert ask(topics=["talks"], verdicts=["relevant"], conflict="karabakh") == {talks}
    assert ask(topics=["talks"], languages=["az"]) == {copy}
    assert ask(sources=["apa"]) == {talks, copy}
    assert ask(sides=["azerbaijan"]) == {copy}
    assert ask(countries=["AZ", "RU"], platform="telegram") == {copy}
    assert ask(since=later(60)) == {copy}
    assert ask(topics=["talks"], until=later(60)) == {talks}
    assert ask(sample=True) == set()
    assert ask(states=["pending"], q="заголовок", topics=["meeting"]) == {talks}
    with store.read() as s:
        assert list_topics_counts(s, "karabakh", NOW) == {"talks": 2, "meeting": 1, "shelling": 1}
        assert list_topics_counts(s, "karabakh", later(1)) == {"talks": 1}


@pytest.mark.parametrize("probe", [0, 5, 2_000])  # both ways of finding: item after item, and by ids
@pytest.mark.parametrize(
    "query",
    [
        ItemQuery(),
        ItemQuery(q="обстрел"),
        ItemQuery(q="-тихо"),
        ItemQuery(topics=["shelling"], q="обстрел"),
        ItemQuery(topics=["shelling"], languages=["ru"], sources=["kremlin"], verdicts=["relevant"]),
    ],
)
def test_pages_are_complete_and_stable(
    store: Store, monkeypatch: pytest.MonkeyPatch, probe: int, query: ItemQuery
) -> None:
    monkeypatch.setattr(find, "FEW", probe)
    monkeypatch.setattr(find, "FIRST", 3)
    source = add_source(store)
    # Ten seconds with four items each: the order within one second is the id's.
    drafts = [draft(f"url:{n}", title="обстрел", published_at=later(-(n // 4) + n % 4 / 7)) for n in range(40)]
    ids = add_items(store, source, *drafts)
    with store.write() as s:
        for item_id in ids:
            save_enriched(s, item_id, RUSSIAN, [tagging("shelling")], NOW)
    seen: list[int] = []
    cursor = None
    while True:
        with store.read() as s:
            page = list_items(s, query, limit=7, cursor=cursor)
        seen += ids_of(page.items)
        # Something new at the top of the list moves no later page.
        [newest] = add_items(store, source, draft(f"new:{len(seen)}", title="обстрел", published_at=later(len(seen))))
        enrich(store, newest, tagging("shelling"))
        cursor = page.next
        if cursor is None:
            break
    assert sorted(seen) == ids
    assert len(page.items) == 5
    assert seen[:4] == sorted(ids[:4], reverse=True)


def test_a_page_is_the_top_of_all_that_fits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stretches and conditions a page is found by, it is what the plain statement sorts to the top."""
    monkeypatch.setattr(find, "FIRST", 4)
    monkeypatch.setattr(find, "KNOWN", 9)
    chance = random.Random(5)
    sources = [add_source(store, name, side=name) for name in ("kremlin", "apa", "armenpress")]
    for number in range(90):
        title = " ".join(chance.sample(["обстрел", "тихо", "мост", "переговоры"], 2))
        published_at = later(-int(chance.expovariate(0.0001)))
        own = draft(f"url:{number}", title=title, published_at=published_at, platform=chance.choice([None, "x"]))
        [item_id] = add_items(store, chance.choice(sources), own)
        verdict = chance.choice([Verdict.RELEVANT, Verdict.POSSIBLE, Verdict.NO])
        topics = chance.sample(["talks", "shelling", "aid"], chance.randint(0, 2))
        enrich(store, item_id, tagging(*topics, verdict=verdict), language=Language(chance.choice(["ru", "hy"]), 1, ""))
    choices: dict[str, list[object]] = {
        "topics": [["talks"], ["talks", "aid"]],
        "verdicts": [["relevant"], ["relevant", "no"]],
        "languages": [["ru"]],
        "sources": [["apa"], ["apa", "kremlin"]],
        "sides": [["armenpress"]],
        "platform": ["x"],
        "q": ["обстрел", "обстрел -тихо", "-мост", '"мост тихо"', "пере*"],
        "since": [later(-20_000)],
        "until": [later(-3_000)],
        "sample": [False],
    }
    for few in (4, 40):
        monkeypatch.setattr(find, "FEW", few)
        for _ in range(25):
            asked = {name: chance.choice(choices[name]) for name in chance.sample(list(choices), chance.randint(1, 4))}
            query = ItemQuery(**asked)  # type: ignore[arg-type]
            with store.read() as s:
                newest = select_all(s, query).order_by(ITEM.c.published_at.desc(), ITEM.c.id.desc())
                expected = [row.id for row in s.execute(newest)]
                assert list(find.find_newest(s, query, 12)) == expected[:12], (few, asked)
                assert find.matching(s, query, [*expected[5:], 10**6]) == set(expected[5:]), asked


def test_a_cursor_made_up_is_refused(store: Store) -> None:
    for cursor in ("nonsense", "MTIz", "💥", "a" * 999, "MjAyMS0wMS0xMVQxODowMDowMCA3"):
        with pytest.raises(InvalidQuery, match="cursor"), store.read() as s:
            list_items(s, ItemQuery(), limit=1, cursor=cursor)
