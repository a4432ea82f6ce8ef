"""E-mail by SMTP (RFC 5321): text and HTML, one-click unsubscribing (RFC 8058), a Message-ID that doubles share."""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from typing import Any, Self
from unicodedata import category
from urllib.parse import parse_qs, unquote, urlsplit

from ceasewire.channels import mail_fault
from ceasewire.errors import ConfigError, DeliveryFailed, DeliveryRefused
from ceasewire.items import Message

TIMEOUT_SECONDS = 15.0  # for each answer of the server
DEADLINE_SECONDS = 45.0  # for all of them: less than the lease of an alert
LONGEST_SUBJECT = 200
_POLICY = re.compile(r"\b5\.7\.\d+\b")
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class _WholeLine(UnstructuredHeader, BaseHeader):
    """A header that is not folded: the library would make encoded words of a long address, which no program reads."""

    def fold(self, *, policy: Policy) -> str:
        """One line; RFC 5322 §2.1.1 allows 998 characters."""
        return f"{self.name}: {self}{policy.linesep}"


def _policy() -> Policy:
    registry = HeaderRegistry()
    for name in ("list-unsubscribe", "list-id", "message-id", "in-reply-to", "references"):
        registry.map_to_type(name, _WholeLine)
    return SMTP.clone(header_factory=registry)


POLICY = _policy()


@dataclass(frozen=True, slots=True)
class MailServer:
    """The operator's mail server. `tls`: from the start (smtps), by STARTTLS, or none."""

    host: str
    port: int
    tls: str  # implicit | starttls | none
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> "MailServer":
        """Read `smtp://user:password@host:587?starttls=no` or `smtps://…`. Raises ConfigError, which never cites it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _bad_url("its host or port cannot be read") from None
        starttls = parse_qs(parts.query).get("starttls", ["yes"])[-1]
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise _bad_url("it is no smtp:// or smtps:// address")
        if starttls not in {"yes", "no"}:
            raise _bad_url("starttls is neither yes nor no")
        tls = "implicit" if parts.scheme == "smtps" else ("starttls" if starttls == "yes" else "none")
        if parts.password and tls == "none" and parts.hostname not in LOCAL_HOSTS:
            raise _bad_url("its password would cross the network in clear text; leave out starttls=no")
        port = port or {"implicit": 465, "starttls": 587, "none": 25}[tls]
        return cls(parts.hostname, port, tls, unquote(parts.username or ""), unquote(parts.password or ""))


class EmailNotifier:
    """Sends one mail per message. What the recipient's side refuses for good is refused; all else may pass.

    A login or sender that the own server refuses is the operator's to mend: the alert waits for it.
    """

    def __init__(
        self,
        server: MailServer,
        sender: str,
        clock: Callable[[], datetime],
        *,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._sender = read_sender(sender)
        self._clock = clock
        self._tls = tls_context or ssl.create_default_context()

    def send(self, target: str, secret: str | None, message: Message) -> None:
        """Deliver once; sending again under the same key gives the same Message-ID."""
        if fault := mail_fault(target):
            raise DeliveryRefused(fault, about=target)
        mail = make_mail(message, self._sender, target, self._clock())
        try:
            with self._session() as smtp:
                smtp.send_message(mail, self._sender.addr_spec, [target])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _judged(code, said, target) from None
        except smtplib.SMTPDataError as error:
            raise _judged(error.smtp_code, error.smtp_error, target) from None
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryFailed(f"the mail server refuses the login ({error.smtp_code})", about=target) from None
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed(_said(error.smtp_code, error.smtp_error), about=target) from None
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryFailed(f"mail server: {type(error).__name__}: {error}", about=target) from error

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A connection that may send. How the server says goodbye makes no mail untaken that it took."""
        with _Watch() as watch:
            smtp = self._connect(watch)
            try:
                self._sign_in(smtp)
                yield smtp
                with suppress(OSError, smtplib.SMTPException):
                    smtp.quit()
            finally:
                smtp.close()

    def _connect(self, watch: "_Watch") -> smtplib.SMTP:
        server = self._server
        if server.tls == "implicit":
            return _SmtpTls(watch, server.host, server.port, timeout=TIMEOUT_SECONDS, context=self._tls)
        return _Smtp(watch, server.host, server.port, timeout=TIMEOUT_SECONDS)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        if self._server.tls == "starttls":
            smtp.starttls(context=self._tls)
        if self._server.user:
            smtp.login(self._server.user, self._server.password)


class _Watch:
    """Hangs up on a server that goes on talking: a timeout for each answer never ends a slow drip."""

    def __init__(self) -> None:
        self.smtp: smtplib.SMTP | None = None
        self._timer = threading.Timer(DEADLINE_SECONDS, self._hang_up)
        self._timer.daemon = True

    def _hang_up(self) -> None:
        with suppress(OSError):
            if self.smtp is not None and self.smtp.sock is not None:
                self.smtp.sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


class _Smtp(smtplib.SMTP):
    """Watched from before it connects: its constructor waits for the server's greeting."""

    def __init__(self, watch: _Watch, *where: Any, **options: Any) -> None:
        watch.smtp = self
        super().__init__(*where, **options)


class _SmtpTls(_Smtp, smtplib.SMTP_SSL):
    """The same with TLS from the start."""


def make_mail(message: Message, sender: Address, recipient: str, now: datetime) -> EmailMessage:
    """The mail itself. No part of an alert can add a header: the library refuses line ends, we take them out."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = sender
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = header_text(message.subject)[:LONGEST_SUBJECT]
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = _message_id(message.key, sender)
    if message.follows:
        mail["In-Reply-To"] = mail["References"] = _message_id(message.follows, sender)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail["List-Id"] = f"<{message.subscription_id}.{sender.domain}>"
    mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
    if message.unsubscribe_url.startswith("https://"):  # RFC 8058 §3.1 allows one click with https only
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(clean(message.text))
    mail.add_alternative(clean(message.html), subtype="html")
    return mail


def header_text(text: str) -> str:
    """Text for a header: in one line, without control characters. Joiners stay: Persian is written with them."""
    plain = "".join(" " if category(letter) == "Cc" else letter for letter in text)
    return clean(" ".join(plain.split()))


def clean(text: str) -> str:
    """Text that can be encoded: without lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def read_sender(sender: str) -> Address:
    """`alerts@example.org` or `Name <alerts@example.org>`. Raises ConfigError."""
    name, address = parseaddr(sender)
    try:
        if mail_fault(address) is None:
            return Address(name, addr_spec=address)
    except (HeaderParseError, ValueError):
        pass
    remedy = "write alerts@example.org, or Ceasewire <alerts@example.org>"
    raise ConfigError(f"{sender!r} is no sender", about="CEASEWIRE_MAIL_FROM", remedy=remedy)


def _message_id(key: str, sender: Address) -> str:
    return f"<{key}@{sender.domain}>"


def _judged(code: int, said: bytes | str, target: str) -> DeliveryFailed | DeliveryRefused:
    """RFC 5321 §4.2.1: 5xx will not pass, 4xx may. What is refused by policy (RFC 3463 X.7: no relaying, a blocked
    sender) is the operator's to mend: one such day must not end every alert."""
    text = _said(code, said)
    is_final = 500 <= code < 600 and not _POLICY.search(text)
    return DeliveryRefused(text, about=target) if is_final else DeliveryFailed(text, about=target)


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"the mail server answered {code} {header_text(text)[:300]}"


def _bad_url(message: str) -> ConfigError:
    remedy = "write smtp://user:password@host:587 or smtps://user:password@host:465, %-encoded"
    return ConfigError(message, about="CEASEWIRE_SMTP_URL", remedy=remedy)
