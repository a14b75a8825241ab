"""Notices, each step at most once, and the daily round that is done once for each business date."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.notices.models import JobRun, Notice
from marketplace.rules.errors import NotFound


def notify(session: Session, organisation_id: int, code: str, *, dedupe: str, now: dt.datetime,
           link: str = "", **facts: Any) -> Notice | None:
    """Tell an organisation something, once: None when `dedupe` has been told before.

    The sentence is text key notice.<code>; facts must be JSON (fen as int, days as ISO text).
    """
    key = f"{organisation_id}:{dedupe}"
    if session.scalar(select(Notice.id).filter_by(dedupe_key=key)) is not None:
        return None
    notice = Notice(organisation_id=organisation_id, code=code, facts=facts, link=link, dedupe_key=key,
                    created_at=now)
    try:
        with session.begin_nested():
            session.add(notice)
    except IntegrityError:  # told at the same moment by another process
        return None
    return notice


def inbox(session: Session, organisation_id: int, *, limit: int = 20) -> list[Notice]:
    """The newest messages of an organisation."""
    query = select(Notice).filter_by(organisation_id=organisation_id).order_by(Notice.id.desc()).limit(limit)
    return list(session.scalars(query))


def unread(session: Session, organisation_id: int) -> int:
    """How many messages nobody has marked as read."""
    query = select(func.count()).select_from(Notice).filter_by(organisation_id=organisation_id, read_at=None)
    return session.scalar(query) or 0


def mark_read(session: Session, notice_id: int, *, actor: User, now: dt.datetime) -> Notice:
    """Mark one of the actor's own messages as read. Raises NotFound."""
    notice = session.get(Notice, notice_id) if notice_id < 2**31 else None
    if notice is None or notice.organisation_id != actor.organisation_id:
        raise NotFound("not_found", what="notice", id=notice_id)
    notice.read_at = notice.read_at or now
    return notice


def mark_all_read(session: Session, *, actor: User, now: dt.datetime) -> None:
    """Mark every message of the actor's organisation as read."""
    query = select(Notice).filter_by(organisation_id=actor.organisation_id, read_at=None)
    for notice in session.scalars(query):
        notice.read_at = now


def once_a_day(session: Session, job: str, day: dt.date, *, now: dt.datetime,
               work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do a daily job unless it has been done for `day`. The row and the work share one transaction."""
    run = JobRun(job=job, business_date=day, finished_at=now, outcome={})
    try:
        with session.begin_nested():
            session.add(run)  # of two at once the second waits here until the first is through
    except IntegrityError:
        done = session.get_one(JobRun, (job, day), populate_existing=True)
        return {"done_before": True, **done.outcome}
    outcome = run.outcome = work()
    audit.record(session, f"job:{job}", ("job_run", day.isoformat()), actor="system", at=now, **outcome)
    return outcome
