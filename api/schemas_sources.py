"""What the API takes of a source to be added: the keys of a row of `sources.yaml`, checked by the same rules."""

import json
import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.errors import FieldError, Problem, wrong_field
from ceasewire.errors import ConfigError
from ceasewire.items import SourceConfig
from ceasewire.sources import comparable, parse_sources
from ceasewire.yamlfile import YamlFile

# A message of the file's reader: the place, "sources.0.KEY: what is wrong".
_FAULT = re.compile(r"sources\.0(?:\.(?P<field>[\w.]+))?: (?P<message>.+)")


class SourceIn(BaseModel):
    """A source to be polled."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "example-news",
                    "name": "Example News",
                    "url": "https://example.org/rss",
                    "publisher": "independent",
                    "side": "international",
                }
            ]
        },
    )

    id: str = Field(min_length=1, max_length=60, description="Lower-case letters, digits and hyphens; for ever")
    name: str = Field(min_length=1, max_length=200)
    url: str = Field(min_length=1, max_length=2000, description="Feed, channel preview or listing page")
    kind: str = Field(default="feed", max_length=20, description="feed, telegram or page")
    publisher: str = Field(max_length=20, description="state, wire, independent, regional or ngo")
    language: str | None = Field(default=None, max_length=10, description="ISO 639-1; none where it mixes languages")
    country: str | None = Field(default=None, max_length=2, description="ISO 3166-1 alpha-2")
    side: str | None = Field(default=None, max_length=60, description="Whose view it gives; one word")
    timezone: str | None = Field(default=None, max_length=60, description="IANA, for dates without an offset")
    options: dict[str, Any] | None = Field(default=None, description="Quirks; a page needs its selectors")


def read_source(body: SourceIn) -> SourceConfig:
    """The source as its row would be read. Raises Problem 422 that names each wrong field."""
    row = body.model_dump(exclude_none=True)
    for name, value in row.items():
        if "\\u0000" in json.dumps(value):
            raise wrong_field(name, "holds a NUL character, which PostgreSQL cannot store; leave it out")
    try:
        [config] = parse_sources(YamlFile("source", {"sources": [row]}, {}))
    except ConfigError as error:
        faults = [
            FieldError(field=one["field"] or "url", message=one["message"]) for one in _FAULT.finditer(str(error))
        ]
        raise Problem(422, "; ".join(f"{one.field}: {one.message}" for one in faults) or str(error), faults) from None
    return config


def is_same(one: SourceConfig, other: SourceConfig) -> bool:
    """Would they be polled twice?"""
    return comparable(one.id) == comparable(other.id) or comparable(one.url) == comparable(other.url)
