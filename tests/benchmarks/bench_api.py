"""Queries of the API and the page over archives of any size, on SQLite and PostgreSQL.

Run: python -m tests.benchmarks.bench_api [ITEMS]… [--on sqlite|postgresql] [--keep FOLDER]; without ITEMS over 10,000
and 100,000. An archive is made by `tests.support.archive`, which takes a quarter of an hour for a million items; with
--keep it is made once and asked again. Each address is asked through the whole application, without network. Printed
are milliseconds: p95 by the clock beside what is wanted of it, p50, and p95 of the processor time that the application
itself took (PostgreSQL's own is not in it).
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from sqlalchemy import create_engine, text
from starlette.types import ASGIApp, Message

from api.app import create_app
from ceasewire.settings import Settings
from ceasewire.store.queries import get_item
from ceasewire.store.session import Store
from tests.benchmarks.report import row
from tests.support.archive import NOW, Archive, fill
from tests.support.databases import PostgresServer
from tests.support.newsroom import CONFIG

ROUNDS = 40
COUNTS = (10_000, 100_000)
DATABASES = ("sqlite", "postgresql")
WANTED = {"recent": 50.0, "filtered": 50.0, "full text": 50.0, "page": 100.0}  # milliseconds, p95, at a million items
REQUEST: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "root_path": "",
    "client": ("127.0.0.1", 1),
    "server": ("127.0.0.1", 80),
}
MOMENT = f"until={NOW:%Y-%m-%dT%H:%M:%SZ}"


def addresses(archive: Archive) -> dict[str, list[str]]:
    """Addresses by what they ask; each is asked in turn."""
    topics, actors = list(archive.conflict.topics), list(archive.conflict.actors)
    russian, english, armenian = (archive.words[language] for language in ("ru", "en", "hy"))
    of = f"conflict={archive.conflict.id}"
    return {
        "recent": ["/items", "/items?verdict=relevant", "/items?language=hy", f"/items?{of}&limit=100"],
        "filtered": [
            *(f"/items?topic={topic}&{of}" for topic in (topics[0], topics[5], topics[-1])),
            f"/items?topic={topics[2]}&language=az&verdict=relevant",
            f"/items?actor={actors[0]}&topic={topics[1]}&since=2026-06-01",
            f"/items?side=armenia&topic={topics[3]}&until=2024-06-01",
            f"/items?source=tr-11&verdict=relevant&actor={actors[4]}",
            "/items?country=AM&country=AZ&verdict=possible",
        ],
        "full text": [
            *(f"/items?q={word}" for word in (russian[3], russian[800], russian[20_000], english[0], armenian[40])),
            f"/items?q={english[30]}+{english[90]}",
            f"/items?q={english[5]}+-{english[1]}",
            f"/items?q=%22{english[2]}+{english[7]}%22",
            f"/items?q={russian[500][:5]}*&verdict=relevant",
            f"/items?q={english[9]}&topic={topics[4]}&language=ru",
        ],
        "page": ["/", f"/?topic={topics[0]}", f"/?q={english[12]}", "/?language=hy"],
        "one item": [f"/items/{number}" for number in (1, archive.count // 2, archive.count)],
        "counts": [f"/stats?by={by}&{MOMENT}&since=2026-10-25" for by in ("topic", "language", "side")],
    }


async def measure(app: ASGIApp, archive: Archive, database: str) -> None:
    """Ask everything in rounds and print percentiles."""
    for name, paths in addresses(archive).items():
        for path in paths:
            await _ask(app, path)
        taken: dict[str, list[tuple[float, float]]] = {path: [] for path in paths}
        for _ in range(ROUNDS):
            for path in paths:
                taken[path].append(await _ask(app, path))
        wall, cpu = ([one[n] for told in taken.values() for one in told] for n in (0, 1))
        slowest = max(paths, key=lambda path: _percentile([one[0] for one in taken[path]], 0.5))
        what = f"{name}, {archive.count:,} items on {database}, p95"
        row(what, _percentile(wall, 0.95), "ms", "wanted" if name in WANTED else "", WANTED.get(name))
        print(f"  p50 {_percentile(wall, 0.5):.1f}, cpu p95 {_percentile(cpu, 0.95):.1f}", end="")
        print(f", slowest {slowest}", flush=True)


async def _ask(app: ASGIApp, path: str) -> tuple[float, float]:
    """Seconds by the clock and of processor time from the request to the last byte, compressed as for a browser."""
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    bare, _, query = quote(path, safe="/?&=+%*-").partition("?")
    headers = [(b"host", b"127.0.0.1"), (b"accept-encoding", b"gzip")]
    request = {"path": bare, "raw_path": bare.encode(), "query_string": query.encode(), "headers": headers}
    started = time.perf_counter(), time.process_time()
    await app({**REQUEST, **request}, receive, send)
    taken = time.perf_counter() - started[0], time.process_time() - started[1]
    assert statuses == [200], f"{path}: {statuses}"
    return taken


def _percentile(seconds: Sequence[float], share: float) -> float:
    return sorted(seconds)[int(len(seconds) * share)] * 1000


@contextmanager
def opened(database: str, folder: Path, count: int) -> Iterator[str]:
    """Address of the store in a folder, made where there is none."""
    if database == "sqlite":
        yield f"sqlite:///{folder / f'items-{count}.sqlite3'}"
        return
    server = PostgresServer(folder)
    try:
        if not server.has(f"items_{count}"):
            server.execute(f"CREATE DATABASE items_{count}")
        yield server.url(f"items_{count}")
    finally:
        server.stop()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the API over large archives.")
    parser.add_argument("counts", type=int, nargs="*", default=COUNTS, metavar="ITEMS")
    parser.add_argument("--on", choices=DATABASES, action="append", metavar="DATABASE", help=" or ".join(DATABASES))
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where archives are, or are to stay")
    given = parser.parse_args()
    for count in given.counts:
        for database in given.on or DATABASES:
            with tempfile.TemporaryDirectory() as temporary:
                folder = given.keep or Path(temporary)
                folder.mkdir(exist_ok=True)
                with opened(database, folder, count) as url:
                    run(database, url, count)


def run(database: str, url: str, count: int) -> None:
    """Fill a store, unless it is full, and measure."""
    app = create_app(Settings(config_dir=CONFIG, database_url=url, data_dir=Path(tempfile.mkdtemp())))
    store: Store = app.state.store
    store.upgrade()
    archive = Archive(next(iter(app.state.catalogue.conflicts.values())), count)
    started = time.perf_counter()
    with store.read() as s:
        is_full = get_item(s, count) is not None
    if not is_full:
        fill(store, archive)
        take_stock(store, url)
    print(f"{database}: {count:,} items ready in {time.perf_counter() - started:,.0f} s", flush=True)
    asyncio.run(serve(app, archive, database))


async def serve(app: FastAPI, archive: Archive, database: str) -> None:
    """Measure it as it runs."""
    async with app.router.lifespan_context(app):
        await measure(app, archive, database)


def take_stock(store: Store, url: str) -> None:
    """What the databases do by themselves after a while."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE" if store.is_postgres else "ANALYZE"))
    engine.dispose()
    store.checkpoint()


if __name__ == "__main__":
    main()
