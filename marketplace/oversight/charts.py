"""The numbers behind the operator's charts, each as of the end of a day: counted in the database, drawn elsewhere."""
from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, exists, extract, func, or_, select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract, Milestone
from marketplace.db import legal_date
from marketplace.demand.models import Demand
from marketplace.oversight.rows import end_of, rows
from marketplace.payments import queries as payments
from marketplace.payments.models import Dispute, Obligation, Payment
from marketplace.payments.statements import accrual_of, statement_of
from marketplace.rules.lifecycle import BidStatus, ContractStatus, PaymentStatus
from marketplace.rules.payment_facts import Allocation
from marketplace.tendering.models import Award, Bid

WEEKS, MONTHS = 13, 12
# Days late, first and last of each bucket; the last is open.
BUCKETS = ((1, 30), (31, 60), (61, 90), (91, None))
STEPS = ("published", "bid", "awarded", "signed", "paid")


@dataclass(frozen=True)
class Week:
    """What was overdue at the end of a week: how many payments, and their principal less what has been paid, in fen."""

    ends_on: dt.date
    count: int
    overdue_fen: int


@dataclass(frozen=True)
class Bucket:
    """Open payments by days late: `first` None are those not due yet, `last` None has no upper end."""

    first: int | None
    last: int | None
    count: int
    open_fen: int


@dataclass(frozen=True)
class OnTime:
    """Payments settled in a month by one type of buyer, and how many of them by their due date."""

    month: dt.date
    payer_type: str
    settled: int
    on_time: int

    @property
    def percent(self) -> int:
        """Half up, an integer."""
        return (self.on_time * 200 + self.settled) // (2 * self.settled)


@dataclass(frozen=True)
class Waited:
    """Median days from award to settlement, of payments settled in a month."""

    month: dt.date
    count: int
    days: int


@dataclass(frozen=True)
class Step:
    """How many demands came as far as a step of the way from publication to money."""

    name: str
    count: int


def overdue_by_week(session: Session, *, as_of: dt.date, weeks: int = WEEKS) -> list[Week]:
    """The ends of the last weeks, oldest first, the last one on `as_of`; each as it stood on that day.

    The rows are read once: those that were overdue on any of the days. Where interest is paid first, cash alone does
    not say what is left of the principal: these few are computed one by one, as the desk's totals do.
    """
    days = [as_of - dt.timedelta(weeks=back) for back in reversed(range(weeks))]
    overdue_once = and_(Obligation.due_on < as_of,
                        or_(Obligation.settled_on.is_(None), Obligation.settled_on > days[0]))
    moves, apart = _moves(session, overdue_once), _interest_first(session, overdue_once)
    counts, owed = dict.fromkeys(days, 0), dict.fromkeys(days, 0)
    query = select(Obligation.id, Obligation.amount_fen, Obligation.due_on, Obligation.settled_on)
    for key, amount_fen, due_on, settled_on in session.execute(query.where(overdue_once)):
        for day in days:
            if due_on < day and (settled_on is None or settled_on > day):
                left = _principal_left(apart[key], day) if key in apart else amount_fen + sum(
                    fen for since, until, fen in moves.get(key, ()) if since <= day < until)
                counts[day] += left > 0
                owed[day] += max(left, 0)
    return [Week(day, counts[day], owed[day]) for day in days]


def _interest_first(session: Session, of: ColumnElement[bool]) -> dict[int, Obligation]:
    """Those of some obligations that were paid something under a contract that sets it against interest first."""
    something = exists().where(Payment.obligation_id == Obligation.id, Payment.status == PaymentStatus.CONFIRMED)
    query = select(Obligation).join(Contract, Obligation.contract_id == Contract.id).where(
        of, Contract.allocation == Allocation.INTEREST_FIRST, something)
    return {one.id: one for one in session.scalars(query.options(*payments.WHOLE))}


def _principal_left(obligation: Obligation, day: dt.date) -> int:
    return accrual_of(statement_of(obligation, as_of=day)).principal_left_fen


def _moves(session: Session, of: ColumnElement[bool]) -> dict[int, list[tuple[dt.date, dt.date, int]]]:
    """What is not owed of some obligations and when: {id: [(first day, day after the last, minus fen)]}."""
    found: dict[int, list[tuple[dt.date, dt.date, int]]] = defaultdict(list)
    counts_on = case((Payment.instrument == "transfer", Payment.paid_on), else_=Payment.cash_on)
    cash = select(Payment.obligation_id, counts_on, Payment.amount_fen).join(Obligation).where(
        of, Payment.status == PaymentStatus.CONFIRMED, counts_on.is_not(None))
    for key, since, fen in session.execute(cash):
        found[key].append((since, dt.date.max, -fen))
    argued = select(Dispute.obligation_id, Dispute.opened_on, Dispute.resolved_on, Dispute.disputed_fen,
                    func.coalesce(Dispute.upheld_fen, 0)).join(Obligation).where(of)
    for key, since, until, fen, upheld_fen in session.execute(argued):
        found[key].append((since, until or dt.date.max, -fen))
        if until is not None:
            found[key].append((until, dt.date.max, upheld_fen - fen))
    return found


def ageing(session: Session, *, as_of: dt.date) -> list[Bucket]:
    """Principal that is owed and has a due date, not due first, then by days late; see overdue_by_week on interest."""
    line = rows(as_of)
    late = and_(Obligation.due_on < as_of, or_(Obligation.settled_on.is_(None), Obligation.settled_on > as_of))
    apart = _interest_first(session, late)
    number = case((line.c.stage != "overdue", -1),
                  *((line.c.late_days <= last, at) for at, (_, last) in enumerate(BUCKETS) if last),
                  else_=len(BUCKETS) - 1)
    query = select(number, func.count(), func.sum(line.c.open_fen)).where(
        line.c.due_on.is_not(None), line.c.paid_on.is_(None), line.c.open_fen > 0).group_by(number)
    found = {at: (count, int(owed or 0)) for at, count, owed in session.execute(query)}
    for key, at, open_fen in session.execute(select(line.c.obligation_id, number, line.c.open_fen).where(
            line.c.stage == "overdue", line.c.cash_fen > 0)):
        if key in apart:
            count, owed = found.get(at, (0, 0))
            left = _principal_left(apart[key], as_of)
            found[at] = (count + (left > 0) - (open_fen > 0), owed + left - max(open_fen, 0))
    return [Bucket(first, last, *found.get(at, (0, 0)))
            for at, (first, last) in ((-1, (None, None)), *enumerate(BUCKETS))]


def _since(as_of: dt.date, months: int) -> dt.date:
    """The first day of the first of the months that end with the month of a day."""
    count = as_of.year * 12 + as_of.month - months
    return dt.date(count // 12, count % 12 + 1, 1)


def on_time_by_month(session: Session, *, as_of: dt.date, months: int = MONTHS) -> list[OnTime]:
    """Payments with a statutory due date that were settled, by month and type of buyer; empty months are left out."""
    year, month = extract("year", Obligation.settled_on), extract("month", Obligation.settled_on)
    query = select(year, month, Contract.payer_type, func.count(),
                   func.sum(case((Obligation.settled_on <= Obligation.due_on, 1), else_=0))).join(
        Contract, Obligation.contract_id == Contract.id).where(
        Obligation.due_on.is_not(None), Obligation.settled_on.between(_since(as_of, months), as_of))
    found = [OnTime(dt.date(int(in_year), int(in_month), 1), payer, count, int(on_time))
             for in_year, in_month, payer, count, on_time in session.execute(
                 query.group_by(year, month, Contract.payer_type))]
    return sorted(found, key=lambda one: (one.month, one.payer_type))


def award_to_payment(session: Session, *, as_of: dt.date, months: int = MONTHS) -> list[Waited]:
    """Median days from the award to the settlement of each payment, by the month of settlement."""
    query = select(legal_date(Award.awarded_at), Obligation.settled_on).select_from(Obligation).join(
        Contract, Obligation.contract_id == Contract.id).join(Award, Contract.award_id == Award.id).where(
        Obligation.settled_on.between(_since(as_of, months), as_of))
    days: dict[dt.date, list[int]] = defaultdict(list)
    for awarded, settled in session.execute(query):
        days[settled.replace(day=1)].append((settled - awarded).days)
    return [Waited(month, len(waited), statistics.median_low(waited)) for month, waited in sorted(days.items())]


def funnel(session: Session, *, as_of: dt.date) -> list[Step]:
    """Of all demands published by the end of a day: with a bid, awarded, signed, and paid in full."""
    moment = end_of(as_of)
    bid = exists().where(Bid.demand_id == Demand.id, Bid.received_at < moment, Bid.status != BidStatus.WITHDRAWN)
    award = exists().where(Award.demand_id == Demand.id, Award.awarded_at < moment)
    signed_one = and_(Contract.demand_id == Demand.id, Contract.signed_on <= as_of,
                      Contract.status != ContractStatus.CANCELLED)
    unpaid = exists().where(Milestone.contract_id == Contract.id, ~exists().where(
        Obligation.milestone_id == Milestone.id, Obligation.settled_on <= as_of))
    conditions = (True, bid, award, exists().where(signed_one), exists().where(signed_one, ~unpaid))
    counts = [func.sum(case((condition, 1), else_=0)) if condition is not True else func.count()
              for condition in conditions]
    found = session.execute(select(*counts).select_from(Demand).where(Demand.published_at < moment)).one()
    return [Step(name, int(count or 0)) for name, count in zip(STEPS, found, strict=True)]
