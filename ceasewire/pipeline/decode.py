"""Bytes to text. Declarations are often wrong, so what the bytes themselves show comes before what is said of them.

The order: byte order mark, UTF-16 and UTF-32 without one (XML 1.0 appendix F), valid UTF-8, nearly valid UTF-8, the
charset of the HTTP header, the declaration in the document, a guess. `decode` takes any bytes and never raises.
"""

import codecs
import re
from collections.abc import Iterator

import charset_normalizer

from ceasewire.items import Decoded

_BOMS = (  # UTF-32 first: its little-endian mark begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE_STARTS = tuple(
    (mark.encode(encoding), encoding)
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
    for mark in ("<?", "<!", "<r", "<f", "<h", "{")
)
# Labels that mean a wider encoding in practice (WHATWG Encoding Standard, 4.2).
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
_SERVER_DEFAULTS = frozenset({"cp1252"})  # sent by servers that know nothing of the document
_SEVEN_BIT = re.compile(r"iso2022|^hz$|^utf-7$")  # these pass for ASCII, hence for UTF-8
_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{1,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARED_WITHIN = 4096
_TOLERATED_LOSS = 0.01  # of the non-ASCII characters
_GUESS_SAMPLE = 20_000
_GUESSED = "cp1251 koi8_r cp866 iso8859_5 cp1252 cp1253 cp1255 cp1256 gb18030 big5 cp949 cp932 euc_jp"
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")  # in cp1254; in cp1252, else the same, letters of Icelandic


def decode(body: bytes, content_type: str | None) -> Decoded:
    """The body as text; `content_type` is the HTTP header as sent.

    Characters that cannot be read become U+FFFD and are counted in `lost`.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _replacing(body[len(mark) :], encoding, "bom")
    header = _from_header(content_type)
    declared = _from_document(body)
    return (
        _wide(body)
        or _seven_bit(body, header, declared)
        or _utf8(body)
        or _nearly_utf8(body)
        or _as_said(body, header, declared)
        or _guess(body)
    )


def _wide(body: bytes) -> Decoded | None:
    for start, encoding in _WIDE_STARTS:
        if body.startswith(start):
            return _replacing(body, encoding, "guess")
    return None


def _seven_bit(body: bytes, *said: str | None) -> Decoded | None:
    for name in said:
        if name and _SEVEN_BIT.search(name) and body.isascii():
            text = _strictly(body, name)
            if text is not None:
                return Decoded(text, name, "declaration", 0)
    return None


def _utf8(body: bytes) -> Decoded | None:
    text = _strictly(body, "utf-8")
    return None if text is None else Decoded(text, "utf-8", "utf-8", 0)


def _nearly_utf8(body: bytes) -> Decoded | None:
    """One cut or broken character must not turn a whole feed into another alphabet."""
    read = _replacing(body, "utf-8", "nearly-utf-8")
    beyond_ascii = sum(1 for character in read.text if character > "\x7f")
    return read if read.lost < max(beyond_ascii * _TOLERATED_LOSS, 0) else None


def _as_said(body: bytes, header: str | None, declared: str | None) -> Decoded | None:
    said = [(header, "header"), (declared, "declaration")]
    if header in _SERVER_DEFAULTS and declared:
        said.reverse()
    for name, method in said:
        read = _replacing(body, name, method) if name else None
        if read and read.lost <= len(body) * _TOLERATED_LOSS and read.encoding != "utf-8":
            return read
    return None


def _guess(body: bytes) -> Decoded:
    sample = _sample(body)
    best = charset_normalizer.from_bytes(sample, cp_isolation=_GUESSED.split()).best()
    encoding = best.encoding if best else "cp1252"
    if encoding == "cp1252" and _TURKISH.search(sample):
        encoding = "cp1254"
    return _replacing(body, encoding, "guess")


def _sample(body: bytes) -> bytes:
    """The lines that tell encodings apart, without their markup: quick, and not swamped by ASCII."""
    taken: list[bytes] = []
    size = 0
    for line in _telling_lines(body):
        taken.append(line)
        size += len(line)
        if size > _GUESS_SAMPLE:
            break
    return b"\n".join(taken)[: 2 * _GUESS_SAMPLE]


def _telling_lines(body: bytes) -> Iterator[bytes]:
    for line in body.splitlines():
        if not line.isascii():
            yield re.sub(rb"<[^<>]*>", b" ", line)


def _from_header(content_type: str | None) -> str | None:
    found = _HEADER.search(content_type or "")
    return _codec(found.group(1)) if found else None


def _from_document(body: bytes) -> str | None:
    head = body[:_DECLARED_WITHIN]
    found = _DECLARATION.search(head) or _META.search(head)
    return _codec(found.group(1).decode("ascii", "ignore")) if found else None


def _codec(label: str) -> str | None:
    """Python's name of a text encoding, None for an unknown one."""
    try:
        name = codecs.lookup(label).name
        "".encode(name)  # codecs such as rot13 are no text encodings
    except (LookupError, ValueError):
        return None
    return _WIDER.get(name, name)


def _strictly(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except ValueError:
        return None


def _replacing(body: bytes, encoding: str, method: str) -> Decoded:
    text = body.decode(encoding, "replace")
    lost = 0
    if "\ufffd" in text and _strictly(body, encoding) is None:
        lost = text.count("\ufffd")
    return Decoded(text, encoding, method, lost)
