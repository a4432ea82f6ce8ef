"""A TCP proxy on loopback that can be cut or made to swallow everything: a network between a worker and a server."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

Target = tuple[str, int] | str  # host and port, or the path of a Unix socket


class Proxy:
    """A context manager. `cut` ends all connections and refuses new ones; `swallow` takes them and answers nothing."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._mode = "open"
        self._pairs: set[tuple[socket.socket, socket.socket | None]] = set()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def cut(self) -> None:
        """Nobody gets through, and whoever was connected learns it at once."""
        self._mode = "cut"
        self._end_all()

    def swallow(self) -> None:
        """As a network that drops packets: connections stay, and nothing comes back."""
        self._mode = "swallow"

    def restore(self) -> None:
        """Let everything through again; connections that lost bytes meanwhile are ended."""
        was, self._mode = self._mode, "open"
        if was == "swallow":
            self._end_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = self._connect() if self._mode == "open" else None
        if server is None and self._mode != "swallow":
            client.close()
            return
        with self._lock:
            self._pairs.add((client, server))
        if server is not None:
            threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
        self._pump(client, server)

    def _connect(self) -> socket.socket | None:
        try:
            if isinstance(self._target, tuple):
                return socket.create_connection(self._target, 5)
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._target)
            return server
        except OSError:
            return None

    def _pump(self, source: socket.socket, sink: socket.socket | None) -> None:
        with contextlib.suppress(OSError):
            source.settimeout(None)
            while data := source.recv(65_536):
                if self._mode == "open" and sink is not None:
                    sink.sendall(data)
        for one in (source, sink):
            if one is not None:
                _end(one)

    def _end_all(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for one in pair:
                if one is not None:
                    _end(one)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _end(self._server)
        self._end_all()
        self._thread.join(5)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
