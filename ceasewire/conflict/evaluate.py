"""Precision, recall and F1 of a model against labelled texts, by language, topic and actor."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled text: what a person says it is about."""

    id: str
    language: str
    text: str
    title: str
    date: str | None  # ISO 8601
    relevant: bool
    topics: frozenset[str]
    actors: frozenset[str] | None  # None: not labelled


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says of the same text, as ids."""

    relevant: bool
    topics: frozenset[str]
    actors: frozenset[str]


@dataclass(slots=True)
class Counts:
    """True positives, false positives, false negatives."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    def add(self, expected: Iterable[str], answered: Iterable[str]) -> None:
        """Count one text's labels."""
        wanted, given = set(expected), set(answered)
        self.hits += len(wanted & given)
        self.false += len(given - wanted)
        self.missed += len(wanted - given)

    @property
    def precision(self) -> float:
        """Share of the answers that are right; 1 where there are none."""
        return self.hits / (self.hits + self.false) if self.hits + self.false else 1.0

    @property
    def recall(self) -> float:
        """Share of the labels that are found; 1 where there are none."""
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        total = 2 * self.hits + self.false + self.missed
        return 2 * self.hits / total if total else 1.0


@dataclass(slots=True)
class Figures:
    """All counts of an evaluation."""

    relevance: Counts = field(default_factory=Counts)
    topics: Counts = field(default_factory=Counts)
    actors: Counts = field(default_factory=Counts)
    relevance_by_language: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    topics_by_language: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    by_topic: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    mistakes: list[tuple[Labelled, Answer]] = field(default_factory=list)

    @property
    def topics_macro_f1(self) -> float:
        """Mean F1 over the topics that occur."""
        return sum(one.f1 for one in self.by_topic.values()) / len(self.by_topic) if self.by_topic else 1.0


def measure(pairs: Iterable[tuple[Labelled, Answer]]) -> Figures:
    """Compare answers with labels."""
    figures = Figures()
    for labelled, answer in pairs:
        expected, given = ["relevant"] * labelled.relevant, ["relevant"] * answer.relevant
        figures.relevance.add(expected, given)
        figures.relevance_by_language[labelled.language].add(expected, given)
        figures.topics.add(labelled.topics, answer.topics)
        figures.topics_by_language[labelled.language].add(labelled.topics, answer.topics)
        if labelled.relevant and labelled.actors is not None:  # the model gives actors to relevant texts only
            figures.actors.add(labelled.actors, answer.actors)
        for topic in labelled.topics | answer.topics:
            figures.by_topic[topic].add({topic} & labelled.topics, {topic} & answer.topics)
        if labelled.relevant != answer.relevant or labelled.topics != answer.topics:
            figures.mistakes.append((labelled, answer))
    return figures


def rows(figures: Figures) -> Iterator[tuple[str, Counts]]:
    """Every line of the report: name and counts."""
    yield "relevance", figures.relevance
    for language in sorted(figures.relevance_by_language):
        yield f"relevance {language}", figures.relevance_by_language[language]
    yield "topics", figures.topics
    for language in sorted(figures.topics_by_language):
        yield f"topics {language}", figures.topics_by_language[language]
    for topic in sorted(figures.by_topic):
        yield f"topic {topic}", figures.by_topic[topic]
    yield "actors", figures.actors
