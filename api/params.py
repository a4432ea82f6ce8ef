"""The query parameters of `/items` and of everything that lists items; an unknown one is an error, not ignored."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.schemas import TranslationState
from ceasewire.items import Publisher, SourceKind, Verdict

MAX_LIMIT = 200
MAX_VALUES = 50
MAX_WORDS = 200
MAX_ID = 2**31 - 1  # an INTEGER of PostgreSQL
EARLIEST, LATEST = 1900, 2200  # years; reckoning on from the ends of the calendar would overflow
_AGE = re.compile(r"(\d{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _read_time(value: object) -> object:
    """An age stays text until `now` is known; a time without offset is UTC."""
    if isinstance(value, str) and not _AGE.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value.replace(" ", "+"))  # an unescaped + arrives as a space
        except ValueError:
            raise ValueError(f"{value!r} is neither an ISO 8601 time nor an age such as 90m, 24h or 7d") from None
        if not EARLIEST <= moment.year < LATEST:
            raise ValueError(f"{value!r} is not between the years {EARLIEST} and {LATEST}")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return value


Moment = Annotated[datetime | str | None, BeforeValidator(_read_time)]
Id = Annotated[str, Field(min_length=1, max_length=100)]
ItemId = Annotated[int, Path(ge=1, le=MAX_ID)]
Ids = Annotated[list[Id], Field(max_length=MAX_VALUES)]


class ItemFilter(BaseModel):
    """Which items. Several values of one parameter mean any of them; different parameters must all fit."""

    model_config = ConfigDict(extra="forbid")

    conflict: Id | None = Field(
        None,
        description="Conflict id; see /conflicts. Alone: what is, or may be, about it; else whose topic, verdict, …",
        examples=["transnistria"],
    )
    topic: Ids = Field(
        default_factory=list, description="Topic ids, each with its children", examples=[["talks_mediation"]]
    )
    actor: Ids = Field(default_factory=list, description="Actor ids")
    place: Ids = Field(default_factory=list, description="Place ids")
    language: Ids = Field(default_factory=list, description="Languages of the original, BCP 47", examples=[["ru"]])
    source: Ids = Field(default_factory=list, description="Source ids; see /sources")
    country: Ids = Field(default_factory=list, description="Countries of the sources, ISO 3166-1", examples=[["AM"]])
    side: Ids = Field(default_factory=list, description="Sides of the sources", examples=[["armenia"]])
    publisher: list[Publisher] = Field(default_factory=list, description="Who stands behind the source")
    source_kind: list[SourceKind] = Field(default_factory=list, description="How the source is read")
    platform: Id | None = Field(None, description="Posts of one platform", examples=["x", "telegram"])
    verdict: list[Verdict] = Field(default_factory=list, description="About the conflict? All when left out")
    salience: Literal["reported", "background", "any"] = Field(
        "reported", description="With topic, actor or place: reported by the text, mentioned as background, or either"
    )
    score: float | None = Field(None, ge=-1000, le=1000, description="Verdict's score at least")
    state: list[TranslationState] = Field(default_factory=list, description="How far the translation is")
    since: Moment = Field(None, description="Published at or after: ISO 8601, or an age", examples=["24h"])
    until: Moment = Field(None, description="Published before: ISO 8601, or an age")
    q: str | None = Field(
        None, max_length=MAX_WORDS, description='Words of original or translation; "a phrase", prefix*, -not, OR'
    )
    story: int | None = Field(None, ge=1, le=MAX_ID, description="Copies of one report; see /stories/{story_id}")
    vanished: bool | None = Field(None, description="Only what its official source has taken back, or only the rest")
    sample: bool | None = Field(None, description="Only the recorded sample, or only live news")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: Any) -> Any:
        """A form sends its empty fields too; they ask for nothing."""
        if not isinstance(values, dict):
            return values
        return {name: kept for name, value in values.items() if (kept := _without_empty(value)) not in (None, "", [])}


class ItemParams(ItemFilter):
    """A filter with paging."""

    limit: int = Field(50, ge=1, le=MAX_LIMIT, description="Items per page")
    cursor: str | None = Field(None, max_length=200, description="Where the page before ended: its `next`")


def moment(value: datetime | str | None, now: datetime) -> datetime | None:
    """The time that `value` means at `now`."""
    if not isinstance(value, str):
        return value
    found = _AGE.fullmatch(value)
    if found is None:
        raise ValueError(f"{value!r} is no age")
    return now - timedelta(**{_UNITS[found[2]]: int(found[1])})


def _without_empty(value: Any) -> Any:
    return [one for one in value if one != ""] if isinstance(value, list) else value


def pairs_of(params: ItemFilter, *, without: Collection[str] = ()) -> list[tuple[str, str]]:
    """The parameters that are set, as they stand in an address."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.model_dump(mode="json", exclude_defaults=True, exclude=set(without)).items():
        pairs += [(name, str(one)) for one in (value if isinstance(value, list) else [value])]
    return pairs
