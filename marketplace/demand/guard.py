"""Cutting below a tender threshold is flagged to buyer and operator, and goes on only with a reason.

The rule is `rules/splitting`; here a buyer's projects and demands are gathered, and the reason is kept for good.
"""
from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, Role, User
from marketplace.clock import legal_day
from marketplace.db import find, lock
from marketplace.demand.models import Demand, Project, SplittingFlag
from marketplace.notices.operations import notify
from marketplace.rules import splitting
from marketplace.rules.errors import Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus, ProjectStatus
from marketplace.rules.payment_facts import PayerType
from marketplace.rules.splitting import Purchase, Split

LONGEST_REASON = 2000
Subject = Project | Demand


def subject_of(demand: Demand) -> Subject:
    """What is bought as one: the project a demand was cut from, else the demand itself."""
    return demand.slice.project if demand.slice is not None else demand


def look(session: Session, subject: Subject, *, today: dt.date) -> Split | None:
    """The parts that together reach a threshold, `subject` among them; None where none does."""
    buyer = subject.buyer
    payer = PayerType(buyer.payer_type)
    if not (payer.is_public_body or buyer.state_owned):
        return None  # no threshold binds it
    return splitting.find(_purchase(subject, today), _others(session, buyer, today), payer=payer,
                          state_owned=buyer.state_owned, text=subject.description, today=today)


def _purchase(subject: Subject, on: dt.date) -> Purchase:
    if isinstance(subject, Project):
        return Purchase("project", f"project:{subject.id}", subject.title, subject.budget_fen, on,
                        max(len(subject.slices), 1))
    return Purchase("demand", subject.code, subject.title, subject.budget_fen, on)


def _others(session: Session, buyer: Organisation, today: dt.date) -> list[Purchase]:
    """What the buyer has posted as projects, and published or handed in as demands of no project, not taken back."""
    since = dt.datetime.combine(today - splitting.LOOK_BACK - dt.timedelta(days=1), dt.time(), dt.UTC)
    projects = session.scalars(select(Project).where(
        Project.buyer_id == buyer.id, Project.status == ProjectStatus.ACTIVE, Project.created_at >= since))
    demands = session.scalars(select(Demand).where(
        Demand.buyer_id == buyer.id, Demand.slice_id.is_(None), Demand.status != DemandStatus.CANCELLED,
        or_(Demand.published_at >= since, Demand.status == DemandStatus.REVIEW)))
    return [*(_purchase(one, legal_day(one.created_at)) for one in projects),
            *(_purchase(one, legal_day(one.published_at) if one.published_at else today) for one in demands)]


def flag_of(session: Session, subject: Subject) -> SplittingFlag | None:
    """The recorded flag with its reason, None where nothing was recorded."""
    if isinstance(subject, Project):
        return find(session, SplittingFlag, project_id=subject.id)
    return find(session, SplittingFlag, demand_id=subject.id)


def problems(session: Session, subject: Subject, *, today: dt.date) -> list[Problem]:
    """What keeps it from going on: parts reach a threshold, and no reason covers as much as they are now."""
    found = look(session, subject, today=today)
    if found is None:
        return []
    flag = flag_of(session, subject)
    if flag is not None and flag.reason and flag.total_fen >= found.total_fen:
        return []
    return [Problem("splitting_reason", "splitting.reason_needed", {
        "total_fen": found.total_fen, "threshold_fen": found.threshold_fen, "count": len(found.purchases),
        "law": splitting.LAW})]


def explain(session: Session, subject: Subject, *, reason: str, actor: User, now: dt.datetime) -> SplittingFlag:
    """Record the flag with the buyer's reason and tell the operator.

    Raises Problems (no reason, too long), WrongState("splitting.nothing_found").
    """
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise Problems([Problem("splitting_reason", "splitting.reason_missing", {"most": LONGEST_REASON})])
    subject = lock(session, type(subject), subject.id)
    found = look(session, subject, today=legal_day(now))
    if found is None:
        raise WrongState("splitting.nothing_found", title=subject.title)
    flag = flag_of(session, subject)
    if flag is None:
        flag = SplittingFlag(buyer_id=subject.buyer_id, found_at=now)
        flag.project, flag.demand = (subject, None) if isinstance(subject, Project) else (None, subject)
        session.add(flag)
    flag.threshold, flag.threshold_fen, flag.total_fen = found.threshold, found.threshold_fen, found.total_fen
    flag.facts = {"source": found.source, "laws": list(found.laws), "purchases": [
        asdict(one) | {"on": one.on.isoformat()} for one in found.purchases]}
    flag.reason, flag.reason_at = said, now
    session.flush()
    audit.record(session, "splitting:explain", flag, actor=actor, at=now, total_fen=found.total_fen,
                 threshold_fen=found.threshold_fen, purchases=[one.ref for one in found.purchases], reason=said)
    for operator in session.scalars(select(Organisation).filter_by(role=Role.OPERATOR)):
        notify(session, operator.id, "splitting_flagged", dedupe=f"splitting:{flag.id}:{found.total_fen}", now=now,
               link="/operator/splitting", buyer=subject.buyer.name, title=subject.title, total_fen=found.total_fen,
               threshold_fen=found.threshold_fen)
    return flag


def flags(session: Session) -> list[SplittingFlag]:
    """Every recorded flag, the newest reason first, for the operator."""
    newest = (SplittingFlag.reason_at.desc(), SplittingFlag.id.desc())
    return list(session.scalars(select(SplittingFlag).order_by(*newest)))
