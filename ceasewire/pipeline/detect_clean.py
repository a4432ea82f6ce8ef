"""What of a text says something about its language: addresses, handles and digits go, words of hashtags stay."""

import re
import unicodedata

import regex

# Bare addresses ("pic.twitter.com/…", "am.usembassy.gov/…") need a path, so that "U.S." and "т.е." stay text.
ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,15}://|www\.)\S+"
    r"|\b(?:[a-z0-9-]+\.)+[a-z]{2,}/\S*"
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+",
    re.IGNORECASE,
)
HANDLE = re.compile(r"(?<!\w)@\w+")
RETWEET = re.compile(r"(?<!\w)RT(?=\s*[@:\s])")
HASHTAG = re.compile(r"#(\w+)")
CAMEL_CASE = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})")
NOISE = re.compile(r"[\d_\u00ad\u200b\u2060\ufeff]+")
SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """The words of `text` in NFC, parted by single spaces; letter case and punctuation stay."""
    text = unicodedata.normalize("NFC", text)
    if ":" in text or "/" in text or "@" in text or "www." in text:
        text = HANDLE.sub(" ", RETWEET.sub(" ", ADDRESS.sub(" ", text)))
    if "#" in text:
        text = HASHTAG.sub(_words_of_hashtag, text)
    return lower_capitals(SPACES.sub(" ", NOISE.sub(" ", text)).strip())


def lower_capitals(text: str) -> str:
    """A headline in capitals in lower case: models know it so. `İ` becomes `i`, which `lower()` makes two characters."""
    return text.replace("İ", "i").lower() if text.isupper() else text


def _words_of_hashtag(match: re.Match[str]) -> str:
    return CAMEL_CASE.sub(" ", match[1].replace("_", " "))
