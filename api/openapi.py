"""The schema of the API, completed with what routes do not say themselves: examples, path parameters, keys.

An example of each answer stands in `examples.json`, by operation: real answers over the newsroom of the tests.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.errors import PROBLEM_JSON, problem_of

EXAMPLES = Path(__file__).with_name("examples.json")
PATH_PARAMETERS = {
    "item_id": "Id of an item",
    "story_id": "Id of a story, as in an item's `story_id`",
    "source_id": "Id of a source; see /sources",
    "subscription_id": "Id of a subscription; see /subscriptions",
    "conflict": "Id of a conflict; see /conflicts",
    "kind": "Which part of the conflict's model",
    "token": "As in the address that was given out",
}
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key made with `ceasewire keys make`"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key"},
}


class DescribedApi(FastAPI):
    """A FastAPI application whose schema is complete."""

    def openapi(self) -> dict[str, Any]:
        """The schema, OpenAPI 3.1; made once."""
        if self.openapi_schema is None:
            schema = super().openapi()
            schema["components"]["securitySchemes"] = SCHEMES
            schema["security"] = [{}, *({name: []} for name in SCHEMES)]  # on the machine itself no key is needed
            for path, operations in schema["paths"].items():
                for method, operation in operations.items():
                    _complete(operation, path, f"{method.upper()} {path}")
        assert self.openapi_schema is not None
        return self.openapi_schema


def _complete(operation: dict[str, Any], path: str, name: str) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter["description"] = PATH_PARAMETERS[parameter["name"]]
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if len(content) > 1:
            content.pop("application/json")  # FastAPI's default beside what the route says
        for media_type, body in content.items():
            if media_type == PROBLEM_JSON and int(status) >= 400:
                body["example"] = problem_of(int(status), response["description"], path=path).model_dump()
            elif name in _examples():
                body["example"] = _examples()[name]


@cache
def _examples() -> dict[str, Any]:
    examples: dict[str, Any] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return examples
