"""The frozen types that flow through the pipeline, one per stage; nothing here waits to be filled in later.

    SourceForPoll -fetch-> Fetched | NotModified | FetchFailed
      -decode->    Decoded -parse-> ParsedFeed(FeedData, entries)
      -embeds->    Article(Entry, EmbeddedPosts)
      -identity->  ItemDraft, judged against what is known: New | Changed | Unchanged
      -detect->    Language
      -tag->       Tagging, on the original and later on the translation
      -translate-> Translation | NotNeeded | Unavailable
      -alert->     AlertIntent

Times are aware UTC and end in `_at`. Languages are lower-case BCP 47, countries ISO 3166-1 alpha-2.
`None` means "the source does not say", never "not yet computed".
"""

from ceasewire.items.access import Scope
from ceasewire.items.alerting import MATCHED_MODES, AlertKind, AlertState, Copies, FollowUpKind, Message, Mode
from ceasewire.items.identity import Changed, ItemDraft, ItemKind, Judgement, KnownItem, New, Unchanged
from ceasewire.items.polling import (
    NO_OPTIONS,
    FailureKind,
    Fetched,
    FetchFailed,
    FetchOutcome,
    NotModified,
    Publisher,
    SourceConfig,
    SourceForPoll,
    SourceKind,
)
from ceasewire.items.reading import Article, DateKind, Decoded, EmbeddedPost, Entry, FeedData, ParsedFeed
from ceasewire.items.tags import AlertIntent, Evidence, Salience, Tag, Tagging, TagKind, Verdict
from ceasewire.items.texts import (
    UNDETERMINED,
    Language,
    ModelInUse,
    NotNeeded,
    TextForTranslation,
    Translation,
    TranslationOutcome,
    Unavailable,
    Warning,
)

__all__ = [
    "MATCHED_MODES",
    "NO_OPTIONS",
    "UNDETERMINED",
    "AlertIntent",
    "AlertKind",
    "AlertState",
    "Article",
    "Changed",
    "Copies",
    "DateKind",
    "Decoded",
    "EmbeddedPost",
    "Entry",
    "Evidence",
    "FailureKind",
    "FeedData",
    "FetchFailed",
    "FetchOutcome",
    "Fetched",
    "FollowUpKind",
    "ItemDraft",
    "ItemKind",
    "Judgement",
    "KnownItem",
    "Language",
    "Message",
    "Mode",
    "ModelInUse",
    "New",
    "NotModified",
    "NotNeeded",
    "ParsedFeed",
    "Publisher",
    "Salience",
    "Scope",
    "SourceConfig",
    "SourceForPoll",
    "SourceKind",
    "Tag",
    "TagKind",
    "Tagging",
    "TextForTranslation",
    "Translation",
    "TranslationOutcome",
    "Unavailable",
    "Unchanged",
    "Verdict",
    "Warning",
]
