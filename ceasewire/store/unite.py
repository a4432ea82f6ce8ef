"""Two items that turn out to be one: a post first met as plain text and elsewhere by its bare id, say."""

from sqlalchemy import Column, delete, select, update
from sqlalchemy.orm import Session

from ceasewire.store.of_item import ASKED, FOUND_OUT
from ceasewire.store.search import unindex_item
from ceasewire.store.statements import insert_new
from ceasewire.store.stories import leave_story
from ceasewire.store.tables import ALERT, EMBEDDING, FOLLOW_UP, ITEM, ITEM_KEY, REVISION, SIGHTING


def unite_items(s: Session, stays: int, goes: int) -> None:
    """Give `stays` all that hangs on the item `goes`, but for what was found out about its text, and delete that item.

    `stays` keeps its own text; the caller revises it where the other's is the better one.
    """
    published_at = s.execute(select(ITEM.c.published_at).where(ITEM.c.id == goes)).scalar_one()
    unindex_item(s, goes, published_at)
    for table in (ITEM_KEY, REVISION, ALERT):
        s.execute(update(table).where(table.c.item_id == goes).values(item_id=stays))
    for column in (SIGHTING.c.item_id, EMBEDDING.c.article_id, EMBEDDING.c.post_id, FOLLOW_UP.c.item_id):
        _move_links(s, column, stays, goes)
    of_stays = select(ITEM.c.published_at).where(ITEM.c.id == stays).scalar_subquery()
    s.execute(update(SIGHTING).where(SIGHTING.c.item_id == stays).values(published_at=of_stays))
    for table in (*FOUND_OUT, *ASKED):
        s.execute(delete(table).where(table.c.item_id == goes))
    leave_story(s, goes)
    s.execute(delete(ITEM).where(ITEM.c.id == goes))


def _move_links(s: Session, column: Column[int], stays: int, goes: int) -> None:
    links = column.table
    rows = [dict(row._mapping) | {column.name: stays} for row in s.execute(select(links).where(column == goes))]
    s.execute(delete(links).where(column == goes))
    insert_new(s, links, rows)
