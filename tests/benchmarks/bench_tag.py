"""Tagging speed: items (title and 1,200 characters) a second on one core. Run: python -m tests.benchmarks.bench_tag

Ordinary items are article pages of the shared data (CEASEWIRE_SHARED, else beside the repository; skipped where
missing); dense ones are put together from the gold set. The matcher is also timed beside one regular expression a
term, over the same folded texts. CPU time, not wall clock, is counted; the best of three rounds.

Then the same with ten times the terms: each term nine times more with its letters moved on in their alphabet, so that
length, endings and alternatives stay as they are and next to nothing more is found.
"""

import json
import os
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import yaml

from ceasewire.conflict.load import load_conflict
from ceasewire.conflict.matcher import Document
from ceasewire.conflict.model import Conflict
from ceasewire.pipeline.tag import tag_item
from tests.benchmarks.report import row

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CEASEWIRE_SHARED") or ROOT.parent / "shared")
CHARACTERS = 1200
COMPARED = 40  # documents that the single expressions read; they are slow
ROUNDS = 3
TIMES = 10
MODEL = ROOT / "config/conflicts/karabakh.yaml"
ALPHABETS = ("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя", "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ")
TERM_LISTS = frozenset({"terms", "weak", "not"})  # keys of a conflict file under which terms stand by language
Item = tuple[str | None, str, str]  # language, title, text


def dense() -> list[Item]:
    """Items full of terms: texts of the gold set, joined."""
    made: list[Item] = []
    for path in sorted((ROOT / "tests/data/gold").glob("*.jsonl")):
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        texts = cycle(record["text"] for record in records)
        for record in records:
            body = ""
            while len(body) < CHARACTERS:
                body += next(texts) + "\n"
            made.append((record["lang"], record["text"][:90], body[:CHARACTERS]))
    return made


def ordinary() -> list[Item]:
    """Articles about anything, long enough, as their pages' true text has them."""
    texts = ["\n".join(_paragraphs(json.loads(path.read_bytes()))) for path in sorted(_pages())]
    return [(None, text[:90], text[:CHARACTERS]) for text in texts if len(text) >= CHARACTERS]


def _pages() -> Iterator[Path]:
    return (SHARED / "data/feeds/pages").glob("*.json")


def _paragraphs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "paragraphs":
                yield from (str(paragraph) for paragraph in value)
            else:
                yield from _paragraphs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _paragraphs(value)


def best(work: Callable[[], object]) -> float:
    """CPU seconds of the fastest round, after one that warms up: patterns are compiled when first met."""
    work()
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def tag_all(conflict: Conflict, items: list[Item]) -> None:
    """Tag every item."""
    for language, title, text in items:
        tag_item(conflict, title=title, text=text, language=language, published_at=None)


def rate(conflict: Conflict, items: list[Item]) -> float:
    """Items a second."""
    return len(items) / best(partial(tag_all, conflict, items))


def report(conflict: Conflict, name: str, items: list[Item]) -> None:
    """Print items a second, in all and by language."""
    if not items:
        print(f"{name}: no texts at {SHARED} (set CEASEWIRE_SHARED)")
        return
    row(f"tagging {len(items)} {name} items, {len(conflict.entries):,} terms", rate(conflict, items), "items/s CPU")
    languages = dict.fromkeys(language for language, _, _ in items)
    for code in languages if len(languages) > 1 else ():
        print(f"  {code}: {rate(conflict, [item for item in items if item[0] == code]):,.0f} items/s")


def compare(conflict: Conflict, items: list[Item]) -> None:
    """A row of the matcher beside one regular expression a term: stem and word boundary."""
    words = [r"\W+".join(re.escape(word.stem.casefold()) for word in entry.term.words()) for entry in conflict.entries]
    expressions = [re.compile(rf"\b{source}") for source in words]
    some = items[:: max(1, len(items) // COMPARED)]
    documents = [_document(conflict, item) for item in some]
    ours = best(lambda: [conflict.matcher.find(document, None, None) for document in documents])
    theirs = best(lambda: [one.findall(document.text) for document in documents for one in expressions])
    row("  of it finding the terms", len(some) / ours, "items/s CPU", "one expression a term", len(some) / theirs)


def _document(conflict: Conflict, item: Item) -> Document:
    return conflict.matcher.document(item[1], item[2], conflict.scoring.lead_chars)


# --- ten times the terms ---------------------------------------------------------------------------------------


def grown(path: Path, folder: Path) -> Path:
    """The conflict file with ten times its terms."""
    larger = folder / path.name
    data = _with_more(yaml.safe_load(path.read_text(encoding="utf-8")), parent="")
    larger.write_text(yaml.safe_dump(data, allow_unicode=True, width=1000), encoding="utf-8")
    return larger


def _with_more(node: Any, parent: str) -> Any:
    if isinstance(node, dict) and parent in TERM_LISTS:
        return {
            language: [moved(term, by) for by in range(TIMES) for term in terms] for language, terms in node.items()
        }
    if isinstance(node, dict):
        return {key: _with_more(value, str(key)) for key, value in node.items()}
    return [_with_more(value, "") for value in node] if isinstance(node, list) else node


def moved(term: str, by: int) -> str:
    """A term with each letter so many places further on in its alphabet."""
    return term.translate({ord(a): b for abc in ALPHABETS for a, b in zip(abc, abc[by:] + abc[:by], strict=True)})


def loading(path: Path) -> tuple[float, float]:
    """Seconds of CPU time to load a conflict file, and the MB that the process grew by."""
    before, start = _resident(), time.process_time()
    conflict = load_conflict(path)
    tag_item(conflict, title="", text="Probe", language=None, published_at=None)  # what is built when first needed
    return time.process_time() - start, _resident() - before


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def in_new_process(path: Path) -> tuple[float, float]:
    """As `loading`, in a process that has loaded nothing."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(loading, path).result()


def report_growth(conflict: Conflict, items: list[Item]) -> None:
    """Rows of loading, memory and speed with ten times the terms, beside those of the model as it is."""
    with tempfile.TemporaryDirectory() as folder:
        path = grown(MODEL, Path(folder))
        larger = load_conflict(path)
        (seconds, memory), (seconds_ten, memory_ten) = in_new_process(MODEL), in_new_process(path)
    beside = f"{len(conflict.entries):,} terms"
    row(f"loading a model of {len(larger.entries):,} terms", seconds_ten, "s CPU", beside, seconds)
    row("  memory", memory_ten, "MB", beside, memory)
    row("  tagging dense items with it", rate(larger, items), "items/s CPU", beside, rate(conflict, items))


def main() -> None:
    """Print all figures."""
    conflict = load_conflict(MODEL)
    made = dense()
    report(conflict, "ordinary", ordinary())
    report(conflict, "dense", made)
    compare(conflict, made)
    report_growth(conflict, made)


if __name__ == "__main__":
    main()
