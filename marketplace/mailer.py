"""Handing messages to a mail server. One connection for a batch; each message succeeds or fails by itself."""
from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

SCHEMES = ("smtp", "smtps")
PORTS = {"smtp": 25, "smtps": 465}
PATIENCE = 20
"""Seconds a silent server is waited for."""


def message(*, sender: str, to: str, subject: str, body: str, number: str, unsubscribe: str = "") -> EmailMessage:
    """A plain-text message. Line breaks in what people typed cannot start another header.

    `unsubscribe`: the address a mail program posts to when its reader unsubscribes with one click (RFC 8058).
    """
    made = EmailMessage()
    made["From"], made["To"] = _line(sender), _line(to)
    made["Subject"] = _line(subject)
    made["X-Jiebang-Mail"] = number
    made["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        made["List-Unsubscribe"] = f"<{_line(unsubscribe)}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(body)
    return made


def _line(text: str) -> str:
    return " ".join(text.split())


def deliver(url: str, messages: Iterable[tuple[int, EmailMessage]]) -> Iterator[tuple[int, str]]:
    """(number, error) of each message, "" where the server took it.

    `url`: smtp://[user:password@]host[:port], with STARTTLS where the server offers it, or smtps:// for TLS from the
    start.
    """
    waiting = list(messages)
    try:
        with _connected(url) as server:
            for number, one in waiting:
                yield number, _send(server, one)
    except (OSError, smtplib.SMTPException) as error:
        yield from ((number, _said(error)) for number, _ in waiting)


def _send(server: smtplib.SMTP, one: EmailMessage) -> str:
    try:
        server.send_message(one)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return _said(error)
    return ""


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _connected(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or PORTS[parts.scheme]
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, timeout=PATIENCE)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
