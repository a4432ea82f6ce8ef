"""Every view of the page over the running service and its recorded sample."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.site import watched
from tests.e2e.stack import Stack, kremlin_posts, settled_items

WHOLE = "since=2020-01-01T00:00:00Z"  # the sample's items are years old


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("page") / "data")
    stack.start()
    settled_items(stack)
    yield stack
    stack.stop()


@pytest.fixture
def page(sample: Stack, browser: Browser) -> Iterator[Page]:
    with watched(browser, sample.url) as opened:
        yield opened


def test_now_shows_the_posts_with_the_articles_that_carry_them(page: Page, sample: Stack) -> None:
    [post] = kremlin_posts(sample.all_items())
    page.goto("/?platform=x&q=Ильхамом")
    item = page.locator(f"#item-{post['id']}")
    expect(item.locator(".original")).to_contain_text("Встреча с Ильхамом Алиевым")
    expect(item.locator(".original mark").first).to_be_visible()
    expect(item.locator(".translation mark").first).to_be_visible()
    expect(item.locator(".linked li")).to_have_count(2)
    item.locator(".gutter a").click()
    expect(page.get_by_role("heading", name="Provenance")).to_be_visible()


def test_copies_lead_to_the_sides_of_their_story(page: Page) -> None:
    page.goto("/?q=&verdict=&limit=30")
    copies = page.locator(".copies").first
    for _ in range(5):  # the story stands somewhere in the list
        if copies.count():
            break
        page.get_by_role("link", name="Older").click()
    copies.locator("summary").click()
    copies.get_by_role("link", name="Side by side").click()
    expect(page.locator(".verdicts")).to_contain_text("First:")


def test_timeline_and_sides_tell_the_sample(page: Page, sample: Stack) -> None:
    counted = sum(one["total"] for one in sample.get(f"/stats?by=side&bucket=week&{WHOLE}&verdict=relevant")["series"])
    page.goto(f"/view/timeline?bucket=week&{WHOLE}")
    expect(page.locator("figcaption")).to_contain_text(f"{counted} items")
    page.goto(f"/view/sides?topic=talks_mediation&{WHOLE}")
    expect(page.locator(".column").first).to_be_visible()
    expect(page.locator(".verdicts")).to_contain_text("First:")


def test_a_source_that_is_paused_is_polled_no_more_and_one_asked_for_is(page: Page, sample: Stack) -> None:
    page.goto("/view/sources")
    expect(page.locator("tbody tr")).to_have_count(len(sample.get("/sources")["sources"]))
    source = next(one for one in sample.get("/sources")["sources"] if one["enabled"])
    before = source["last_polled_at"]
    page.get_by_role("button", name=f"Poll {source['name']} now").click()
    sample.wait_for(lambda: sample.get(f"/sources/{source['id']}")["last_polled_at"] != before)


def test_a_tested_subscription_has_its_delivery_in_the_history(page: Page, sample: Stack) -> None:
    made = sample.post("/subscriptions", {"name": "Kept", "query": {"words": "Karabakh"}, "channel": "feed"})
    page.goto(f"/view/subscriptions/{made['id']}")
    page.get_by_role("button", name="Test Kept").click()
    expect(page.locator("#result")).to_contain_text("marked as a test")
    sample.wait_for(lambda: sample.get(f"/alerts?subscription={made['id']}")["alerts"][0]["state"] == "delivered")
    page.reload()
    expect(page.locator(".history tbody")).to_contain_text("delivered")


def test_the_model_explains_a_text_of_the_sample(page: Page, sample: Stack) -> None:
    [post] = kremlin_posts(sample.all_items())
    page.goto("/view/model")
    page.get_by_label("Text", exact=True).fill(post["text"])
    page.get_by_role("button", name="Explain").click()
    expect(page.locator(".decision")).to_contain_text("relevant")
