"""The store as commands open it that only look at it: it must be there, and of this version."""

from ceasewire.errors import ConfigError
from ceasewire.settings import SQLITE_FILE, Settings
from ceasewire.store.session import Store


def open_store(settings: Settings) -> Store:
    """Raises ConfigError where none was made yet, StoreUnavailable where it is away or of another version."""
    file = settings.data_dir / SQLITE_FILE
    if not settings.database_url and not file.exists():
        remedy = "`ceasewire up` makes it; CEASEWIRE_DATA_DIR or CEASEWIRE_DATABASE_URL say where one is"
        raise ConfigError("there is no store", about=str(file), remedy=remedy)
    store = Store(settings.store_url)
    store.check()
    return store
