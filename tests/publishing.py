"""Putting a demand on the list in one step, as most tests need it: handed in by the buyer, published by an operator."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import operations as accounts
from marketplace.accounts.models import Organisation, Role, User
from marketplace.demand import review
from marketplace.demand.models import Demand
from marketplace.rules import uscc
from marketplace.tendering import operations as tendering


def operator_of(session: Session, *, now: dt.datetime) -> User:
    """A person who runs the platform, registered where the test has none."""
    known = session.scalars(select(User).join(Organisation).where(Organisation.role == Role.OPERATOR)).first()
    return known or accounts.register(session, accounts.Registration(
        uscc=uscc.complete("12110000MA777777"), organisation="平台运营", role="operator",
        email="reviewer@example.org", display_name="审核", password_hash=None), now=now)


def publish(session: Session, demand: Demand, *, bid_deadline: dt.datetime, actor: User, now: dt.datetime) -> Demand:
    """Handed in and published at the same moment, without keys: nobody can bid on it."""
    review.submit(session, demand, bid_deadline=bid_deadline, unclassified=True, actor=actor, now=now)
    return review.approve(session, demand, actor=operator_of(session, now=now), now=now)


def publish_for_bids(session: Session, demand: Demand, *, bid_deadline: dt.datetime, actor: User,
                     now: dt.datetime) -> Demand:
    """The same with the keys that bids are sealed with."""
    tendering.submit_demand(session, demand, bid_deadline=bid_deadline, unclassified=True, actor=actor, now=now)
    return tendering.publish_demand(session, demand, actor=operator_of(session, now=now), now=now)
