"""What is one item: through links, guids, ids, copies without ids, and whatever order they are seen in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ceasewire.items import (
    NO_OPTIONS,
    Article,
    Changed,
    DateKind,
    Entry,
    ItemDraft,
    ItemKind,
    KnownItem,
    New,
    SourceForPoll,
    SourceKind,
    Unchanged,
)
from ceasewire.pipeline.embeds import extract_posts
from ceasewire.pipeline.identity import content_hash, drafts, judge

AT = datetime(2021, 1, 11, 10, 20, tzinfo=UTC)
SOURCE = SourceForPoll(
    "sample", "Sample", "https://example.org/feed", SourceKind.FEED, None, None, False, NO_OPTIONS, None, None, None
)
ENTRY = Entry("g1", "https://example.org/1", "Title", "<p>Text.</p>", "Text.", None, AT, None, DateKind.EXACT, None)
TEXT = "#Сводка: Встреча глав трёх государств"
ID = "1348619172541980672"
EMBED = (
    f'<blockquote class="twitter-tweet"><p lang="ru">{TEXT} <a href="https://t.co/x">pic.twitter.com/AbC</a></p>'
    "&mdash; Пресс-служба (@SampleKremlin) "
    f'<a href="https://twitter.com/samplekremlin/status/{ID}">January 11, 2021</a></blockquote>'
)
COPY = f"<p>{TEXT}</p><p>— Пресс-служба (@SampleKremlin) January 11, 2021</p>"
BY_ID = f'<blockquote class="twitter-tweet"><a href="https://x.com/SampleKremlin/status/{ID}"></a></blockquote>'


def entry_draft(**changes: object) -> ItemDraft:
    return drafts(Article(replace(ENTRY, **changes), ()), SOURCE.id)[0]  # type: ignore[arg-type]


def post_draft(html: str, url: str = "https://example.org/1") -> ItemDraft:
    return drafts(Article(replace(ENTRY, url=url), extract_posts(html, url)), SOURCE.id)[1]


def known(draft: ItemDraft, *, has_text: bool = True) -> dict[str, KnownItem]:
    item = KnownItem(1, draft.keys[0], draft.content_hash, has_text, draft.source_id)
    return dict.fromkeys(draft.keys, item)


def same(first: ItemDraft, second: ItemDraft) -> bool:
    return not isinstance(judge([second], known(first))[0], New)


@pytest.mark.parametrize(
    "url",
    [
        "http://www.example.org/1/",
        "https://m.example.org/1?utm_source=rss&utm_medium=feed",
        "https://example.org/1?from=rss",
        "https://example.org/1/amp",
        "https://amp.example.org/1?fbclid=abc#comments",
    ],
)
def test_addresses_of_one_page_are_one_item(url: str) -> None:
    assert same(entry_draft(), entry_draft(url=url, guid=None))


@pytest.mark.parametrize("url", ["https://example.org/2", "https://example.org/1?page=2", "https://example.net/1"])
def test_other_pages_are_other_items(url: str) -> None:
    assert not same(entry_draft(), entry_draft(url=url, guid="g2"))


def test_never_the_guid_alone() -> None:
    later = AT + timedelta(hours=1)
    assert not same(entry_draft(), entry_draft(url="https://example.org/2", title="Other", published_at=later))
    assert same(entry_draft(), entry_draft(url="https://example.org/1-renamed"))
    assert same(entry_draft(url=None), entry_draft(url=None, title="Title, corrected"))


def test_without_link_and_guid_title_and_date_count() -> None:
    bare = entry_draft(url=None, guid=None)
    assert same(bare, entry_draft(url=None, guid=None, text="Edited."))
    assert not same(bare, entry_draft(url=None, guid=None, published_at=AT + timedelta(days=1)))


def test_a_front_page_or_a_shared_link_identifies_nothing() -> None:
    assert not entry_draft(url="https://example.org/").keys[0].startswith("url:")
    assert not entry_draft(own_link=False).keys[0].startswith("url:")


def test_article_comes_first_and_is_its_posts_parent() -> None:
    article, post = drafts(Article(ENTRY, extract_posts(EMBED, ENTRY.url)), SOURCE.id)
    assert (article.kind, post.kind, post.parent) == (ItemKind.ENTRY, ItemKind.POST, article.keys[0])
    assert (post.keys[0], post.handle, post.declared_language) == (f"x:{ID}", "samplekremlin", "ru")


@pytest.mark.parametrize(("first", "second"), [(COPY, EMBED), (EMBED, COPY)], ids=["copy first", "embed first"])
def test_a_copied_post_and_the_embedded_one_are_one_item(first: str, second: str) -> None:
    (judgement,) = judge([post_draft(second, "https://example.org/2")], known(post_draft(first)))
    assert isinstance(judgement, Unchanged)
    (united,) = judge([post_draft(first), post_draft(second, "https://example.org/2")], {})
    assert isinstance(united, New)
    assert (united.draft.post_id, united.draft.keys[0]) == (ID, f"x:{ID}")
    assert united.draft.parent == "url:https://example.org/1"
    assert united.draft.also_embedded_in == ("url:https://example.org/2",)


@pytest.mark.parametrize("printed", ["January 10, 2021", "January 11, 2021", "January 12, 2021"])
def test_the_day_printed_in_any_time_zone_is_the_same_post(printed: str) -> None:
    assert same(post_draft(EMBED), post_draft(COPY.replace("January 11, 2021", printed)))


def test_other_day_handle_or_text_is_another_post() -> None:
    for copy in (
        COPY.replace("January 11", "January 15"),
        COPY.replace("@SampleKremlin", "@SampleOther"),
        COPY.replace("глав", "министров"),
    ):
        assert not same(post_draft(EMBED), post_draft(copy))


def test_two_ids_are_two_posts_even_with_one_text() -> None:
    again = EMBED.replace(ID, str(int(ID) + (60_000 << 22)))
    assert not same(post_draft(EMBED), post_draft(again))
    assert len(judge([post_draft(EMBED), post_draft(again)], {})) == 2


def test_a_post_known_by_id_is_filled_and_never_emptied() -> None:
    assert isinstance(judge([post_draft(EMBED)], known(post_draft(BY_ID), has_text=False))[0], Changed)
    assert isinstance(judge([post_draft(BY_ID)], known(post_draft(EMBED)))[0], Unchanged)
    (united,) = judge([post_draft(BY_ID), post_draft(EMBED)], {})
    assert TEXT in united.draft.text


def test_a_channels_own_entry_and_its_embed_are_one_item() -> None:
    own = replace(
        ENTRY, url="https://t.me/samplechannel/15", platform="telegram", handle="samplechannel", post_id="15", title=""
    )
    (channel,) = drafts(Article(own, ()), SOURCE.id)
    embed = post_draft('<script data-telegram-post="SampleChannel/15"></script>')
    assert channel.kind is ItemKind.POST
    for order in ([channel, embed], [embed, channel]):
        (judgement,) = judge(order, {})
        assert (judgement.draft.text, judgement.draft.parent) == ("Text.", None)
        assert judgement.draft.also_embedded_in == ("url:https://example.org/1",)


def test_edits_are_changes_jitter_is_none() -> None:
    stored = known(entry_draft())
    assert isinstance(judge([entry_draft(text="Text,  corrected.")], stored)[0], Changed)
    assert isinstance(judge([entry_draft(text="Text.\u200b\n", html="<div>Text.</div>")], stored)[0], Unchanged)


def test_another_sources_version_is_no_revision() -> None:
    stored = {key: replace(item, source_id="other") for key, item in known(entry_draft()).items()}
    assert isinstance(judge([entry_draft(text="A lead only.")], stored)[0], Unchanged)


def test_a_posts_title_that_repeats_its_text_is_dropped() -> None:
    post = entry_draft(platform="x", handle="a", post_id=ID, title="Text…", text="Text. And more.")
    assert post.title == ""


def test_stored_html_is_clean() -> None:
    draft = entry_draft(html='<p onclick="x()">a<script>1</script><a href="/b">b</a><iframe src="c"></iframe></p>')
    assert draft.html == '<p>a<a href="https://example.org/b" rel="noopener noreferrer nofollow">b</a></p>'


def test_content_hash_parts_title_and_text() -> None:
    assert content_hash("a", "b c") == content_hash("a ", "b\n\nc")
    assert content_hash("a", "b") != content_hash("a", "c")


def test_a_post_by_its_own_account_is_a_revision_though_an_article_showed_it_first() -> None:
    own = entry_draft(platform="x", handle="SampleKremlin", post_id=ID, title="", text=f"{TEXT}, уточнено")
    stored = {key: replace(item, source_id="other") for key, item in known(post_draft(EMBED)).items()}
    assert isinstance(judge([own], stored)[0], Changed)
