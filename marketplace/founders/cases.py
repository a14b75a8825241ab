"""Cases that prove themselves: a contract fulfilled here becomes a past case of its founder, by itself.

Fulfilled means that every milestone is accepted and every principal is settled. The founder may hide a case, never
change it; the buyer is named only when it agrees.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.clock import legal_day
from marketplace.contracts.models import Contract
from marketplace.db import lock
from marketplace.founders import operations, queries
from marketplace.founders.models import VerifiedCase
from marketplace.founders.operations import CaseDraft
from marketplace.notices.operations import notify
from marketplace.rules.errors import NotAllowed, NotFound
from marketplace.rules.track_record import count_on_time


def record(session: Session, contract: Contract, *, paid: Sequence[tuple[dt.date | None, dt.date | None]],
           actor: User | str, now: dt.datetime) -> VerifiedCase:
    """Keep a fulfilled contract as a case, or bring a suspended one back with its new figures.

    `paid` are (due, settled) days of its milestones. Called in the transaction that fulfils the contract.
    """
    case = session.get(VerifiedCase, contract.id) or VerifiedCase(
        contract_id=contract.id, founder_id=contract.founder_id, buyer_id=contract.buyer_id, number=contract.number,
        recorded_at=now)
    demand = contract.demand
    # What was delivered, in the demand's words; not its description, whose "no"s would be read as the founder's own.
    told = ("、".join(demand.deliverables), "、".join(demand.required_skills))
    case.title, case.summary = demand.title, "；".join(text for text in told if text)
    case.buyer_kind, case.amount_fen = contract.payer_type, sum(one.amount_fen for one in contract.milestones)
    assert contract.signed_on is not None  # only a signed contract is fulfilled
    case.signed_on, case.finished_on = contract.signed_on, legal_day(now)
    case.milestones = len(contract.milestones)
    case.delivered_on_time = count_on_time(
        (one.planned_on, one.deliveries[-1].delivered_on if one.deliveries else None) for one in contract.milestones)
    case.paid_on_time, case.suspended_at = count_on_time(paid), None
    session.add(case)
    session.flush()
    audit.record(session, "verified_case:record", ("verified_case", case.contract_id), actor=actor, at=now,
                 number=case.number, milestones=case.milestones, delivered_on_time=case.delivered_on_time,
                 paid_on_time=case.paid_on_time)
    _place(session, case.founder_id, now=now)
    notify(session, case.founder_id, "case_recorded", dedupe=f"case:{case.contract_id}", now=now,
           link=f"/cases/{case.number}", title=case.title)
    notify(session, case.buyer_id, "case_consent_asked", dedupe=f"case:{case.contract_id}", now=now,
           link=f"/cases/{case.number}", title=case.title, founder=contract.founder.name)
    return case


def suspend(session: Session, contract: Contract, *, actor: User | str, now: dt.datetime) -> None:
    """Money is owed again under the contract: its case is not shown until it is fulfilled once more."""
    case = session.get(VerifiedCase, contract.id)
    if case is not None and case.suspended_at is None:
        case.suspended_at = now
        _written(session, case, "suspend", actor=actor, now=now)


def hide(session: Session, number: str, *, hidden: bool, actor: User, now: dt.datetime) -> VerifiedCase:
    """The founder takes a case off the profile, or puts it back. Raises NotFound, NotAllowed (not the founder)."""
    case = _held(session, number, actor=actor)
    if actor.organisation_id != case.founder_id:
        raise NotAllowed("verified_case.founder_only")
    if hidden != (case.hidden_at is not None):
        case.hidden_at = now if hidden else None
        _written(session, case, "hide" if hidden else "show", actor=actor, now=now)
    return case


def consent(session: Session, number: str, *, named: bool, actor: User, now: dt.datetime) -> VerifiedCase:
    """The buyer agrees to be named in the case, or no longer. Raises NotFound, NotAllowed (not the buyer)."""
    case = _held(session, number, actor=actor)
    if actor.organisation_id != case.buyer_id:
        raise NotAllowed("verified_case.buyer_only")
    if named != (case.consented_at is not None):
        case.consented_at, case.consented_by_id = (now, actor.id) if named else (None, None)
        _written(session, case, "consent" if named else "end_consent", actor=actor, now=now)
    return case


def for_party(session: Session, number: str, *, actor: User) -> VerifiedCase:
    """A case its two sides and the operator may look at. Raises NotFound."""
    sound = len(number) <= 40 and "\x00" not in number
    case = session.scalars(select(VerifiedCase).filter_by(number=number)).one_or_none() if sound else None
    if case is None or not (actor.role == Role.OPERATOR or actor.organisation_id in (case.founder_id, case.buyer_id)):
        raise NotFound("not_found", what="verified_case", id=number)
    return case


def of_contract(session: Session, contract_id: int) -> VerifiedCase | None:
    """The case a contract has become, None while it has not."""
    return session.get(VerifiedCase, contract_id)


def _held(session: Session, number: str, *, actor: User) -> VerifiedCase:
    return lock(session, VerifiedCase, for_party(session, number, actor=actor).contract_id)


def _written(session: Session, case: VerifiedCase, verb: str, *, actor: User | str, now: dt.datetime) -> None:
    session.flush()
    audit.record(session, f"verified_case:{verb}", ("verified_case", case.contract_id), actor=actor, at=now,
                 number=case.number)
    _place(session, case.founder_id, now=now)


def _place(session: Session, founder_id: int, *, now: dt.datetime) -> None:
    """The profile's past cases as they should stand now; without a profile they wait for the first one."""
    profile = queries.profile_of(session, founder_id)
    if profile is None:
        return
    operations.write_cases(session, profile, [CaseDraft(one.title, one.summary) for one in profile.past_cases
                                              if one.contract_id is None])
    queries.touch(session, founder_id, now=now)
