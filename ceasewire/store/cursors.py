"""Keyset cursors: where a page ended, opaque to clients. Pages stay complete while new rows come in at the top."""

import base64
import binascii
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, or_

from ceasewire.errors import InvalidQuery


def write_cursor(at: datetime, row_id: int) -> str:
    """The place of a row in an order by time and id."""
    plain = f"{at.astimezone(UTC).isoformat()} {row_id}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, int]:
    """The opposite of `write_cursor`; raises InvalidQuery for anything else."""
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, row_id = plain.partition(" ")
        time = datetime.fromisoformat(at)
        if time.tzinfo is None or not 0 <= int(row_id) < 2**31:
            raise ValueError(plain)
        return time.astimezone(UTC), int(row_id)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise InvalidQuery(f"{cursor!r} is no cursor", about="cursor", remedy="leave it out to start anew") from error


def below(cursor: str, at: ColumnElement[datetime], row_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The rows after a cursor in the order newest first."""
    time, last = read_cursor(cursor)
    return and_(at <= time, or_(at < time, row_id < last))
