"""HTML of entries and pages: read it, turn it into plain text with paragraphs, clean it for storage."""

import re
from collections.abc import Iterator
from html import escape

import nh3
from lxml import etree
from lxml.html import HtmlElement, HTMLParser

_BLOCK_TAGS = (
    "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre section summary table tbody tfoot thead ul video"
)
_SILENT_TAGS = "script style template head iframe object svg noscript select textarea"
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_LINES = frozenset({"br", "li", "tr", "option"})
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset(_SILENT_TAGS.split())
_CDATA_MARKS = re.compile(r"<!\[CDATA\[|\]\]>")
_BODY = b"<!DOCTYPE html><html><body>"
_WRAPPERS = re.compile(  # elements that broken pages leave open by the hundred
    r"</?(?:div|span|font|[abiu]|em|strong|center|section|small|big|ul|ol|li|dl|dd|table|tbody|tr|td)\b[^<>]*>",
    re.IGNORECASE,
)
_NOT_HTML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes((*range(9), 0x0B, 0x0C, *range(0x0E, 0x20)))
_NONCHARACTERS = b"\xef\xbf"  # how U+FFFE and U+FFFF begin, and a few characters
_MARKUP = re.compile(r"<[a-zA-Z/!]|&[#\w]")
_LAYOUT = re.compile(r"<(?:p|br|div|li|h[1-6]|tr|blockquote)\b", re.IGNORECASE)
_TAG_NAME = re.compile(r"<([A-Za-z][\w.:-]{0,60})")
_BLANK_LINE = re.compile(r"\n[ \t\r\xa0]*\n\s*")
_SHALLOW = 250  # tags; fewer cannot nest too deeply
_NEWLINE, _PARAGRAPH = "\ue000", "\ue001"  # private use: never in a text that was cleaned
_RELATIVE = re.compile(r"\b(?:href|src|cite)\s*=\s*[\"']?(?!https?://)", re.IGNORECASE)
_STORED_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"lang", "dir", "title"},
}


def parse_html(html: str) -> HtmlElement:
    """Any text as a tree whose root is `html`; markup that is broken is read as far as it goes."""
    root, too_deep = _parsed(html)
    return _parsed(_WRAPPERS.sub(" ", html))[0] if too_deep else root


def _parsed(html: str) -> tuple[HtmlElement, bool]:
    """The tree, and whether libxml2 stopped at elements more than 256 deep in each other."""
    source = _printable(without_cdata(html)).encode()
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(_BODY + source, parser)
    except etree.LxmlError:
        root = None
    too_deep = any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log)
    return (etree.fromstring(_BODY, parser) if root is None else root), too_deep


def _printable(text: str) -> str:
    """Without the characters that no text of HTML holds; mostly there are none, which bytes tell quickest."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return _NOT_HTML.sub("", text)
    clean = _NONCHARACTERS not in raw and len(raw.translate(None, _CONTROLS)) == len(raw)
    return text if clean else _NOT_HTML.sub("", text)


def without_cdata(text: str) -> str:
    """Without the marks of CDATA sections that were escaped as text, or put inside each other."""
    return _CDATA_MARKS.sub("", text) if "<![CDATA[" in text or "]]>" in text else text


def plain_text(html: str) -> str:
    """Readable text of an HTML fragment: paragraphs parted by an empty line, `br` and list items by a line end.

    A fragment without any layout tags keeps its own line ends: it is plain text that calls itself HTML.
    """
    html = without_cdata(html)
    if not _MARKUP.search(html):
        return _tidy(_keep_newlines(html))
    if "\n" in html and not _LAYOUT.search(html):
        html = _keep_newlines(html.strip())
    return text_of(parse_html(html))


def text_of(element: HtmlElement) -> str:
    """Readable text of an element, as `plain_text` gives it."""
    return _tidy("".join(_pieces(element)))


def one_line(html: str) -> str:
    """Text of a title: no markup, no line ends."""
    return " ".join(plain_text(html).split())


def first_tag(text: str) -> str:
    """Name of a document's first element in lower case without its prefix, `!doctype html` before it; "" for none.

    Declarations, comments and other document types are passed over, in one walk, whatever their number.
    """
    at = 0
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<!--", at):
            at = text.find("-->", at)
        elif text.startswith(("<?", "<!"), at):
            if text[at : at + 14].lower() == "<!doctype html":
                return "html"
            at = text.find(">", at)
        elif found := _TAG_NAME.match(text, at):
            return found.group(1).rpartition(":")[2].lower()
        if at < 0:
            return ""
        at += 1
    return ""


def text_to_html(text: str) -> str:
    """Plain text as HTML, its paragraphs and line ends kept."""
    paragraphs = _BLANK_LINE.split(text.strip().replace("\r\n", "\n"))
    return "".join(f"<p>{escape(each, quote=False).replace(chr(10), '<br>')}</p>" for each in paragraphs if each)


def sanitise(html: str, base_url: str | None = None) -> str:
    """HTML that is safe to store and show: no scripts, frames, styles or event handlers; links made absolute."""
    marks_gone = _without_depth(without_cdata(html))
    if not _RELATIVE.search(marks_gone):
        return _CLEANER.clean(marks_gone).strip()
    relative = ("rewrite_with_base", base_url) if base_url and base_url.startswith("http") else "deny"
    try:
        return _clean(marks_gone, relative)
    except ValueError:  # the base is no URL
        return _clean(marks_gone, "deny")


def _without_depth(html: str) -> str:
    """The sanitiser's time grows with the square of the depth, so that deep markup is given up and its text kept."""
    if html.count("<") <= _SHALLOW or not _parsed(html)[1]:
        return html
    return text_to_html(plain_text(html))


def _clean(html: str, relative: str | tuple[str, str]) -> str:
    return _cleaner(relative).clean(html).strip()


def _cleaner(relative: str | tuple[str, str]) -> nh3.Cleaner:
    return nh3.Cleaner(
        attributes=_STORED_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        url_relative=relative,  # type: ignore[arg-type]
        link_rel="noopener noreferrer nofollow",
    )


_CLEANER = _cleaner("deny")  # for what has no relative address; making one takes ten times as long as cleaning


def _pieces(root: HtmlElement) -> Iterator[str]:
    """Text with marks where lines and paragraphs end; iterative, since hostile pages nest deeply."""
    silent = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            silent += tag in _SILENT
            if not silent:
                yield _mark(tag, opening=True)
                yield _squeeze(element.text)
            continue
        if not silent:
            yield _mark(tag, opening=False)
        silent -= tag in _SILENT
        if not silent and element is not root:
            yield _squeeze(element.tail)


def _mark(tag: str, *, opening: bool) -> str:
    if tag in _BLOCKS:
        return _PARAGRAPH
    if tag in _LINES:
        return _NEWLINE if opening else ""
    return " " if tag in _CELLS else ""


def _squeeze(text: str | None) -> str:
    """A blank line inside a text is a paragraph its author saw; other white space is made one in the end."""
    if not text:
        return ""
    return _BLANK_LINE.sub(_PARAGRAPH, text) if "\n" in text and text.strip() else text


def _keep_newlines(text: str) -> str:
    text = _BLANK_LINE.sub(_PARAGRAPH, text.replace("\r\n", "\n"))
    return text.replace("\n", _NEWLINE)


def _tidy(text: str) -> str:
    text = _printable(text).replace("\xa0", " ").replace("\xad", "")
    paragraphs = (_tidy_lines(each) for each in text.split(_PARAGRAPH))
    return "\n\n".join(each for each in paragraphs if each)


def _tidy_lines(paragraph: str) -> str:
    """Two line ends in a row, as `<br><br>` gives, part paragraphs too."""
    lines = [" ".join(line.split()) for line in paragraph.split(_NEWLINE)]
    return re.sub(r"\n{2,}", "\n\n", "\n".join(lines)).strip() if len(lines) > 1 else lines[0]
