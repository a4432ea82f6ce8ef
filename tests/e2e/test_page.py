"""Now and one item, in a real browser over a real server: what a reader sees and does."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.site import COPY, FOREIGN_COPY, REPORT, Site, watched
from tests.support.newsroom import NOW, PIECES, Piece, add

FRESH = Piece("plain-wire", "url:https://plain-wire.example/9999", 0, "Karabakh talks go on", "", "en")


def test_the_post_stands_beside_its_translation_with_both_articles(page: Page, site: Site) -> None:
    page.goto("/")
    post = page.locator(f"#item-{site.post}")
    expect(post.locator(".original")).to_contain_text("Встреча с Ильхамом Алиевым")
    expect(post.locator(".original")).to_have_attribute("lang", "ru")
    expect(post.locator(".translation")).to_contain_text("Meeting with Ilham Aliyev")
    expect(post.locator(".linked li")).to_have_count(2)
    expect(post.locator(".original mark", has_text="переговоры")).to_be_visible()
    expect(post.locator(".translation mark", has_text="talks")).to_be_visible()


def test_a_tag_opens_its_reason_and_lights_its_words(page: Page, site: Site) -> None:
    page.goto("/")
    post = page.locator(f"#item-{site.post}")
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


def test_new_items_are_announced_and_nothing_moves_until_they_are_wanted(tmp_path: Path, browser: Browser) -> None:
    with Site(tmp_path) as own, watched(browser, own.url) as page:
        page.goto("/")
        before = page.locator("#list .item").all_inner_texts()
        add(own.store, own.conflict, FRESH, own.now)
        expect(page.locator("#fresh")).to_have_text("1 new item", timeout=15_000)
        expect(page.locator("#fresh-said")).to_have_text("1 new item")
        assert page.locator("#list .item").all_inner_texts() == before
        page.evaluate("window.stays = true")
        page.locator("#fresh").press("Enter")
        fresh = page.locator(".item.added")
        expect(fresh.get_by_role("heading", name="Karabakh talks go on")).to_be_visible()
        expect(fresh.locator(".gutter a")).to_be_focused()
        expect(page.locator("#fresh")).to_be_hidden()
        assert page.evaluate("window.stays"), "the page was not loaded anew"


def test_without_room_for_a_listener_new_items_are_asked_for(tmp_path: Path, browser: Browser) -> None:
    with Site(tmp_path, stream_clients=0) as own, watched(browser, own.url) as page:
        page.clock.install(time=NOW)
        with page.expect_response("**/items/stream*") as refused:
            page.goto("/")
        assert refused.value.status == 503
        add(own.store, own.conflict, FRESH, own.now)
        page.clock.run_for(21_000)
        expect(page.locator("#fresh")).to_have_text("1 new item")


def test_copies_are_folded_into_one_card_that_opens_the_story(page: Page, site: Site) -> None:
    page.goto("/")
    newest = page.locator(f"#item-{site.ids[FOREIGN_COPY]}")
    for folded in (REPORT, COPY):
        expect(page.locator(f"#item-{site.ids[folded]}")).to_have_count(0)
    newest.locator(".copies summary").press("Enter")
    expect(newest.locator(".copies li")).to_have_count(3)
    expect(newest.locator(".copies li").first).to_contain_text("first")
    newest.get_by_role("link", name="Side by side").click()
    expect(page.get_by_role("heading", name="Sides")).to_be_visible()


def test_every_item_that_is_shown_is_one_that_was_stored(page: Page) -> None:
    page.goto("/?verdict=")
    expect(page.locator(".item")).to_have_count(len(PIECES) - 2)  # two are folded into their story
