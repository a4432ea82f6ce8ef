"""The sample server, asked over real HTTP: types, validators, and an end that leaves nothing behind."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ceasewire.errors import ConfigError
from ceasewire.sources import load_sources
from worker.adapters.sample import SampleServer

ARCHIVE = Path(__file__).parents[2] / "config" / "sample"


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer(ARCHIVE) as running:
        yield running


def test_every_source_of_the_archive_is_served(server: SampleServer) -> None:
    with httpx.Client() as client:
        for source in load_sources(ARCHIVE / "sources.yaml", sample=True, base_url=server.url):
            answer = client.get(source.url)
            assert answer.status_code == 200, source.id
            assert answer.headers["content-type"].split(";")[0] in {
                "application/atom+xml",
                "application/feed+json",
                "application/rss+xml",
                "application/xml",
                "text/html",
                "text/xml",
            }
            assert len(answer.content) == int(answer.headers["content-length"]) > 1000


def test_the_bytes_are_those_of_the_file(server: SampleServer) -> None:
    answer = httpx.get(f"{server.url}/severny-telegraf.rss")
    assert answer.content == (ARCHIVE / "severny-telegraf.rss").read_bytes()
    assert answer.headers["content-type"] == "text/xml"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": "{etag}"}, 304),
        ({"If-None-Match": 'W/"other", W/{etag}'}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Modified-Since": "{modified}"}, 304),
        ({"If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-None-Match": '"other"', "If-Modified-Since": "{modified}"}, 200),  # RFC 9110 §13.1.3: the tag wins
    ],
)
def test_conditional_requests(server: SampleServer, headers: dict[str, str], status: int) -> None:
    url = f"{server.url}/masis-lur.rss"
    first = httpx.get(url)
    known = {"etag": first.headers["etag"], "modified": first.headers["last-modified"]}
    answer = httpx.get(url, headers={name: value.format(**known) for name, value in headers.items()})
    assert answer.status_code == status
    assert answer.content == (first.content if status == 200 else b"")
    assert (answer.headers["etag"], answer.headers["last-modified"]) == (known["etag"], known["modified"])


def test_head_answers_without_a_body_and_the_connection_goes_on(server: SampleServer) -> None:
    with httpx.Client(base_url=server.url) as client:
        assert client.head("/mission-notes.json").headers["content-length"] != "0"
        assert client.get("/mission-notes.json").json()["version"] == "https://jsonfeed.org/version/1.1"


@pytest.mark.parametrize("path", ["/", "/responses.yaml", "/s/../sources.yaml", "/%2e%2e/sources.yaml", "/s/none"])
def test_nothing_but_the_listed_paths_is_served(server: SampleServer, path: str) -> None:
    assert httpx.get(server.url + path).status_code == 404


def test_the_same_archive_has_the_same_validators_after_a_restart(server: SampleServer) -> None:
    with SampleServer(ARCHIVE) as again:
        assert again.url != server.url
        etags = [httpx.get(f"{one.url}/bogaz-postasi.rss").headers["etag"] for one in (server, again)]
    assert etags[0] == etags[1]


def test_it_stops_at_once_although_a_connection_idles() -> None:
    before = {thread for thread in threading.enumerate() if thread.name == "sample"}
    with httpx.Client() as client:
        with SampleServer(ARCHIVE) as server:
            url = f"{server.url}/masis-lur.rss"
            assert client.get(url).status_code == 200
        assert {thread for thread in threading.enumerate() if thread.name == "sample"} <= before
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("/a: {file: a.xml, content_type: text/xml}", "responses.yaml:1: /a: lacks last_modified"),
        ("/a: {file: a.xml, content_type: text/xml, last_modified: soon}", "is no time with an offset"),
        ("/a: {file: b.xml, content_type: text/xml, last_modified: 2025-01-01T00:00:00Z}", "cannot be read"),
        ("- /a", "holds no paths"),
    ],
)
def test_a_wrong_archive_is_told_with_its_line(tmp_path: Path, row: str, said: str) -> None:
    shutil.copy(ARCHIVE / "masis-lur.rss", tmp_path / "a.xml")
    (tmp_path / "responses.yaml").write_text(row)
    with pytest.raises(ConfigError, match=said):
        SampleServer(tmp_path)
