"""The monthly list by mail: a visitor confirms first, each list comes once, leaving takes one click and forgets."""
from __future__ import annotations

import dataclasses
from email.message import Message

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace import clock, create_app, jobs
from marketplace.audit.models import AuditEntry
from marketplace.config import Settings
from marketplace.db import app_engine, reading, transaction
from marketplace.editions import mailing
from marketplace.editions.models import EditionReader
from marketplace.notices import outbox, texts
from marketplace.notices.models import Mail
from marketplace.rules.errors import NotFound, Problems
from tests.integration.editions.lists import Lists, at
from tests.integration.enforcement.test_mail import post_office  # noqa: F401  a mail server on this machine
from tests.integration.payments.doors import TOKEN, text_of

HER = "Lin.Xiao@Example.com"


def mails(session, code: str) -> list[Mail]:
    return list(session.scalars(select(Mail).filter_by(code=code).order_by(Mail.id)))


def subscribed(session, address: str, *, day: str = "2026-03-01", language: str = "zh") -> EditionReader:
    mailing.ask(session, address, language=language, now=at(day))
    token = session.scalars(select(EditionReader).filter_by(address=mailing.plain(address))).one().token
    return mailing.confirm(session, token, now=at(day, 12))


def out(lists: Lists, day: str = "2026-03-03"):
    edition = lists.edition()
    lists.list(edition, lists.demand("测漏点", budget_fen=8_000_000))
    return lists.publish(edition, day)


def test_nothing_but_the_confirmation_goes_to_an_address_before_it_is_confirmed(lists: Lists) -> None:
    mailing.ask(lists.session, HER, language="zh", now=at("2026-03-01"))
    mailing.ask(lists.session, HER.upper(), language="zh", now=at("2026-03-01", 11))  # impatience sends no second mail
    out(lists)
    assert [mail.address for mail in mails(lists.session, "edition_confirm")] == ["lin.xiao@example.com"]
    assert mails(lists.session, "edition_out") == []


def test_a_confirmed_reader_gets_each_list_once_in_the_language_asked_for(lists: Lists) -> None:
    subscribed(lists.session, HER)
    subscribed(lists.session, "ann@example.com", language="en")
    edition = out(lists)
    mailing.announce(lists.session, edition, count=1, budget_fen=1, actor=lists.operator, now=at("2026-03-04"))
    told = mails(lists.session, "edition_out")
    assert [mail.address for mail in told] == ["lin.xiao@example.com", "ann@example.com"]
    (subject, body), (english, _) = (texts.mail(mail, public_url="https://jiebang.example") for mail in told)
    assert subject == "三月榜单已公布：1 项需求"
    assert english == "March is out: 1 demands"
    for part in ("¥80,000.00", "https://jiebang.example/editions/2026-03", f"/editions/mail/{told[0].facts['token']}"):
        assert part in body


def test_leaving_forgets_the_address_everywhere_and_twice_is_no_error(lists: Lists) -> None:
    token = subscribed(lists.session, HER).token
    out(lists)
    mailing.leave(lists.session, token, now=at("2026-03-05"))
    mailing.leave(lists.session, token, now=at("2026-03-05"))
    assert list(lists.session.scalars(select(EditionReader))) == []
    assert list(lists.session.scalars(select(Mail).filter_by(role=mailing.MAIL_ROLE))) == []
    said = [entry.facts for entry in lists.session.scalars(select(AuditEntry)) if entry.action.startswith("edition_r")]
    assert said
    assert "example.com" not in str(said)
    with pytest.raises(NotFound):
        mailing.of_token(lists.session, token, now=at("2026-03-05"))


def test_a_link_nobody_opened_in_seven_days_is_dead_and_its_address_deleted(lists: Lists) -> None:
    mailing.ask(lists.session, HER, language="zh", now=at("2026-03-01"))
    token = lists.session.scalars(select(EditionReader)).one().token
    with pytest.raises(NotFound):
        mailing.confirm(lists.session, token, now=at("2026-03-08", 11))
    mailing.ask(lists.session, "ann@example.com", language="en", now=at("2026-03-02"))
    assert mailing.forget_unconfirmed(lists.session, now=at("2026-03-09")) == 1
    for kept in (EditionReader, Mail):  # the mail that carried the link is gone with it
        assert [one.address for one in lists.session.scalars(select(kept))] == ["ann@example.com"]


def test_the_form_cannot_be_used_to_flood_other_peoples_mailboxes(lists: Lists, monkeypatch) -> None:
    monkeypatch.setattr(mailing, "MOST_ASKED_A_DAY", 2)
    for number in range(2):
        mailing.ask(lists.session, f"p{number}@example.com", language="zh", now=at("2026-03-01"))
    with pytest.raises(Problems):
        mailing.ask(lists.session, "p3@example.com", language="zh", now=at("2026-03-01", 12))
    mailing.ask(lists.session, "p3@example.com", language="zh", now=at("2026-03-02", 12))


def test_a_signed_in_person_needs_no_confirmation_and_may_have_asked_as_a_visitor_before(lists: Lists) -> None:
    [founder, *_] = lists.founders
    mailing.ask(lists.session, founder.email, language="zh", now=at("2026-03-01"))
    for _ in range(2):
        mailing.join(lists.session, actor=founder, language="en", now=at("2026-03-01", 12))
    assert mailing.of_user(lists.session, founder).confirmed_at == at("2026-03-01", 12)
    out(lists)
    assert [mail.language for mail in mails(lists.session, "edition_out")] == ["en"]


# Through the doors ----------------------------------------------------------------------------------


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_a_visitor_subscribes_confirms_reads_and_leaves_by_the_links_of_the_mails(
        app: Flask, settings: Settings, post_office: tuple[str, list[Message]], monkeypatch) -> None:  # noqa: F811
    url, taken = post_office
    monkeypatch.setattr(clock, "utc_now", lambda: at("2026-03-02"))
    house = create_app(dataclasses.replace(settings, smtp_url=url, mail_from="jiebang@platform.example",
                                           public_url="https://jiebang.example"))
    monkeypatch.setattr(jobs, "enqueue", lambda name, *_: jobs.JOBS[name]())
    with house.app_context(), transaction(app_engine()) as session:
        lists = Lists(session)
    client = house.test_client()
    token = TOKEN.search(client.get("/editions/mail").text)[1]
    assert client.post("/editions/mail", data={"csrf_token": token, "email": "nobody"}).status_code == 422
    asked = client.post("/editions/mail", data={"csrf_token": token, "email": HER})
    assert asked.status_code == 200
    assert HER not in text_of(asked)
    link = next(line for line in taken[0].get_content().splitlines() if line.startswith("https://"))
    path = link.removeprefix("https://jiebang.example")
    assert "确认订阅" in client.get(path).text
    client.post(f"{path}/confirm", data={"csrf_token": token})
    with house.app_context(), transaction(app_engine()) as session:
        lists.session = session
        out(lists)
    monkeypatch.setattr(clock, "utc_now", lambda: at("2026-03-04"))
    with house.app_context():
        jobs.send_mail()
    _, told = taken
    assert (told["List-Unsubscribe"], told["List-Unsubscribe-Post"]) == (
        f"<https://jiebang.example{path}/leave>", "List-Unsubscribe=One-Click")
    left = house.test_client().post(f"{path}/leave", data={"List-Unsubscribe": "One-Click"})  # no cookie, no token
    assert left.status_code == 200
    with house.app_context(), reading(app_engine()) as session:
        assert outbox.latest(session) == []
    assert client.get(path).status_code == 404
