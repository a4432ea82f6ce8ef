"""Serves the recorded sample archive over real HTTP on loopback, so that the fetcher reads it like any source."""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from ceasewire.yamlfile import YamlFile, read_yaml

RESPONSES = "responses.yaml"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answers at one path; the validators are those of RFC 9110 §8.8."""

    body: bytes
    content_type: str
    last_modified: datetime

    @property
    def etag(self) -> str:
        """Strong: the same for the same bytes, across restarts."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


def read_answers(directory: Path) -> dict[str, Answer]:
    """Answers by path, as `responses.yaml` of the archive lists them.

    Raises:
        ConfigError: the list or a file it names is missing, or a row lacks a key.
    """
    file = read_yaml(directory / RESPONSES)
    if not isinstance(file.data, dict):
        raise file.error((), "holds no paths", "write '/path: {file: …, content_type: …, last_modified: …}'")
    return {str(path): _answer(file, str(path), directory) for path in file.data}


def _answer(file: YamlFile, path: str, directory: Path) -> Answer:
    row = file.data[path]
    missing = {"file", "content_type", "last_modified"} - (row.keys() if isinstance(row, dict) else set())
    if missing:
        raise file.error((path,), f"lacks {', '.join(sorted(missing))}", "write file, content_type and last_modified")
    if not isinstance(row["last_modified"], datetime) or row["last_modified"].tzinfo is None:
        raise file.error((path, "last_modified"), "is no time with an offset", "write it as 2025-08-09T09:00:00Z")
    try:
        body = (directory / row["file"]).read_bytes()
    except OSError as error:
        raise file.error((path, "file"), f"cannot be read: {error}", "name a file of the archive") from error
    return Answer(body, str(row["content_type"]), row["last_modified"].astimezone(UTC))


class SampleServer:
    """A server of one archive, on 127.0.0.1 unless told otherwise, running in a thread from `with` to its end.

    Port 0 takes a free one. `url` is the base to give to `load_sources(…, sample=True, base_url=…)`.
    """

    def __init__(self, directory: Path, port: int = 0, host: str = "127.0.0.1") -> None:
        self._http = _Http((host, port), read_answers(directory))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.1,), name="sample", daemon=True)

    @property
    def url(self) -> str:
        """Base address, without a slash at its end."""
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> "SampleServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True  # an idle keep-alive connection must not hold up the end

    def __init__(self, address: tuple[str, int], answers: Mapping[str, Answer]) -> None:
        super().__init__(address, _Handler)
        self.answers = answers


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds a connection may idle
    server: _Http

    def do_GET(self) -> None:
        """Answer one request of the archive."""
        answer = self.server.answers.get(self.path.partition("?")[0])
        if answer is None:
            self.send_error(HTTPStatus.NOT_FOUND, "No such file in the sample archive")
        elif _unchanged(answer, self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")):
            self._head(HTTPStatus.NOT_MODIFIED, answer)
        else:
            self._head(HTTPStatus.OK, answer)
            if self.command != "HEAD":
                self.wfile.write(answer.body)

    def do_HEAD(self) -> None:
        """The same without the body."""
        self.do_GET()

    def _head(self, status: HTTPStatus, answer: Answer) -> None:
        self.send_response(status)
        self.send_header("ETag", answer.etag)
        self.send_header("Last-Modified", format_datetime(answer.last_modified, usegmt=True))
        if status is HTTPStatus.OK:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the fetcher's own log tells what was asked and answered."""


def _unchanged(answer: Answer, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """RFC 9110 §13.1: If-None-Match wins; a date that cannot be read counts as none."""
    if if_none_match is not None:
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return bool(tags & {"*", answer.etag})
    try:
        since = parsedate_to_datetime(if_modified_since or "")
    except ValueError:
        return False
    return answer.last_modified <= since.replace(tzinfo=since.tzinfo or UTC)
