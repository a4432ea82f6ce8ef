"""Bytes to text: what the bytes show wins over what is said of them, and nothing ever raises."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceasewire.pipeline.decode import decode

RUSSIAN = "Встреча в Кремле: переговоры продолжаются, сообщает пресс-служба президента."
TURKISH = "Cumhurbaşkanı, görüşmenin ardından açıklama yaptı: sınırın açılması gündemde değil."


def feed(text: str, declared: str | None) -> str:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else "<?xml version='1.0'?>"
    return f"{declaration}<rss><channel><title>{text}</title></channel></rss>"


@settings(deadline=None)
@given(st.text())
def test_any_text_in_utf8_is_restored(text: str) -> None:
    wide_start = text.startswith("\ufeff") or "\0" in text[:4]
    if not wide_start:
        assert decode(text.encode("utf-8", "surrogatepass"), None).text == text


@settings(deadline=None)
@given(st.binary(), st.none() | st.text())
def test_any_bytes_become_text(body: bytes, content_type: str | None) -> None:
    assert isinstance(decode(body, content_type).text, str)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("marked", [True, False])
def test_wide_encodings_with_and_without_mark(encoding: str, marked: bool) -> None:
    text = feed(RUSSIAN, None)
    assert decode((("\ufeff" if marked else "") + text).encode(encoding), None).text == text


@pytest.mark.parametrize(
    ("written", "declared", "header", "method"),
    [
        ("cp1251", "windows-1251", None, "declaration"),
        ("cp1251", "utf-8", "text/xml; charset=windows-1251", "header"),
        ("cp1251", "windows-1251", "text/xml; charset=utf-8", "declaration"),
        ("cp1251", "windows-1251", "text/xml; charset=ISO-8859-1", "declaration"),  # a server's default
        ("cp1251", "no-such-encoding", "text/xml; charset=rot13", "guess"),
        ("cp1251", "utf-8", None, "guess"),
        ("cp1251", None, None, "guess"),
        ("koi8-r", None, None, "guess"),
        ("cp866", None, None, "guess"),
        ("utf-8", "windows-1251", "text/xml; charset=koi8-r", "utf-8"),
    ],
)
def test_lies_are_seen_through(written: str, declared: str | None, header: str | None, method: str) -> None:
    text = feed(RUSSIAN, declared)
    decoded = decode(text.encode(written), header)
    assert (decoded.text, decoded.method, decoded.lost) == (text, method, 0)


def test_turkish_letters_are_not_taken_for_icelandic() -> None:
    assert decode(feed(TURKISH, None).encode("cp1254"), None).text == feed(TURKISH, None)


def test_one_broken_character_costs_one_character() -> None:
    body = feed(RUSSIAN * 5, "utf-8").encode().replace("Кремле".encode(), "Кремл".encode() + b"\xd0", 1)
    decoded = decode(body, None)
    assert (decoded.method, decoded.lost) == ("nearly-utf-8", 1)
    assert decoded.text.count("переговоры") == 5


def test_seven_bit_encodings_are_not_taken_for_ascii() -> None:
    text = feed("日本語の見出し", "iso-2022-jp")
    assert decode(text.encode("iso-2022-jp"), None).text == text


def test_mark_wins_over_header() -> None:
    assert decode(codecs.BOM_UTF8 + RUSSIAN.encode(), "text/xml; charset=windows-1251").method == "bom"
