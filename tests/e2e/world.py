"""A whole service with its servers behind networks that can be cut, under load, and the accounting at a test's end."""

import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import make_url, text

from ceasewire.errors import StoreUnavailable
from ceasewire.store.session import Store
from tests.e2e.stack import REPOSITORY, Stack
from tests.support.databases import PostgresServer
from tests.support.feedserver import FeedServer
from tests.support.newswire import DICTIONARY, Newswire
from tests.support.proxy import Proxy
from tests.support.receiver import WebhookReceiver
from tests.support.redisserver import RedisServer
from worker.adapters.sample_model import build_sample_packages

EVERYTHING = {"languages": ["ru", "hy", "az", "en"]}
TALKS = {"topics": ["talks_mediation"]}
ON_TALKS = """EXISTS (SELECT 1 FROM tag, assessment a WHERE tag.item_id = item.id AND a.item_id = item.id
    AND tag.tag = 'talks_mediation' AND tag.salience = 'reported' AND a.verdict = 'relevant')"""
TRANSLATION = {"en": "not_needed"}
SABOTAGE = REPOSITORY / "tests" / "support" / "sabotage"
SETTLE_SECONDS = 150.0  # until all is through, however busy the machine


class World:
    """A context manager: a feed server, a receiver and `ceasewire up`, on servers of its own where `postgres` is given.

    `networks` are the ways to feeds, receiver, database and redis. `sabotaged`: see tests/support/sabotage.
    `more_sources` are rows of sources.yaml that nothing is expected of, `allow` the networks that may be asked.
    """

    def __init__(
        self,
        home: Path,
        postgres: PostgresServer | None = None,
        sources: int = 12,
        *,
        sabotaged: bool = False,
        more_sources: Sequence[str] = (),
        allow: str = "127.0.0.1/32",
    ) -> None:
        self._home, self._postgres, self._sources = home, postgres, sources
        self._faults = home / "faults" if sabotaged else None
        self._more_sources, self._allow = more_sources, allow
        self.set_aside: set[str] = set()  # addresses of items that are expected to be
        self._stack = ExitStack()
        self.networks: dict[str, Proxy] = {}

    def __enter__(self) -> Self:
        enter = self._stack.enter_context
        feeds, self.receiver = enter(FeedServer()), enter(WebhookReceiver())
        self.wire = Newswire(feeds, self._sources)
        self.networks |= {"feeds": enter(Proxy(("127.0.0.1", feeds.port)))}
        self.networks |= {"receiver": enter(Proxy(("127.0.0.1", int(self.receiver.url.split(":")[2].split("/")[0]))))}
        environment = {
            "CEASEWIRE_ALLOW_NETWORKS": self._allow,
            "CEASEWIRE_CHANNEL_RATES": "webhook=100000",
            "CEASEWIRE_REQUESTS_PER_MINUTE": "0",
        }
        if self._faults is not None:
            self._faults.mkdir()
            environment |= {"CEASEWIRE_TEST_FAULTS": str(self._faults), "PYTHONPATH": str(SABOTAGE)}
        self.stack = Stack(self._home / "data", environment | self._servers())
        self._write_config()
        self.start()
        self._stack.callback(self._end)
        for name, query in (("everything", EVERYTHING), ("talks", TALKS)):
            self.stack.post("/subscriptions", self._subscription(name, query))
        return self

    def _servers(self) -> dict[str, str]:
        if self._postgres is None:
            self.store = Store(f"sqlite:///{self._home / 'data' / 'ceasewire.sqlite3'}")
            return {}
        enter = self._stack.enter_context
        url = make_url(enter(self._postgres.database()))
        self.store = Store(url.render_as_string(hide_password=False))
        self.redis = enter(RedisServer(self._home))
        socket = f"{url.query['host']}/.s.PGSQL.5432"
        self.networks["database"] = enter(Proxy(socket))
        self.networks["redis"] = enter(Proxy(("127.0.0.1", self.redis.port)))
        return {
            "CEASEWIRE_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{self.networks['database'].port}/{url.database}",
            "CEASEWIRE_REDIS_URL": f"redis://127.0.0.1:{self.networks['redis'].port}/0",
        }

    def _write_config(self) -> None:
        config = self._home / "config"
        config.mkdir()
        for name in ("conflicts", "glossary.yaml"):
            (config / name).symlink_to(REPOSITORY / "config" / name)
        base = f"http://127.0.0.1:{self.networks['feeds'].port}"
        rows = "".join(f"{row}\n" for row in self._more_sources)
        (config / "sources.yaml").write_text(self.wire.sources_yaml(base) + rows, encoding="utf-8")
        build_sample_packages(DICTIONARY, self._home / "data" / "packages")

    def start(self) -> None:
        self.stack.start("--no-sample", "--live", "--config-dir", str(self._home / "config"))

    def _subscription(self, name: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        target = f"http://127.0.0.1:{self.networks['receiver'].port}/{name}"
        return {"name": name, "query": query, "channel": "webhook", "target": target, "wait_seconds": 30}

    def _end(self) -> None:
        if self.stack.running:
            self.stack.kill()
        self.store.dispose()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    # --- load --------------------------------------------------------------------------------------------------

    def pour(self, each: int = 5) -> list[str]:
        """Every source publishes and is due at once; returns what there is to be read."""
        fresh = self.wire.publish(each)
        self.ring()
        return fresh

    def ring(self) -> None:
        """All sources are due."""
        with self.store.write() as s:
            s.execute(text("UPDATE source SET next_poll_at = NULL WHERE lease_until IS NULL"))

    def scalar(self, query: str) -> Any:
        with self.store.read() as s:
            return s.scalar(text(query))

    def kill(self, name: str) -> None:
        """SIGKILL one process of the service with its children."""
        pid = next(pid for pid, line in self.stack.children().items() if name in line)
        self.stack.kill_group(pid)

    def set_clock(self, seconds: float) -> None:
        """All clocks are wrong by so much from now on."""
        assert self._faults is not None
        (self._faults / "clock.new").write_text(str(seconds))
        (self._faults / "clock.new").replace(self._faults / "clock")

    # --- what has become of it ---------------------------------------------------------------------------------

    def told(self) -> Mapping[tuple[str, str], set[str]]:
        """The idempotency keys under which each item was taken, by subscription and address."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for message in list(self.receiver.received):
            data = json.loads(message.body)["data"]
            found[data["subscription"]["name"], data["item"]["url"]].add(message.headers["webhook-id"])
        return found

    def recovers(self, seconds: float) -> float:
        """Publish one entry and wait until it was told; returns after how long. Fails beyond so many seconds."""
        [url] = self.wire.publish(1, ["wire-0"])
        started = time.monotonic()
        self.wait(lambda: self._ring_for(url), seconds)
        return time.monotonic() - started

    def _ring_for(self, url: str) -> bool:
        if ("everything", url) in self.told():
            return True
        with self.store.write() as s:
            s.execute(text("UPDATE source SET next_poll_at = NULL WHERE id = 'wire-0' AND lease_until IS NULL"))
        return False

    def wait(self, probe: Callable[[], Any], seconds: float = SETTLE_SECONDS) -> Any:
        return self.stack.wait_for(lambda: _tolerant(probe), seconds)

    def settle(self) -> None:
        """Wait until everything that was published is tagged, translated and told."""
        self.wait(lambda: not self.missing())

    def missing(self) -> Sequence[str]:
        """Addresses that were published and are not through; what no source was asked for yet is due again."""
        if set(self.wire.published) - self.wire.served:
            self.ring()
        ended = "(translation_state <> 'pending' OR failed_reason IS NOT NULL)"
        done = f"SELECT url FROM item WHERE enriched_at IS NOT NULL AND {ended}"
        with self.store.read() as s:
            through = set(s.scalars(text(done)))
            open_ = s.scalar(text("SELECT count(*) FROM alert WHERE state = 'pending'"))
        told = {url for name, url in self.told() if name == "everything"}
        missing = [url for url in self.wire.published if url not in through or url not in told]
        return missing or ([f"{open_} alerts"] if open_ else [])

    def account(self) -> None:
        """Nothing lost, nothing doubled: what was served, what is stored, what was told, and the audit's own word."""
        self.settle()
        stored = self.stored()
        assert Counter(url for url, *_ in stored) == Counter(list(self.wire.published))
        assert self.wire.served == set(self.wire.published)
        for url, title, tagged_at, translation in stored:
            published = self.wire.published[url]
            assert (title, tagged_at is not None) == (published.title, True)
            expected = "pending" if url in self.set_aside else TRANSLATION.get(published.language, "translated")
            assert translation == expected, published
        on_talks = {url for url, *_ in self.stored(ON_TALKS)}
        to_tell = {("everything", url) for url in self.wire.published} | {("talks", url) for url in on_talks}
        told = self.told()
        assert set(told) == to_tell
        assert on_talks
        assert {len(keys) for keys in told.values()} == {1}, "one idempotency key for an item and a subscription"
        audit = self.audit()
        assert audit["ok"], audit["violations"]
        # What was tagged while the clock stood before the subscriptions' beginning owes them nothing, by the audit.
        early = "SELECT count(*) FROM item WHERE enriched_at < (SELECT min(created_at) FROM subscription)"
        assert len(to_tell) - 2 * self.scalar(early) <= audit["compared"]["matches"] <= len(to_tell)
        assert audit["accounts"]["set_aside"] == len(self.set_aside)

    def stored(self, condition: str = "1 = 1") -> Sequence[Any]:
        """Address, title, when it was tagged and how it was translated, of each item."""
        columns = "SELECT url, title, enriched_at, translation_state FROM item WHERE "
        with self.store.read() as s:
            return s.execute(text(columns + condition)).all()

    def audit(self) -> Any:
        """`ceasewire audit --json` as an operator runs it."""
        url = self.store._url.set(drivername=self.store._url.get_backend_name())
        environment = {**os.environ, "CEASEWIRE_DATA_DIR": str(self._home / "data")}
        environment |= {"CEASEWIRE_CONFIG_DIR": str(self._home / "config")}
        if self._postgres is not None:
            environment["CEASEWIRE_DATABASE_URL"] = url.render_as_string(hide_password=False)
        command = [sys.executable, "-m", "worker", "audit", "--json"]
        done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)


def _tolerant(probe: Callable[[], Any]) -> Any:
    """While a server is away nobody knows the answer."""
    try:
        return probe()
    except StoreUnavailable:
        return None
