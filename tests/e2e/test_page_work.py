"""Sources and subscriptions in a real browser: what a user changes, and what is said where it may not be."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.site import Site, watched

KEY = "a-key-of-the-operator-1"


def test_sources_are_listed_with_their_trouble_first_and_can_be_polled_and_paused(page: Page) -> None:
    page.goto("/view/sources")
    expect(page.locator("tbody tr").first).to_contain_text("failing")
    expect(page.locator("tbody tr").first).to_contain_text("no answer within 30 s")
    page.get_by_role("button", name="Poll Plainwire now").click()
    expect(page.locator("#result")).to_contain_text("Plainwire is due now")
    page.get_by_role("button", name="Pause Plainwire").click()
    expect(page.get_by_role("button", name="Resume Plainwire")).to_be_visible()
    page.get_by_role("link", name="off 1").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Resume Plainwire").click()
    expect(page.get_by_role("heading", name="No source is in this state")).to_be_visible()


def test_a_source_is_added_and_its_mistakes_are_named(page: Page) -> None:
    page.goto("/view/sources")
    page.get_by_role("heading", name="Add a source").click()
    page.get_by_label("Address").fill("ftp://araz.example/feed")
    page.get_by_label("Name", exact=True).fill("Araz")
    page.get_by_placeholder("example-news").fill("Araz News")
    page.get_by_role("button", name="Add source").click()
    expect(page.locator("#result")).to_contain_text("is no http or https address")
    expect(page.locator("#result")).to_contain_text("is no id")
    expect(page.get_by_label("Address")).to_be_focused()
    page.get_by_label("Address").fill("https://araz.example/feed")
    page.get_by_placeholder("example-news").fill("araz-news")
    page.get_by_label("Side").fill("azerbaijan")
    page.get_by_role("button", name="Add source").click()
    row = page.locator("tr", has_text="Araz")
    expect(row).to_contain_text("not polled yet")
    expect(row).to_contain_text("Azerbaijan, independent, feed")
    expect(page.locator(".work")).to_contain_text("sources read for the first time")


def test_a_subscription_is_tried_made_tested_paused_and_deleted(page: Page) -> None:
    page.goto("/view/subscriptions")
    page.get_by_label("Talks and mediation").check()
    page.get_by_role("button", name="What would it have sent?").click()
    expect(page.locator("#backtest")).to_contain_text("It would have sent")
    expect(page.locator("#backtest svg.days")).to_be_visible()
    page.get_by_label("Name").fill("Talks")
    page.get_by_label("Address").fill("ftp://example.org")
    page.get_by_role("button", name="Make subscription").click()
    expect(page.locator("#result")).to_contain_text("no http or https address")
    expect(page.get_by_label("Address")).to_be_focused()
    page.get_by_label("Address").fill("https://example.org/hook")
    page.get_by_role("button", name="Make subscription").click()
    expect(page.locator(".secret")).to_contain_text("whsec_")
    expect(page.get_by_role("heading", name="No subscriptions yet")).to_have_count(0)
    page.get_by_role("link", name="I have kept it").click()
    card = page.locator(".card")
    expect(card).to_contain_text("Talks and mediation")
    card.get_by_role("button", name="Pause").click()
    expect(card.locator(".badge")).to_contain_text("paused")
    card.get_by_role("button", name="Test Talks").click()
    expect(page.locator("#result")).to_contain_text("marked as a test")
    card.get_by_role("link", name="History").click()
    expect(page.locator(".history tbody tr")).to_have_count(1)
    expect(page.locator(".history tbody")).to_contain_text("Test of “Talks”")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete Talks").click()
    expect(page.get_by_role("heading", name="No subscriptions yet")).to_be_visible()


def test_only_what_a_mode_and_a_channel_ask_for_is_shown(page: Page) -> None:
    page.goto("/view/subscriptions")
    expect(page.get_by_label("Against the past weeks")).to_be_hidden()
    page.get_by_label("When it speaks").select_option("spike")
    expect(page.get_by_label("Against the past weeks")).to_be_visible()
    page.get_by_label("Channel").select_option("feed")
    expect(page.get_by_label("Address")).to_be_hidden()
    page.get_by_label("Name").fill("Much about mines")
    page.get_by_label("Landmines and demining").check()
    page.get_by_role("button", name="Make subscription").click()
    page.get_by_role("link", name="I have kept it").click()
    expect(page.locator(".card")).to_contain_text("When there is unusually much")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No subscriptions yet")).to_be_visible()


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Site]:
    """Reached from elsewhere: anybody reads, writing needs the key."""
    with Site(tmp_path, public_url="http://127.0.0.1:8642", host="0.0.0.0", api_key=KEY, open_reads=True) as site:
        site.url = site.url.replace("0.0.0.0", "127.0.0.1")
        yield site


def test_a_conflict_offers_its_own_topics_alone(page: Page) -> None:
    page.goto("/view/subscriptions")
    own, other = page.get_by_label("OSCE Minsk Group"), page.get_by_label("Talks in the 5+2 format")
    own.check()
    expect(other).to_be_hidden()
    page.locator("[name=conflict]").select_option("transnistria")
    expect(other).to_be_visible()
    expect(own).to_be_hidden()
    page.locator("[name=conflict]").select_option("karabakh")
    expect(own).not_to_be_checked()


def test_what_needs_a_key_says_so_and_works_after_signing_in(browser: Browser, keyed: Site) -> None:
    with watched(browser, keyed.url) as page:
        page.goto("/view/sources")
        page.get_by_role("button", name="Pause Plainwire").click()
        expect(page.locator("#result")).to_contain_text("This needs a key")
        page.locator("#result").get_by_role("link", name="Sign in").click()
        page.get_by_label("Key").fill("this-is-no-key-at-all")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#result")).to_contain_text("this is not a key")
        page.get_by_label("Key").fill(KEY)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{keyed.url}/view/sources")
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        page.get_by_role("button", name="Pause Plainwire").click()
        expect(page.get_by_role("button", name="Resume Plainwire")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(f"{keyed.url}/view/sign-in")
        page.goto("/view/subscriptions")
        expect(page).to_have_url(f"{keyed.url}/view/sign-in")


def test_a_foreign_page_cannot_write(page: Page, site: Site) -> None:
    """A form of another site sends no JSON and no origin of ours."""
    answer = page.request.post(f"{site.url}/sources/plain-wire/pause", headers={"Origin": "https://elsewhere.example"})
    assert answer.status == 403
    answer = page.request.post(f"{site.url}/sources/plain-wire/pause", form={"any": "thing"})
    assert answer.status == 415
