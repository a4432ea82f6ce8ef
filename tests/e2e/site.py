"""The page served on a free port over a newsroom of its own, and a browser to read it with."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from api.app import create_app
from ceasewire.settings import Settings
from ceasewire.store.session import Store
from ceasewire.store.stories import Candidate, join_story
from ceasewire.store.tables import ITEM
from tests.support.newsroom import CONFIG, KREMLIN_POST, fill

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
REPORT = "url:https://caucasus-desk.example/kremlin-talks"  # the lead of the story
COPY = "url:https://plain-wire.example/9731"
FOREIGN_COPY = "url:https://neva-agency.example/a/118"
VIEWS = (
    "/",
    "/?verdict=",
    "/view/items/2",
    "/view/timeline",
    "/view/timeline?bucket=hour",
    "/view/sides",
    "/view/sides?story=1",
    "/view/sources",
    "/view/subscriptions",
    "/view/model?text=Переговоры+в+Карабахе",
    "/view/model/karabakh/topic/talks_mediation",
    "/view/sign-in",
)


class Site:
    """The page over a newsroom whose newest items are minutes old, one report with two copies among them."""

    def __init__(self, data_dir: Path, **settings: object) -> None:
        self.app = create_app(Settings(data_dir=data_dir, config_dir=CONFIG, **settings))  # type: ignore[arg-type]
        self.conflict = self.app.state.catalogue.conflicts["karabakh"]
        self.store: Store = self.app.state.store
        self.store.upgrade()
        self.now = datetime.now(UTC)
        self.ids = fill(self.store, self.conflict, self.now)
        join(self.store, self.ids[REPORT], self.ids[COPY], self.ids[FOREIGN_COPY])
        self._server = uvicorn.Server(uvicorn.Config(self.app, port=0, log_level="warning"))
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.url = ""

    @property
    def post(self) -> int:
        """The post that two articles carry."""
        return self.ids[KREMLIN_POST]

    def _run(self) -> None:
        startup = self._server.startup

        async def startup_and_tell(sockets: None = None) -> None:
            await startup(sockets)
            self._started.set()

        self._server.startup = startup_and_tell  # type: ignore[assignment,method-assign]
        self._server.run()

    def __enter__(self) -> "Site":
        self._thread.start()
        assert self._started.wait(30), "the server did not start"
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True  # a live stream never ends by itself
        self._thread.join(15)


def join(store: Store, lead: int, *copies: int) -> None:
    """Make one story of items, as the worker does that finds them to be copies."""
    with store.write() as s:
        for copy in copies:
            row = s.execute(select(ITEM).where(ITEM.c.id == lead)).one()
            original = Candidate(**{name: getattr(row, name) for name in Candidate.__dataclass_fields__})
            join_story(s, copy, original, "en", "Plainwire", datetime.now(UTC))


@contextmanager
def launched() -> Iterator[Browser]:
    """The machine's own browser; without one the test is skipped."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is on the PATH")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        yield opened
        opened.close()


@contextmanager
def watched(browser: Browser, url: str, **context: object) -> Iterator[Page]:
    """A page that fails its test where a script fails or anything is asked of another host."""
    troubles: list[str] = []
    page = browser.new_page(base_url=url, **({"viewport": {"width": 1280, "height": 900}} | context))  # type: ignore[arg-type]
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: troubles.append(request.url) if not request.url.startswith(url) else None)
    yield page
    page.close()
    expected = ("status of 4", "ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "status of 503")
    assert [trouble for trouble in troubles if not any(part in trouble for part in expected)] == []
