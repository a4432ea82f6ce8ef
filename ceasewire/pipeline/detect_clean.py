"""What of a text says something about its language: addresses, handles and digits go, words of hashtags stay."""

import re
import unicodedata

import regex

# Bare addresses ("pic.twitter.com/…", "am.usembassy.gov/…") need a path, so that "U.S." and "т.е." stay text.
ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,15}://|\bwww\.)\S+"
    r"|\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}\.[a-z]{2,24}/\S*"
    r"|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+",
    re.IGNORECASE,
)
HANDLE = re.compile(r"(?<!\w)@\w+")
RETWEET = re.compile(r"(?<!\w)RT(?=[\s:]*@)|\ART(?=[\s:])")
NOISE = re.compile(r"[\d\u00ad\u200b\u2060\ufeff]+")
HASHTAG = re.compile(r"#(\w+)")
CAMEL_CASE = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})")


def mask(text: str) -> str:
    """`text` with spaces in place of addresses, handles, digits and invisible signs: offsets stay true."""
    if "/" in text or "@" in text or "www." in text:
        for pattern in (ADDRESS, RETWEET, HANDLE):
            text = pattern.sub(_blank, text)
    return NOISE.sub(_blank, text)


def normalise(masked: str) -> str:
    """The words of a masked text in NFC, parted by single spaces, hashtags as words, capitals in lower case."""
    text = unicodedata.normalize("NFC", masked)
    if "#" in text:
        text = HASHTAG.sub(_words_of_hashtag, text)
    text = " ".join(text.split())
    return lower(text) if text.isupper() else text


def lower(text: str) -> str:
    """Lower case with one character for each: `İ` is `i`, which `str.lower` would write as two."""
    return text.replace("İ", "i").lower()


def is_title_case(text: str) -> bool:
    """Whether `text` is written Like a Headline: capitals on all longer words say nothing about them then."""
    words = text.split()
    return len(words) > 1 and all(len(word) < 4 or not word[0].islower() for word in words)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _words_of_hashtag(match: re.Match[str]) -> str:
    return CAMEL_CASE.sub(" ", match[1].replace("_", " "))
