"""The daily round of what follows late payments; each step once, however often it runs.

Every obligation is held before anything is written about it, as a person's step holds it: a round that takes each in
a transaction of its own waits for nobody while it keeps somebody waiting.
"""
from __future__ import annotations

import datetime as dt
from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.complaints import filing, listings, mediation, restrictions, retaliation
from marketplace.complaints.models import Complaint, Mediation, PublicListing
from marketplace.payments import obligations
from marketplace.payments.models import Obligation
from marketplace.rules.remedies import OPEN_COMPLAINTS, OPEN_LISTINGS, MediationStatus


def concerned(session: Session, *, today: dt.date) -> list[int]:
    """The obligations a round has to look at, found by state, in the order of their ids."""
    waiting = (
        select(PublicListing.obligation_id).where(PublicListing.status.in_(OPEN_LISTINGS)),
        select(Complaint.obligation_id).join(Obligation, Obligation.id == Complaint.obligation_id).where(
            Complaint.status.in_(OPEN_COMPLAINTS), Obligation.settled_on.is_not(None)),
        select(Mediation.obligation_id).where(
            Mediation.status == MediationStatus.REQUESTED, Mediation.answer_until < today))
    found = restrictions.concerned(session, today=today)
    return sorted(found.union(*(session.scalars(query) for query in waiting)))


def follow(session: Session, obligation_id: int, *, today: dt.date, now: dt.datetime) -> dict[str, int]:
    """One obligation brought up to date: its mediation, plan, block, list entry and complaint. Counts as `run`."""
    obligation = obligations.hold(session, obligation_id)
    lapsed = mediation.lapse(session, obligation, today=today, now=now)
    return restrictions.refresh_one(session, obligation, today=today, now=now) | {
        "lapsed": lapsed, "taken_down": listings.take_down(session, obligation, today=today, now=now),
        "complaints_closed": filing.close_paid(session, obligation, today=today, now=now)}


def run(session: Session, *, today: dt.date, now: dt.datetime) -> dict[str, int]:
    """The whole round in one transaction; counts of what was done.

    {"plans_ended", "blocked", "unblocked", "lapsed", "taken_down", "complaints_closed", "leads"}.
    """
    counts: Counter[str] = Counter(plans_ended=0, blocked=0, unblocked=0, lapsed=0, taken_down=0, complaints_closed=0)
    for obligation_id in concerned(session, today=today):
        counts.update(follow(session, obligation_id, today=today, now=now))
    return dict(counts) | {"leads": retaliation.scan(session, today=today, now=now)}
