"""Copied posts: the text, an empty line, `— NAME (@HANDLE) January 11, 2021`, without link or id."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from ceasewire.items import EmbeddedPost
from ceasewire.pipeline.dates import parse_date
from ceasewire.pipeline.embeds_x import split_attribution
from ceasewire.pipeline.html import text_of

_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_MARK = re.compile(r"\(\s*@\w")


def posts_in_text(root: HtmlElement) -> Iterator[EmbeddedPost]:
    """Posts known by an attribution at the end of a paragraph that names handle and date.

    The text is what stands before it in the paragraph, else the whole quotation it closes, else the paragraph before.
    """
    quotations = [text_of(each).split("\n\n") for each in root.iter("blockquote") if not list(each.iter("blockquote"))]
    closed = {quotation[-1]: "\n\n".join(quotation[:-1]) for quotation in quotations}
    previous = ""
    for paragraph in text_of(root).split("\n\n"):
        post = _post(paragraph, closed.get(paragraph) or previous) if _MARK.search(paragraph) else None
        if post:
            yield post
        previous = "" if post else paragraph


def _post(paragraph: str, before: str) -> EmbeddedPost | None:
    parts = split_attribution(paragraph)
    if parts is None or not _YEAR.search(parts[3]):
        return None
    text, name, handle, printed = parts
    day = parse_date(printed)
    if day is None or not (text or before):
        return None
    return EmbeddedPost("x", None, handle, name or None, text or before, None, day.at, day.kind, None, "plain-text")
