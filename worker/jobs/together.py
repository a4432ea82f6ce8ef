"""Work that is stored together, and one by one where that fails."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ceasewire.errors import StoreUnavailable

Work = TypeVar("Work")
Result = TypeVar("Result")


def store_each(
    store: Callable[[Sequence[Work]], list[Result]], done: Sequence[Work], note: Callable[[Exception], None]
) -> list[Result]:
    """Store it together; where that fails, one by one, so that what cannot be stored costs the others nothing.

    `store` is one transaction. What it raised for a single one is given to `note`; raises StoreUnavailable.
    """
    try:
        return store(done) if done else []
    except StoreUnavailable:
        raise
    except Exception as error:
        if len(done) == 1:
            note(error)
            return []
        return [result for each in done for result in store_each(store, [each], note)]
