"""Social posts inside an article, found in its HTML before anything is sanitised.

    elements   what the platforms' embed codes leave in a page: `embeds_x`, `embeds_others`
    scripts    the same embed codes as strings in a page's JSON (shape E): `embeds_json`
    text       copied posts, known by their attribution alone: `embeds_text`

Inline links to a post, ClaimReview records and the like are references, not embeds. What several shapes say of one
post is merged by platform and id.
"""

from collections.abc import Iterable
from dataclasses import replace

from lxml.html import HtmlElement

from ceasewire.items import Article, EmbeddedPost, Entry, ParsedFeed
from ceasewire.pipeline.embeds_json import posts_in_scripts
from ceasewire.pipeline.embeds_others import other_posts
from ceasewire.pipeline.embeds_page import drop_other_articles, remove_element
from ceasewire.pipeline.embeds_text import posts_in_text
from ceasewire.pipeline.embeds_x import x_posts
from ceasewire.pipeline.html import parse_html
from ceasewire.pipeline.urls import post_key

_SIGNS = (
    *("twitter", "tweet", "//x.com", "t.me/", "telegram", "tgme_", "facebook", "fb-", "instagram", "instgrm"),
    "(@",  # a post copied as text
)


def articles(parsed: ParsedFeed) -> tuple[Article, ...]:
    """Each entry as `as_article` gives it."""
    return tuple(map(as_article, parsed.entries))


def as_article(entry: Entry) -> Article:
    """The entry with the posts that it embeds; one that is itself a post embeds none."""
    return Article(entry, () if entry.platform else extract_posts(entry.html, entry.url))


def extract_posts(html: str, base_url: str | None) -> tuple[EmbeddedPost, ...]:
    """Posts of an article's HTML, or of the page at `base_url`, in their order; each platform and id once.

    Posts that belong to other articles on the page (teasers, side columns, their JSON) are left out.
    """
    lower = html.lower()
    if not any(sign in lower for sign in _SIGNS):
        return ()
    root = parse_html(html)
    drop_other_articles(root)
    in_scripts = list(posts_in_scripts(root, html, base_url))
    return _merged([*_element_posts(root), *in_scripts, *posts_in_text(root)])


def _element_posts(root: HtmlElement) -> list[EmbeddedPost]:
    """Found elements leave the tree, so that their text is not read again as a copied post."""
    found: list[tuple[HtmlElement, EmbeddedPost]] = [*x_posts(root), *other_posts(root)]
    order = {element: number for number, element in enumerate(root.iter())}
    found.sort(key=lambda pair: order.get(pair[0], 0))
    for element, _ in found:
        remove_element(element)
    return [post for _, post in found]


def _merged(posts: Iterable[EmbeddedPost]) -> tuple[EmbeddedPost, ...]:
    merged: dict[str, EmbeddedPost] = {}
    for post in posts:
        key = post_key(post.platform, post.post_id, post.handle) if post.post_id else f"{post.handle}{post.text}"
        known = merged.get(key)
        merged[key] = _filled(known, post) if known else post
    return tuple(merged.values())


def _filled(post: EmbeddedPost, other: EmbeddedPost) -> EmbeddedPost:
    """What `post` leaves open, taken from another sighting of it."""
    named = post if post.handle else other
    return replace(
        post,
        handle=named.handle,
        url=named.url,
        author=post.author or other.author,
        text=post.text or other.text,
        language=post.language or other.language,
    )
