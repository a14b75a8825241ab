"""Mediation of an overdue or disputed obligation by a partner of the platform.

It stops nothing by itself. Only when both sides agree in writing do the platform's own steps (publishing block,
public list) rest until a day; due date and interest of Decree 802 Art 17 (in force 2025-06-01) are never touched.
"""
from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts import standing
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.complaints import parties
from marketplace.complaints.models import Mediation, MediationPartner, MediationSession
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.rules import remedy_policy as policy
from marketplace.rules.errors import NotAllowed, Problem, WrongState
from marketplace.rules.lifecycle import DisputeStatus, advance
from marketplace.rules.remedies import MEDIATION, OPEN_MEDIATIONS, LiftReason, MediationStatus

SYSTEM = "system"


def open_mediation(session: Session, obligation_id: int) -> Mediation | None:
    """The mediation going on about an obligation, if there is one."""
    query = select(Mediation).where(Mediation.obligation_id == obligation_id, Mediation.status.in_(OPEN_MEDIATIONS))
    return session.scalars(query).one_or_none()


def paused_until(session: Session, obligation_id: int, *, on: dt.date) -> dt.date | None:
    """The last day on which the platform's steps rest by both sides' written agreement; None when they do not."""
    query = select(Mediation).where(
        Mediation.obligation_id == obligation_id, Mediation.pause_until >= on, Mediation.pause_buyer_at.is_not(None),
        Mediation.pause_founder_at.is_not(None), Mediation.status.in_(OPEN_MEDIATIONS))
    found = session.scalars(query).first()
    return found.pause_until if found else None


def request(session: Session, obligation: Obligation, *, text: str, actor: User, now: dt.datetime) -> Mediation:
    """One side asks for mediation of an overdue or disputed obligation.

    Raises Problems (text), WrongState (mediation.nothing_to_mediate, mediation.one_is_open).
    """
    obligation = parties.hold(session, obligation, actor=actor, side="any")
    side, today = parties.side_of(obligation, actor), legal_day(now)
    disputed = any(dispute.status == DisputeStatus.OPEN for dispute in obligation.disputes)
    if not disputed and not statement_of(obligation, as_of=today).is_overdue:
        raise WrongState("mediation.nothing_to_mediate", number=obligation.contract.number)
    if open_mediation(session, obligation.id) is not None:
        raise WrongState("mediation.one_is_open", number=obligation.contract.number)
    parties.refuse(parties.text_problems(text=text))
    until = policy.mediation_answer_until(today, calendar=reference.calendar())
    made = Mediation(obligation_id=obligation.id, requested_side=side, requested_by_id=actor.id, requested_at=now,
                     request=text.strip(), answer_until=until.day, provisional=until.provisional)
    session.add(made)
    audit.record(session, "mediation:request", made, actor=actor, at=now, obligation=obligation.id, side=side,
                 answer_until=until.day)
    parties.tell(session, obligation, "mediation_requested", str(made.id), now=now,
                 until=made.answer_until.isoformat(), to=f"{_other(side)} operator")
    return made


def _other(side: str) -> str:
    return "founder" if side == "buyer" else "buyer"


def answer(session: Session, obligation: Obligation, mediation_id: int, *, agree: bool, actor: User,
           now: dt.datetime) -> Mediation:
    """The other side agrees or does not. Raises NotAllowed("mediation.your_own"), WrongState."""
    obligation = parties.hold(session, obligation, actor=actor, side="any")
    found = parties.part(session, obligation, Mediation, mediation_id)
    if parties.side_of(obligation, actor) == found.requested_side:
        raise NotAllowed("mediation.your_own")
    if legal_day(now) > found.answer_until:
        raise WrongState("mediation.answer_late", until=found.answer_until)
    action = "agree" if agree else "refuse"
    found.status, found.answered_at = advance(MEDIATION, found.status, action), now
    if not agree:
        found.ended_on = legal_day(now)
    return _said(session, obligation, found, action, actor=actor, now=now)


def withdraw(session: Session, obligation: Obligation, mediation_id: int, *, actor: User,
             now: dt.datetime) -> Mediation:
    """Who asked takes it back before it was answered. Raises NotAllowed("mediation.not_yours"), WrongState."""
    obligation = parties.hold(session, obligation, actor=actor, side="any")
    found = parties.part(session, obligation, Mediation, mediation_id)
    if parties.side_of(obligation, actor) != found.requested_side:
        raise NotAllowed("mediation.not_yours")
    found.status, found.ended_on = advance(MEDIATION, found.status, "withdraw"), legal_day(now)
    return _said(session, obligation, found, "withdraw", actor=actor, now=now)


def assign(session: Session, obligation: Obligation, mediation_id: int, *, partner_id: int, actor: User,
           now: dt.datetime) -> Mediation:
    """The operator names the partner. Raises Problems (partner_id), WrongState."""
    obligation = parties.hold(session, obligation, actor=actor, side="operator")
    found = parties.part(session, obligation, Mediation, mediation_id)
    partner = session.get(MediationPartner, partner_id) if 0 < partner_id < 2**31 else None
    following = advance(MEDIATION, found.status, "assign")
    parties.refuse([Problem("partner_id", "field.not_a_choice") if partner is None or not partner.active else None])
    assert partner is not None
    found.status, found.partner = following, partner
    return _said(session, obligation, found, "assign", actor=actor, now=now, key=f"{found.id}:{partner.id}",
                 partner=partner.name)


def add_session(session: Session, obligation: Obligation, mediation_id: int, *, held_on: dt.date, note: str,
                actor: User, now: dt.datetime) -> MediationSession:
    """The operator notes a meeting. Raises Problems (held_on, note), WrongState."""
    obligation = parties.hold(session, obligation, actor=actor, side="operator")
    found = parties.part(session, obligation, Mediation, mediation_id)
    advance(MEDIATION, found.status, "note")
    parties.refuse([*parties.day_problems(held_on=held_on, earliest=legal_day(found.requested_at), now=now),
                    *parties.text_problems(note=note)])
    held = MediationSession(mediation=found, held_on=held_on, note=note.strip(), recorded_by_id=actor.id,
                            recorded_at=now)
    session.add(held)
    session.flush()
    # What was said stays between the sides: the chain keeps the day and not the note.
    _said(session, obligation, found, "session", actor=actor, now=now, key=str(held.id), held_on=held_on.isoformat())
    return held


def record_terms(session: Session, obligation: Obligation, mediation_id: int, *, terms: str, actor: User,
                 now: dt.datetime) -> Mediation:
    """The operator records what the sides came to; changed terms must be confirmed anew by both.

    Raises Problems (terms), WrongState.
    """
    obligation = parties.hold(session, obligation, actor=actor, side="operator")
    found = parties.part(session, obligation, Mediation, mediation_id)
    following = advance(MEDIATION, found.status, "record_terms")
    parties.refuse(parties.text_problems(terms=terms))
    found.status, found.terms = following, terms.strip()
    found.buyer_confirmed_at = found.founder_confirmed_at = None
    return _said(session, obligation, found, "terms", actor=actor, now=now, key=f"{found.id}:{now.isoformat()}")


def confirm_terms(session: Session, obligation: Obligation, mediation_id: int, *, actor: User,
                  now: dt.datetime) -> Mediation:
    """One side confirms the recorded terms; with both the mediation is settled. Raises WrongState."""
    obligation = parties.hold(session, obligation, actor=actor, side="any")
    found = parties.part(session, obligation, Mediation, mediation_id)
    found.status = advance(MEDIATION, found.status, "confirm")
    side = parties.side_of(obligation, actor)
    if getattr(found, f"{side}_confirmed_at") is None:
        setattr(found, f"{side}_confirmed_at", now)
        audit.record(session, "mediation:confirm", found, actor=actor, at=now, side=side)
    if found.buyer_confirmed_at and found.founder_confirmed_at:
        found.status, found.ended_on = advance(MEDIATION, found.status, "settle"), legal_day(now)
        _said(session, obligation, found, "settle", actor=actor, now=now)
    return found


def fail(session: Session, obligation: Obligation, mediation_id: int, *, note: str, actor: User,
         now: dt.datetime) -> Mediation:
    """A side or the operator ends the mediation without a result. Raises Problems (note), WrongState."""
    side = "operator" if parties.side_of(obligation, actor) == "operator" else "any"
    obligation = parties.hold(session, obligation, actor=actor, side=side)
    found = parties.part(session, obligation, Mediation, mediation_id)
    following = advance(MEDIATION, found.status, "fail")
    parties.refuse(parties.text_problems(note=note))
    found.status, found.ended_on, found.end_note = following, legal_day(now), note.strip()
    return _said(session, obligation, found, "fail", actor=actor, now=now)


def agree_pause(session: Session, obligation: Obligation, mediation_id: int, *, until: dt.date, actor: User,
                now: dt.datetime) -> Mediation:
    """One side agrees in writing that the platform's steps rest until a day; it counts when both name the same day.

    Raises Problems (until), WrongState unless the mediation is going on.
    """
    obligation = parties.hold(session, obligation, actor=actor, side="any")
    found = parties.part(session, obligation, Mediation, mediation_id)
    if found.status not in OPEN_MEDIATIONS or found.status == MediationStatus.REQUESTED:
        raise WrongState("mediation.not_going_on")
    today = legal_day(now)
    last = today + dt.timedelta(days=policy.number("pause_longest_days", on=today))
    parties.refuse([Problem("until", "field.day_between", {"first": today, "last": last})
                    if not today <= until <= last else None])
    side = parties.side_of(obligation, actor)
    if found.pause_until != until:
        found.pause_until, found.pause_buyer_at, found.pause_founder_at = until, None, None
    setattr(found, f"pause_{side}_at", now)
    both = bool(found.pause_buyer_at and found.pause_founder_at)
    if both:
        standing.lift(session, obligation.id, reason=LiftReason.PAUSE_AGREED, actor=actor, now=now)
    return _said(session, obligation, found, "pause_agreed" if both else "pause_offered", actor=actor, now=now,
                 key=f"{found.id}:{until}", until=until.isoformat())


def lapse(session: Session, obligation: Obligation, *, today: dt.date, now: dt.datetime) -> bool:
    """End a request nobody answered in time; whether there was one."""
    found = open_mediation(session, obligation.id)
    if found is None or found.status != MediationStatus.REQUESTED or today <= found.answer_until:
        return False
    found.status, found.ended_on = advance(MEDIATION, found.status, "lapse"), today
    _said(session, obligation, found, "lapse", actor=SYSTEM, now=now)
    return True


def _said(session: Session, obligation: Obligation, found: Mediation, action: str, *, actor: User | str,
          now: dt.datetime, key: str = "", **facts: str) -> Mediation:
    audit.record(session, f"mediation:{action}", found, actor=actor, at=now, obligation=obligation.id, **facts)
    parties.tell(session, obligation, f"mediation_{action}", key or str(found.id), now=now, **facts)
    return found
