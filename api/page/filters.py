"""The filter form of the list: its fields, their choices, and the filters in use. The address is the only state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from api.catalogue import Catalogue
from api.page.sides import sides_of
from api.page.wording import PUBLISHERS, country_name, language_name, side_name, stamp
from api.params import ItemFilter, pairs_of
from api.schemas import SourceRef
from api.urls import with_query

Options = Sequence[tuple[str, str]]

AGES: Options = (
    ("", "Any time"),
    ("1h", "Last hour"),
    ("24h", "Last 24 hours"),
    ("7d", "Last 7 days"),
    ("30d", "Last 30 days"),
)
VERDICTS: Options = (("relevant", "Yes"), ("possible", "Possibly: to review"), ("", "Yes or no: everything"))
SALIENCES: Options = (("reported", "Reported"), ("background", "As background"), ("any", "Either"))
SAMPLES: Options = (("", "Live and sample"), ("false", "Live only"), ("true", "Sample only"))
VANISHED: Options = (("", "Either"), ("true", "Taken back by its source"), ("false", "Not taken back"))
LABELS = {
    "conflict": "Conflict",
    "topic": "Topic",
    "actor": "Actor",
    "place": "Place",
    "language": "Language",
    "source": "Source",
    "country": "Country",
    "side": "Side",
    "publisher": "Publisher",
    "platform": "Posts on",
    "source_kind": "Read as",
    "score": "Score at least",
    "state": "Translation",
    "verdict": "About the conflict",
    "salience": "Topics are",
    "since": "Published",
    "until": "Before",
    "q": "Search",
    "sample": "Sample",
    "story": "Story",
    "vanished": "Taken back",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One choice of the form; `value` is what the address says now."""

    name: str
    label: str
    options: Options
    value: str


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """A filter in use, and the address without it."""

    label: str
    text: str
    without: str


def fields_of(params: ItemFilter, catalogue: Catalogue, sources: Sequence[SourceRef]) -> list[Field]:
    """The form. A value that stands in the address but in no list is kept as a choice of its own."""
    choices = choices_of(params.conflict, catalogue, sources)
    now: dict[str, str] = {}
    for name, value in pairs_of(params):
        now.setdefault(name, value)
    now.setdefault("salience", "reported")
    return [_field(name, options, now.get(name, "")) for name, options in choices.items() if len(options) > 2]


def hidden_pairs(params: ItemFilter, fields: Sequence[Field]) -> list[tuple[str, str]]:
    """What stands in the address and is no field of the form, to be sent along with it."""
    shown = {one.name for one in fields}
    return pairs_of(params, without={*shown, "q", "limit", "cursor"})


def active_filters(
    params: ItemFilter, catalogue: Catalogue, sources: Sequence[SourceRef], path: str = "/"
) -> list[ActiveFilter]:
    """What narrows the list at `path` now, in words."""
    choices = choices_of(params.conflict, catalogue, sources)
    pairs = pairs_of(params, without={"limit", "cursor"})
    found = []
    for at, (name, value) in enumerate(pairs):
        if name in LABELS and (name, value) != ("verdict", "relevant"):
            text = dict(choices.get(name, ())).get(value) or _moment_in_words(name, value)
            rest = [*pairs[:at], *pairs[at + 1 :]]
            found.append(ActiveFilter(LABELS[name], text, with_query(path, rest)))
    return found


def choices_of(conflict: str | None, catalogue: Catalogue, sources: Sequence[SourceRef]) -> dict[str, Options]:
    """Values and words of every field, the first meaning "no matter"."""
    conflicts = [(id_, one.label("en")) for id_, one in catalogue.conflicts.items()]
    languages = sorted({language for one in catalogue.conflicts.values() for language in one.languages})
    return {
        "verdict": VERDICTS,
        "conflict": [("", "Any"), *conflicts],
        "topic": [("", "Any"), *catalogue.entries(conflict, "topic")],
        "actor": [("", "Any"), *catalogue.entries(conflict, "actor")],
        "place": [("", "Any"), *catalogue.entries(conflict, "place")],
        "salience": SALIENCES,
        "language": [("", "Any"), *((code, language_name(code)) for code in languages)],
        "source": [("", "Any"), *((one.id, one.name) for one in sources)],
        "country": [
            ("", "Any"),
            *sorted((code, country_name(code)) for code in {one.country for one in sources} if code),
        ],
        "side": [("", "Any"), *((side, side_name(side)) for side in sides_of(sources))],
        "publisher": [("", "Any"), *PUBLISHERS.items()],
        "since": AGES,
        "vanished": VANISHED,
        "sample": SAMPLES,
    }


def _moment_in_words(name: str, value: str) -> str:
    """A time of the address as the page writes times; anything else as it is."""
    try:
        return stamp(datetime.fromisoformat(value).astimezone(UTC)) if name in {"since", "until"} else value
    except ValueError:
        return value


def _field(name: str, options: Options, value: str) -> Field:
    if value not in dict(options):
        options = [*options, (value, _moment_in_words(name, value))]
    return Field(name, LABELS[name], options, value)
