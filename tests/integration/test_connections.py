"""The pool of connections: used again where they stand, and never where they do not."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore
import pytest

from worker.adapters.connections import Connections

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers every request on a connection until told to hang up, and counts the connections."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self.accepted: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted.append(connection)
            threading.Thread(target=_answer, args=(connection,), daemon=True).start()

    def hang_up(self) -> None:
        """Close every connection."""
        for connection in self.accepted:
            connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.accepted:
            connection.close()


def _answer(connection: socket.socket) -> None:
    while connection.recv(65_536):
        connection.sendall(ANSWER)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@contextmanager
def pool(most_idle: int = 5, keepalive_expiry: float = 60.0) -> Iterator[Connections]:
    connections = Connections(most_idle=most_idle, keepalive_expiry=keepalive_expiry)
    with connections:
        yield connections


def ask(connections: Connections, url: str) -> httpcore.Response:
    return connections.handle_request(httpcore.Request("GET", url, headers=[("Host", "here")]))


def whole(response: httpcore.Response) -> bytes:
    try:
        return response.read()
    finally:
        response.close()


def test_a_connection_is_used_again_once_its_answer_is_closed(server: Server) -> None:
    with pool() as connections:
        first, second = ask(connections, server.url), ask(connections, server.url)
        assert whole(first) == whole(second) == b"ok"
        for _ in range(3):
            assert whole(ask(connections, server.url)) == b"ok"
    assert len(server.accepted) == 2


def test_one_that_the_server_has_closed_is_not(server: Server) -> None:
    with pool() as connections:
        assert whole(ask(connections, server.url)) == b"ok"
        server.hang_up()
        assert whole(ask(connections, server.url)) == b"ok"
    assert len(server.accepted) == 2


def test_one_that_waited_too_long_is_not(server: Server) -> None:
    with pool(keepalive_expiry=0.0) as connections:
        for _ in range(2):
            assert whole(ask(connections, server.url)) == b"ok"
    assert len(server.accepted) == 2


def test_one_whose_answer_was_not_read_to_its_end_is_not(server: Server) -> None:
    with pool() as connections:
        ask(connections, server.url).close()
        assert whole(ask(connections, server.url)) == b"ok"
    assert len(server.accepted) == 2


def test_no_more_are_kept_than_may_be_idle(server: Server) -> None:
    with pool(most_idle=1) as connections:
        for response in [ask(connections, server.url) for _ in range(3)]:
            whole(response)
        for response in [ask(connections, server.url) for _ in range(2)]:
            whole(response)
    assert len(server.accepted) == 4


def test_those_that_nobody_asks_for_again_are_closed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.adapters.connections.TIDY_SECONDS", 0.0)
    other = Server()
    with pool(keepalive_expiry=0.0) as connections:
        whole(ask(connections, server.url))
        whole(ask(connections, other.url))
        server.accepted[0].settimeout(30)
        assert server.accepted[0].recv(1) == b""
    other.close()


def test_an_answer_that_is_closed_twice_gives_one_connection_back(server: Server) -> None:
    with pool() as connections:
        response = ask(connections, server.url)
        whole(response)
        response.close()
        for response in [ask(connections, server.url) for _ in range(2)]:
            whole(response)
    assert len(server.accepted) == 2


def test_other_schemes_are_refused() -> None:
    with pool() as connections, pytest.raises(httpcore.UnsupportedProtocol, match="ftp is neither"):
        ask(connections, "ftp://example.org/")
