"""What receivers of webhooks answer: with a pause they ask for, elsewhere, without an end, or a byte at a time."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ceasewire.conflict.model import Conflict
from ceasewire.errors import DeliveryFailed, DeliveryRefused
from ceasewire.items import Message
from ceasewire.secrets import SecretBox
from ceasewire.store.session import Store
from tests.support.alertroom import LOOPBACK, AlertRoom
from tests.support.newsroom import NOW, fill
from worker.adapters.guard import deadline, guarded_client
from worker.jobs.deliver import PAUSES
from worker.notifiers import webhook
from worker.notifiers.webhook import WebhookNotifier

MESSAGE = Message("msg_1", "Talks", "text", "<p>html</p>", {"type": "item.matched"}, "https://x.example/u", "desk")

Answer = Callable[[BaseHTTPRequestHandler], object]


@contextmanager
def receiver(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            with suppress(OSError):  # who asked hung up
                answer(self)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", asked
    finally:
        server.shutdown()
        server.server_close()


def answers(status: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"content_length": "0", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return answer


def send(url: str) -> None:
    WebhookNotifier(guarded_client(LOOPBACK), deadline, lambda: NOW).send(url, None, MESSAGE)


# --- bodies ------------------------------------------------------------------------------------------------------


def test_an_endless_answer_counts_by_its_status_and_is_not_read() -> None:
    written: list[int] = []
    gone = threading.Event()

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while len(written) < 10_000:
                written.append(handler.wfile.write(b"x" * 65_536))
        finally:
            gone.set()

    with receiver(endless) as (url, _):
        send(url)
        assert gone.wait(10), "nobody hung up"
    assert sum(written) < 50_000_000


@pytest.mark.parametrize("status", [200, 503])
def test_a_slow_answer_counts_by_its_status_without_waiting_for_its_end(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that was taken must not be sent again because the answer's body drips."""
    monkeypatch.setattr(webhook, "TIMEOUT_SECONDS", 1.0)
    over = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        while not over.wait(0.1):
            handler.wfile.write(b"x")

    started = time.monotonic()
    with receiver(drip) as (url, asked):
        try:
            if status == 200:
                send(url)
            else:
                with pytest.raises(DeliveryFailed, match="503"):
                    send(url)
        finally:
            over.set()
    assert asked == ["/hook"]
    assert time.monotonic() - started < 10


def test_a_receiver_that_never_answers_is_left() -> None:
    over = threading.Event()
    with receiver(lambda _: over.wait(20)) as (url, _), pytest.MonkeyPatch.context() as patched:
        patched.setattr(webhook, "TIMEOUT_SECONDS", 0.5)
        with pytest.raises(DeliveryFailed, match="ReadTimeout"):
            send(url)
        over.set()


# --- elsewhere, and later ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_may_pass(status: int) -> None:
    with (
        receiver(answers(200)) as (elsewhere, asked),
        receiver(answers(status, location=elsewhere)) as (url, _),
        pytest.raises(DeliveryFailed, match=str(status)),
    ):
        send(url)
    assert asked == []


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("http://10.0.0.1/hook", DeliveryRefused),
        ("http://[::ffff:127.0.0.1]/hook", DeliveryRefused),
        ("http://2130706433/hook", DeliveryRefused),
        ("http://nowhere.invalid/hook", DeliveryFailed),
    ],
)
def test_an_address_that_is_not_public_is_refused_and_one_unknown_may_come(address: str, error: type) -> None:
    with pytest.raises(error):
        send(address)


@pytest.mark.parametrize(
    ("status", "wait", "seconds"),
    [
        (429, "600", 600),
        (503, "90", 90),
        (429, format_datetime(NOW.astimezone(UTC) + timedelta(minutes=20), usegmt=True), 1200),
        (429, "1", 5),  # our own first pause is longer
        (429, "tomorrow", 5),
        (429, "99999999", 86_400),
    ],
)
def test_a_receiver_says_when_to_come_back(
    store: Store, conflict: Conflict, status: int, wait: str, seconds: int
) -> None:
    ids = fill(store, conflict)
    room = AlertRoom(store, SecretBox("a key for the tests only"))
    with receiver(answers(status, retry_after=wait)) as (url, asked):
        room.subscribe("webhook", url)
        alert = room.alert(next(iter(ids.values())))
        room.deliver(alert)
        [waiting] = room.shown()
        assert (waiting.state, waiting.due_at - room.now) == ("pending", timedelta(seconds=seconds))
        assert PAUSES[0] == timedelta(seconds=5)
        room.later(seconds=seconds - 1)
        assert room.ring() == []
        room.later(seconds=1)
        assert room.ring() == [alert]
    assert len(asked) == 2


def test_a_connection_is_used_again() -> None:
    peers: list[int] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        peers.append(handler.client_address[1])
        handler.send_response(200)
        handler.send_header("content-length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    notifier = WebhookNotifier(guarded_client(LOOPBACK), deadline, lambda: datetime.now(UTC))
    with receiver(note) as (url, _):
        notifier.send(url, None, MESSAGE)
        notifier.send(url, None, MESSAGE)
    assert len(set(peers)) == 1
