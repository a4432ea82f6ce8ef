"""What has happened in the store since one last looked, as lines for a terminal."""

from collections.abc import Iterator

from sqlmodel import Session, col, func, select

from ceasewire.store.session import Store
from ceasewire.store.tables import Alert, Event, Poll, Source


class Activity:
    """Follows polls, events and delivered alerts by id. The first call starts at the present end."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.read() as session:
            self._poll = session.exec(select(func.max(Poll.id))).one() or 0
            self._event = session.exec(select(func.max(Event.id))).one() or 0
            self._delivered = session.exec(select(func.max(Alert.delivered_at))).one()

    def news(self) -> list[str]:
        """Lines for what came since the last call, oldest first."""
        with self._store.read() as session:
            return [*self._polls(session), *self._events(session), *self._alerts(session)]

    def _polls(self, session: Session) -> Iterator[str]:
        query = select(Poll, Source.name).join(Source).where(col(Poll.id) > self._poll).order_by(col(Poll.id))
        for poll, name in session.exec(query):
            self._poll = poll.id or self._poll
            yield f"{poll.at:%H:%M:%S}  {name}: {poll.reason}"

    def _events(self, session: Session) -> Iterator[str]:
        for event in session.exec(select(Event).where(col(Event.id) > self._event).order_by(col(Event.id))):
            self._event = event.id or self._event
            yield f"{event.at:%H:%M:%S}  ! {event.about}: {event.message}"

    def _alerts(self, session: Session) -> Iterator[str]:
        query = select(Alert).where(col(Alert.delivered_at).is_not(None)).order_by(col(Alert.delivered_at))
        if self._delivered is not None:
            query = query.where(col(Alert.delivered_at) > self._delivered)
        for alert in session.exec(query):
            self._delivered = alert.delivered_at
            yield f"{alert.delivered_at:%H:%M:%S}  alert on item {alert.item_id} delivered: {'; '.join(alert.reasons)}"
