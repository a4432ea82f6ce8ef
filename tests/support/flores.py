"""FLORES-200 as test data: the shapes in which the detector is measured. Skips where the data is missing."""

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path

OURS = ("ru", "hy", "az", "tr", "ka", "en", "fr", "fa", "uk", "de", "es", "ar")


def folder() -> Path | None:
    """`languages/flores` of the shared data, or None."""
    shared = Path(os.environ.get("CEASEWIRE_SHARED") or Path(__file__).resolve().parents[3] / "shared")
    path = shared / "data" / "languages" / "flores"
    return path if path.is_dir() else None


def lines(path: Path) -> list[str]:
    """One sentence per line."""
    return gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()


def ours(root: Path) -> dict[str, list[str]]:
    """Sentences of the languages that the detector answers."""
    return {code: lines(root / f"{code}.txt.gz") for code in OURS}


def others(root: Path) -> dict[str, list[str]]:
    """Sentences of languages that are not ours."""
    return {path.name.partition("_")[0]: lines(path) for path in sorted((root / "other").glob("*.txt.gz"))}


def sentence(text: str) -> str:
    return text


def first_words(count: int) -> Callable[[str], str]:
    """The first `count` words of a sentence."""
    return lambda text: " ".join(text.split()[:count])


def post(text: str) -> str:
    """Eight words as a post has them: a retweet, two of the words hashtags, a link and a picture's address."""
    words = text.split()[:8]
    tags = [f"#{word.strip('.,:;!?«»“”„()')}" for word in words[6:]]
    return " ".join(["RT @Press_Office24:", *words[:6], *tags, "https://t.co/Xk3vQz81Ab", "pic.twitter.com/aB9dQw7LmK"])


SHAPES: dict[str, Callable[[str], str]] = {
    "full sentences": sentence,
    "first six words": first_words(6),
    "post-like": post,
    "three words": first_words(3),
}


def shaped(corpus: dict[str, list[str]], shape: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """(language, text) of every sentence in one shape."""
    for code, sentences in corpus.items():
        for text in sentences:
            yield code, shape(text)
