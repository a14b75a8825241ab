"""Leads on conflicts of interest between who decides on a demand and who bids for it; and who has looked at them."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, Role, User
from marketplace.clock import legal_day
from marketplace.db import find, get
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.integrity.models import Employment, RelationDeclaration
from marketplace.rules import conflicts as law
from marketplace.rules.conflicts import Identity, Signal, SignalKind
from marketplace.rules.errors import NotFound, WrongState
from marketplace.tendering import queries as tendering
from marketplace.tendering.models import Bid

__all__ = ["Bidder", "Signal", "SignalKind", "between", "identity", "look", "of_demand", "parties"]


@dataclass(frozen=True)
class Bidder:
    """A company of an opened bid: what it declared, oldest first, and the leads for each person of the buyer's."""

    founder: Organisation
    declarations: list[RelationDeclaration]
    signals: list[tuple[User, list[Signal]]]


def between(session: Session, user: User, founder_id: int, *, on: dt.date | None = None) -> list[Signal]:
    """What a person who decides, or that person's organisation, has in common with a founder's company.

    `on` is the day employment is counted back from, None for the newest day anything is known of: then every
    employment that has not ended for longer than the law looks back counts from its own declaration.
    """
    founder = get(session, Organisation, founder_id)
    return [*_employed(session, user, founder, on=on),
            *law.shared(identity(session, user.organisation, person=user), identity(session, founder))]


def identity(session: Session, organisation: Organisation, *, person: User | None = None) -> Identity:
    """What is known of a company; of an organisation with many people only the one person's name and mail."""
    people = [person] if person is not None else organisation.people
    profile = find(session, CapabilityProfile, founder_id=organisation.id)
    names = (organisation.legal_representative or "", *(one.display_name for one in people))
    return Identity(
        uscc=organisation.uscc, people=names, phones=(organisation.phone or "",),
        emails=tuple(one.email for one in people), address=organisation.registered_address or "",
        interests=tuple(profile.related_usccs) if profile else ())


def _employed(session: Session, user: User, founder: Organisation, *, on: dt.date | None) -> list[Signal]:
    """The founder's people were employed by the decider's organisation, or the decider by the founder's company."""
    found = []
    for person, employer in (*((one, user.organisation) for one in founder.people), (user, founder)):
        query = select(Employment).filter_by(user_id=person.id, withdrawn_at=None).order_by(Employment.started_on)
        for work in session.scalars(query):
            day = on or legal_day(work.declared_at)
            if _is(work, employer) and law.employment_counts(work.started_on, work.ended_on, on=day):
                found.append(Signal(SignalKind.EMPLOYED, {
                    "person": person.display_name, "employer": employer.name, "from": work.started_on.isoformat(),
                    "to": work.ended_on.isoformat() if work.ended_on else ""}, since=work.started_on))
    return found


def _is(work: Employment, employer: Organisation) -> bool:
    if work.employer_uscc:
        return work.employer_uscc == employer.uscc
    return law.plain_name(work.employer) == law.plain_name(employer.name)


def parties(session: Session, bid: Bid) -> list[Organisation]:
    """Every company of an opened bid: its founder, then the other members of a joint bid."""
    codes = [str(member["uscc"]) for member in bid.team or ()]
    others = select(Organisation).where(Organisation.uscc.in_(codes), Organisation.id != bid.founder_id)
    return [bid.founder, *(session.scalars(others.order_by(Organisation.id)) if codes else ())]


def of_demand(session: Session, demand: Demand) -> list[Bidder]:
    """Every company of every opened bid, those of joint bids too, with declarations and leads, in the order of
    receipt; empty before the opening."""
    if demand.opened_at is None:
        return []
    on = legal_day(demand.opened_at)
    said = list(session.scalars(select(RelationDeclaration).filter_by(demand_id=demand.id)
                                .order_by(RelationDeclaration.id)))
    return [Bidder(company, [one for one in said if one.founder_id == company.id],
                   [(person, between(session, person, company.id, on=on)) for person in demand.buyer.people])
            for bid in tendering.opened_bids(session, demand) for company in parties(session, bid)]


def look(session: Session, demand: Demand, *, actor: User, now: dt.datetime) -> list[Bidder]:
    """As `of_demand`, for the buyer's people and the operator; each look is written into the audit chain.

    Raises NotFound for everyone else, WrongState (integrity.before_opening).
    """
    if actor.role != Role.OPERATOR and actor.organisation_id != demand.buyer_id:
        raise NotFound("not_found", what="demand", id=demand.code)
    if demand.opened_at is None:
        raise WrongState("integrity.before_opening", code=demand.code)
    found = of_demand(session, demand)
    audit.record(session, "integrity:look", demand, actor=actor, at=now, bidders=len(found),
                 signals=sum(len(signals) for one in found for _, signals in one.signals))
    return found
