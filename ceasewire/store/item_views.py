"""Items with everything a list shows, in four statements, however many they are.

The statements are made once for each database, since making them costs more than running them, and rows are taken by
their places: a page of 50 items has some 500 rows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Integer, Row, Select, func, literal, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CompoundSelect

from ceasewire.store.statements import among_named, ids_of, is_postgres
from ceasewire.store.tables import ASSESSMENT, EMBEDDING, ITEM, SOURCE, TAG, TRANSLATION
from ceasewire.store.views import AssessmentView, ItemView, LinkedItem, SourceRef, TagView, TranslationView

LEAD = 120  # characters of a linked item's text
OWN = [name for name in ItemView.__dataclass_fields__ if name in ITEM.c]
SOURCE_COLUMNS = [SOURCE.c[name] for name in SourceRef.__dataclass_fields__]
TRANSLATED = [TRANSLATION.c[name] for name in TranslationView.__dataclass_fields__]
ASSESSED = [ASSESSMENT.c[name] for name in AssessmentView.__dataclass_fields__]
TAGGED = [TAG.c["tag" if name == "id" else name] for name in TagView.__dataclass_fields__]
AFTER_OWN = len(OWN)
AFTER_SOURCE = AFTER_OWN + len(SOURCE_COLUMNS)
CARRIED_BY, CARRIES = 0, 1  # the two directions of an embedding

Links = Mapping[tuple[int, int], Sequence[LinkedItem]]  # by direction and id


def fields_of_items(s: Session, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The fields of an ItemView by id, in the order of `ids`; unknown ids are left out."""
    postgres, named = is_postgres(s), ids_of(s, ids)
    rows = {row[0]: row for row in s.execute(_items(postgres), named)}
    assessments = _assessments(s, postgres, named)
    tags = _tags(s, postgres, named)
    links = _links(s, postgres, named)
    return {
        item_id: _own_fields(rows[item_id])
        | {
            "assessments": assessments.get(item_id, []),
            "tags": tags.get(item_id, []),
            "embedded_in": links.get((CARRIED_BY, item_id), []),
            "embeds": links.get((CARRIES, item_id), []),
        }
        for item_id in ids
        if item_id in rows
    }


def _own_fields(row: Row[Any]) -> dict[str, Any]:
    fields = dict(zip(OWN, row[1 : AFTER_OWN + 1], strict=True))
    fields["source"] = SourceRef(*row[AFTER_OWN + 1 : AFTER_SOURCE + 1])
    translation = row[AFTER_SOURCE + 1 :]
    fields["translation"] = None if translation[0] is None else TranslationView(*translation)
    return fields


def _assessments(s: Session, postgres: bool, named: Mapping[str, Any]) -> dict[int, list[AssessmentView]]:
    found: dict[int, list[AssessmentView]] = defaultdict(list)
    for item_id, *values in s.execute(_assessed(postgres), named):
        found[item_id].append(AssessmentView(*values))
    return found


def _tags(s: Session, postgres: bool, named: Mapping[str, Any]) -> dict[int, list[TagView]]:
    found: dict[int, list[TagView]] = defaultdict(list)
    for item_id, *values in s.execute(_tagged(postgres), named):
        found[item_id].append(TagView(*values))
    return found


def _links(s: Session, postgres: bool, named: Mapping[str, Any]) -> Links:
    found: dict[tuple[int, int], list[LinkedItem]] = defaultdict(list)
    after = 2 + len(LINKED)
    for row in s.execute(_linked(postgres), named):
        values = dict(zip(LINKED, row[2:after], strict=True))
        found[row[0], row[1]].append(LinkedItem(**values, source=SourceRef(*row[after:])))
    return found


# --- statements ------------------------------------------------------------------------------------------------


@cache
def _items(postgres: bool) -> Select[Any]:
    found = select(ITEM.c.id.label("item_id"), *(ITEM.c[name] for name in OWN), *SOURCE_COLUMNS, *TRANSLATED)
    joined = ITEM.join(SOURCE, SOURCE.c.id == ITEM.c.source_id)
    joined = joined.outerjoin(TRANSLATION, TRANSLATION.c.item_id == ITEM.c.id)
    return found.select_from(joined).where(among_named(postgres, ITEM.c.id))


@cache
def _assessed(postgres: bool) -> Select[Any]:
    found = select(ASSESSMENT.c.item_id, *ASSESSED).where(among_named(postgres, ASSESSMENT.c.item_id))
    return found.order_by(ASSESSMENT.c.conflict)


@cache
def _tagged(postgres: bool) -> Select[Any]:
    found = select(TAG.c.item_id, *TAGGED).where(among_named(postgres, TAG.c.item_id))
    return found.order_by(TAG.c.derived, TAG.c.score.desc(), TAG.c.id)


LINKED = {
    "id": ITEM.c.id.label("linked_id"),  # two columns of that name have none in SQLite's UNION
    "kind": ITEM.c.kind,
    "title": ITEM.c.title,
    "url": ITEM.c.url,
    "platform": ITEM.c.platform,
    "handle": ITEM.c.handle,
    "lead": func.substr(ITEM.c.text, 1, LEAD).label("lead"),
    "published_at": ITEM.c.published_at,
    "shape": EMBEDDING.c.shape,
}


@cache
def _linked(postgres: bool) -> CompoundSelect[Any]:
    ends = (
        (CARRIED_BY, EMBEDDING.c.post_id, EMBEDDING.c.article_id),
        (CARRIES, EMBEDDING.c.article_id, EMBEDDING.c.post_id),
    )
    ways = []
    for direction, of, other in ends:
        source = [column.label(f"source_{column.name}") for column in SOURCE_COLUMNS]
        found = select(literal(direction, Integer), of, *LINKED.values(), *source)
        joined = EMBEDDING.join(ITEM, ITEM.c.id == other).join(SOURCE, SOURCE.c.id == ITEM.c.source_id)
        ways.append(found.select_from(joined).where(among_named(postgres, of)))
    return union_all(*ways).order_by("published_at", "linked_id")
