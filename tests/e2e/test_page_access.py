"""The page for everybody: axe-core on all views in both themes, a phone, a keyboard, right to left, offline, errors."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.site import VIEWS, Site, watched
from tests.support.newsroom import KREMLIN_POST

PHONE = {"width": 380, "height": 800}
# Pages tell how many live streams they asked for, and how many opened.
TELL_OF_THE_STREAM = """
window.EventSource = class extends EventSource {
  constructor(...given) {
    super(...given);
    const say = (word) => document.documentElement.setAttribute("data-stream", word);
    say("asked for");
    this.addEventListener("open", () => setTimeout(() => say("open")));
  }
};
"""
FOCUSED = "document.activeElement.textContent.trim()"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", VIEWS)
def test_axe_finds_nothing_and_a_phone_scrolls_one_way_only(
    browser: Browser, site: Site, theme: str, path: str
) -> None:
    with watched(browser, site.url, color_scheme=theme, bypass_csp=True) as page:
        assert page.goto(path).status == 200  # type: ignore[union-attr]
        for details in page.locator("main details:not([name])").all():
            details.evaluate("element => { element.open = true }")
        assert violations(page) == []
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        if theme == "dark":  # what a phone lays out otherwise is the same in both
            assert violations(page) == []


def violations(page: Page) -> list[tuple[Any, ...]]:
    """What axe-core finds wrong, with the first place of each."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"]) for one in found]


def test_dark_is_dark(browser: Browser, site: Site) -> None:
    grounds = {}
    for theme in ("light", "dark"):
        with watched(browser, site.url, color_scheme=theme) as page:
            page.goto("/")
            colour = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
            grounds[theme] = sum(map(int, re.findall(r"\d+", colour)))
    assert grounds["dark"] < 120 < 600 < grounds["light"]


def test_all_of_now_is_reached_by_keys_alone(page: Page, site: Site) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("j")
    first = page.locator("#list .item").first
    expect(first.locator(".gutter a")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#list .item").nth(1).locator(".gutter a")).to_be_focused()
    page.keyboard.press("k")
    expect(first.locator(".gutter a")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.chip summary')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".chip[open] .why")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".chip[open]")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("миротворцы")
    page.keyboard.press("Enter")
    expect(page.locator(".item")).to_have_count(1)


def test_a_subscription_is_made_by_keys_alone(page: Page) -> None:
    page.goto("/view/subscriptions")
    page.get_by_label("Name").focus()
    page.keyboard.type("By keys")
    _tab_to(page, "document.activeElement.value === 'talks_mediation'")
    page.keyboard.press("Space")
    _tab_to(page, "document.activeElement.name === 'target'")
    page.keyboard.type("https://example.org/hook")
    page.keyboard.press("Enter")
    expect(page.locator(".secret")).to_contain_text("whsec_")


def _tab_to(page: Page, condition: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(condition):
            return
    pytest.fail(f"never came to where {condition}")


def test_persian_runs_from_right_to_left_on_every_view(page: Page, site: Site) -> None:
    item = site.ids["url:https://alborz.example/n/2210"]
    for path, place in (
        ("/?language=fa", ".original"),
        (f"/view/items/{item}", ".original"),
        ("/view/sides?language=fa", ".told [lang=fa]"),
    ):
        page.goto(path)
        text = page.locator(place).first
        expect(text).to_have_attribute("dir", "rtl")
        assert text.evaluate("e => getComputedStyle(e).direction") == "rtl"
        expect(page.locator("html")).not_to_have_attribute("dir", "rtl")


def test_offline_is_said_and_what_stands_stays_until_it_is_back(page: Page, site: Site) -> None:
    page.goto("/")
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("You are offline. What stands here was loaded at")
    expect(page.locator(f"#item-{site.ids[KREMLIN_POST]}")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_have_text("Connected again.")


def test_a_stream_that_opens_late_is_no_connection(page: Page) -> None:
    """What was under way when the network went may still arrive."""
    page.add_init_script(TELL_OF_THE_STREAM)
    streams: list[Route] = []
    page.route("**/items/stream?*", lambda route: streams.append(route))
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-stream", "asked for")
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("You are offline.")
    streams[0].fulfill(content_type="text/event-stream", body=": late\n\n")
    expect(page.locator("html")).to_have_attribute("data-stream", "open")
    expect(page.locator("#connection")).to_contain_text("You are offline.", timeout=1)


def test_a_server_on_a_machine_without_network_is_found_again(page: Page) -> None:
    """A laptop without Wi-Fi reads its own Ceasewire: the browser says offline, and the server answers."""
    page.goto("/view/model")
    page.evaluate("Object.defineProperty(navigator, 'onLine', { value: false })")
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.locator("#connection")).to_contain_text("You are offline.")
    expect(page.locator("#connection")).to_have_text("Connected again.")


def test_a_server_that_went_is_asked_again_on_any_view(page: Page) -> None:
    page.goto("/view/sources")
    page.route(re.compile("healthz|/poll$"), lambda route: route.abort())
    page.get_by_role("button", name="Poll Plainwire now").click()
    expect(page.locator("#connection")).to_contain_text("The server cannot be reached.")
    page.unroute_all()
    expect(page.locator("#connection")).to_have_text("Connected again.")


def test_an_action_without_the_server_says_so_and_can_be_tried_again(page: Page) -> None:
    page.goto("/view/sources")
    page.route("**/pause", lambda route: route.abort())
    pause = page.get_by_role("button", name="Pause Plainwire")
    pause.click()
    expect(page.locator("#result")).to_contain_text("The server cannot be reached; try again.")
    expect(pause).to_be_enabled()


def test_errors_say_what_is_wrong_and_lead_on(page: Page) -> None:
    page.goto("/view/items/987654")
    expect(page.get_by_role("heading")).to_have_text("Nothing is here")
    expect(page.locator("main")).to_contain_text("Error 404")
    page.goto("/?topic=talks_mediatio")
    expect(page.locator("main")).to_contain_text("did you mean 'talks_mediation'?")
    page.get_by_role("link", name="Back to the recent items").click()
    expect(page.locator(".item")).not_to_have_count(0)


def test_an_empty_store_says_what_will_come(browser: Browser, tmp_path: Path) -> None:
    with Site(tmp_path) as empty:
        with sqlite3.connect(tmp_path / "ceasewire.sqlite3") as database:
            database.execute("DELETE FROM item")
            database.execute("UPDATE source SET last_polled_at = NULL")
        with watched(browser, empty.url) as page:
            page.goto("/")
            expect(page.get_by_role("heading", name="Nothing has come in yet")).to_be_visible()
            expect(page.locator(".work")).to_contain_text("0 of 8 sources read for the first time")
            page.goto("/view/timeline")
            expect(page.get_by_role("heading", name="Nothing in this time")).to_be_visible()
            page.goto("/view/sides")
            expect(page.get_by_role("heading", name="All sides are silent")).to_be_visible()
            assert violations(page) == []
