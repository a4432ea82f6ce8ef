"""Requests that are too long are refused, whether they say so or not, and are not read to their end."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.app import create_app
from api.bodies import LARGEST
from ceasewire.settings import Settings
from tests.support.newsroom import CONFIG
from tests.support.served import served

JSON = {"Content-Type": "application/json", "Host": "127.0.0.1"}
WRITES = [("POST", "/subscriptions"), ("POST", "/session"), ("POST", "/unsubscribe/x"), ("POST", "/nothing")]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory: Path = tmp_path_factory.mktemp("data")
    with served(create_app(Settings(directory, CONFIG))) as url:
        yield urlsplit(url).netloc


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_one_that_says_so_is_refused_unread(api: str, method: str, path: str) -> None:
    connection = http.client.HTTPConnection(api, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {**JSON, "Content-Length": str(LARGEST + 1)}.items():
        connection.putheader(name, value)
    connection.endheaders()  # and nothing follows
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.load(answer)["title"] in {"Content Too Large", "Request Entity Too Large"}  # before Python 3.13
    connection.close()


@pytest.mark.parametrize(("method", "path"), WRITES[:2])
def test_one_that_does_not_say_is_cut(api: str, method: str, path: str) -> None:
    connection = http.client.HTTPConnection(api, timeout=10)
    chunks = (b'{"a": "' + b"x" * 65_536 for _ in range(10_000))
    with pytest.raises((ConnectionError, TooLong)):
        connection.request(method, path, _until_answered(connection, chunks), JSON, encode_chunked=True)
    connection.close()


class TooLong(Exception):
    """The server has answered 413."""


def _until_answered(connection: http.client.HTTPConnection, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Chunks, until there is an answer: half a gigabyte would not be sent to a server that reads on."""
    sent = 0
    for chunk in chunks:
        connection.sock.settimeout(0.001)
        try:
            if connection.sock.recv(16, 2).startswith(b"HTTP/1.1 413"):  # MSG_PEEK
                raise TooLong
        except TimeoutError:
            pass
        finally:
            connection.sock.settimeout(10)
        sent += len(chunk)
        assert sent < 64 * LARGEST, "it reads on"
        yield chunk


def test_what_fits_passes(api: str) -> None:
    connection = http.client.HTTPConnection(api, timeout=10)
    connection.request("POST", "/subscriptions", json.dumps({"name": "x" * 100_000}), JSON)
    assert connection.getresponse().status == 422
    connection.close()
