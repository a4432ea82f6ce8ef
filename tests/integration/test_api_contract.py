"""The API against its own schema: requests of all kinds, made up by schemathesis, get answers that the schema tells."""

from collections.abc import Iterator
from difflib import unified_diff
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from jsonschema_rs import validator_for
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.support.contract import SCHEMA, schema_text
from tests.support.newsroom import newsroom
from tests.support.served import served


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    with newsroom(tmp_path_factory.mktemp("data")) as (client, _), served(client.app) as base:
        yield schemathesis.openapi.from_url(f"{base}/openapi.json")


@pytest.fixture(scope="module")
def described(running: BaseSchema) -> dict[str, Any]:
    return dict(running.raw_schema)


ALLOWED = {
    "/subscriptions": ["GET", "HEAD", "POST"],
    "/sources/kremlin/poll": ["POST"],
    "/session": ["DELETE", "POST"],
}
ENDLESS = r"/stream$"  # live streams answer as long as one listens; tests/integration/test_item_stream.py has them
# Which topics, sources or subscriptions exist no schema can say: naming another one is answered by 422 or 404.
NAMES_EXIST = positive_data_acceptance
BOUNDED = settings(
    max_examples=3, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def test_the_schema_is_the_one_that_was_agreed_on() -> None:
    pinned, now = SCHEMA.read_text(encoding="utf-8"), schema_text()
    changed = "\n".join(unified_diff(pinned.splitlines(), now.splitlines(), "pinned", "now", lineterm="", n=6))
    assert not changed, f"is this meant? Then: python -m tests.support.contract\n{changed[:20_000]}"


def test_every_operation_is_described(described: dict[str, Any]) -> None:
    for label, operation in _operations(described):
        assert operation["summary"], label
        assert operation["description"], label
        undescribed = [one["name"] for one in operation.get("parameters", ()) if not _describes(one)]
        assert undescribed == [], label
        assert {"401", "403", "422", "429", "503"} <= operation["responses"].keys(), label


def test_every_answer_has_an_example_that_fits_its_schema(described: dict[str, Any]) -> None:
    for label, operation in _operations(described):
        for status, response in operation["responses"].items():
            for media_type, body in response.get("content", {}).items():
                if (label, status) != ("GET /healthz", "503"):
                    assert "example" in body, (
                        f"{label} {status} {media_type}: python -m tests.support.contract --examples"
                    )
                if "json" in media_type and body.get("schema"):
                    whole = {**body["schema"], "components": described["components"]}
                    validator_for(whole).validate(body["example"])


@pytest.mark.parametrize("path", ["/items", "/subscriptions", "/items/1", "/sources/kremlin/poll", "/session", "/"])
def test_a_wrong_method_is_told_the_right_ones(running: BaseSchema, path: str) -> None:
    refused = httpx.patch(f"{_base(running)}{path}")
    assert refused.status_code == 405
    allowed = refused.headers["allow"].split(", ")
    assert allowed == ALLOWED.get(path, ["GET", "HEAD"])


def test_answers_are_as_the_schema_says(running: BaseSchema) -> None:
    failures = []
    for found in running.exclude(path_regex=ENDLESS).get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        try:
            _try(operation)
        except FailureGroup as error:
            failures.append(f"{operation.label}\n{error}\n" + "\n".join(map(str, error.exceptions)))
    assert not failures, "\n\n".join(failures)


def _base(running: BaseSchema) -> str:
    return str(running.location).removesuffix("/openapi.json")


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", operation


def _describes(parameter: dict[str, Any]) -> bool:
    return bool(parameter.get("description") or parameter["schema"].get("description"))


def _try(operation: APIOperation) -> None:  # type: ignore[type-arg]
    for mode in GenerationMode:

        @BOUNDED
        @given(operation.as_strategy(generation_mode=mode))
        def answer(case: Case) -> None:  # type: ignore[type-arg]
            case.call_and_validate(timeout=20, excluded_checks=[NAMES_EXIST])

        try:
            answer()
        except Unsatisfiable:  # it has no field that could be wrong
            assert mode is GenerationMode.NEGATIVE
