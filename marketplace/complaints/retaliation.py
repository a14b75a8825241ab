"""Leads on retaliation: what a buyer did to a founder who was owed by it or complained, for a person to look at.

Basis: Decree 802 Arts 20 and 35 (in force 2025-06-01) forbid intimidation and retaliation against an enterprise that
asks for its payment or complains. A lead is a fact with a question; only people and authorities judge.
Bids that were never opened are not looked at: who bids is secret.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.clock import SHANGHAI, legal_day
from marketplace.complaints import parties
from marketplace.complaints.models import Complaint, RetaliationLead
from marketplace.contracts.models import Contract
from marketplace.db import lock
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.notices.operations import notify
from marketplace.payments import queries as payments
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.rules import remedy_policy as policy
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus, advance
from marketplace.rules.remedies import LEAD, LeadKind
from marketplace.suggestions.models import Invitation, MatchEvent
from marketplace.tendering.models import Award, Bid
from marketplace.tendering.queries import READ

SYSTEM = "system"
LOOK_BACK = dt.timedelta(days=31)  # a round that did not run for a month is still caught up


@dataclass(frozen=True)
class Sighting:
    """Something a buyer did on a day that touches a founder."""

    kind: LeadKind
    demand: Demand
    founder_id: int
    on: dt.date
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.demand.id}:{self.founder_id}"


def case_between(session: Session, buyer_id: int, founder_id: int, *, on: dt.date) -> Obligation | None:
    """The latest obligation for which a founder was paid late by, or complained of, a buyer within the window before
    a day; None when the two had no such case then."""
    since = on - dt.timedelta(days=policy.number("retaliation_window_days", on=on))
    complained = select(Complaint.obligation_id).where(
        Complaint.filed_on <= on, or_(Complaint.ended_on.is_(None), Complaint.ended_on >= since))
    late = (Obligation.due_on < on) & or_(
        Obligation.settled_on.is_(None), (Obligation.settled_on > Obligation.due_on) & (Obligation.settled_on >= since))
    query = select(Obligation).join(Contract).where(
        Contract.buyer_id == buyer_id, Contract.founder_id == founder_id, or_(late, Obligation.id.in_(complained)))
    complaints = set(session.scalars(complained))
    for obligation in session.scalars(query.order_by(Obligation.due_on.desc(), Obligation.id.desc())):
        if obligation.id in complaints or statement_of(obligation, as_of=on).overdue_days:
            return obligation
    return None


def scan(session: Session, *, today: dt.date, now: dt.datetime) -> int:
    """Look at what buyers decided lately; how many new leads there are. The same fact is found once."""
    since = today - LOOK_BACK
    moment = dt.datetime.combine(since, dt.time(0), SHANGHAI)
    found = 0
    for seen in (*_awards(session, moment), *_none_suitable(session, moment), *_dismissals(session, since),
                 *_reposts(session, moment)):
        found += _note(session, seen, today=today, now=now) is not None
    return found


def _note(session: Session, seen: Sighting, *, today: dt.date, now: dt.datetime) -> RetaliationLead | None:
    if session.scalar(select(RetaliationLead.id).filter_by(key=seen.key)) is not None:
        return None
    case = case_between(session, seen.demand.buyer_id, seen.founder_id, on=seen.on)
    if case is None:
        return None
    return _add(session, RetaliationLead(
        key=seen.key, kind=seen.kind, buyer_id=seen.demand.buyer_id, founder_id=seen.founder_id, case_id=case.id,
        demand_id=seen.demand.id, found_on=today, facts=seen.facts | {"on": seen.on.isoformat()}),
        actor=SYSTEM, now=now)


def _add(session: Session, lead: RetaliationLead, *, actor: User | str, now: dt.datetime) -> RetaliationLead | None:
    try:
        with session.begin_nested():
            session.add(lead)
    except IntegrityError:
        return None
    audit.record(session, "retaliation_lead:note", lead, actor=actor, at=now, kind=lead.kind, demand=lead.demand_id,
                 case=lead.case_id, facts=lead.facts)
    _tell(session, lead, "lead_found", payments.operator_ids(session), now=now)
    return lead


def _awards(session: Session, since: dt.datetime) -> Iterator[Sighting]:
    """Bids ranked above the winner's, or within the close margin below it."""
    for award in session.scalars(select(Award).where(Award.awarded_at >= since).order_by(Award.id)):
        on = legal_day(award.awarded_at)
        places = [policy.Ranked(row["founder_id"], row["rank"], row["total"]) for row in award.ranking
                  if row["rank"] is not None]  # a bid out of the ranking was not passed over
        winner = award.bid.founder_id
        for place in places:
            own = policy.passed_over(places, winner_id=winner, founder_id=place.founder_id, on=on)
            if own is not None:
                won = next(one for one in places if one.founder_id == winner)
                yield Sighting(LeadKind.PASSED_OVER, award.demand, own.founder_id, on, {
                    "rank": own.rank, "total": own.total, "winner_rank": won.rank, "winner_total": won.total,
                    "bids": len(places), "reason": award.reason})


def _none_suitable(session: Session, since: dt.datetime) -> Iterator[Sighting]:
    """Demands that ended without an award though one bid had been read: nobody else was there to be better."""
    query = select(Demand).where(Demand.status == DemandStatus.UNSUCCESSFUL, Demand.updated_at >= since,
                                 Demand.opened_at.is_not(None))
    for demand in session.scalars(query.order_by(Demand.id)):
        read = list(session.scalars(select(Bid).where(Bid.demand_id == demand.id, Bid.status.in_(READ))))
        if len(read) == 1:
            yield Sighting(LeadKind.ONLY_BID_DECLINED, demand, read[0].founder_id, legal_day(demand.updated_at),
                           {"reason": demand.closed_reason or ""})


def _dismissals(session: Session, since: dt.date) -> Iterator[Sighting]:
    """Founders the buyer dismissed from the suggestions of its demand; an invitation that went before is named."""
    query = select(MatchEvent, CapabilityProfile.founder_id).join(
        CapabilityProfile, CapabilityProfile.id == MatchEvent.profile_id).where(
        MatchEvent.side == "buyer", MatchEvent.kind == "dismissed", MatchEvent.happened_on >= since)
    for event, founder_id in session.execute(query.order_by(MatchEvent.id)):
        demand = session.get_one(Demand, event.demand_id)
        invited = session.scalar(select(Invitation.id).filter_by(demand_id=demand.id, founder_id=founder_id))
        kind = LeadKind.INVITATION_WITHDRAWN if invited else LeadKind.SUGGESTION_DISMISSED
        yield Sighting(kind, demand, founder_id, event.happened_on, {"reason_code": event.reason})


def _reposts(session: Session, since: dt.datetime) -> Iterator[Sighting]:
    """Demands posted again under the same title with a condition a founder of the first time does not meet."""
    earlier = aliased(Demand)
    query = select(Demand, earlier).join(
        earlier, (earlier.buyer_id == Demand.buyer_id) & (earlier.title == Demand.title)
        & (earlier.id < Demand.id)).where(
        Demand.published_at >= since, earlier.published_at.is_not(None),
        earlier.status.in_((DemandStatus.CANCELLED, DemandStatus.UNSUCCESSFUL)))
    for demand, before in session.execute(query.order_by(Demand.id, earlier.id)):
        yield from _excluded(session, before, demand)


def _excluded(session: Session, before: Demand, after: Demand) -> Iterator[Sighting]:
    bidders = set(session.scalars(select(Bid.founder_id).where(Bid.demand_id == before.id, Bid.status.in_(READ))))
    bidders |= set(session.scalars(select(Invitation.founder_id).filter_by(demand_id=before.id)))
    profiles = select(CapabilityProfile).where(CapabilityProfile.founder_id.in_(bidders))
    for profile in session.scalars(profiles.order_by(CapabilityProfile.id)):
        added = policy.newly_excluding(
            _conditions(before), _conditions(after), skills=frozenset(profile.skills),
            certifications=frozenset(profile.certifications))
        if added and after.published_at is not None:
            yield Sighting(LeadKind.REPOSTED_EXCLUDING, after, profile.founder_id, legal_day(after.published_at),
                           {"before": before.code, "added": list(added)})


def _conditions(demand: Demand) -> policy.Conditions:
    return policy.Conditions(frozenset(demand.required_skills), frozenset(demand.required_certifications),
                             demand.remote_ok)


def report(session: Session, obligation: Obligation, *, text: str, demand_code: str = "", actor: User,
           now: dt.datetime) -> RetaliationLead:
    """A founder reports what it takes for retaliation over one of its overdue obligations or complaints.

    Raises Problems (text, demand_code), WrongState("lead.no_case", "lead.reported_before").
    """
    obligation = parties.hold(session, obligation, actor=actor, side="founder")
    contract, today = obligation.contract, legal_day(now)
    complained = session.scalar(select(Complaint.id).filter_by(obligation_id=obligation.id).limit(1)) is not None
    if not complained and not statement_of(obligation, as_of=today).overdue_days:
        raise WrongState("lead.no_case", number=contract.number)
    demand = session.scalars(select(Demand).filter_by(code=demand_code.strip(), buyer_id=contract.buyer_id)
                             ).one_or_none() if demand_code.strip() else None
    parties.refuse([*parties.text_problems(text=text), Problem("demand_code", "lead.demand_unknown", {
        "code": demand_code.strip()}) if demand_code.strip() and demand is None else None])
    key = f"{LeadKind.FOUNDER_REPORT}:{obligation.id}:{demand.id if demand else today.isoformat()}"
    made = _add(session, RetaliationLead(
        key=key, kind=LeadKind.FOUNDER_REPORT, buyer_id=contract.buyer_id, founder_id=contract.founder_id,
        case_id=obligation.id, demand_id=demand.id if demand else None, found_on=today,
        facts={"on": today.isoformat()}, report=text.strip()), actor=actor, now=now)
    if made is None:
        raise WrongState("lead.reported_before")
    return made


def visible(session: Session, lead_id: int, *, actor: User) -> RetaliationLead:
    """A lead for the operator; for the buyer once it was asked; for a founder its own report. Raises NotFound."""
    found = session.get(RetaliationLead, lead_id) if 0 < lead_id < 2**31 else None
    seen = found is not None and (
        actor.role == Role.OPERATOR
        or (actor.organisation_id == found.buyer_id and found.question is not None)
        or (actor.organisation_id == found.founder_id and found.kind == LeadKind.FOUNDER_REPORT))
    if found is None or not seen:
        raise NotFound("not_found", what="retaliation_lead", id=lead_id)
    return found


def ask(session: Session, lead_id: int, *, question: str, actor: User, now: dt.datetime) -> RetaliationLead:
    """The operator asks the buyer for its side. Raises Problems (question), WrongState."""
    lead = _held(session, lead_id, actor=actor, role=Role.OPERATOR)
    following = advance(LEAD, lead.status, "ask")
    _text("question", question)
    lead.status, lead.question = following, question.strip()
    return _said(session, lead, "ask", [lead.buyer_id], actor=actor, now=now, question=lead.question)


def answer(session: Session, lead_id: int, *, text: str, actor: User, now: dt.datetime) -> RetaliationLead:
    """The buyer answers. Raises Problems (text), WrongState."""
    lead = _held(session, lead_id, actor=actor, role=Role.BUYER)
    following = advance(LEAD, lead.status, "answer")
    _text("text", text)
    lead.status, lead.answer, lead.answered_at = following, text.strip(), now
    return _said(session, lead, "answer", payments.operator_ids(session), actor=actor, now=now, answer=lead.answer)


def close(session: Session, lead_id: int, *, passed_on: bool, note: str, actor: User,
          now: dt.datetime) -> RetaliationLead:
    """The operator closes it: explained, or passed on to the authority, which alone may find retaliation.

    Raises Problems (note), WrongState: nothing is passed on before the buyer was asked.
    """
    lead = _held(session, lead_id, actor=actor, role=Role.OPERATOR)
    action = "pass_on" if passed_on else "explain"
    following = advance(LEAD, lead.status, action)
    _text("note", note)
    lead.status, lead.closing_note, lead.closed_at = following, note.strip(), now
    told = [lead.buyer_id] if lead.question is not None else []
    told += [lead.founder_id] if lead.kind == LeadKind.FOUNDER_REPORT else []
    return _said(session, lead, action, told, actor=actor, now=now, note=lead.closing_note)


def _held(session: Session, lead_id: int, *, actor: User, role: Role) -> RetaliationLead:
    lead = lock(session, RetaliationLead, visible(session, lead_id, actor=actor).id)
    if actor.role != role:
        raise NotAllowed("remedy.only_operator" if role is Role.OPERATOR else "lead.only_buyer")
    return lead


def _text(name: str, text: str) -> None:
    if problems := parties.text_problems(**{name: text}):
        raise Problems(problems)


def _said(session: Session, lead: RetaliationLead, action: str, told: Iterable[int], *, actor: User,
          now: dt.datetime, **facts: str) -> RetaliationLead:
    audit.record(session, f"retaliation_lead:{action}", lead, actor=actor, at=now, **facts)
    _tell(session, lead, f"lead_{action}", told, now=now)
    return lead


def _tell(session: Session, lead: RetaliationLead, code: str, told: Iterable[int], *, now: dt.datetime) -> None:
    for organisation_id in told:
        notify(session, organisation_id, code, dedupe=f"{code}:{lead.id}", now=now, link=f"/leads/{lead.id}",
               number=lead.case.contract.number)
