"""The inbox of an organisation."""
from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.db import reading, transaction
from marketplace.notices import operations as notices
from marketplace.notices import texts

pages = Blueprint("notices", __name__)
SHOWN = 100


@pages.get("/notices")
@security.require()
def inbox() -> str:
    """The newest messages, unread ones marked."""
    with reading() as session:
        found = notices.inbox(session, security.actor().organisation_id, limit=SHOWN)
        return render_template("notices/inbox.html", notices=[(notice, texts.sentence(notice)) for notice in found])


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
