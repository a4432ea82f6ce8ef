"""A small newsroom for tests of API and page: every state an item can be in. All texts were written for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from ceasewire.conflict.model import Conflict
from ceasewire.items import (
    DateKind,
    ItemDraft,
    ItemKind,
    Language,
    New,
    NotNeeded,
    Publisher,
    SourceConfig,
    SourceKind,
    Translation,
    TranslationOutcome,
    Unavailable,
    Warning,
)
from ceasewire.pipeline.tag import tag_item
from ceasewire.settings import Settings
from ceasewire.store.events import insert_event
from ceasewire.store.items import save_items
from ceasewire.store.polls import PollUpdate, save_poll
from ceasewire.store.session import Store
from ceasewire.store.sources import save_sources
from ceasewire.store.work import save_translation
from tests.support.store_data import claim_source, save_enriched

CONFIG = Path(__file__).resolve().parents[2] / "config"
NOW = datetime(2021, 1, 11, 15, 0, tzinfo=UTC)
KREMLIN_POST = "x:1348600000000000001"


@dataclass(frozen=True)
class Piece:
    """An item to be stored. `outcome` None: its translation waits; `language` None: it has not been read."""

    source: str
    key: str
    minutes_ago: int
    title: str
    text: str
    language: str | None
    outcome: TranslationOutcome | None = None
    parent: str | None = None
    handle: str | None = None
    date_kind: DateKind = DateKind.EXACT


def source(id_: str, name: str, language: str, country: str, side: str, publisher: Publisher) -> SourceConfig:
    return SourceConfig(
        id=id_,
        name=name,
        url=f"https://{id_}.example/feed",
        kind=SourceKind.FEED,
        language=language,
        country=country,
        publisher=publisher,
        side=side,
        timezone=None,
        enabled=True,
        disabled_reason=None,
        sample=id_.startswith("sample-"),
    )


SOURCES = [
    source("caucasus-desk", "Caucasus Desk", "en", "GB", "international", Publisher.INDEPENDENT),
    source("plain-wire", "Plainwire", "en", "US", "international", Publisher.WIRE),
    source("neva-agency", "Агентство «Нева»", "ru", "RU", "russia", Publisher.WIRE),
    source("araxes", "Արաքս լրատվական", "hy", "AM", "armenia", Publisher.INDEPENDENT),
    source("kur-xeber", "Kür Xəbər", "az", "AZ", "azerbaijan", Publisher.STATE),
    source("bogaz", "Boğaz Haber Ajansı", "tr", "TR", "turkey", Publisher.STATE),
    source("alborz", "خبرگزاری البرز", "fa", "IR", "iran", Publisher.STATE),
]
SAMPLE = [source("sample-archive", "Recorded archive", "ru", "RU", "russia", Publisher.REGIONAL)]


def translated(language: str, title: str, text: str, confidence: str = "good", *warnings: Warning) -> Translation:
    package = f"translate-{language}_en"
    return Translation(title, text, language, "en", "ctranslate2", package, "1.9", {}, confidence, warnings)


def no_model(language: str) -> Unavailable:
    return Unavailable(language, f"no model for {language}", f"ceasewire models install {language}")


PIECES = [
    Piece(
        "caucasus-desk",
        "url:https://caucasus-desk.example/kremlin-talks",
        52,
        "Leaders of Armenia and Azerbaijan meet in Moscow for the first time since the truce",
        "The presidents of Russia and Azerbaijan and the prime minister of Armenia sat down in the Kremlin on Monday,"
        " two months after the ceasefire in Nagorno-Karabakh. Transport links through the region were high on the list;"
        " the question of the prisoners of war was left open.\n\nNobody shook hands in front of the cameras.",
        "en",
        NotNeeded("en"),
    ),
    Piece(
        "caucasus-desk",
        KREMLIN_POST,
        63,
        "",
        "Встреча с Ильхамом Алиевым и Николом Пашиняном. В Кремле начались трёхсторонние переговоры"
        " о Нагорном Карабахе.",
        "ru",
        translated(
            "ru",
            "",
            "Meeting with Ilham Aliyev and Nikol Pashinyan. Trilateral talks on Nagorno-Karabakh have begun"
            " in the Kremlin.",
        ),
        parent="url:https://caucasus-desk.example/kremlin-talks",
        handle="KremlinDesk",
    ),
    Piece(
        "plain-wire",
        "url:https://plain-wire.example/9731",
        47,
        "Kremlin hosts trilateral Karabakh talks",
        "MOSCOW - Talks between Armenia and Azerbaijan under Russian mediation opened at 15:30 in the Kremlin. A joint"
        " statement on unblocking railways and roads in Nagorno-Karabakh is expected.",
        "en",
        NotNeeded("en"),
    ),
    Piece(
        "neva-agency",
        "url:https://neva-agency.example/a/118",
        38,
        "Миротворцы проводили колонну с беженцами в Степанакерт",
        "За минувшие сутки российские миротворцы обеспечили возвращение 162 жителей в Нагорный Карабах. Сапёры очистили"
        " от мин ещё два гектара земли и шесть домов.\n\nНарушений режима прекращения огня не отмечено.",
        "ru",
        translated(
            "ru",
            "Peacekeepers escorted a convoy of refugees to Stepanakert",
            "Over the past day the Russian peacekeepers ensured the return of residents to Nagorno-Karabakh. Sappers"
            " cleared two more hectares of land and six houses of mines.\n\nNo violations of the ceasefire were noted.",
            "low",
            Warning("number_lost", "162 stands in the original and not in the translation."),
        ),
    ),
    Piece(
        "araxes",
        "url:https://araxes.example/news/5501",
        31,
        "Փաշինյանը և Ալիևը Մոսկվայում քննարկել են գերիների հարցը",
        "Մոսկվայում կայացած եռակողմ հանդիպման ընթացքում Լեռնային Ղարաբաղում պահվող ռազմագերիների վերադարձի հարցը մնաց"
        " չլուծված, հայտնել է վարչապետի աշխատակազմը։",
        "hy",
        no_model("hy"),
    ),
    Piece(
        "kur-xeber",
        "url:https://kur-xeber.example/84120",
        24,
        "Qarabağda nəqliyyat yollarının açılması müzakirə olunub",
        "Moskvada keçirilən görüşdə Dağlıq Qarabağ bölgəsində nəqliyyat əlaqələrinin bərpası və dəmir yolunun çəkilişi"
        " müzakirə edilib. Atəşkəs razılaşmasının icrası da gündəlikdə olub.",
        "az",
        translated(
            "az",
            "Opening of transport routes in Karabakh discussed",
            "The meeting in Moscow discussed restoring transport links and building a railway in Nagorno-Karabakh. The"
            " carrying out of the ceasefire agreement was on the agenda, too.",
        ),
    ),
    Piece(
        "bogaz",
        "url:https://bogaz.example/dunya/771",
        17,
        "Dağlık Karabağ'daki ortak ateşkes merkezinde son hazırlıklar",
        "Türk ve Rus askerlerinin birlikte görev yapacağı ateşkes gözlem merkezinin bu ay içinde açılması bekleniyor.",
        "tr",
        None,
    ),
    Piece(
        "alborz",
        "url:https://alborz.example/n/2210",
        12,
        "نشست سه‌جانبه مسکو درباره قره‌باغ کوهستانی",
        "رهبران روسیه، جمهوری آذربایجان و ارمنستان در مسکو درباره مناقشه قره‌باغ کوهستانی گفت‌وگو کردند.",
        "fa",
        no_model("fa"),
    ),
    Piece("neva-agency", "url:https://neva-agency.example/a/121", 3, "Совет безопасности обсудит Карабах", "", None),
    Piece(
        "plain-wire",
        "url:https://plain-wire.example/9740",
        9,
        "Ski season opens late in the Alps",
        "Resorts in three countries have put off the opening of their lifts by a fortnight.",
        "en",
        NotNeeded("en"),
    ),
    Piece(
        "sample-archive",
        "url:https://sample-archive.example/7",
        26 * 60,
        "Хроника перемирия: шестьдесят дней после войны в Нагорном Карабахе",
        "Шестьдесят дней назад стороны подписали заявление о прекращении огня.",
        "ru",
        translated(
            "ru",
            "Chronicle truce: sixty days after war in Nagorno Karabakh",
            "Sixty days ago sides signed statement about cessation fire.",
            "sample",
        ),
        date_kind=DateKind.DAY,
    ),
]


@contextmanager
def newsroom(data_dir: Path, database_url: str = "", **settings: object) -> Iterator[tuple[TestClient, dict[str, int]]]:
    """The API over a filled store, as it answers on this machine, and the ids of its items."""
    own = {"data_dir": data_dir, "config_dir": CONFIG, "database_url": database_url}
    app = create_app(Settings(**own, **settings))  # type: ignore[arg-type]
    with TestClient(app, base_url="http://127.0.0.1:8642", follow_redirects=False) as client:
        yield client, fill(app.state.store, app.state.catalogue.conflicts["karabakh"])


def fill(store: Store, conflict: Conflict, now: datetime = NOW) -> dict[str, int]:
    """Store the newsroom as it stands at `now`; returns item ids by their first key."""
    with store.write() as s:
        save_sources(s, SOURCES, now, sample=False)
        save_sources(s, SAMPLE, now, sample=True)
        insert_event(s, "source_moved", "kur-xeber", "moved to https://kur-xeber.example/rss for good", now)
    ids: dict[str, int] = {}
    for piece in PIECES:
        ids[piece.key] = add(store, conflict, piece, now)
    _embed_in_second_article(store, now)
    _poll(store, now)
    return ids


def draft(piece: Piece, now: datetime) -> ItemDraft:
    """The piece as the pipeline would hand it over."""
    is_post = piece.handle is not None
    return ItemDraft(
        keys=(piece.key,),
        kind=ItemKind.POST if is_post else ItemKind.ENTRY,
        url=None if is_post else piece.key.removeprefix("url:"),
        guid=None,
        title=piece.title,
        text=piece.text,
        html="",
        author=None,
        platform="x" if is_post else None,
        handle=piece.handle,
        post_id=piece.key.removeprefix("x:") if is_post else None,
        declared_language=None,
        published_at=now - timedelta(minutes=piece.minutes_ago),
        date_kind=piece.date_kind,
        content_hash=sha256(f"{piece.title}\n{piece.text}".encode()).hexdigest(),
        parent=piece.parent,
        shape="blockquote" if is_post else None,
    )


def add(store: Store, conflict: Conflict, piece: Piece, now: datetime) -> int:
    """Store one piece as far as it has come; returns its id."""
    seen_at = now - timedelta(minutes=max(piece.minutes_ago - 2, 0))
    with store.write() as s:
        claimed = claim_source(s, piece.source, now, force=True, lease_seconds=0)
        assert claimed is not None
        [item_id] = save_items(s, claimed, [New(draft(piece, now))], seen_at).new_ids
        if piece.language is None:
            return item_id
        known: dict[str, object] = {"title": piece.title, "text": piece.text, "language": piece.language}
        published_at = now - timedelta(minutes=piece.minutes_ago)
        tagging = tag_item(conflict, **known, published_at=published_at)  # type: ignore[arg-type]
        save_enriched(s, item_id, Language(piece.language, 0.99, "letters"), [tagging], seen_at)
        if piece.outcome is not None:
            translation = piece.outcome if isinstance(piece.outcome, Translation) else None
            tagging = tag_item(conflict, **known, published_at=published_at, translation=translation)  # type: ignore[arg-type]
            save_translation(s, item_id, piece.outcome, [tagging], seen_at)
    return item_id


def _embed_in_second_article(store: Store, now: datetime) -> None:
    """Plainwire carries the Kremlin's post, too."""
    post = next(piece for piece in PIECES if piece.key == KREMLIN_POST)
    again = Piece(**{**post.__dict__, "parent": "url:https://plain-wire.example/9731"})
    with store.write() as s:
        claimed = claim_source(s, "plain-wire", now, force=True, lease_seconds=0)
        assert claimed is not None
        save_items(s, claimed, [New(draft(again, now))], now)


def _poll(store: Store, now: datetime) -> None:
    soon = now + timedelta(minutes=7)
    well = PollUpdate("new", soon, "10 of 12 entries were new", 420, 0.0, entries=12, new_items=10)
    failing = PollUpdate("timeout", soon, "third failure in a row", 900, 3.0, reason="no answer within 30 s")
    with store.write() as s:
        for one in [*SOURCES, *SAMPLE]:
            if one.id != "bogaz":
                save_poll(s, one.id, failing if one.id == "alborz" else well, now - timedelta(minutes=2))
