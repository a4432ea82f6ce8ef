"""Timeline, sides and model in a real browser."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site
from tests.support.newsroom import Piece, add

TALKS = "Talks on the Karabakh ceasefire between Armenia and Azerbaijan"
SPIKE_DAY = 2  # days ago


@pytest.fixture(scope="module", autouse=True)
def archive(site: Site) -> None:
    """Three weeks with an item a day, and one day on which four sources have three each."""
    numbers = iter(range(1000))

    def write(source: str, days_ago: int, hour: int) -> None:
        number = next(numbers)
        noon = site.now.replace(hour=12) - timedelta(days=days_ago)
        minutes_ago = int((site.now - noon) / timedelta(minutes=1)) + hour * 60
        key = f"url:https://{source}.example/old/{number}"
        add(site.store, site.conflict, Piece(source, key, minutes_ago, f"{TALKS}, part {number}", "", "en"), site.now)

    for day in range(3, 24):
        write("plain-wire", day, 0)
    for source in ("plain-wire", "neva-agency", "kur-xeber", "caucasus-desk"):
        for hour in range(3):
            write(source, SPIKE_DAY, hour)


def spike_day(site: Site) -> str:
    day = site.now - timedelta(days=SPIKE_DAY)
    return f"{day.day} {day:%B %Y}"


def test_the_timeline_marks_the_spike_and_its_bars_narrow_the_list(page: Page, site: Site) -> None:
    page.goto("/view/timeline")
    peak = page.locator(".peaks li", has_text=spike_day(site))
    expect(peak).to_contain_text("12 items in the 24 h")
    expect(peak).to_contain_text("4 sources on their own")
    page.locator(".for-wide .bar.peak", has=page.locator("title", has_text=spike_day(site))).click()
    expect(page).to_have_url(re.compile(r"since=.*until="))
    expect(page.locator(".item")).to_have_count(12)


def test_the_timeline_says_in_a_table_what_it_draws(page: Page, site: Site) -> None:
    page.goto("/view/timeline")
    page.get_by_text("The same as a table").click()
    row = page.locator(".as-table tbody tr", has_text=spike_day(site))
    expect(row).to_contain_text("yes")
    expect(row.locator("td.number")).to_have_text(["0", "3", "6", "0", "3", "0", "12"])
    row.get_by_role("link").press("Enter")
    expect(page.locator(".item")).to_have_count(12)


def test_a_topic_becomes_the_large_chart_and_hours_days_and_weeks_are_addresses(page: Page) -> None:
    page.goto("/view/timeline")
    page.get_by_role("link", name=re.compile("Talks and mediation")).click()
    expect(page).to_have_url(re.compile("topic=talks_mediation"))
    page.get_by_role("link", name="Weeks").click()
    expect(page).to_have_url(re.compile("topic=talks_mediation.*bucket=week"))
    expect(page.locator(".bars.for-wide .bar")).to_have_count(27, timeout=5000)


def test_a_time_without_items_says_where_the_newest_are(page: Page) -> None:
    page.goto("/view/timeline?since=2020-01-01&until=2020-02-01")
    expect(page.get_by_role("heading", name="Nothing in this time")).to_be_visible()
    page.get_by_role("link", name=re.compile("around the newest item")).click()
    expect(page.locator(".bars.for-wide")).to_be_visible()


def test_sides_tell_a_topic_in_columns_with_the_first_and_the_silent(page: Page) -> None:
    page.goto("/view/sides")
    page.get_by_label("Topic").select_option("talks_mediation")
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile("topic=talks_mediation"))
    names = [name.split()[0] for name in page.locator(".column h2").all_inner_texts()]
    assert names == ["Armenia", "Azerbaijan", "International", "Iran", "Russia", "Turkey"]
    verdicts = page.locator(".verdicts")
    expect(verdicts).to_contain_text(re.compile("First: *International"))
    expect(verdicts).to_contain_text(re.compile("Silent:.*Turkey"))
    expect(page.locator(".column", has=page.locator("h2", has_text="Turkey"))).to_contain_text("Silent")


def test_sides_that_are_all_silent_lead_to_when_they_were_not(page: Page) -> None:
    page.goto("/view/sides?topic=talks_mediation&since=2040-01-01")
    page.get_by_role("link", name="Look at any time").click()
    expect(page).to_have_url(re.compile("topic=talks_mediation.*since=$"))
    expect(page.locator(".column .told").first).to_be_visible()


def test_sides_of_a_story_show_who_has_the_report_and_what_the_others_said(page: Page) -> None:
    page.goto("/view/sides?story=1")
    expect(page.locator(".verdicts")).to_contain_text(re.compile(r"First: *International.*→ *Russia *\+14 min"))
    international = page.locator(".column", has=page.locator("h2", has_text="International"))
    expect(international.locator(".told")).to_have_count(2)
    yerevan = page.locator(".column", has=page.locator("h2", has_text="Armenia"))
    expect(yerevan).to_contain_text("Silent about this report")
    expect(yerevan.locator(".told").first).to_be_visible()
    page.goto("/view/sides?story=999")
    expect(page.get_by_role("heading")).to_have_text("Nothing is here")


def test_a_text_is_tried_on_the_model(page: Page) -> None:
    page.goto("/view/model")
    page.get_by_label("Text", exact=True).fill("Переговоры о перемирии в Нагорном Карабахе прошли в Москве")
    page.get_by_label("Language").select_option("ru")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator(".decision")).to_contain_text("relevant")
    expect(page.locator(".tried mark.tone-for", has_text="Переговоры")).to_be_visible()
    expect(page.locator(".lines .for", has_text="topic talks_mediation")).to_be_visible()


def test_a_topic_shows_its_terms_and_examples(page: Page) -> None:
    page.goto("/view/model")
    page.get_by_role("link", name="Talks and mediation").click()
    expect(page.locator(".terms[lang=ru] code", has_text="переговор*").first).to_be_attached()
    expect(page.locator(".examples .badge.no").first).to_be_visible()
    page.locator(".examples a").first.click()
    expect(page.locator(".decision")).to_contain_text("relevant")
    page.goto("/view/model/karabakh/topic/nothing")
    expect(page.locator("main")).to_contain_text("has no topic 'nothing'")
