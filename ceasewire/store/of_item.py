"""The tables whose rows belong to one item, named once: what goes with an item, and what another one takes over."""

from ceasewire.store.tables import (
    ABSENCE,
    ARTICLE_PAGE,
    ASSESSMENT,
    ASSESSMENT_HISTORY,
    ITEM_KEY,
    POST_LOOKUP,
    REVISION,
    SIGHTING,
    STORY_BAND,
    TAG,
    TRANSLATION,
    TRANSLATION_HISTORY,
)

CAME_IN = (ITEM_KEY, SIGHTING, REVISION)
FOUND_OUT = (STORY_BAND, ASSESSMENT, ASSESSMENT_HISTORY, TAG, TRANSLATION, TRANSLATION_HISTORY)  # about its text
ASKED = (ARTICLE_PAGE, ABSENCE, POST_LOOKUP)
OF_ITEM = (*CAME_IN, *FOUND_OUT, *ASKED)  # not what links it with others: embeddings, alerts
