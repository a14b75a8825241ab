"""Outgoing mail: taken up by one sender at a time, tried again with growing pauses, given up after some tries.

Nothing is sent inside a transaction. A sender takes a mail up by moving its next try away, sends it, then says how it
went: if it dies in between, the mail is tried again later, so a mail may come twice but never not at all.
"""
from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db import find
from marketplace.notices.models import UNSENT, Mail

PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (10, 60, 360, 1440))
MOST_ERROR = 500


def take_up(session: Session, *, now: dt.datetime, limit: int = 50) -> list[Mail]:
    """The mails whose time has come, oldest first, kept from other senders for the first pause."""
    due = select(Mail).where(UNSENT, Mail.try_after <= now).order_by(Mail.try_after, Mail.id).limit(limit)
    found = list(session.scalars(due.with_for_update(skip_locked=True)))
    for mail in found:
        mail.try_after, mail.attempts = now + PAUSES[0], mail.attempts + 1
    session.flush()
    return found


def sent(session: Session, mail_id: int, *, now: dt.datetime) -> None:
    """The server took the mail; one deleted meanwhile, because its reader left, is passed over."""
    mail = find(session, Mail, locked=True, id=mail_id)
    if mail is not None:
        mail.sent_at, mail.last_error = mail.sent_at or now, None


def failed(session: Session, mail_id: int, error: str, *, now: dt.datetime) -> None:
    """The server did not take it: try again later, or give up after the last pause."""
    mail = find(session, Mail, locked=True, id=mail_id)
    if mail is None:
        return
    mail.last_error = error[:MOST_ERROR]
    if mail.attempts > len(PAUSES):
        mail.given_up_at = now
    else:
        mail.try_after = now + PAUSES[mail.attempts - 1]


def latest(session: Session, *, before: int | None = None, limit: int = 100) -> list[Mail]:
    """The newest mails, for the operator; `before` is an id to page on from."""
    query = select(Mail).order_by(Mail.id.desc()).limit(limit)
    return list(session.scalars(query.where(Mail.id < before) if before else query))


def waiting(session: Session) -> int:
    """How many mails are still to be sent."""
    return session.scalar(select(func.count()).select_from(Mail).where(UNSENT)) or 0


def in_trouble(session: Session) -> int:
    """How many mails failed at least once and were not sent."""
    query = select(func.count()).select_from(Mail).where(Mail.sent_at.is_(None), Mail.last_error.is_not(None))
    return session.scalar(query) or 0
