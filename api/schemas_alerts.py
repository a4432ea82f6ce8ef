"""What the API takes and answers about subscriptions and alerts."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Model
from ceasewire.channels import CHANNELS
from ceasewire.items import Copies, Mode
from ceasewire.pipeline.subscription import LONGEST_WAIT


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
    held: str = Field(description="What a pending one waits for beyond its time: a paused subscription or channel")


class AlertPage(Model):
    """Newest first."""

    alerts: list[AlertOut]
    next: str | None


class SubscriptionQuery(BaseModel):
    """Within a field any value matches, between fields all must.

    Unless `salience` and `verdicts` ask for more, only what an item reports and what is relevant counts.
    """

    model_config = ConfigDict(extra="forbid")

    conflict: str | None = Field(default=None, max_length=100)
    topics: list[str] = Field(default_factory=list, max_length=50, description="With all topics below them")
    actors: list[str] = Field(default_factory=list, max_length=50)
    places: list[str] = Field(default_factory=list, max_length=50)
    languages: list[str] = Field(default_factory=list, max_length=50)
    sources: list[str] = Field(default_factory=list, max_length=50)
    source_kinds: list[Literal["feed", "telegram", "page"]] = Field(default_factory=list)
    publishers: list[Literal["state", "wire", "independent", "regional", "ngo"]] = Field(default_factory=list)
    countries: list[str] = Field(default_factory=list, max_length=50, description="Of the source, ISO 3166-1 alpha-2")
    sides: list[str] = Field(default_factory=list, max_length=50, description="Whose view the source gives")
    verdicts: list[Literal["relevant", "possible"]] = Field(default_factory=list, description="relevant if left out")
    min_score: float | None = Field(default=None, ge=0, description="Of the verdict")
    salience: Literal["reported", "any"] = Field(default="reported", description="any: what is only mentioned, too")
    words: str = Field(default="", max_length=500, description='Words; "a phrase", prefix*, -not, OR')
    words_in: Literal["any", "original", "translation", "both"] = Field(
        default="any", description="any: in both texts taken together; both: in each"
    )


class SubscriptionIn(BaseModel):
    """A subscription to be made or tried."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Talks",
                    "query": {"conflict": "transnistria", "topics": ["talks"], "words": "Кремл* OR Kremlin"},
                    "mode": "digest",
                    "options": {"every": "day", "at": "08:00", "timezone": "Europe/Chisinau"},
                    "channel": "webhook",
                    "target": "https://example.org/hooks/ceasewire",
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=200)
    query: SubscriptionQuery = SubscriptionQuery()
    mode: Mode = Field(default=Mode.INSTANT, description="When it speaks")
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="Of the mode. digest: every (hour, day), at (08:00), timezone (IANA); spike: window_hours, weeks,"
        " min_sources, cooldown_hours; silence: hours, sources, sides, min_others; source_trouble: events",
    )
    wait_seconds: int = Field(
        default=120, ge=0, le=LONGEST_WAIT, description="For a translation; then the original goes alone"
    )
    copies: Copies = Field(
        default=Copies.FOLD, description="Copies and edits of what was sent are counted into it, or follow as an update"
    )
    channel: str = Field(max_length=50, description=", ".join(CHANNELS))
    target: str = Field(default="", max_length=2000, description="The channel's address; of a webhook http or https")


class SubscriptionOut(Model):
    """A subscription; its secret is shown once, when it is made."""

    id: str
    name: str
    query: dict[str, Any]
    mode: Mode
    options: dict[str, Any]
    wait_seconds: int
    copies: Copies
    channel: str
    target: str
    origin: Literal["api", "config"] = Field(description="config: it stands in subscriptions.yaml and is changed there")
    created_at: datetime
    next_run_at: datetime | None = Field(description="When a mode that the clock sets off looks next")
    paused_at: datetime | None
    paused_reason: str


class SubscriptionMade(SubscriptionOut):
    """The answer to making one. `secret` signs the deliveries (Standard Webhooks) and is not shown again."""

    secret: str


class SubscriptionList(Model):
    """All subscriptions."""

    subscriptions: list[SubscriptionOut]


class WouldSendOut(Model):
    """An alert that would have been sent."""

    at: datetime
    kind: str
    headline: str
    reasons: list[str]
    item_id: int | None
    copies: int = Field(description="Texts of the same story that would have been counted into it")


class BacktestOut(Model):
    """What a subscription would have sent. `alerts` are the newest; `count` and `per_day` count all."""

    since: datetime
    until: datetime
    count: int
    per_day: dict[str, int]
    alerts: list[WouldSendOut]


class TestMade(Model):
    """The message that was asked for; it goes within seconds, and `GET /alerts` says what became of it."""

    alert_id: int
