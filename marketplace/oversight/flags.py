"""Red flags from rows: the facts are gathered for a few contracts or for all of them, the rules decide."""
from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import ColumnElement, and_, case, cast, exists, func, or_, select, true
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.types import String

from marketplace.audit.models import AuditEntry
from marketplace.contracts.models import Contract, Milestone
from marketplace.db import legal_date
from marketplace.demand.models import Demand
from marketplace.oversight.models import FlagAcknowledgement
from marketplace.oversight.rows import end_of, rows
from marketplace.payments.models import Invoice, InvoiceRefusal, Obligation, Payment
from marketplace.payments.turns import Turn
from marketplace.rules import red_flags as rules
from marketplace.rules.lifecycle import ContractStatus, PaymentStatus
from marketplace.rules.payment_facts import PayerType, StartBasis
from marketplace.rules.red_flags import Flag, RedFlag
from marketplace.tendering.models import Award

CONTRACT, MILESTONE = "contract", "milestone"
Scope = Collection[int] | None


@dataclass(frozen=True)
class Raised:
    """A flag on a contract or on one of its milestones. `acknowledged` hides it until its grounds change."""

    found: RedFlag
    object_type: str
    object_id: int
    contract_id: int
    acknowledged: FlagAcknowledgement | None = None

    @property
    def flag(self) -> Flag:
        return self.found.flag


def raised(session: Session, *, as_of: dt.date, contract_ids: Scope = None,
           only: Collection[Flag] = tuple(Flag)) -> list[Raised]:
    """The flags raised at the end of a day, by contract and identifier; `contract_ids` None: of all contracts."""
    if contract_ids is not None and not contract_ids:
        return []
    found = [one for flag in sorted(only) for one in _GATHER[flag](session, as_of, contract_ids)]
    known = _acknowledged(session, found)
    marked = [Raised(one.found, one.object_type, one.object_id, one.contract_id, known.get(_key(one)))
              for one in found]
    return sorted(marked, key=lambda one: (one.contract_id, one.flag, one.object_id))


def standing(found: Collection[Raised]) -> list[Raised]:
    """Those nobody has acknowledged."""
    return [one for one in found if one.acknowledged is None]


def _key(one: Raised) -> tuple[str, str, int, str]:
    return (one.flag, one.object_type, one.object_id, one.found.fingerprint)


def _acknowledged(session: Session, found: list[Raised]) -> dict[tuple[str, str, int, str], FlagAcknowledgement]:
    if not found:
        return {}
    query = select(FlagAcknowledgement).where(FlagAcknowledgement.flag.in_({one.flag for one in found})).options(
        joinedload(FlagAcknowledgement.acknowledged_by))
    return {(one.flag, one.object_type, one.object_id, one.grounds_hash): one for one in session.scalars(query)}


def _within(column: ColumnElement[int], scope: Scope) -> ColumnElement[bool]:
    return true() if scope is None else column.in_(scope)


def _live(scope: Scope, as_of: dt.date) -> ColumnElement[bool]:
    """Contracts that exist at the end of the day."""
    return and_(Contract.status != ContractStatus.CANCELLED, Award.awarded_at < end_of(as_of),
                _within(Contract.id, scope))


def _p1(session: Session, as_of: dt.date, scope: Scope) -> Iterator[Raised]:
    least = min(one.value for series in (rules.PUBLIC_LONGEST_TERM, rules.LARGE_REVIEW_TERM) for one in series)
    query = select(Contract.id, Contract.payer_type, Contract.term_days, Contract.signed_on, Contract.over_60_reason,
                   legal_date(Contract.created_at)).join(Award, Contract.award_id == Award.id)
    for key, payer, days, signed, reason, made in session.execute(
            query.where(_live(scope, as_of), Contract.term_days > least)):
        found = rules.term_over_cap(payer_type=PayerType(payer), term_days=days, signed_on=signed or made,
                                    has_reason=bool(reason))
        if found:
            yield Raised(found, CONTRACT, key, key)


def _p2(session: Session, as_of: dt.date, scope: Scope) -> Iterator[Raised]:
    line = rows(as_of)
    agreed = and_(Contract.start_basis == StartBasis.ACCEPTANCE, Contract.acceptance_period_days.is_not(None))
    query = select(line.c.milestone_id, line.c.contract_id, line.c.delivered_on,
                   case((agreed, Obligation.term_start))).join(
        Contract, Contract.id == line.c.contract_id).join(Obligation, Obligation.id == line.c.obligation_id)
    for milestone, contract, delivered, end in session.execute(query.where(
            _within(line.c.contract_id, scope), line.c.delivered_on < as_of, line.c.accepted_on.is_(None),
            line.c.paid_on.is_(None), line.c.turn != Turn.REDELIVER)):
        found = rules.acceptance_stalled(delivered_on=delivered, decided=False, period_end=end, as_of=as_of)
        if found:
            yield Raised(found, MILESTONE, milestone, contract)


def _p3(session: Session, as_of: dt.date, scope: Scope) -> Iterator[Raised]:
    entry = AuditEntry
    set_to_a_day = and_(entry.object_type == "obligation", entry.action == "obligation:recompute",
                        entry.at < end_of(as_of), ~entry.facts.contains('"due_on":null'))
    often = select(entry.object_id).where(set_to_a_day).group_by(entry.object_id).having(
        func.count() > rules.value(rules.DUE_DATE_MOVES, as_of))
    query = select(Obligation.id, Obligation.milestone_id, Obligation.contract_id, entry.facts).join(
        entry, and_(entry.object_id == cast(Obligation.id, String), set_to_a_day)).where(
        _within(Obligation.contract_id, scope), entry.object_id.in_(often)).order_by(Obligation.id, entry.seq)
    days: dict[tuple[int, int], list[dt.date]] = defaultdict(list)
    for _, milestone, contract, facts in session.execute(query):
        day = dt.date.fromisoformat(json.loads(facts)["due_on"])
        if not days[milestone, contract] or days[milestone, contract][-1] != day:
            days[milestone, contract].append(day)
    for (milestone, contract), known in days.items():
        found = rules.due_date_moved(list(pairwise(known)), as_of=as_of)
        if found:
            yield Raised(found, MILESTONE, milestone, contract)


def _p4(session: Session, as_of: dt.date, scope: Scope) -> Iterator[Raised]:
    refused_at = select(Invoice.milestone_id).join(InvoiceRefusal).where(InvoiceRefusal.refused_on <= as_of)
    query = select(Milestone.id, Milestone.contract_id, Invoice.number, legal_date(Invoice.recorded_at),
                   InvoiceRefusal.refused_on).join(Invoice, Invoice.milestone_id == Milestone.id).outerjoin(
        InvoiceRefusal, InvoiceRefusal.invoice_id == Invoice.id)
    sent: dict[tuple[int, int], list[tuple[str, dt.date, dt.date | None]]] = defaultdict(list)
    for milestone, contract, number, recorded, refused in session.execute(query.where(
            _within(Milestone.contract_id, scope), Milestone.id.in_(refused_at),
            Invoice.recorded_at < end_of(as_of)).order_by(Invoice.id)):
        sent[milestone, contract].append((number, recorded, refused if refused and refused <= as_of else None))
    for (milestone, contract), invoices in sent.items():
        refused = [(number, day) for number, _, day in invoices if day]
        standing_on = [recorded for _, recorded, day in invoices if day is None]
        again = standing_on + [recorded for _, recorded, day in invoices[1:] if day]
        found = rules.invoice_refused(refused=refused, asked_again=again, as_of=as_of)
        if found:
            yield Raised(found, MILESTONE, milestone, contract)


def _p5(session: Session, as_of: dt.date, scope: Scope) -> Iterator[Raised]:
    non_cash = func.sum(case((Payment.instrument != "transfer", Payment.amount_fen), else_=0))
    query = select(Obligation.contract_id, non_cash, func.sum(Payment.amount_fen)).join(Payment).where(
        _within(Obligation.contract_id, scope), Payment.status == PaymentStatus.CONFIRMED, Payment.paid_on <= as_of)
    for contract, part, total in session.execute(query.group_by(Obligation.contract_id).having(non_cash > 0)):
        found = rules.non_cash_share(non_cash_fen=int(part), paid_fen=int(total), as_of=as_of)
        if found:
            yield Raised(found, CONTRACT, contract, contract)


def _p6(session: Session, as_of: dt.date, scope: Scope) -> Iterator[Raised]:
    since = end_of(as_of - dt.timedelta(days=rules.value(rules.WINNER_WINDOW, as_of)))
    recent = and_(_live(None, as_of), Award.awarded_at >= since)
    base = select(Contract.buyer_id, Contract.founder_id, func.count()).join(Award, Contract.award_id == Award.id)
    if scope is not None:
        recent = and_(recent, Contract.buyer_id.in_(select(Contract.buyer_id).where(Contract.id.in_(scope))))
    won: dict[tuple[int, int], int] = {(buyer, founder): count for buyer, founder, count in session.execute(
        base.where(recent).group_by(Contract.buyer_id, Contract.founder_id))}
    awards: dict[int, int] = defaultdict(int)
    for (buyer, _), count in won.items():
        awards[buyer] += count
    found = {pair: flag for pair, count in won.items()
             if (flag := rules.same_winner(won=count, awards=awards[pair[0]], as_of=as_of))}
    if not found:
        return
    query = select(Contract.id, Contract.buyer_id, Contract.founder_id).join(Award, Contract.award_id == Award.id)
    pairs = or_(*(and_(Contract.buyer_id == buyer, Contract.founder_id == founder) for buyer, founder in found))
    for key, buyer, founder in session.execute(query.where(recent, pairs, _within(Contract.id, scope))):
        yield Raised(found[buyer, founder], CONTRACT, key, key)


def _p7(session: Session, as_of: dt.date, scope: Scope) -> Iterator[Raised]:
    since = end_of(as_of - dt.timedelta(days=rules.value(rules.SILENT_AFTER_AWARD, as_of)))
    paid = exists().where(Payment.obligation_id == Obligation.id, Obligation.contract_id == Contract.id,
                          Payment.status.in_([PaymentStatus.NOTIFIED, PaymentStatus.CONFIRMED]),
                          Payment.paid_on <= as_of)
    planned = select(func.min(Milestone.planned_on)).where(Milestone.contract_id == Contract.id).scalar_subquery()
    query = select(Contract.id, legal_date(Award.awarded_at), planned).join(
        Award, Contract.award_id == Award.id).join(Demand, Contract.demand_id == Demand.id)
    for key, awarded, first in session.execute(query.where(_live(scope, as_of), Award.awarded_at < since, ~paid)):
        found = rules.no_payment_record(awarded_on=awarded, first_planned_on=first, payments=0, as_of=as_of)
        if found:
            yield Raised(found, CONTRACT, key, key)


_GATHER: dict[Flag, Callable[[Session, dt.date, Scope], Iterator[Raised]]] = {
    Flag.TERM_OVER_CAP: _p1, Flag.ACCEPTANCE_STALLED: _p2, Flag.DUE_DATE_MOVED: _p3, Flag.INVOICE_REFUSED: _p4,
    Flag.NON_CASH: _p5, Flag.SAME_WINNER: _p6, Flag.NO_PAYMENT_RECORD: _p7}
