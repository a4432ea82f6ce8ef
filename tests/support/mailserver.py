"""A real SMTP server on loopback that keeps what it was sent and can be made to refuse."""

import socket
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class MailServer:
    """A context manager. Answers of `rcpt` and `data` are given in turn, then 250. `options` are aiosmtpd's.

    `login`: the name and the password that it asks for.
    """

    def __init__(
        self,
        rcpt: tuple[str, ...] = (),
        data: tuple[str, ...] = (),
        login: tuple[str, str] | None = None,
        **options: Any,
    ) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self._answers = {"rcpt": list(rcpt), "data": list(data)}
        self._arrived = threading.Condition()
        if login:
            options |= {"auth_required": True, "authenticator": _authenticator(login)}
        with socket.create_server(("127.0.0.1", 0)) as probe:  # the controller connects to the port that it is given
            self.port = int(probe.getsockname()[1])
        handler = _Handler(self)
        self._controller = Controller(handler, hostname="127.0.0.1", port=self.port, **options)

    @property
    def url(self) -> str:
        """For CEASEWIRE_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}?starttls=no"

    def answer(self, step: str) -> str:
        """What is said to the next RCPT or DATA."""
        waiting = self._answers[step]
        return waiting.pop(0) if waiting else "250 OK"

    def keep(self, envelope: Any) -> None:
        """Note a mail, refused or not."""
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        with self._arrived:
            self.mails.append(mail)
            self.raw.append(envelope.content)
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
            self._arrived.notify_all()

    def wait_for(self, count: int, seconds: float = 60.0) -> list[EmailMessage]:
        """Return when `count` mails have come."""
        with self._arrived:
            came = self._arrived.wait_for(lambda: len(self.mails) >= count, seconds)
        assert came, f"{len(self.mails)} of {count} mails came in {seconds} s"
        return self.mails

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()


class _Handler:
    """The steps as aiosmtpd names them."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        said = self._server.answer("rcpt")
        if said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self._server.keep(envelope)
        return self._server.answer("data")


def _authenticator(login: tuple[str, str]) -> Any:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login.decode(), given.password.decode()) == login
        return AuthResult(success=right, handled=False)

    return check
