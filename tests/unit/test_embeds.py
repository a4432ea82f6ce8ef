"""Embedded posts in all their shapes, and what only looks like one."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceasewire.items import DateKind, EmbeddedPost
from ceasewire.pipeline.embeds import extract_posts
from ceasewire.pipeline.embeds_x import status_time

ID = "1348619172541980672"
TEXT = "В Кремле началась трёхсторонняя встреча — подробности позже"
LINK = f"https://twitter.com/SampleKremlin/status/{ID}?ref_src=twsrc%5Etfw"
QUOTE = (
    f'<blockquote class="twitter-tweet"><p lang="ru" dir="ltr">{TEXT}</p>&mdash; Пресс-служба 🇷🇺 (@SampleKremlin) '
    f'<a href="{LINK}">January 11, 2021</a></blockquote><script async src="//platform.twitter.com/widgets.js"></script>'
)
EMPTY = f'<blockquote class="twitter-tweet"><a href="https://x.com/SampleKremlin/status/{ID}"></a></blockquote>'
PARAGRAPHS = (
    f'<blockquote class="wp-embed twitter-tweet"><p lang="ru">{TEXT}</p><p>— Пресс-служба 🇷🇺 (@SampleKremlin) '
    f'<a href="https://x.com/SampleKremlin/status/{ID}">January 11, 2021</a></p></blockquote>'
)


def only(html: str, base: str | None = None) -> EmbeddedPost:
    (post,) = extract_posts(html, base)
    return post


@pytest.mark.parametrize("html", [QUOTE, PARAGRAPHS], ids=["A", "B"])
def test_blockquotes(html: str) -> None:
    post = only(f"<p>Lead.</p>{html}<p>End.</p>")
    assert (post.platform, post.post_id, post.handle) == ("x", ID, "SampleKremlin")
    assert (post.text, post.author, post.language) == (TEXT, "Пресс-служба 🇷🇺", "ru")
    assert post.url == f"https://x.com/SampleKremlin/status/{ID}"
    assert f"{post.published_at:%Y-%m-%d}" == "2021-01-11"
    assert post.date_kind is DateKind.EXACT


def test_a_status_id_tells_its_time() -> None:
    # the example of https://en.wikipedia.org/wiki/Snowflake_ID
    assert status_time("1541815603606036480") == datetime(2022, 6, 28, 16, 7, 40, 105000, tzinfo=UTC)
    assert status_time("20") is None


@pytest.mark.parametrize(
    "html",
    [
        EMPTY,
        f'<div class="twitter-tweet-rendered"><iframe data-tweet-id="{ID}"></iframe></div>',
        f'<iframe src="https://platform.twitter.com/embed/Tweet.html?dnt=true&amp;id={ID}&amp;lang=ru"></iframe>',
        f'<amp-twitter width="1" data-tweetid="https://twitter.com/SampleKremlin/status/{ID}"></amp-twitter>',
        f'<amp-twitter data-tweetid="{ID}"></amp-twitter>',
        f'<div data-social-embedded="twitter" data-href="https://mobile.twitter.com/SampleKremlin/status/{ID}"></div>',
        f'<figure class="wp-block-embed is-provider-twitter"><div>https://x.com/SampleKremlin/status/{ID}</div></figure>',
    ],
)
def test_posts_known_by_id_alone(html: str) -> None:
    post = only(f"<p>Lead.</p>{html}")
    assert (post.platform, post.post_id, post.text) == ("x", ID, None)
    assert post.handle in ("SampleKremlin", None)


@pytest.mark.parametrize("levels", [1, 2])
def test_embed_code_in_json_is_found_once(levels: int) -> None:
    code: object = {"content_elements": [{"type": "raw_html", "content": QUOTE}]}
    for _ in range(levels):
        code = json.dumps(code).replace("<", "\\u003c")
    post = only(f"<html><body><p>x</p><script>window.state = {code};</script>{EMPTY}</body></html>")
    assert (post.post_id, post.text) == (ID, TEXT)


def test_embed_code_in_an_excerpt_of_json() -> None:
    excerpt = json.dumps({"value": QUOTE}).replace("<", "\\u003C").replace("/", "\\u002F")[5:]
    assert only(f'"tn":"text"}},{excerpt}').text == TEXT


def test_json_of_another_article_is_not_this_articles() -> None:
    state = {
        "story": {"headline": "Own", "url": "/news/own", "body": QUOTE},
        "next": [{"headline": "Other", "url": "/news/other", "body": QUOTE.replace(ID, "1348619172541980673")}],
    }
    data = json.dumps(state).replace("</", "<\\/")
    html = f'<html><body><script type="application/json">{data}</script><p>x</p></body></html>'
    assert only(html, "https://example.org/news/own").post_id == ID


def test_posts_in_teasers_and_side_columns_are_left_out() -> None:
    page = (
        f"<html><body><main><article><h1>Own</h1><p>One</p><p>Two</p><p>Three</p>{QUOTE}</article></main>"
        f"<aside>{EMPTY.replace(ID, '1348619172541980673')}</aside>"
        f"<article class='card'><h3><a href='/other'>Other</a></h3>{EMPTY.replace(ID, '1348619172541980674')}</article>"
        f"<div class='related-articles'>{EMPTY.replace(ID, '1348619172541980675')}</div></body></html>"
    )
    assert [post.post_id for post in extract_posts(page, None)] == [ID]


def test_a_wrapper_called_like_a_side_column_does_not_hide_the_article() -> None:
    html = f"<div class='content with sidebar'><p>One</p><p>Two</p><p>Three</p>{QUOTE}</div>"
    assert only(html).post_id == ID


@pytest.mark.parametrize(
    "html",
    [
        f'<p>As the ministry wrote <a href="{LINK}">on X</a>.</p>',
        f'<script type="application/ld+json">{{"@type":"ClaimReview","url":"{LINK}"}}</script>',
        "<style>.twitter-tweet:not(.twitter-tweet-rendered){margin:0}</style>",
        '<script>$(".a").find(".twitter-tweet").wrapAll("<div></div>")</script>',
        "<p>“We will talk” — Jane Doe (@janedoe), in an interview</p>",
        '<p>Follow us: <a href="https://t.me/samplechannel/15">Telegram</a></p>',
    ],
)
def test_references_are_no_posts(html: str) -> None:
    assert extract_posts(html, "https://example.org/a") == ()


@pytest.mark.parametrize(
    "html",
    [
        f"<p>Lead.</p><p>{TEXT}</p><p>— Пресс-служба (@SampleKremlin) January 11, 2021</p><p>End.</p>",
        f"<p>Lead.</p><blockquote><p>{TEXT}</p><p>— Пресс-служба (@SampleKremlin) 11 января 2021</p></blockquote>",
        f"Lead.\n\n{TEXT}\n\n— Пресс-служба (@SampleKremlin) January 11, 2021\n\nEnd.",
        f"<p>{TEXT}<br>— Пресс-служба (@SampleKremlin) January 11, 2021</p>",
        f'<p>{TEXT} — Пресс-служба (<a href="https://x.com/x">@SampleKremlin</a>) Jan 11, 2021</p>',
    ],
)
def test_copied_posts(html: str) -> None:
    post = only(html)
    assert (post.platform, post.post_id, post.handle, post.author) == ("x", None, "SampleKremlin", "Пресс-служба")
    assert (post.text, post.date_kind) == (TEXT, DateKind.DAY)
    assert f"{post.published_at:%Y-%m-%d}" == "2021-01-11"


def test_telegram() -> None:
    script = only('<script async src="https://telegram.org/js/w.js?22" data-telegram-post="samplechannel/15"></script>')
    frame = only('<iframe src="https://t.me/samplechannel/15?embed=1"></iframe>')
    for post in (script, frame):
        assert (post.platform, post.handle, post.post_id, post.text) == ("telegram", "samplechannel", "15", None)
        assert post.url == "https://t.me/samplechannel/15"


def test_facebook() -> None:
    post = only(
        '<div class="fb-post" data-href="https://www.facebook.com/sample.ministry/posts/1234567890"><blockquote '
        'cite="https://www.facebook.com/sample.ministry/posts/1234567890"><p>Statement of the ministry.</p>Posted by '
        '<a href="https://www.facebook.com/sample.ministry/">Sample Ministry</a> on '
        '<a href="https://www.facebook.com/sample.ministry/posts/1234567890">Monday, January 11, 2021</a>'
        "</blockquote></div>"
    )
    assert (post.platform, post.post_id, post.handle) == ("facebook", "1234567890", "sample.ministry")
    assert (post.text, post.author) == ("Statement of the ministry.", "Sample Ministry")
    assert f"{post.published_at:%Y-%m-%d}" == "2021-01-11"


def test_instagram() -> None:
    post = only(
        '<blockquote class="instagram-media" '
        'data-instgrm-permalink="https://www.instagram.com/p/CJ5abcDEFgh/?utm_source=ig_embed">'
        '<a href="https://www.instagram.com/p/CJ5abcDEFgh/"><div>View this post on Instagram</div></a><p>'
        '<a href="https://www.instagram.com/p/CJ5abcDEFgh/">A post shared by Sample Person (@sample.person)</a></p>'
        "</blockquote>"
    )
    assert (post.platform, post.post_id, post.handle) == ("instagram", "CJ5abcDEFgh", "sample.person")
    assert (post.author, post.text) == ("Sample Person", None)


def test_two_sightings_of_one_post_fill_each_other() -> None:
    post = only(EMPTY.replace("x.com/SampleKremlin", "mobile.twitter.com/i/web") + QUOTE)
    assert (post.handle, post.text) == ("SampleKremlin", TEXT)


def test_pseudo_languages_are_none() -> None:
    assert only(QUOTE.replace('lang="ru"', 'lang="qme"')).language is None


@settings(deadline=None)
@given(st.text() | st.builds(lambda html, at: html[at:], st.sampled_from([QUOTE, PARAGRAPHS]), st.integers(0, 300)))
def test_any_html_is_read(html: str) -> None:
    extract_posts(html, None)
