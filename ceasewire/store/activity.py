"""What has happened in the store since one last looked, as lines for a terminal."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ceasewire.store.polls import FAILURES
from ceasewire.store.session import Store
from ceasewire.store.tables import ALERT, EVENT, POLL, SOURCE


class Activity:
    """Follows polls, events and delivered alerts. It starts at the present end: what came before is not told."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.read() as session:
            self._poll: int = session.scalar(select(func.max(POLL.c.id))) or 0
            self._event: int = session.scalar(select(func.max(EVENT.c.id))) or 0
            self._delivered: datetime | None = session.scalar(select(func.max(ALERT.c.delivered_at)))

    def news(self) -> list[str]:
        """Lines for what came since the last call, oldest first in each kind."""
        with self._store.read() as session:
            return [*self._polls(session), *self._events(session), *self._alerts(session)]

    def _polls(self, session: Session) -> Iterator[str]:
        polls = select(POLL, SOURCE.c.name).join(SOURCE, SOURCE.c.id == POLL.c.source_id)
        for row in session.execute(polls.where(POLL.c.id > self._poll).order_by(POLL.c.id)):
            self._poll = row.id
            failed = "failed: " if row.outcome in FAILURES else ""
            yield f"{row.at:%H:%M:%S}  {row.name}: {failed}{row.reason}"

    def _events(self, session: Session) -> Iterator[str]:
        for row in session.execute(select(EVENT).where(EVENT.c.id > self._event).order_by(EVENT.c.id)):
            self._event = row.id
            yield f"{row.at:%H:%M:%S}  ! {row.about}: {row.message}"

    def _alerts(self, session: Session) -> Iterator[str]:
        delivered = select(ALERT).where(ALERT.c.delivered_at.is_not(None)).order_by(ALERT.c.delivered_at)
        if self._delivered is not None:
            delivered = delivered.where(ALERT.c.delivered_at > self._delivered)
        for row in session.execute(delivered):
            self._delivered = row.delivered_at
            about = f"alert on item {row.item_id}" if row.item_id is not None else row.kind.replace("_", " ")
            said = "; ".join(row.reasons) or row.body.get("headline", "")
            yield f"{row.delivered_at:%H:%M:%S}  {about} delivered: {said}"
