"""Whatever the text and whatever the model: no exception, and every span's text is the original's slice."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceasewire.conflict.load import build_conflict
from ceasewire.conflict.model import Conflict
from ceasewire.conflict.score import Scored, score
from ceasewire.items import Verdict
from ceasewire.pipeline.tag import tag_item
from ceasewire.yamlfile import YamlFile
from tests.unit.conflicts import own

LANGUAGES = ("en", "ru", "hy", "az", "tr")
# Words that normalisation changes in length, order or script, and plain ones to meet them.
STEMS = ("war", "truce", "мир", "ёлка", "мост", "կրակ", "եւ", "sülh", "qarabağ", "ısı", "İl", "ateş", "x1", "86")
MARKS = (
    "\u00ad",
    "\u0301",
    "\u200b",
    "\u055b",
    "\u055e",
    "ﬁ",
    "և",
    "ǅ",
    "İ",
    "🕊",
    "\x00",
    "\n\n",
    '"',
    "«",
    "»",
    "-",
    "'",
)

word = st.builds(
    lambda marks, stem, ending: f"{marks}{stem}{ending}",
    st.sampled_from(("", "", "=", "^")),
    st.sampled_from(STEMS),
    st.sampled_from(("", "~", "*")),
)
group = st.lists(word, min_size=2, max_size=3).map(lambda words: f"({'|'.join(words)})")
term = st.lists(st.one_of(word, group), min_size=1, max_size=3).flatmap(
    lambda steps: st.sampled_from((" ", " ..2 ", " ..8 ")).map(lambda gap: gap.join(steps))
)
terms = st.dictionaries(st.sampled_from(LANGUAGES), st.lists(term, min_size=1, max_size=3), min_size=1, max_size=3)
weights = st.sampled_from(("strong", "medium", "weak"))
texts = st.lists(st.one_of(st.sampled_from(STEMS + MARKS), st.text(max_size=4)), max_size=30).flatmap(
    lambda pieces: st.sampled_from(("", " ", ", ", " - ")).map(lambda glue: glue.join(pieces))
)


@st.composite
def models(draw: st.DrawFn) -> Conflict:
    """Any small model that validates."""
    excluded = draw(st.one_of(st.none(), terms))
    topic = {"label": {"en": "Topic"}, "terms": draw(terms), "weak": draw(terms)}
    dated = [{"from": date(2021, 1, 1), "until": date(2022, 1, 1), "terms": draw(terms)}]
    model = {
        "schema": "conflict-topic-model/1",
        "id": "made",
        "version": "1",
        "label": {"en": "Made up"},
        "languages": list(LANGUAGES),
        "normalise": {
            "unicode": "NFKC",
            "map": {"ё": "е", "i̇": "i", "ı": "i"},
            "homoglyphs": draw(st.booleans()),
            "drop": ["\u00ad", "\u200b", "\u0301", "\u055b", "\u055e"],
            "ascii_fold_if_plain": ["az", "tr"],
        },
        "matching": {"inflection": dict.fromkeys(LANGUAGES, "(?:s|а|ի|da|in)?")},
        "scoring": {
            "weights": {"strong": 3, "medium": 2, "weak": 1},
            "threshold": draw(st.integers(1, 3)),
            "possible": 1,
            "lead_chars": draw(st.integers(1, 60)),
        },
        "salience": {"cues": {"cue": {"reach": 3, "after": draw(st.booleans()), "terms": draw(terms)}}},
        "anchors": {
            "anchor": {"weight": draw(weights), "not_if_quoted": draw(st.booleans()), "terms": draw(terms)},
            "any_topic": {"weight": "none", "from_topics": "all"},
        },
        "combos": [{"id": "both", "all": ["anchor"], "with": ["any_topic"], "add": 1}],
        "negatives": {"negative": {"penalty": 1, "terms": draw(terms)}},
        "actors": {
            "actor": {
                "label": {"en": "Actor"},
                "type": "state",
                "side": "x",
                "anchor": draw(weights),
                "terms": draw(terms),
            }
        },
        "places": {"place": {"label": {"en": "Place"}, "anchor": draw(weights), "terms": draw(terms)}},
        "topics": {"topic": topic | {"dated": dated} | ({"not": excluded} if excluded else {})},
    }
    return build_conflict(YamlFile("made.yaml", model, {}))


def check_spans(scored: Scored, title: str, text: str) -> None:
    """Every match, kept or dropped, lies in one field or over the break between them."""
    original = {"title": title, "text": text}
    for match in scored.matches:
        field, start, end, piece = scored.document.locate(match.start, match.end)
        assert 0 <= start < end <= len(original[field])
        assert piece == original[field][start:end]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(models(), texts, texts, st.sampled_from((*LANGUAGES, "fi", None)), st.one_of(st.none(), st.dates()))
def test_any_text_and_any_model(
    conflict: Conflict, title: str, text: str, language: str | None, day: date | None
) -> None:
    document = conflict.matcher.document(title, text, conflict.scoring.lead_chars)
    scored = score(conflict, document, language, day)
    check_spans(scored, title, text)
    assert scored.verdict is Verdict.RELEVANT or not (scored.topics or scored.actors or scored.places)


@settings(max_examples=100, deadline=None)
@given(texts, texts, st.sampled_from((*LANGUAGES, None)))
def test_any_text_and_the_projects_own_model(title: str, text: str, language: str | None) -> None:
    tagging = tag_item(own(), title=title, text=text, language=language, published_at=None)
    for tag in tagging.tags:
        for span in tag.evidence:
            original = title if span.field == "title" else text
            assert span.text == original[span.start : span.end]
