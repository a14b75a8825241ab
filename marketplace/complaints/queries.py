"""Reading what follows late payments: one obligation's case, a buyer's standing, the public list, whose turn it is."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.accounts import standing
from marketplace.accounts.models import Organisation, PublishingBlock, User
from marketplace.complaints import filing, parties, plans
from marketplace.complaints.models import Complaint, Mediation, PaymentPlan, PublicListing, RetaliationLead
from marketplace.contracts.models import Contract
from marketplace.db import Base
from marketplace.payments import queries as payments
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.rules import remedy_policy as policy
from marketplace.rules.remedies import (
    OPEN_COMPLAINTS,
    OPEN_LEADS,
    OPEN_LISTINGS,
    OPEN_MEDIATIONS,
    OPEN_PLANS,
    PUBLIC_LISTINGS,
    ComplaintStatus,
    LeadStatus,
    ListingStatus,
    MediationStatus,
    PlanStatus,
)
from marketplace.rules.statement import Statement

Row = TypeVar("Row", bound=Base)
HISTORY = 200


@dataclass(frozen=True)
class Case:
    """Everything that followed one obligation, newest first, as one side or the operator may see it."""

    obligation: Obligation
    side: str
    found: Statement
    block: PublishingBlock | None
    plans: list[PaymentPlan]
    listings: list[PublicListing]
    complaints: list[Complaint]
    mediations: list[Mediation]


def case_of(session: Session, obligation_id: int, *, actor: User, today: dt.date) -> Case:
    """The case of an obligation. Raises NotFound for everyone but its sides and the operator.

    The buyer sees a complaint once it was handed to the authority, the founder no proposal for the public list
    before it was decided: both are between the operator and one side until then.
    """
    obligation = payments.for_party(session, obligation_id, actor=actor)
    side = parties.side_of(obligation, actor)
    complaints, listings = _of(session, Complaint, obligation_id), _of(session, PublicListing, obligation_id)
    if side == "buyer":
        complaints = [one for one in complaints if one.submitted_on is not None]
    if side == "founder":
        listings = [one for one in listings if one.decided_at is not None]
    return Case(obligation, side, statement_of(obligation, as_of=today), standing.block_of(session, obligation_id),
                _of(session, PaymentPlan, obligation_id), listings, complaints, _of(session, Mediation, obligation_id))


def _of(session: Session, model: type[Row], obligation_id: int) -> list[Row]:
    query = select(model).filter_by(obligation_id=obligation_id)
    return list(session.scalars(query.order_by(model.id.desc())))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class PublicEntry:
    """What the public reads: facts only, the amount as a band (fen), the contract number masked."""

    listing_id: int
    buyer: str
    uscc: str
    number: str
    low_fen: int
    below_fen: int | None
    due_on: dt.date | None
    days_late: int
    published_on: dt.date
    reply: str | None
    appealed: bool
    removed_on: dt.date | None
    removal_reason: str | None


def public_list(session: Session, *, today: dt.date) -> tuple[list[PublicEntry], list[PublicEntry]]:
    """(what is published now, longest late first; what was published and has been taken down, newest first).

    An obligation paid today is not on the list any more, whether or not the daily round has run.
    """
    query = select(PublicListing).where(PublicListing.decided_at.is_not(None), or_(
        PublicListing.status.in_(PUBLIC_LISTINGS), PublicListing.status == ListingStatus.REMOVED))
    rows = session.scalars(query.order_by(PublicListing.id.desc()).limit(HISTORY))
    entries = [_entry(row, today=today) for row in rows]
    now = sorted((one for one in entries if one.removed_on is None), key=lambda one: -one.days_late)
    return now, [one for one in entries if one.removed_on is not None]


def _entry(row: PublicListing, *, today: dt.date) -> PublicEntry:
    obligation, contract = row.obligation, row.obligation.contract
    assert row.decided_at is not None  # the query and the database both say so
    found = statement_of(obligation, as_of=row.removed_on or today)
    removed_on, reason = row.removed_on, row.removal_reason
    if removed_on is None and not found.is_overdue:
        removed_on, reason = obligation.settled_on or today, "settled"
    published_on = parties.legal_day(row.decided_at)
    owed = statement_of(obligation, as_of=published_on).principal_left_fen or obligation.amount_fen
    low, below = policy.amount_band(owed)
    return PublicEntry(row.id, contract.buyer.name, contract.buyer.uscc, policy.masked(contract.number), low, below,
                       found.due, found.overdue_days or 0, published_on, row.reply,
                       row.status == ListingStatus.APPEALED, removed_on, reason)


@dataclass(frozen=True)
class Item:
    """One thing that waits for somebody. `whose`: operator, buyer, founder, both or authority.

    `what` is the key complaints.queue.<what> of its sentence, filled with `facts`; `until` the day it waits for.
    """

    what: str
    whose: str
    href: str
    buyer: str
    founder: str
    number: str
    until: dt.date | None = None
    late: bool = False
    provisional: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


def _item(obligation: Obligation, what: str, whose: str, **more: Any) -> Item:
    contract = obligation.contract
    href = more.pop("href", parties.page_of(obligation))
    return Item(what, whose, href, contract.buyer.name, contract.founder.name, contract.number, **more)


def queue(session: Session, *, today: dt.date) -> list[Item]:
    """Everything that waits, late first, then by day: the operator's page sorts it by whose turn it is."""
    found = [*_complaints(session, today), *_listings(session, today), *_candidates(session, today),
             *_mediations(session, today), *_plans(session, today), *_leads(session)]
    return sorted(found, key=lambda one: (not one.late, one.until or dt.date.max, one.number, one.what))


def _complaints(session: Session, today: dt.date) -> Iterator[Item]:
    query = select(Complaint).where(Complaint.status.in_(OPEN_COMPLAINTS)).order_by(Complaint.id)
    whose = {ComplaintStatus.FILED: "operator", ComplaintStatus.DECIDED: "founder"}
    for one in session.scalars(query):
        running = next((clock for clock in reversed(filing.clocks_of(one, today=today)) if clock.done_on is None), None)
        yield _item(one.obligation, f"complaint_{one.status}", whose.get(ComplaintStatus(one.status), "authority"),
                    until=running.until if running else None, late=bool(running and running.late),
                    provisional=bool(running and running.provisional),
                    facts={"authority": one.handler or one.authority})


def _listings(session: Session, today: dt.date) -> Iterator[Item]:
    waiting = (ListingStatus.PROPOSED, ListingStatus.REPLIED, ListingStatus.APPEALED)
    for one in session.scalars(select(PublicListing).where(PublicListing.status.in_(waiting)).order_by(
            PublicListing.id)):
        reply = one.status == ListingStatus.PROPOSED and today <= one.reply_until
        what = "listing_reply" if reply else f"listing_{'decide' if one.status != 'appealed' else 'appealed'}"
        yield _item(one.obligation, what, "buyer" if reply else "operator", until=one.reply_until if reply else None,
                    provisional=reply and one.provisional)


def _candidates(session: Session, today: dt.date) -> Iterator[Item]:
    """Obligations late enough for the public list for which nothing was proposed in this lateness."""
    latest = today - dt.timedelta(days=policy.number("listing_from_days_late", on=today))
    listed = select(PublicListing.obligation_id)
    query = select(Obligation).where(Obligation.settled_on.is_(None), Obligation.due_on <= latest,
                                     Obligation.id.not_in(listed)).order_by(Obligation.due_on, Obligation.id)
    for one in session.scalars(query.limit(HISTORY)):
        found = statement_of(one, as_of=today)
        if found.is_overdue and policy.may_be_listed(found.overdue_days or 0, on=today):
            yield _item(one, "listing_candidate", "operator",
                        facts={"days": found.overdue_days, "left_fen": found.principal_left_fen})


def _mediations(session: Session, today: dt.date) -> Iterator[Item]:
    query = select(Mediation).where(Mediation.status.in_(OPEN_MEDIATIONS)).order_by(Mediation.id)
    for one in session.scalars(query):
        asked = one.status == MediationStatus.REQUESTED
        other = "founder" if one.requested_side == "buyer" else "buyer"
        whose = other if asked else "both" if one.status == MediationStatus.TERMS_RECORDED else "operator"
        yield _item(one.obligation, f"mediation_{one.status}", whose, until=one.answer_until if asked else None,
                    late=asked and today > one.answer_until, provisional=asked and one.provisional)


def _plans(session: Session, today: dt.date) -> Iterator[Item]:
    query = select(PaymentPlan).where(PaymentPlan.status.in_(OPEN_PLANS)).order_by(PaymentPlan.id)
    for one in session.scalars(query):
        following = next_instalment(one, today=today)
        proposed = one.status == PlanStatus.PROPOSED
        yield _item(one.obligation, f"plan_{one.status}", "founder" if proposed else "buyer",
                    until=None if proposed or following is None else following.due_on,
                    facts={"amount_fen": following.amount_fen if following else one.total_fen})


def next_instalment(plan: PaymentPlan, *, today: dt.date) -> policy.Instalment | None:
    """The first promised payment not covered by what has been paid under the plan."""
    promised = [policy.Instalment(one.due_on, one.amount_fen) for one in plan.instalments]
    return policy.next_promised(promised, plans.paid_fen(plan, today=today))


def _leads(session: Session) -> Iterator[Item]:
    for one in session.scalars(select(RetaliationLead).where(RetaliationLead.status.in_(OPEN_LEADS)).order_by(
            RetaliationLead.id)):
        yield Item(f"lead_{one.status}", "buyer" if one.status == LeadStatus.ASKED else "operator",
                   f"/leads/{one.id}", one.buyer.name, one.founder.name, one.case.contract.number,
                   facts={"kind": one.kind})


@dataclass(frozen=True)
class Standing:
    """A buyer's own page: what blocks it, what is late or nearly, its open plans, what it is asked."""

    blocks: list[PublishingBlock]
    late: list[tuple[Obligation, Statement]]
    plans: list[PaymentPlan]
    listings: list[PublicListing]
    leads: list[RetaliationLead]
    complaints: list[Complaint]


def standing_of(session: Session, buyer: Organisation, *, today: dt.date) -> Standing:
    """What a buyer's lateness has brought about, as of a day."""
    owed = [(one, statement_of(one, as_of=today)) for one in payments.unsettled_of(session, buyer.id)
            if one.contract.buyer_id == buyer.id]
    late = sorted(((one, found) for one, found in owed if found.is_overdue), key=lambda pair: pair[1].due or today)
    asked = select(RetaliationLead).where(RetaliationLead.buyer_id == buyer.id, RetaliationLead.question.is_not(None))
    return Standing(
        standing.open_blocks(session, buyer.id), late,
        _of_buyer(session, PaymentPlan, buyer.id, PaymentPlan.status.in_(OPEN_PLANS)),
        _of_buyer(session, PublicListing, buyer.id, PublicListing.status.in_(OPEN_LISTINGS)),
        list(session.scalars(asked.order_by(RetaliationLead.id.desc()))),
        _of_buyer(session, Complaint, buyer.id, Complaint.status.in_(OPEN_COMPLAINTS) &
                  Complaint.submitted_on.is_not(None)))


def _of_buyer(session: Session, model: type[Row], buyer_id: int, condition: Any) -> list[Row]:
    query = select(model).join(Obligation, Obligation.id == model.obligation_id  # type: ignore[attr-defined]
                               ).join(Contract, Contract.id == Obligation.contract_id)
    return list(session.scalars(query.where(Contract.buyer_id == buyer_id, condition).order_by(
        model.id.desc())))  # type: ignore[attr-defined]


def leads(session: Session, *, actor: User) -> list[RetaliationLead]:
    """The leads a person may see, newest first."""
    query = select(RetaliationLead)
    if actor.role == "buyer":
        query = query.where(RetaliationLead.buyer_id == actor.organisation_id, RetaliationLead.question.is_not(None))
    elif actor.role == "founder":
        query = query.where(RetaliationLead.founder_id == actor.organisation_id,
                            RetaliationLead.report.is_not(None))
    return list(session.scalars(query.order_by(RetaliationLead.id.desc()).limit(HISTORY)))
