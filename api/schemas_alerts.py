"""What the API takes and answers about subscriptions and alerts."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Model


class AlertOut(Model):
    """One delivery of a subscription."""

    id: int
    key: str
    subscription_id: str
    kind: Literal["item", "update", "digest", "spike", "silence", "source_trouble", "test", "backlog"]
    item_id: int | None = Field(description="None: it is not about one item; `body` says what")
    body: dict[str, Any]
    reasons: list[str]
    state: Literal["pending", "collected", "carried", "delivered", "dead"] = Field(
        description="collected: waits for its digest; carried: went with the alert `carried_by`"
    )
    created_at: datetime
    due_at: datetime
    attempts: int
    last_error: str
    delivered_at: datetime | None
    carried_by: int | None
    copies: int = Field(description="Texts of the same story that came after it")
    edits: int = Field(description="Changes of the item that came after it")
    later_sources: list[str] = Field(description="Sources of those copies")


class AlertPage(Model):
    """Newest first."""

    alerts: list[AlertOut]
    next: str | None


class SubscriptionQuery(BaseModel):
    """Within a field any value matches, between fields all must. Only what an item reports alerts, never background."""

    model_config = ConfigDict(extra="forbid")

    conflict: str | None = Field(None, max_length=100)
    topics: list[str] = Field(default_factory=list, max_length=50)
    actors: list[str] = Field(default_factory=list, max_length=50)
    places: list[str] = Field(default_factory=list, max_length=50)
    languages: list[str] = Field(default_factory=list, max_length=50)
    sources: list[str] = Field(default_factory=list, max_length=50)
    words: str = Field("", max_length=500, description='Words; "a phrase", prefix*, -not, OR')


class SubscriptionIn(BaseModel):
    """A subscription to be made."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Talks",
                    "query": {"conflict": "transnistria", "topics": ["talks"], "words": "Кремл* OR Kremlin"},
                    "channel": "webhook",
                    "url": "https://example.org/hooks/ceasewire",
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=200)
    query: SubscriptionQuery
    channel: str = Field(description="webhook")
    url: str = Field(max_length=2000, description="Where to deliver: http or https")


class SubscriptionOut(Model):
    """A subscription; its secret is shown once, when it is made."""

    id: str
    name: str
    query: dict[str, Any]
    channel: str
    url: str
    created_at: datetime
    paused_at: datetime | None
    paused_reason: str


class SubscriptionMade(SubscriptionOut):
    """The answer to making one. `secret` signs the deliveries (Standard Webhooks) and is not shown again."""

    secret: str


class SubscriptionList(Model):
    """All subscriptions."""

    subscriptions: list[SubscriptionOut]
