"""E-mail through a real SMTP server: what a mail holds, what is refused for good, TLS, and unsubscribing from it."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ceasewire.errors import ConfigError, DeliveryFailed, DeliveryRefused
from ceasewire.items import Message
from ceasewire.store.events import list_events
from ceasewire.store.session import Store
from ceasewire.store.subscriptions import get_subscription
from tests.support.alertroom import AlertRoom
from tests.support.certificates import make_certificate
from tests.support.mailserver import MailServer
from tests.support.newsroom import KREMLIN_POST, NOW, newsroom
from worker.notifiers import OperatorChannels
from worker.notifiers.email import EmailNotifier, make_mail, read_sender
from worker.notifiers.email import MailServer as Server

SENDER = "Ceasewire <alerts@monitor.example.org>"
DESK = "desk@example.org"
MESSAGE = Message(
    key="msg_5b0fd0e6c9a84e0f8e5b9f3d1c2a7e64",
    subject="Kremlin hosts talks",
    text="Talks opened at 15:30.\n",
    html="<p>Talks opened at 15:30.</p>",
    payload={},
    unsubscribe_url=f"https://monitor.example.org/unsubscribe/{'5' * 32}/{'a' * 64}",
    subscription_id="5" * 32,
)


def send(server: Server, message: Message = MESSAGE, trusted: Path | None = None) -> None:
    context = ssl.create_default_context(cafile=trusted) if trusted else None
    EmailNotifier(server, SENDER, lambda: NOW, tls_context=context).send(DESK, None, message)


def sent(message: Message) -> tuple[EmailMessage, bytes]:
    """The mail as the server got it."""
    with MailServer() as server:
        send(Server.from_url(server.url), message)
    return server.mails[0], server.raw[0]


def part(mail: EmailMessage, subtype: str) -> str:
    found = mail.get_body((subtype,))
    assert isinstance(found, EmailMessage)
    return str(found.get_content())


# --- a whole alert ----------------------------------------------------------------------------------------------


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


Room = tuple[AlertRoom, TestClient, dict[str, int]]


@pytest.fixture
def room(store: Store, tmp_path: Path, mail_server: MailServer) -> Iterator[Room]:
    with newsroom(tmp_path / "data", store.name) as (client, ids):
        secrets = client.app.state.secrets  # type: ignore[attr-defined]
        room = AlertRoom(store, secrets, OperatorChannels(mail_server.url, SENDER))
        room.subscribe("email", DESK)
        yield room, client, ids


def test_an_alert_comes_as_text_and_html_and_one_click_ends_it(room: Room, mail_server: MailServer) -> None:
    alerts, client, ids = room
    alert = alerts.alert(ids[KREMLIN_POST])
    alerts.deliver(alert)
    [mail] = mail_server.mails
    assert mail_server.envelopes == [("alerts@monitor.example.org", [DESK])]
    for subtype in ("plain", "html"):
        said = part(mail, subtype)
        assert "Встреча с Ильхамом Алиевым" in said
        assert "Meeting with Ilham Aliyev" in said
        assert "/unsubscribe/desk/" in said
    [url] = [mail["List-Unsubscribe"].strip("<>")]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = url.removeprefix(alerts.public_url)
    assert client.get(path).status_code == 200
    assert is_active(alerts.store), "a GET, as scanners of mail make it, changes nothing"
    # RFC 8058 §3.1: a POST with this one pair and no cookie, from anywhere.
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not is_active(alerts.store)
    client.post(path, data={"List-Unsubscribe": "One-Click"})
    with alerts.store.read() as s:
        told = [one.message for one in list_events(s) if one.kind == "subscription_paused"]
    assert told == ["Desk: unsubscribed by its recipient"]
    assert client.post(f"{path[:-1]}x", data={"List-Unsubscribe": "One-Click"}).status_code == 404


def is_active(store: Store) -> bool:
    with store.read() as s:
        view = get_subscription(s, "desk")
    assert view is not None
    return view.paused_at is None


def test_a_mail_that_is_sent_again_bears_the_same_message_id(
    room: Room,
) -> None:
    alerts, _, ids = room
    with MailServer(data=("451 4.3.0 try again later",)) as server:
        alerts.operator = OperatorChannels(server.url, SENDER)
        alert = alerts.alert(ids[KREMLIN_POST])
        alerts.deliver(alert)
        assert alerts.state(alert) == ("pending", "the mail server answered 451 4.3.0 try again later")
        alerts.later(seconds=5)
        alerts.ring()
    assert alerts.state(alert) == ("delivered", "")
    [key] = [one.key for one in alerts.shown()]
    assert [mail["Message-ID"] for mail in server.mails] == [f"<{key}@monitor.example.org>"] * 2


# --- headers ------------------------------------------------------------------------------------------------------


def test_addresses_in_headers_stay_whole_however_long() -> None:
    """The e-mail package would fold a long one into encoded words, which no mail program unsubscribes by."""
    follows = "msg_" + "c" * 80
    mail, raw = sent(replace(MESSAGE, follows=follows))
    assert f"\r\nList-Unsubscribe: <{MESSAGE.unsubscribe_url}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert f"\r\nIn-Reply-To: <{follows}@monitor.example.org>\r\n".encode() in raw
    assert mail["Auto-Submitted"] == "auto-generated"


def test_one_click_needs_https() -> None:
    mail, _ = sent(replace(MESSAGE, unsubscribe_url="http://127.0.0.1:8642/unsubscribe/desk/x"))
    assert mail["List-Unsubscribe"] == "<http://127.0.0.1:8642/unsubscribe/desk/x>"
    assert mail["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    "subject",
    [
        "Փաշինյանը և Ալիևը Մոսկվայում քննարկել են գերիների հարցը, իսկ մնացած հարցերը թողել են հաջորդ հանդիպմանը",
        "Qarabağda nəqliyyat yollarının açılması müzakirə olunub — şəkillər",
        "نشست سه‌جانبه مسکو درباره قره‌باغ",
    ],
)
def test_a_subject_of_any_script_arrives(subject: str) -> None:
    mail, raw = sent(replace(MESSAGE, subject=subject))
    assert mail["Subject"] == subject
    assert raw.split(b"\r\n\r\n")[0].isascii()


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\0"])
def test_no_text_adds_a_header(end: str) -> None:
    evil = f"Talks{end}Bcc: all@example.org{end}{end}<b>body</b>"
    mail, raw = sent(replace(MESSAGE, subject=evil, text=f"{evil}\n.\r\nQUIT\r\n", html=evil))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Talks Bcc: all@example.org <b>body</b>"
    assert b"Bcc" not in b"".join(line for line in raw.split(b"\r\n\r\n")[0].splitlines() if line.startswith(b"B"))
    assert "\nQUIT" in part(mail, "plain").replace("\r", ""), "a lone dot does not end the mail"


@pytest.mark.parametrize("target", ["a@example.org, b@example.org", "x\r\nRCPT TO:<b@example.org>", "", "desk"])
def test_no_target_is_more_than_one_address(target: str) -> None:
    with MailServer() as server:
        notifier = EmailNotifier(Server.from_url(server.url), SENDER, lambda: NOW)
        with pytest.raises(DeliveryRefused):
            notifier.send(target, None, MESSAGE)
    assert server.mails == []


def test_lone_surrogates_and_long_lines_can_be_sent() -> None:
    mail, raw = sent(replace(MESSAGE, subject="A\ud800B", text="\ud83d " + "слово " * 2000, html="<p>" + "x" * 3000))
    assert mail["Subject"] == "A?B"
    assert max(map(len, raw.splitlines())) <= 998
    assert part(mail, "plain").count("слово") == 2000


# --- what the server says -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "error", "said"),
    [
        ({"rcpt": ("550 5.1.1 no such user",)}, DeliveryRefused, "550 5.1.1 no such user"),
        ({"data": ("554 5.6.0 not readable",)}, DeliveryRefused, "554 5.6.0 not readable"),
        ({"rcpt": ("554 5.7.1 relay access denied",)}, DeliveryFailed, "554 5.7.1 relay access denied"),
        ({"rcpt": ("450 4.2.1 mailbox busy",)}, DeliveryFailed, "450 4.2.1 mailbox busy"),
        ({"data": ("452 4.2.2 mailbox full",)}, DeliveryFailed, "452 4.2.2 mailbox full"),
    ],
)
def test_5xx_is_for_good_and_4xx_passes(answers: dict[str, tuple[str, ...]], error: type[Exception], said: str) -> None:
    with MailServer(**answers) as server, pytest.raises(error, match=said):  # type: ignore[arg-type]
        send(Server.from_url(server.url))


def test_a_server_that_is_gone_may_come_back() -> None:
    with MailServer() as server:
        url = server.url
    with pytest.raises(DeliveryFailed, match="refused"):
        send(Server.from_url(url))


@pytest.mark.parametrize("greeting", [b"421 busy, come back\r\n", b"554 no service for you\r\n", b""])
def test_a_server_that_does_not_greet_may_do_so_later(greeting: bytes) -> None:
    def greet(listening: socket.socket) -> None:
        client, _ = listening.accept()
        with client:
            client.sendall(greeting)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=greet, args=(listening,))
        thread.start()
        with pytest.raises(DeliveryFailed, match=greeting[:3].decode() or "SMTPServerDisconnected"):
            send(Server("127.0.0.1", listening.getsockname()[1], "none"))
        thread.join()


def test_a_server_that_drips_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte within the timeout of an answer, and never an end."""
    monkeypatch.setattr("worker.notifiers.email.DEADLINE_SECONDS", 0.3)
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        client, _ = listening.accept()
        with client, suppress(OSError):
            while not over.wait(0.02):
                client.sendall(b"2")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        with pytest.raises(DeliveryFailed):
            send(Server("127.0.0.1", listening.getsockname()[1], "none"))
        over.set()
        thread.join()


def test_a_bad_goodbye_takes_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def quit_(self: smtplib.SMTP) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(smtplib.SMTP, "quit", quit_)
    mail, _ = sent(MESSAGE)
    assert mail["To"] == DESK


# --- TLS and signing in -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(make_certificate("localhost"))
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_starttls_and_a_login(certificate: Path) -> None:
    login, context = ("desk", "p@ss/word"), server_context(certificate)
    with MailServer(login=login, tls_context=context, require_starttls=True) as server:
        right = Server.from_url(f"smtp://desk:p%40ss%2Fword@localhost:{server.port}")
        send(right, trusted=certificate)
        assert len(server.mails) == 1
        with pytest.raises(DeliveryFailed, match=r"refuses the login \(535\)") as wrong:
            send(replace(right, password="guess"), trusted=certificate)
        assert "guess" not in str(wrong.value)
        with pytest.raises(DeliveryFailed, match="certificate"):
            send(right)  # signed by nobody that is trusted
        with pytest.raises(DeliveryFailed, match="530"):
            send(replace(right, tls="none", user=""), trusted=certificate)
    assert len(server.mails) == 1


def test_a_server_without_starttls_gets_nothing() -> None:
    with MailServer() as server, pytest.raises(DeliveryFailed, match="STARTTLS"):
        send(Server.from_url(f"smtp://127.0.0.1:{server.port}"))
    assert server.mails == []


def test_tls_from_the_start(certificate: Path) -> None:
    with MailServer(ssl_context=server_context(certificate)) as server:
        send(Server.from_url(f"smtps://localhost:{server.port}"), trusted=certificate)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://desk:hunter2@example.org", "no smtp:// or smtps:// address"),
        ("smtp://desk:hunter2@example.org:99999", "port cannot be read"),
        ("smtp://desk:hunter2@example.org?starttls=perhaps", "neither yes nor no"),
        ("smtp://desk:hunter2@mail.example.org?starttls=no", "clear text"),
    ],
)
def test_a_wrong_address_of_the_server_is_told_without_its_password(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as wrong:
        Server.from_url(url)
    assert "CEASEWIRE_SMTP_URL" in str(wrong.value)
    assert "hunter2" not in str(wrong.value)
    assert "hunter2" not in repr(Server.from_url("smtps://desk:hunter2@mail.example.org"))


def test_a_wrong_sender_is_told() -> None:
    with pytest.raises(ConfigError, match="CEASEWIRE_MAIL_FROM"):
        read_sender("nobody")
    mail = make_mail(MESSAGE, read_sender("Редакция <alerts@example.org>"), DESK, NOW)
    assert mail["From"].addresses[0].display_name == "Редакция"
