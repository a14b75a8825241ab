"""The founder's desk: everything that waits, and the best matches."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import render_template, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.bonds import queries as bonds
from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract
from marketplace.db import reading
from marketplace.enforcement import pages as ladder
from marketplace.evaluation import queries as scoring
from marketplace.founders import completeness, queries
from marketplace.founders.web.pages import Page, pages
from marketplace.i18n import label, t
from marketplace.payments import queries as payments
from marketplace.payments.statements import accrual_of, statement_of
from marketplace.payments.turns import SIDE, Turn, turn_of
from marketplace.rules.bonds import BondKind
from marketplace.rules.lifecycle import BidStatus, ContractStatus
from marketplace.rules.money import format_fen
from marketplace.suggestions import explanations, similar
from marketplace.suggestions import queries as suggestions
from marketplace.tendering import queries as tendering

BEST = 3


@dataclass(frozen=True)
class Waiting:
    """One thing on the desk. `mine`: the founder acts next. `until` is when; `late_days` 0 when not late.

    `owed_fen` is principal the buyer still owes on it, `next` says which step of the ladder comes on which day.
    """

    group: str
    title: str
    href: str
    what: str
    mine: bool
    until: dt.date | dt.datetime | None = None
    late_days: int = 0
    owed_fen: int = 0
    next: str = ""


@pages.get("/founder")
@security.require(Role.FOUNDER)
def desk() -> Page:
    """What waits: invitations, bids, contracts, money; the profile's next step; the best matches."""
    now, founder_id = clock.utc_now(), security.actor().organisation_id
    with reading() as session:
        found = queries.profile_of(session, founder_id)
        waiting = [*_invitations(session, founder_id, now), *_bids(session, founder_id, now),
                   *_contracts(session, founder_id, clock.legal_day(now)), *_bonds(session, founder_id, now)]
        best = similar.varied(suggestions.for_founder(session, founder_id, limit=4 * BEST, now=now), limit=BEST)
        return render_template(
            "founders/desk.html", profile=found, complete=completeness.of_profile(found), waiting=waiting,
            scoring=scoring.tasks_of(session, security.actor()),
            first=min(waiting, key=_urgency, default=None),
            best=[one for one in map(explanations.explain, best) if one.percent >= explanations.WEAK],
            owed_fen=sum(one.owed_fen for one in waiting),
            late=[one for one in waiting if one.owed_fen and one.late_days])


def _urgency(one: Waiting) -> tuple[bool, bool, dt.date]:
    """Late money first, then what the founder has to do, each by the earliest day."""
    until = clock.legal_day(one.until) if isinstance(one.until, dt.datetime) else one.until
    return not (one.owed_fen and one.late_days), not one.mine, until or dt.date.max


def _invitations(session: Session, founder_id: int, now: dt.datetime) -> list[Waiting]:
    """Invitations that can still be answered with a bid."""
    return [Waiting("invitations", one.demand.title, url_for("demand.show", code=one.demand.code),
                    t("founders.desk.invited", buyer=one.demand.buyer.name), True, one.demand.bid_deadline)
            for one in suggestions.invitations_of(session, founder_id)
            if one.demand.accepts_bids(now=now) and tendering.bid_of(session, one.demand, founder_id) is None]


def _bids(session: Session, founder_id: int, now: dt.datetime) -> list[Waiting]:
    """Bids whose outcome is open. Until the deadline they can be replaced, then the buyer opens and evaluates."""
    found = []
    for bid in tendering.bids_of_founder(session, founder_id):
        if bid.status not in (BidStatus.SEALED, BidStatus.OPENED):
            continue
        open_still = bid.demand.accepts_bids(now=now)
        step = "opened" if bid.status == BidStatus.OPENED else "sealed" if open_still else "closed"
        found.append(Waiting("bids", bid.demand.title, url_for("tendering.bid", code=bid.demand.code),
                             t(f"founders.desk.bid_{step}"), False,
                             bid.demand.bid_deadline if step == "sealed" else None))
    return found


def _contracts(session: Session, founder_id: int, today: dt.date) -> list[Waiting]:
    """Contracts to be confirmed, and each milestone on its way to the money."""
    found: list[Waiting] = []
    signed = contracts.of_party(session, founder_id)
    owed = {one.milestone_id: one for one in payments.of_contracts(session, [one.id for one in signed])}
    found_of = {one.id: statement_of(one, as_of=today) for one in owed.values()}
    ahead = ladder.next_steps(session, [(one, found_of[one.id]) for one in owed.values()], today=today)
    for contract in signed:
        href = url_for("contracts.show", number=contract.number)
        if contract.status == ContractStatus.PENDING:
            found.append(_unsigned(contract, href))
        if contract.status != ContractStatus.ACTIVE:
            continue
        for milestone in contract.milestones:
            obligation = owed.get(milestone.id)
            statement = found_of[obligation.id] if obligation else None
            turn, until = turn_of(contract, milestone, obligation, statement)
            if turn is Turn.NOBODY:
                continue
            overdue = statement is not None and statement.is_overdue
            left = accrual_of(statement).principal_left_fen if statement else 0
            late = (statement.overdue_days or 0) if overdue else max((today - until).days, 0) if until else 0
            found.append(Waiting(
                "money" if obligation else "contracts", f"{contract.title} · {milestone.title}",
                url_for("payments.show", obligation_id=obligation.id) if obligation else href,
                label(turn), SIDE[turn] == Role.FOUNDER, until, late, left,
                ahead.get(obligation.id, "") if obligation else ""))
    return found


def _bonds(session: Session, founder_id: int, now: dt.datetime) -> list[Waiting]:
    """Bonds to provide, and returns to answer. They are no payments: a bond counts with the contracts."""
    return [Waiting("contracts", f"{one.contract.title} · {label(BondKind(one.kind))} {format_fen(one.amount_fen)}",
                    url_for("bonds.index", number=one.contract.number), t(f"bonds.desk.{one.status}"), True)
            for one in bonds.waiting_for(session, founder_id, by=clock.legal_day(now))]


def _unsigned(contract: Contract, href: str) -> Waiting:
    mine = contract.founder_confirmed_at is None
    return Waiting("contracts", contract.title, href,
                   t("founders.desk.confirm" if mine else "founders.desk.buyer_confirms"), mine)
