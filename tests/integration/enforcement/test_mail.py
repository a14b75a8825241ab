"""Contacts by role, and mail really handed to a server on this machine."""
from __future__ import annotations

import dataclasses
import email
import socketserver
import threading
from collections.abc import Iterator
from email.message import Message
from email.policy import default

import pytest
from flask import Flask

from marketplace import clock, create_app, jobs
from marketplace.config import ConfigurationError, Settings
from marketplace.db import app_engine, reading
from marketplace.enforcement import operations as enforcement
from marketplace.enforcement.operations import ContactNote
from marketplace.notices import outbox
from marketplace.notices.models import Mail
from marketplace.rules.errors import NotAllowed, Problems
from tests.integration.payments.doors import Doors, text_of
from tests.integration.payments.world import World, noon

FINANCE = ContactNote("finance", "李会计", "finance@buyer.example", "021-1", "zh")
HEAD = ContactNote("head", "Ms Wang", "head@buyer.example", "", "en")


class _Talk(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to hand over messages; addresses at refused.example are refused."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline():
            verb = line.decode().strip().upper()
            if verb.startswith("DATA"):
                self.say("354 go on")
                self.take()
            elif verb.startswith("RCPT") and "REFUSED.EXAMPLE" in verb:
                self.say("550 no such mailbox")
            elif verb.startswith("QUIT"):
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self.server.taken.append(email.message_from_bytes(b"".join(lines), policy=default))  # type: ignore[attr-defined]
        self.say("250 taken")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def post_office() -> Iterator[tuple[str, list[Message]]]:
    """The address of a mail server on this machine, and what it was given."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk) as server:
        server.taken = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"smtp://127.0.0.1:{server.server_address[1]}", server.taken  # type: ignore[attr-defined]
        server.shutdown()


def named(world: World, *notes: ContactNote) -> None:
    enforcement.save_contacts(world.session, list(notes), actor=world.buyer, now=noon("2025-06-01"))


def owing(world: World, *notes: ContactNote) -> None:
    """33,333 yuan due on 2025-09-01, with the buyer's contacts named."""
    named(world, *(notes or (FINANCE, HEAD)))
    world.delivered(world.signed(at="2025-06-16", amounts=(3_333_300,)), "2025-07-01")


def with_server(settings: Settings, url: str) -> Flask:
    return create_app(dataclasses.replace(settings, smtp_url=url, mail_from="jiebang@platform.example",
                                          public_url="https://jiebang.example"))


@pytest.fixture
def day_seven(doors: Doors) -> Doors:
    """Seven days late: the finance contact and the head are written to."""
    doors.with_world(owing)
    doors.today("2025-09-08")
    with doors.app.app_context():
        jobs.tick("2025-09-08")
    return doors


def mails(app: Flask) -> list[Mail]:
    with app.app_context(), reading(app_engine()) as session:
        return sorted(outbox.latest(session), key=lambda mail: mail.id)


def test_mail_is_written_to_the_roles_of_the_step_and_delivered_once(
        day_seven: Doors, settings: Settings, post_office: tuple[str, list[Message]]) -> None:
    url, taken = post_office
    app = with_server(settings, url)
    with app.app_context():
        assert jobs.send_mail() == {"sent": 2, "failed": 0}
        assert jobs.send_mail() == {"sent": 0, "failed": 0}
    finance, head = sorted(taken, key=lambda one: one["To"])
    assert (finance["To"], finance["From"]) == ("finance@buyer.example", "jiebang@platform.example")
    body = finance.get_content()
    for part in ("李会计", "已逾期 7 天", "¥33,333.00", "https://jiebang.example/payments/1"):
        assert part in body
    assert "7 days overdue" in head.get_content()
    assert all(mail.sent_at for mail in mails(app))


def test_without_a_server_mail_waits_and_the_operator_sees_why(day_seven: Doors) -> None:
    with day_seven.app.app_context():
        assert jobs.send_mail() == {"sent": 0, "failed": 0}
    page = text_of(day_seven.visit("operator", "/operator/mail"))
    assert "未发送：没有配置邮件服务器" in page
    assert "finance@buyer.example" in page


def test_a_refused_address_is_tried_again_with_pauses_and_then_given_up(
        doors: Doors, settings: Settings, post_office: tuple[str, list[Message]],
        monkeypatch: pytest.MonkeyPatch) -> None:
    doors.with_world(lambda world: owing(world, dataclasses.replace(FINANCE, email="x@refused.example"), HEAD))
    doors.today("2025-09-02")
    with doors.app.app_context():
        jobs.tick("2025-09-02")
    app, now = with_server(settings, post_office[0]), noon("2025-09-02")
    with app.app_context():
        assert jobs.send_mail() == {"sent": 0, "failed": 1}
        assert jobs.send_mail() == {"sent": 0, "failed": 0}  # not before the pause is over
        for pause in outbox.PAUSES:
            now += pause
            monkeypatch.setattr(clock, "utc_now", lambda now=now: now)
            assert jobs.send_mail() == {"sent": 0, "failed": 1}
    (mail,) = mails(app)
    assert mail.given_up_at == now
    assert "no such mailbox" in (mail.last_error or "")


def test_a_server_that_is_not_there_loses_nothing(day_seven: Doors, settings: Settings) -> None:
    app = with_server(settings, "smtp://127.0.0.1:9")
    with app.app_context():
        assert jobs.send_mail()["failed"] == 2
    assert all(mail.sent_at is None and mail.given_up_at is None for mail in mails(app))


def test_an_address_that_is_no_mail_server_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigurationError, match="SMTP_URL"):
        Settings.from_env({"SMTP_URL": "mail.example", "SECRET_KEY": "x"})


def test_a_contact_has_a_name_and_an_address_or_neither(world: World) -> None:
    with pytest.raises(Problems, match="finance_email"):
        named(world, ContactNote("finance", name="李会计"))
    named(world, FINANCE, HEAD)
    named(world, ContactNote("finance"), HEAD)
    from marketplace.enforcement.queries import contacts_of
    assert list(contacts_of(world.session, world.buyer.organisation_id)) == ["head"]


def test_only_buyers_name_contacts(world: World) -> None:
    with pytest.raises(NotAllowed, match="buyer_only"):
        enforcement.save_contacts(world.session, [FINANCE], actor=world.founder, now=noon("2025-06-01"))


def test_the_inbox_says_to_whom_a_notice_is_addressed(day_seven: Doors) -> None:
    assert "致：财务联系人、负责人" in text_of(day_seven.visit("buyer", "/notices"))
