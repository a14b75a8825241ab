"""The desk's rows as one SQL query: each milestone, and each demand whose bidding is over, as of the end of a day.

What a row says is what the law's arithmetic says (payments.turns, rules.statement); `tests/integration/oversight`
compares the two row by row. Amounts to the fen with interest are computed only for the rows that are shown.
"""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Organisation
from marketplace.clock import SHANGHAI
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.db import days_between, legal_date
from marketplace.demand.models import Demand
from marketplace.oversight.models import Oversight
from marketplace.payments.models import Dispute, Obligation, Payment
from marketplace.payments.turns import Turn
from marketplace.rules.lifecycle import ContractStatus, DemandStatus, PaymentStatus
from marketplace.rules.payment_facts import EnterpriseSize, PayerType, StartBasis
from marketplace.tendering.models import Award

Column = ColumnElement[Any]
STAGES = ("bidding", "awarded", "signed", "delivered", "accepted", "overdue", "paid")


def end_of(day: dt.date) -> dt.datetime:
    """The first moment after a legal day in Beijing."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), SHANGHAI)


def rows(as_of: dt.date) -> Subquery:
    """Every row of the desk at the end of a day.

    Columns: row_id (unique: milestones even, demands odd), demand_id, contract_id, milestone_id, obligation_id,
    code, number, title, milestone, position, buyer, buyer_uscc, founder, payer_type, the days awarded_on, signed_on,
    delivered_on, accepted_on, due_on, paid_on, amount_fen, open_fen (principal owed less cash, before interest takes
    its share), cash_fen, disputed_fen, provisional, stage, turn, until, late_days, watched, assigned_to_id.
    """
    return union_all(_milestones(as_of), _demands(as_of)).subquery("line")


def _money(model: type[Payment] | type[Dispute], name: str, **sums: Column) -> Subquery:
    query = select(model.obligation_id, *(func.sum(column).label(label) for label, column in sums.items()))
    return query.group_by(model.obligation_id).subquery(name)


def _payments(as_of: dt.date) -> Subquery:
    counts_on = case((Payment.instrument == "transfer", Payment.paid_on), else_=Payment.cash_on)
    confirmed = and_(Payment.status == PaymentStatus.CONFIRMED, Payment.paid_on <= as_of, counts_on <= as_of)
    waiting = and_(Payment.status == PaymentStatus.NOTIFIED, Payment.paid_on <= as_of)
    return _money(Payment, "money", cash=case((confirmed, Payment.amount_fen), else_=0),
                  waiting=case((waiting, Payment.amount_fen), else_=0))


def _disputes(as_of: dt.date) -> Subquery:
    known = Dispute.opened_on <= as_of
    over = and_(Dispute.resolved_on.is_not(None), Dispute.resolved_on <= as_of)
    return _money(Dispute, "argued",
                  open=case((and_(known, ~over), Dispute.disputed_fen), else_=0),
                  dismissed=case((and_(known, over), Dispute.disputed_fen - func.coalesce(Dispute.upheld_fen, 0)),
                                 else_=0))


class _Known:
    """What is known of one milestone at the end of a day, as SQL expressions over the joined tables."""

    def __init__(self, as_of: dt.date) -> None:
        self.as_of = as_of
        self.last = aliased(Delivery, name="last_delivery")
        self.money, self.argued = _payments(as_of), _disputes(as_of)
        last, owed = self.last, Obligation
        decided = and_(last.decided_on.is_not(None), last.decided_on <= as_of)
        self.signed = and_(Contract.signed_on.is_not(None), Contract.signed_on <= as_of)
        self.rejected = and_(decided, last.decision == "rejected")
        self.accepted = and_(decided, last.decision == "passed")
        self.settled = and_(owed.settled_on.is_not(None), owed.settled_on <= as_of)
        self.cash, self.waiting = func.coalesce(self.money.c.cash, 0), func.coalesce(self.money.c.waiting, 0)
        self.disputed = func.coalesce(self.argued.c.open, 0)
        principal = owed.amount_fen - self.disputed - func.coalesce(self.argued.c.dismissed, 0)
        self.left = principal - self.cash
        later_settlement = and_(Contract.start_basis == StartBasis.SETTLEMENT,
                                Milestone.settlement_confirmed_on > as_of)
        self.due = case((or_(last.id.is_(None), self.rejected, later_settlement), cast(null(), Date)),
                        else_=owed.due_on)
        # With a dispute open the undisputed part may be paid in full without the obligation being settled.
        cleared = and_(self.disputed > 0, self.left <= 0)
        self.overdue = and_(owed.id.is_not(None), ~self.settled, self.due < as_of, principal > 0, ~cleared)

    def turn(self) -> Column:
        """As payments.turns.turn_of; the order of the lines is the order of the questions."""
        in_scope = and_(Contract.payer_type != PayerType.SME, Contract.payee_size_at_signing != EnterpriseSize.LARGE)
        unsettled = and_(in_scope, Contract.start_basis == StartBasis.SETTLEMENT, self.due.is_(None),
                         Milestone.settlement_confirmed_on.is_(None))
        return case(
            (~self.signed, Turn.CONFIRM_CONTRACT), (self.last.id.is_(None), Turn.DELIVER),
            (self.rejected, Turn.REDELIVER), (Obligation.id.is_(None), Turn.ACCEPT),
            (and_(self.settled, self.accepted), Turn.NOBODY), (self.settled, Turn.ACCEPT),
            (and_(self.waiting > 0, self.waiting >= self.left), Turn.CONFIRM_PAYMENT), (self.overdue, Turn.PAY),
            (~self.accepted, Turn.ACCEPT), (self.waiting > 0, Turn.CONFIRM_PAYMENT),
            (and_(self.left <= 0, self.disputed > 0), Turn.RESOLVE_DISPUTE), (unsettled, Turn.CONFIRM_SETTLEMENT),
            else_=Turn.PAY)

    def until(self, turn: Column) -> Column:
        """The day by which the turn should have happened; None where no day limits it."""
        by_acceptance = and_(Contract.start_basis == StartBasis.ACCEPTANCE,
                             Contract.acceptance_period_days.is_not(None), ~self.settled)
        return case((turn == Turn.DELIVER, Milestone.planned_on), (turn == Turn.PAY, self.due),
                    (and_(turn == Turn.ACCEPT, by_acceptance), Obligation.term_start), else_=cast(null(), Date))

    def stage(self) -> Column:
        return case((~self.signed, "awarded"), (self.settled, "paid"), (self.overdue, "overdue"),
                    (self.accepted, "accepted"), (and_(self.last.id.is_not(None), ~self.rejected), "delivered"),
                    else_="signed")


def _milestones(as_of: dt.date) -> Select[Any]:
    known = _Known(as_of)
    newest = select(Delivery.milestone_id, func.max(Delivery.id).label("id")).where(
        Delivery.delivered_on <= as_of).group_by(Delivery.milestone_id).subquery("newest")
    turn = known.turn()
    until = known.until(turn)
    late = case((known.overdue, days_between(literal(as_of, Date), known.due)),
                (and_(turn != Turn.NOBODY, until < as_of), days_between(literal(as_of, Date), until)), else_=0)
    none = cast(null(), Date)
    query = select(
        (Milestone.id * 2).label("row_id"), Contract.id.label("contract_id"), Milestone.id.label("milestone_id"),
        Obligation.id.label("obligation_id"), Contract.number.label("number"), Milestone.title.label("milestone"),
        Milestone.position.label("position"), Contract.payer_type.label("payer_type"),
        legal_date(Award.awarded_at).label("awarded_on"),
        case((known.signed, Contract.signed_on), else_=none).label("signed_on"),
        case((known.signed, known.last.delivered_on), else_=none).label("delivered_on"),
        case((known.accepted, known.last.decided_on), else_=none).label("accepted_on"), known.due.label("due_on"),
        case((known.settled, Obligation.settled_on), else_=none).label("paid_on"),
        Milestone.amount_fen.label("amount_fen"),
        case((known.settled, 0), (known.left > 0, known.left), else_=0).label("open_fen"),
        known.cash.label("cash_fen"), known.disputed.label("disputed_fen"),
        case((and_(Obligation.provisional, known.due.is_not(None), ~known.settled), 1), else_=0).label("provisional"),
        known.stage().label("stage"), turn.label("turn"), until.label("until"), late.label("late_days"))
    query = query.select_from(Milestone).join(Contract, Milestone.contract_id == Contract.id).join(
        Award, Contract.award_id == Award.id).join(Demand, Contract.demand_id == Demand.id)
    query = query.outerjoin(Obligation, Obligation.milestone_id == Milestone.id).outerjoin(
        newest, newest.c.milestone_id == Milestone.id).outerjoin(known.last, known.last.id == newest.c.id)
    query = query.outerjoin(known.money, known.money.c.obligation_id == Obligation.id).outerjoin(
        known.argued, known.argued.c.obligation_id == Obligation.id)
    founder = aliased(Organisation, name="founder")
    query = query.join(founder, Contract.founder_id == founder.id)
    query = _around(query, founder.name, Contract.founder_id)
    return query.where(Contract.status != ContractStatus.CANCELLED, Award.awarded_at < end_of(as_of))


def _demands(as_of: dt.date) -> Select[Any]:
    """Demands whose bidding was over at the end of a day and that had no award yet."""
    moment, closed_on = end_of(as_of), legal_date(Demand.bid_deadline)
    opened = and_(Demand.opened_at.is_not(None), Demand.opened_at < moment)
    awarded = exists().where(Award.demand_id == Demand.id, Award.awarded_at < moment)
    none, nothing = cast(null(), Date), cast(null(), Integer)
    text = cast(null(), String)
    query = select(
        (Demand.id * 2 + 1).label("row_id"), nothing.label("contract_id"), nothing.label("milestone_id"),
        nothing.label("obligation_id"), text.label("number"), text.label("milestone"), nothing.label("position"),
        Organisation.payer_type.label("payer_type"),
        *(none.label(name) for name in ("awarded_on", "signed_on", "delivered_on", "accepted_on", "due_on", "paid_on")),
        Demand.budget_fen.label("amount_fen"), cast(literal(0), BigInteger).label("open_fen"),
        cast(literal(0), BigInteger).label("cash_fen"), cast(literal(0), BigInteger).label("disputed_fen"),
        literal(0).label("provisional"),
        literal("bidding").label("stage"), case((opened, Turn.EVALUATE), else_=Turn.OPEN_BIDS).label("turn"),
        closed_on.label("until"),
        case((closed_on < as_of, days_between(literal(as_of, Date), closed_on)), else_=0).label("late_days"))
    query = _around(query.select_from(Demand), text, nothing)
    over = or_(closed_on < as_of, opened)
    return query.where(Demand.status.in_([DemandStatus.ACTIVE, DemandStatus.EVALUATION, DemandStatus.COMPLETE]),
                       Demand.bid_deadline.is_not(None), Demand.published_at < moment, over, ~awarded)


def _around(query: Select[Any], founder: Column, founder_id: Column) -> Select[Any]:
    """The columns both halves take from the demand, its buyer and the operator's own notes."""
    query = query.join(Organisation, Demand.buyer_id == Organisation.id).outerjoin(
        Oversight, Oversight.demand_id == Demand.id)
    return query.add_columns(
        Demand.id.label("demand_id"), Demand.code.label("code"), Demand.title.label("title"),
        Demand.buyer_id.label("buyer_id"), Organisation.name.label("buyer"), Organisation.uscc.label("buyer_uscc"),
        founder.label("founder"), founder_id.label("founder_id"),
        case((Oversight.watched, 1), else_=0).label("watched"), Oversight.assigned_to_id.label("assigned_to_id"))
