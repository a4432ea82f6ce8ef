"""The conflicts as the API needs them: names for ids, children of topics, and errors that say what was meant."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from api.errors import FieldError, Problem
from ceasewire.conflict.model import Actor, Conflict, Place, Topic, pick_label

KINDS = ("topic", "actor", "place")
LABEL_LANGUAGE = "en"


class Catalogue:
    """All conflicts that were loaded. `kind` is topic, actor or place throughout."""

    def __init__(self, conflicts: Mapping[str, Conflict]) -> None:
        self.conflicts = conflicts
        self._labels = {
            (one.id, kind, id_): pick_label(entry.label, LABEL_LANGUAGE, id_.replace("_", " "))
            for one in conflicts.values()
            for kind in KINDS
            for id_, entry in _section(one, kind).items()
        }
        self._children = {
            (one.id, topic): _descendants(one, topic) for one in conflicts.values() for topic in one.topics
        }

    def label(self, conflict: str, kind: str, id_: str) -> str:
        """What readers call it; the id itself for one that a newer model no longer has."""
        return self._labels.get((conflict, kind, id_), id_.replace("_", " "))

    def entries(self, conflict: str | None, kind: str) -> list[tuple[str, str]]:
        """Ids and labels of one kind, in the order of the file; of all conflicts where none is named."""
        wanted = (key for key in self._labels if conflict in (None, key[0]) and key[1] == kind)
        return list({key[2]: self._labels[key] for key in wanted}.items())

    def with_children(self, conflict: str | None, topics: Iterable[str]) -> tuple[str, ...]:
        """The topics and everything below them."""
        found: dict[str, None] = {}
        for topic in topics:
            found[topic] = None
            for (owner, parent), children in self._children.items():
                if parent == topic and conflict in (None, owner):
                    found.update(dict.fromkeys(children))
        return tuple(found)

    def check(
        self,
        conflict: str | None,
        named: Mapping[str, tuple[str, Sequence[str]]],
        *,
        conflict_field: str = "conflict",
    ) -> None:
        """Refuse what no model has. `named`: name of the field -> (kind, ids).

        Raises:
            Problem: 422 that names every wrong field and the nearest id that exists.
        """
        if conflict is not None and conflict not in self.conflicts:
            raise _unknown([_wrong(conflict_field, "conflict", conflict, list(self.conflicts))])
        errors = []
        for field, (kind, ids) in named.items():
            known = [id_ for id_, _ in self.entries(conflict, kind)]
            errors += [_wrong(field, kind, id_, known) for id_ in ids if id_ not in known]
        if errors:
            raise _unknown(errors)


def _section(conflict: Conflict, kind: str) -> Mapping[str, Topic | Actor | Place]:
    sections: Mapping[str, Mapping[str, Topic | Actor | Place]] = {
        "topic": conflict.topics,
        "actor": conflict.actors,
        "place": conflict.places,
    }
    return sections[kind]


def _descendants(conflict: Conflict, topic: str) -> tuple[str, ...]:
    return tuple(id_ for id_ in conflict.topics if topic in conflict.ancestors(id_))


def _wrong(field: str, kind: str, value: str, known: Sequence[str]) -> FieldError:
    near = get_close_matches(value, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(list(known)[:12])}" if known else "none exist"
    return FieldError(field=field, message=f"no {kind} {value!r}; {hint}")


def _unknown(errors: Sequence[FieldError]) -> Problem:
    return Problem(422, "; ".join(f"{one.field}: {one.message}" for one in errors), errors)
