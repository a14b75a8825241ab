"""The days a buyer or a founder must not miss: due dates, ends of acceptance periods, bid deadlines."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Role, User
from marketplace.clock import legal_day
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.payments import queries
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.rules.lifecycle import BidStatus, MilestoneStatus
from marketplace.rules.statement import Statement
from marketplace.suggestions import queries as suggestions
from marketplace.tendering import queries as tendering


class Kind(StrEnum):
    """What a day is, from the side of the person who keeps the calendar."""

    PAY = "pay"
    RECEIVE = "receive"
    ACCEPT = "accept"
    BE_ACCEPTED = "be_accepted"
    BID = "bid"
    BIDDING_ENDS = "bidding_ends"


@dataclass(frozen=True)
class Entry:
    """A legal day (`on` a date) or a moment. `key` stays the same when the day moves; `path` is the page about it.

    `found` is the statement a day of payment rests on.
    """

    kind: Kind
    key: str
    on: dt.date | dt.datetime
    path: str
    facts: dict[str, Any] = field(default_factory=dict)
    found: Statement | None = None


def of_user(session: Session, user: User, *, now: dt.datetime) -> list[Entry]:
    """What is ahead of a buyer's or a founder's person, and what is overdue; what is done is not told any more."""
    buyer, today = user.role == Role.BUYER, legal_day(now)
    entries = [entry for obligation in queries.unsettled_of(session, user.organisation_id)
               for entry in _of_obligation(obligation, buyer=buyer, today=today)]
    kind = Kind.BIDDING_ENDS if buyer else Kind.BID
    for demand in _demands(session, user.organisation_id, buyer=buyer):
        if demand.bid_deadline is not None and demand.accepts_bids(now=now):
            entries.append(Entry(kind, f"demand-{demand.id}-deadline", demand.bid_deadline,
                                 f"/demands/{demand.code}", {"title": demand.title, "code": demand.code}))
    return entries


def _of_obligation(obligation: Obligation, *, buyer: bool, today: dt.date) -> Iterator[Entry]:
    found, milestone = statement_of(obligation, as_of=today), obligation.milestone
    facts = {"number": obligation.contract.number, "milestone": milestone.title,
             "left_fen": found.principal_left_fen or 0}
    if found.due is not None and found.principal_left_fen:
        yield Entry(Kind.PAY if buyer else Kind.RECEIVE, f"obligation-{obligation.id}-due", found.due,
                    f"/payments/{obligation.id}", facts, found)
    end = found.term.acceptance_period_end if found.term else None
    if end is not None and milestone.status == MilestoneStatus.DELIVERED:
        yield Entry(Kind.ACCEPT if buyer else Kind.BE_ACCEPTED, f"milestone-{milestone.id}-acceptance", end,
                    f"/contracts/{obligation.contract.number}/milestones/{milestone.position}", facts)


def _demands(session: Session, organisation_id: int, *, buyer: bool) -> list[Demand]:
    """A buyer's own demands; those a founder has a sealed bid in or is invited to, once each."""
    if buyer:
        return demands.of_buyer(session, organisation_id)
    bids = [bid.demand for bid in tendering.bids_of_founder(session, organisation_id)
            if bid.status == BidStatus.SEALED]
    invited = [one.demand for one in suggestions.invitations_of(session, organisation_id)]
    return list({demand.id: demand for demand in bids + invited}.values())
