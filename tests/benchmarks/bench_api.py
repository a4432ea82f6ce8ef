"""Queries of the API and the page over an archive of any size, on SQLite and PostgreSQL.

Run: python -m tests.benchmarks.bench_api [ITEMS] [sqlite|postgresql]. The archive is made by `tests.support.archive`;
each address is asked through the whole application, without network, and printed with p50 and p95 in milliseconds.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import text

from api.app import create_app
from ceasewire.settings import Settings
from ceasewire.store.session import Store
from tests.support.archive import NOW, Archive, fill
from tests.support.databases import postgres_server
from tests.support.newsroom import CONFIG

ROUNDS = 40
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


def measure(client: TestClient, archive: Archive) -> None:
    """Ask everything in rounds and print percentiles."""
    for name, paths in addresses(archive).items():
        for path in paths:
            assert client.get(path).status_code == 200, path
        seconds: dict[str, list[float]] = {path: [] for path in paths}
        for _ in range(ROUNDS):
            for path in paths:
                started = time.perf_counter()
                client.get(path)
                seconds[path].append(time.perf_counter() - started)
        together = sorted(one for told in seconds.values() for one in told)
        slowest = max(paths, key=lambda path: sorted(seconds[path])[ROUNDS // 2])
        p50, p95 = (together[int(len(together) * q)] * 1000 for q in (0.5, 0.95))
        print(f"  {name:10} p50 {p50:7.1f} ms  p95 {p95:7.1f} ms  slowest {slowest}", flush=True)


@contextmanager
def opened(database: str, folder: Path) -> Iterator[str]:
    """Address of an empty store."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'store.sqlite3'}"
    else:
        with postgres_server() as server, server.database() as url:
            yield url


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for database in sys.argv[2:] or ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder, opened(database, Path(folder)) as url:
            app = create_app(Settings(data_dir=Path(folder), config_dir=CONFIG, database_url=url))
            with TestClient(app, base_url="http://127.0.0.1:8642") as client:
                archive = Archive(next(iter(app.state.catalogue.conflicts.values())), count)
                started = time.perf_counter()
                fill(app.state.store, archive)
                analyse(app.state.store)
                print(f"{database}: {count:,} items written in {time.perf_counter() - started:,.0f} s", flush=True)
                measure(client, archive)


def analyse(store: Store) -> None:
    """What the databases do by themselves after a while."""
    with store.write() as s:
        s.execute(text("ANALYZE"))


if __name__ == "__main__":
    main()
