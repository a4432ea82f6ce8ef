"""The tables. Rows belong to a session and do not flow: queries turn them into the types of `ceasewire.items`.

State is nullable timestamps: what is null is still to be done. A claim sets `lease_until` by compare-and-set; a row
whose lease has passed is due again, and `attempts` tells a row that kills its worker from one that was interrupted.
"""

from sqlalchemy import Table
from sqlmodel import SQLModel

from ceasewire.store.tables.access import ApiKey
from ceasewire.store.tables.alerts import Alert, Channel, Counter, FollowUp, Subscription
from ceasewire.store.tables.inquiries import Absence, Listing, PostLookup
from ceasewire.store.tables.items import (
    ArticlePage,
    Embedding,
    Item,
    ItemKey,
    Revision,
    Sighting,
    Story,
    StoryBand,
)
from ceasewire.store.tables.service import Event, Heartbeat, ModelsInForce, OutdatedPart
from ceasewire.store.tables.sources import Fetch, Poll, Source
from ceasewire.store.tables.tags import Assessment, AssessmentHistory, StoredTag
from ceasewire.store.tables.texts import MemoryEntry, StoredTranslation, TranslationHistory


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model: statements on it return plain rows, which no session keeps alive."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


SOURCE, FETCH, POLL, STORY, ITEM = table(Source), table(Fetch), table(Poll), table(Story), table(Item)
ITEM_KEY, SIGHTING, EMBEDDING, REVISION = table(ItemKey), table(Sighting), table(Embedding), table(Revision)
STORY_BAND, ARTICLE_PAGE = table(StoryBand), table(ArticlePage)
LISTING, ABSENCE, POST_LOOKUP = table(Listing), table(Absence), table(PostLookup)
TRANSLATION, MEMORY = table(StoredTranslation), table(MemoryEntry)
ASSESSMENT, TAG = table(Assessment), table(StoredTag)
TRANSLATION_HISTORY, ASSESSMENT_HISTORY = table(TranslationHistory), table(AssessmentHistory)
SUBSCRIPTION, ALERT, EVENT, HEARTBEAT = table(Subscription), table(Alert), table(Event), table(Heartbeat)
FOLLOW_UP, CHANNEL, COUNTER = table(FollowUp), table(Channel), table(Counter)
API_KEY = table(ApiKey)
MODELS_IN_FORCE, OUTDATED_PART = table(ModelsInForce), table(OutdatedPart)
