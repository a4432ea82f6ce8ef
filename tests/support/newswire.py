"""Sources that publish when they are told to, on a real HTTP server, and the record of what they ever served."""

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

from tests.support.feedserver import FeedServer, Reply, Request
from worker.adapters.sample_model import read_dictionaries

DICTIONARY = Path(__file__).resolve().parents[2] / "config" / "sample" / "dictionary.yaml"
LISTED = 60  # entries in a feed, as many as news feeds have
WORDS = 22  # in an entry: so short a text is a copy of another only word for word
COUNTRIES = {"ru": ("RU", "russia"), "hy": ("AM", "armenia"), "az": ("AZ", "azerbaijan"), "en": ("GB", "international")}
TALKS = {
    "ru": "Алиев и Пашинян провели в Москве переговоры по Карабаху.",
    "hy": "Ալիևն ու Փաշինյանը Մոսկվայում բանակցություններ անցկացրին Ղարաբաղի շուրջ։",
    "az": "Əliyev və Paşinyan Moskvada Qarabağ üzrə danışıqlar apardılar.",
    "en": "Aliyev and Pashinyan held talks on Karabakh in Moscow.",
}


@dataclass(frozen=True, slots=True)
class Published:
    """One entry."""

    url: str
    language: str
    title: str
    text: str
    at: datetime


class Newswire:
    """`count` sources in four languages; every third entry is on talks. The same seed invents the same texts."""

    def __init__(self, server: FeedServer, count: int, seed: int = 5) -> None:
        self._server = server
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._words = _vocabularies()
        self.languages = {f"wire-{number}": list(COUNTRIES)[number % 4] for number in range(count)}
        self._listed: dict[str, list[Published]] = {source: [] for source in self.languages}
        self.published: dict[str, Published] = {}
        self.served: set[str] = set()
        for source in self.languages:
            server.on(f"/{source}.rss", partial(self._reply, source))

    def publish(self, each: int = 1, sources: Sequence[str] = ()) -> list[str]:
        """Every source, or each of these, has so many new entries; returns their addresses."""
        with self._lock:
            fresh = [self._invent(source) for source in sources or self.languages for _ in range(each)]
        return [one.url for one in fresh]

    def publish_text(self, source: str, title: str, text: str) -> str:
        """One entry of this wording; returns its address."""
        with self._lock:
            return self._list(source, title, text).url

    def _invent(self, source: str) -> Published:
        language, listed = self.languages[source], self._listed[source]
        words = self._random.choices(self._words[language], k=WORDS)
        title, text = " ".join(words[:6]).capitalize(), " ".join(words[6:]).capitalize() + "."
        if len(listed) % 3 == 0:
            text = f"{TALKS[language]} {text}"
        return self._list(source, f"{title} {self._random.randrange(10_000)}", text)

    def _list(self, source: str, title: str, text: str) -> Published:
        url = self._server.url(f"/{source}/{self._random.getrandbits(60):x}")
        entry = Published(url, self.languages[source], title, text, datetime.now(UTC))
        self._listed[source].append(entry)
        self.published[url] = entry
        return entry

    def _reply(self, source: str, _request: Request) -> Reply:
        with self._lock:
            entries = self._listed[source][-LISTED:]
            self.served |= {one.url for one in entries}
        return Reply(body=_rss(source, entries).encode())

    def sources_yaml(self, base_url: str) -> str:
        """Rows of `sources.yaml`; `base_url` is how the service reaches the server."""
        rows = ["sources:"]
        for source, language in self.languages.items():
            country, side = COUNTRIES[language]
            rows += [
                f'  - {{id: {source}, name: "{source}", url: "{base_url}/{source}.rss", kind: feed, publisher: wire,',
                f"     language: {language}, country: {country}, side: {side}}}",
            ]
        return "\n".join(rows) + "\n"


def _vocabularies() -> Mapping[str, list[str]]:
    dictionaries = {one.language: one for one in read_dictionaries(DICTIONARY)}
    found = {language: sorted(one.words) for language, one in dictionaries.items() if language in COUNTRIES}
    english = {word for one in dictionaries.values() for meaning in one.words.values() for word in meaning.split()}
    found["en"] = sorted(english)
    return {language: [word for word in words if word.isalpha() and len(word) > 2] for language, words in found.items()}


def _rss(source: str, entries: Sequence[Published]) -> str:
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{one.url}</link><description>{escape(one.text)}</description>"
        f"<pubDate>{format_datetime(one.at)}</pubDate></item>"
        for one in reversed(entries)
    )
    channel = f"<channel><title>{source}</title>{items}</channel>"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0">{channel}</rss>'
