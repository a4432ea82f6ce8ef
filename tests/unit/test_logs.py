"""Logs: a JSON object a line, with the ids of what it is about, and no secrets of a request."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from api.accesslog import AccessLog
from ceasewire.logs import configure_logs, is_configured, log_context

log = logging.getLogger("test.logs")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_how_bad_who_what_and_about_which(stream: io.StringIO) -> None:
    configure_logs("json", stream)
    with log_context(source_id="kremlin-ru"), log_context(item_id=7):
        log.warning("answers with HTTP %d", 503)
    log.info("Ձայն")
    first, second = lines(stream)
    assert str(first.pop("time")).endswith("Z")
    assert first == {
        "level": "warning",
        "logger": "test.logs",
        "message": "answers with HTTP 503",
        "source_id": "kremlin-ru",
        "item_id": 7,
    }
    assert second["message"] == "Ձայն"
    assert "item_id" not in second, "the ids end with their block"


def test_a_traceback_stays_on_the_line(stream: io.StringIO) -> None:
    configure_logs("json", stream)
    try:
        raise ValueError("two\nlines")
    except ValueError:
        log.exception("failed")
    [line] = lines(stream)
    assert "ValueError: two\nlines" in str(line["exception"])


def test_text_is_for_people(stream: io.StringIO) -> None:
    configure_logs("text", stream)
    with log_context(item_id=7):
        log.error("failed")
    assert stream.getvalue().rstrip().endswith("error    test.logs: failed [item_id=7]")
    assert is_configured()


def test_the_access_log_leaves_out_what_people_search_for_and_tokens(stream: io.StringIO) -> None:
    configure_logs("json", stream)
    routes = [Route(path, lambda _: PlainTextResponse("")) for path in ("/items", "/inbox/{token}.atom", "/healthz")]
    client = TestClient(AccessLog(Starlette(routes=routes)))
    client.get("/items?q=Шуши&key=s3cret")
    client.get("/inbox/t0ken.atom")
    client.get("/healthz")
    client.get("/nothing")
    said = [line for line in lines(stream) if line["logger"] == "api.access"]
    assert [(line["path"], line["status"]) for line in said] == [("/items", 200), ("/inbox/…", 200), ("/nothing", 404)]
    assert "s3cret" not in stream.getvalue()
    assert "t0ken" not in stream.getvalue()
