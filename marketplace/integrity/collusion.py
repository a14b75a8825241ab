"""Leads on collusion between bidders: found after the opening, looked at by the operator, explained or forwarded.

Nothing here stands in the way of an award: a lead is a fact with a question, and only people and authorities judge.
"""
from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, Role, User
from marketplace.audit.operations import SYSTEM, canonical
from marketplace.db import lock
from marketplace.demand.models import Demand
from marketplace.integrity import comparing
from marketplace.integrity.models import CollusionLead, CollusionScan
from marketplace.notices.operations import notify
from marketplace.rules import collusion as law
from marketplace.rules.collusion import COLLUSION_LEAD, CollusionKind, Finding, LeadStage
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus, advance
from marketplace.tendering import queries as tendering
from marketplace.tendering.models import Bid

MOST_TEXT = 4000
_SEVERAL = (CollusionKind.SHARED_IDENTITY, CollusionKind.SAME_FILE)
_OPENED = (DemandStatus.EVALUATION, DemandStatus.COMPLETE)


def scan(session: Session, demand: Demand, *, now: dt.datetime, actor: User | str = SYSTEM) -> int:
    """Compare the opened bids of a demand; how many leads are new. What was found before is not found again.

    Raises WrongState (integrity.before_opening).
    """
    demand = lock(session, Demand, demand.id)
    if demand.opened_at is None:
        raise WrongState("integrity.before_opening", code=demand.code)
    bids = tendering.opened_bids(session, demand)
    added = [lead for found in comparing.findings(session, demand, bids)
             if (lead := _note(session, demand, found, now=now)) is not None]
    done = session.get(CollusionScan, demand.id) or CollusionScan(demand_id=demand.id)
    done.bids, done.pairs, done.scanned_at = len(bids), len(bids) * (len(bids) - 1) // 2, now
    session.add(done)
    audit.record(session, "collusion:scan", demand, actor=actor, at=now, bids=done.bids, compared_pairs=done.pairs,
                 new_leads=len(added))
    for operator_id in session.scalars(select(Organisation.id).filter_by(role=Role.OPERATOR)) if added else ():
        notify(session, operator_id, "collusion_found", dedupe=f"collusion:{demand.id}:{now.isoformat()}", now=now,
               link=f"/demands/{demand.code}/integrity", demand=demand.code, title=demand.title, count=len(added))
    return len(added)


def waiting(session: Session) -> list[int]:
    """The demands whose bids were not compared since their opening, by id."""
    done = select(CollusionScan.demand_id).where(CollusionScan.scanned_at >= Demand.opened_at)
    query = select(Demand.id).where(Demand.status.in_(_OPENED), Demand.id.not_in(done))
    return list(session.scalars(query.order_by(Demand.id)))


def _note(session: Session, demand: Demand, found: Finding, *, now: dt.datetime) -> CollusionLead | None:
    several = found.kind in _SEVERAL  # of these the same bids may have more than one
    which = canonical([found.bids, found.facts if several else ""])
    key = f"{demand.id}:{found.kind}:{hashlib.sha256(which.encode()).hexdigest()[:32]}"
    if session.scalar(select(CollusionLead.id).filter_by(key=key)) is not None:
        return None
    lead = CollusionLead(key=key, demand_id=demand.id, kind=found.kind, strength=found.strength,
                         bid_ids=list(found.bids), facts=found.facts, found_at=now)
    try:
        with session.begin_nested():
            session.add(lead)
    except IntegrityError:  # compared at the same moment by another process
        return None
    audit.record(session, "collusion_lead:note", lead, actor=SYSTEM, at=now, demand=demand.code, kind=found.kind,
                 bids=list(found.bids), lead_strength=found.strength)
    return lead


def visible(session: Session, lead_id: int, *, actor: User) -> CollusionLead:
    """A lead for the operator, and for the demand's buyer once it was forwarded. Raises NotFound."""
    lead = session.get(CollusionLead, lead_id) if 0 < lead_id < 2**31 else None
    seen = lead is not None and (actor.role == Role.OPERATOR or (
        lead.stage == LeadStage.FORWARDED and lead.demand.buyer_id == actor.organisation_id))
    if lead is None or not seen:
        raise NotFound("not_found", what="collusion_lead", id=lead_id)
    return lead


def read(session: Session, lead_id: int, *, actor: User, now: dt.datetime) -> CollusionLead:
    """A lead, and that it was read. Raises NotFound."""
    lead = visible(session, lead_id, actor=actor)
    audit.record(session, "collusion_lead:read", lead, actor=actor, at=now, demand=lead.demand.code)
    return lead


def look(session: Session, lead_id: int, *, note: str, actor: User, now: dt.datetime) -> CollusionLead:
    """The operator writes down what was seen. Raises Problems (note), WrongState, NotAllowed."""
    lead = _advanced(session, lead_id, "look", actor=actor)
    lead.note, lead.noted_at, lead.noted_by_id = _text("note", note), now, actor.id
    lead.closing = lead.closed_at = lead.closed_by_id = None
    audit.record(session, "collusion_lead:look", lead, actor=actor, at=now, note=lead.note)
    return lead


def close(session: Session, lead_id: int, *, forwarded: bool, closing: str, actor: User,
          now: dt.datetime) -> CollusionLead:
    """The operator closes a lead it has looked at: explained, or forwarded to the buyer and the authority.

    Raises Problems (closing), WrongState, NotAllowed.
    """
    action = "forward" if forwarded else "explain"
    lead = _advanced(session, lead_id, action, actor=actor)
    lead.closing, lead.closed_at, lead.closed_by_id = _text("closing", closing), now, actor.id
    audit.record(session, f"collusion_lead:{action}", lead, actor=actor, at=now, closing=lead.closing)
    if forwarded:
        notify(session, lead.demand.buyer_id, "collusion_forwarded", dedupe=f"collusion_lead:{lead.id}", now=now,
               link=f"/integrity/leads/{lead.id}", demand=lead.demand.code, title=lead.demand.title)
    return lead


def _advanced(session: Session, lead_id: int, action: str, *, actor: User) -> CollusionLead:
    if actor.role != Role.OPERATOR:
        raise NotAllowed("integrity.only_operator")
    lead = lock(session, CollusionLead, visible(session, lead_id, actor=actor).id)
    lead.stage = advance(COLLUSION_LEAD, lead.stage, action)
    return lead


def _text(name: str, text: str) -> str:
    text = text.strip()
    if not text:
        raise Problems([Problem(name, "field.required")])
    if len(text) > MOST_TEXT:
        raise Problems([Problem(name, "field.too_long", {"most": MOST_TEXT, "length": len(text)})])
    return text


def of_demand(session: Session, demand: Demand) -> list[CollusionLead]:
    """The leads about one demand, those still open and the strongest first."""
    return _sorted(list(session.scalars(select(CollusionLead).filter_by(demand_id=demand.id))))


def leads(session: Session, *, stages: tuple[LeadStage, ...]) -> list[CollusionLead]:
    """The leads in these stages, the strongest and the longest waiting first."""
    query = select(CollusionLead).where(CollusionLead.stage.in_(stages))
    return _sorted(list(session.scalars(query)))


def _sorted(found: list[CollusionLead]) -> list[CollusionLead]:
    weight = {strength: place for place, strength in enumerate(law.Strength)}
    return sorted(found, key=lambda one: (one.stage not in law.OPEN_STAGES, weight[law.Strength(one.strength)],
                                          one.found_at, one.id))


def scans(session: Session, *, limit: int = 50) -> list[CollusionScan]:
    """The demands compared last, newest first."""
    return list(session.scalars(select(CollusionScan).order_by(
        CollusionScan.scanned_at.desc(), CollusionScan.demand_id.desc()).limit(limit)))


def scan_of(session: Session, demand: Demand) -> CollusionScan | None:
    """When a demand's bids were compared, None when never."""
    return session.get(CollusionScan, demand.id)


def bids_of(session: Session, lead: CollusionLead) -> dict[int, Bid]:
    """The bids a lead is about, by id."""
    return {bid.id: bid for bid in session.scalars(select(Bid).where(Bid.id.in_(lead.bid_ids)).order_by(Bid.id))}
