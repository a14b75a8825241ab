"""The inbox of an organisation."""
from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.notices import operations as notices
from marketplace.notices import outbox, texts

pages = Blueprint("notices", __name__)
SHOWN = 100


@pages.get("/notices")
@security.require()
def inbox() -> str:
    """The newest messages, unread ones marked."""
    with reading() as session:
        found = notices.inbox(session, security.actor().organisation_id, limit=SHOWN)
        return render_template("notices/inbox.html", notices=[
            (notice, texts.sentence(notice), texts.addressed(notice.facts)) for notice in found])


@pages.get("/operator/mail")
@security.require(Role.OPERATOR)
def mails() -> str:
    """What goes out by mail: sent, waiting, failed, or kept because no mail server is configured."""
    server = bool(current_app.extensions["settings"].smtp_url)
    with reading() as session:
        return render_template("notices/outbox.html", server=server, waiting=outbox.waiting(session),
                               trouble=outbox.in_trouble(session) if server else 0,
                               mails=[(mail, texts.mail(mail, public_url="", for_others=True))
                                      for mail in outbox.latest(session)])


@pages.post("/notices/<int:notice_id>")
@security.require()
def open_notice(notice_id: int) -> Response:
    """Mark a message as read and go to what it is about."""
    with transaction() as session:
        notice = notices.mark_read(session, notice_id, actor=security.actor(), now=clock.utc_now())
        return redirect(notice.link or "/notices", 303)


@pages.post("/notices/read")
@security.require()
def read_all() -> Response:
    """Mark every message as read."""
    with transaction() as session:
        notices.mark_all_read(session, actor=security.actor(), now=clock.utc_now())
    return redirect("/notices", 303)
