"""Which part of a page is the article: what stands in side columns and teasers of others is taken out of the tree."""

import re

from lxml.html import HtmlElement

_APART = frozenset({"aside", "nav", "footer"})
_TEASER_CLASS = re.compile(
    r"(?:^|[\s_-])(?:related|teasers?|recommend(?:ed|ations?)|recirc\w*|sidebar|most-?read|read-?more|more-?(?:news|stories))"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_HEADINGS = ("h2", "h3", "h4")


def drop_other_articles(root: HtmlElement) -> None:
    """Take out side columns, teasers, and further articles below the first.

    What holds a main heading or the larger part of the page's paragraphs is the article, whatever its class says.
    """
    paragraphs = _count(root, "p")
    for element in list(root.iter("aside", "nav", "footer", "section", "div", "ul")):
        if _is_apart(element) and not _holds_article(element, paragraphs):
            remove_element(element)
    for element in _other_articles(root):
        remove_element(element)


def remove_element(element: HtmlElement) -> None:
    """Take an element out of its tree and keep the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    before, tail = element.getprevious(), element.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _is_apart(element: HtmlElement) -> bool:
    if element.tag in _APART and not _inside_article(element):
        return True
    return bool(_TEASER_CLASS.search(f"{element.get('class') or ''} {element.get('id') or ''}"))


def _inside_article(element: HtmlElement) -> bool:
    """Some sites wrap an embedded post in an `aside` of the article."""
    return next(element.iterancestors("article", "main"), None) is not None


def _holds_article(element: HtmlElement, paragraphs: int) -> bool:
    if next(element.iter("h1", "main"), None) is not None:
        return True
    return paragraphs > 2 and _count(element, "p") > paragraphs / 2


def _other_articles(root: HtmlElement) -> list[HtmlElement]:
    """All `article` elements but the longest that are teasers, and those with a main heading of their own."""
    found = [each for each in root.iter("article") if next(each.iterancestors("article"), None) is None]
    if len(found) < 2:
        return []
    with_heading = [each for each in found if next(each.iter("h1"), None) is not None]
    longest = max(found, key=lambda each: _count(each, "p"))
    own = with_heading[0] if with_heading else longest
    return [each for each in found if each is not own and (each in with_heading or _has_linked_heading(each))]


def _has_linked_heading(element: HtmlElement) -> bool:
    """A teaser's heading leads to its article; the parts of a live blog link within the page."""
    for heading in element.iter(*_HEADINGS):
        anchors = [*heading.iter("a"), *heading.iterancestors("a")]
        if any(not (each.get("href") or "#").startswith("#") for each in anchors):
            return True
    return False


def _count(element: HtmlElement, tag: str) -> int:
    return sum(1 for _ in element.iter(tag))
