"""Questions about an item to the world outside: is it still there, what does it say; and what raises them."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from ceasewire.store.columns import index_where, json_list, time, time_or_none


class Listing(SQLModel, table=True):
    """What the last body of a watched source held, in its order: items missing from the next one have gone."""

    source_id: str = Field(primary_key=True, foreign_key="source.id")
    item_ids: list[int] = json_list()
    listed_at: datetime = time()


class Inquiry(SQLModel):
    """What both kinds of question share. `asked` counts answers, `attempts` claims without one."""

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id", unique=True)
    since_at: datetime = time()
    due_at: datetime = time()
    asked: int = 0
    asked_at: datetime | None = time_or_none()  # when it was answered last
    settled_at: datetime | None = time_or_none()  # null: it is asked again at `due_at`
    outcome: str = ""  # as it was settled
    reason: str = ""  # the last answer, in a sentence
    attempts: int = 0
    lease_until: datetime | None = time_or_none()
    rung_at: datetime | None = time_or_none()


class Absence(Inquiry, table=True):
    """An item that its source lists no more: has it vanished? Gone when it is listed again."""

    __table_args__ = (index_where("ix_absence_waiting", "due_at", where="settled_at IS NULL"),)

    source_id: str = Field(foreign_key="source.id", index=True)
    control_url: str | None = None  # of an item that is still listed: does the site answer at all?
    own_answer: str | None = None  # "missing", said its own address; the control is asked next


class PostLookup(Inquiry, table=True):
    """A post known only by its id, and what its platform says of it."""

    __tablename__ = "post_lookup"
    __table_args__ = (index_where("ix_post_lookup_waiting", "due_at", where="settled_at IS NULL"),)
