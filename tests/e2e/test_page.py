"""The page in a real browser, over a real server: what a reader sees and does, in both themes and at phone width."""

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.app import create_app
from ceasewire.settings import Settings
from tests.support.newsroom import CONFIG, KREMLIN_POST, NOW, PIECES, Piece, add, fill

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


class Site:
    """The page served on a free port over a newsroom of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.app = create_app(Settings(data_dir=data_dir, config_dir=CONFIG))
        self.conflict = self.app.state.catalogue.conflicts["karabakh"]
        self.app.state.store.upgrade()
        self.ids = fill(self.app.state.store, self.conflict)
        self._server = uvicorn.Server(uvicorn.Config(self.app, port=0, log_level="warning"))
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.url = ""

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
        self._thread.join(15)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is on the PATH")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page that fails its test where a script fails or anything is asked of another host."""
    troubles: list[str] = []
    opened = browser.new_page(base_url=site.url, viewport={"width": 1280, "height": 900})
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda request: troubles.append(request.url) if not request.url.startswith(site.url) else None)
    yield opened
    opened.close()
    assert [trouble for trouble in troubles if "status of 4" not in trouble] == []


def test_the_post_stands_beside_its_translation_with_both_articles(page: Page, site: Site) -> None:
    page.goto("/")
    post = page.locator(f"#item-{site.ids[KREMLIN_POST]}")
    expect(post.locator(".original")).to_contain_text("Встреча с Ильхамом Алиевым")
    expect(post.locator(".original")).to_have_attribute("lang", "ru")
    expect(post.locator(".translation")).to_contain_text("Meeting with Ilham Aliyev")
    expect(post.locator(".linked li")).to_have_count(2)
    expect(post.locator(".original mark", has_text="переговоры")).to_be_visible()
    expect(post.locator(".translation mark", has_text="talks")).to_be_visible()


def test_a_tag_opens_its_reason_and_lights_its_words(page: Page, site: Site) -> None:
    page.goto("/")
    post = page.locator(f"#item-{site.ids[KREMLIN_POST]}")
    chip = post.locator(".chip", has=page.get_by_text("Talks and mediation"))
    chip.locator("summary").press("Enter")
    expect(chip.locator(".why")).to_contain_text("переговоры")
    expect(post.locator("mark.lit", has_text="переговоры")).to_be_visible()
    page.keyboard.press("Escape")
    expect(chip.locator(".why")).to_be_hidden()
    expect(post.locator("mark.lit")).to_have_count(0)


def test_states_are_told(page: Page, site: Site) -> None:
    page.goto("/?verdict=")
    armenian = page.locator(f"#item-{site.ids['url:https://araxes.example/news/5501']}")
    expect(armenian.locator(".loud")).to_contain_text("untranslated: no model for hy")
    expect(armenian.locator(".loud")).to_contain_text("ceasewire models install hy")
    turkish = page.locator(f"#item-{site.ids['url:https://bogaz.example/dunya/771']}")
    expect(turkish.locator(".waiting")).to_have_text("waiting for its translation")
    unread = page.locator(f"#item-{site.ids['url:https://neva-agency.example/a/121']}")
    expect(unread.locator(".waiting")).to_have_text("waiting to be read and tagged")
    expect(page.locator(".badge.sample")).to_have_count(1)
    expect(page.get_by_text("Word-by-word sample model")).to_be_visible()


def test_persian_runs_from_right_to_left(page: Page, site: Site) -> None:
    page.goto("/?language=fa")
    persian = page.locator(f"#item-{site.ids['url:https://alborz.example/n/2210']} .original")
    expect(persian).to_have_attribute("dir", "rtl")
    assert persian.locator("h3").evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_filters_and_search_are_the_address(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Language").select_option("az")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"language=az"))
    expect(page.locator(".item")).to_have_count(1)
    page.get_by_role("link", name="Remove filter Language").click()
    page.get_by_role("searchbox").fill("степанакерт")
    page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(re.compile("q=%D1%81"))
    expect(page.locator(".item")).to_have_count(1)
    page.goto("/?q=zebra")
    expect(page.get_by_role("heading", name="Nothing fits these filters")).to_be_visible()
    page.get_by_role("link", name="Clear all filters").click()
    expect(page.locator(".item")).not_to_have_count(0)


def test_a_wrong_address_is_explained(page: Page) -> None:
    page.goto("/?topic=nothing-of-the-kind")
    expect(page.get_by_role("heading")).to_have_text("This filter does not work")
    expect(page.locator("main")).to_contain_text("topic: no topic 'nothing-of-the-kind'")


def test_one_item_with_everything_behind_it(page: Page, site: Site) -> None:
    page.goto("/")
    page.locator(f"#item-{site.ids['url:https://neva-agency.example/a/118']} h3 a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Миротворцы")
    expect(page.locator(".facts")).to_contain_text("translate-ru_en 1.9")
    expect(page.get_by_text("162 stands in the original")).to_be_visible()


def test_sources_are_listed_with_their_trouble_first_and_can_be_paused(page: Page) -> None:
    page.goto("/view/sources")
    expect(page.locator("tbody tr").first).to_contain_text("failing")
    expect(page.locator("tbody tr").first).to_contain_text("no answer within 30 s")
    page.get_by_role("button", name="Pause Plainwire").click()
    expect(page.get_by_role("button", name="Resume Plainwire")).to_be_visible()
    page.get_by_role("button", name="Resume Plainwire").click()
    expect(page.get_by_role("button", name="Pause Plainwire")).to_be_visible()


def test_a_subscription_is_made_paused_and_deleted(page: Page) -> None:
    page.goto("/view/subscriptions")
    page.get_by_label("Name").fill("Talks")
    page.get_by_label("Talks and mediation").check()
    page.get_by_label("Webhook address").fill("ftp://example.org")
    page.get_by_role("button", name="Make subscription").click()
    expect(page.locator("#result")).to_contain_text("no http or https address")
    expect(page.get_by_label("Webhook address")).to_be_focused()
    page.get_by_label("Webhook address").fill("https://example.org/hook")
    page.get_by_role("button", name="Make subscription").click()
    expect(page.locator(".secret")).to_contain_text("whsec_")
    page.get_by_role("link", name="I have kept it").click()
    card = page.locator(".card")
    expect(card).to_contain_text("talks_mediation")
    card.get_by_role("button", name="Pause").click()
    expect(card.locator(".badge")).to_contain_text("paused")
    page.on("dialog", lambda dialog: dialog.accept())
    card.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No subscriptions yet")).to_be_visible()


def test_new_items_are_announced(page: Page, tmp_path: Path, browser: Browser) -> None:
    with Site(tmp_path) as own:
        page_ = browser.new_page(base_url=own.url)
        page_.clock.install(time=NOW)
        page_.goto("/")
        fresh = Piece("plain-wire", "url:https://plain-wire.example/9999", 0, "Karabakh talks go on", "", "en")
        add(own.app.state.store, own.conflict, fresh, NOW)
        page_.clock.run_for(21_000)
        expect(page_.locator("#fresh")).to_have_text("1 new item: show")
        page_.locator("#fresh a").click()
        expect(page_.get_by_role("heading", name="Karabakh talks go on")).to_be_visible()
        page_.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/view/sources", "/view/subscriptions", "/view/items/2"])
def test_it_fits_a_phone_and_can_be_read(browser: Browser, site: Site, theme: str, path: str) -> None:
    page = browser.new_page(base_url=site.url, viewport={"width": 380, "height": 800}, color_scheme=theme)  # type: ignore[arg-type]
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    assert page.evaluate(LOW_CONTRAST) == []
    page.close()


def test_every_item_that_is_shown_is_one_that_was_stored(page: Page) -> None:
    page.goto("/?verdict=")
    expect(page.locator(".item")).to_have_count(len(PIECES))


# WCAG 2.1 §1.4.3: 4.5 to 1 between a text and the nearest painted ground behind it.
LOW_CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${element.className || element.tagName}: ${ratio.toFixed(1)}`);
  }
  return low;
}"""
