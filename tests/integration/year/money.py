"""Money said to be paid, confirmed, contradicted, bounced; parts, bills, wrong amounts; disputes about a part."""
from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.banking import operations as banking
from marketplace.banking import queries as bank
from marketplace.contracts.models import Contract
from marketplace.payments import operations as payments
from marketplace.payments import reversals
from marketplace.payments.models import Dispute, Obligation, Payment
from marketplace.payments.operations import PaymentNote
from marketplace.payments.statements import accrual_of, open_fen, statement_of
from marketplace.rules.payment_facts import Instrument

if TYPE_CHECKING:
    from tests.integration.year.year import Year

DAY = dt.timedelta(days=1)
FULL, PRINCIPAL, PART, TOO_MUCH, A_FEN_SHORT = "full", "principal", "part", "too_much", "a_fen_short"


def live(year: Year) -> None:
    """One day of payments and quarrels."""
    for row in year.rows(select(
            Obligation.id, Obligation.due_on, Obligation.settled_on, Contract.buyer_id, Contract.founder_id).join(
            Contract).where(Obligation.settled_on.is_(None)
                            | (Obligation.settled_on > Obligation.due_on)).order_by(Obligation.id)):
        if year.happens(_chance_to_pay(year, row)):
            _pay(year, row)
        elif row.settled_on is None and year.happens(0.0015):
            _receive(year, row)
        elif row.settled_on is None and year.happens(0.003):
            _dispute(year, row)
    _answers(year)
    _bounces(year)
    _decisions(year)


def _chance_to_pay(year: Year, row: Any) -> float:
    habit = year.cast.buyers[row.buyer_id].habit
    if row.settled_on is not None:  # the interest that is left
        return 0.03 if year.today - row.settled_on < 25 * DAY else 0.0
    if row.due_on is None:
        return 0.001
    if year.today > row.due_on:
        return habit.late
    return habit.early if year.today >= row.due_on - 20 * DAY else 0.0


def _pay(year: Year, row: Any) -> None:
    rng, habit = year.rng, year.cast.buyers[row.buyer_id].habit
    kinds, weights = (FULL, PRINCIPAL, TOO_MUCH, A_FEN_SHORT), (52, 40, 5, 3)
    kind = PART if year.happens(habit.part) else rng.choices(kinds, weights)[0]
    instrument = rng.choice(list(Instrument)) if year.happens(habit.bill) else "transfer"
    share, on = rng.randint(10, 80), year.today - rng.choice((0, 0, 0, 1, 3)) * DAY
    cash_on = on + rng.randint(5, 90) * DAY if instrument != "transfer" else None

    def act(session: Session, now: dt.datetime) -> None:
        owed = session.get_one(Obligation, row.id)
        found = statement_of(owed, as_of=max(on, cash_on or on))
        left, principal = open_fen(found), accrual_of(found).principal_left_fen
        amount = {FULL: left, PRINCIPAL: principal or left, PART: left * share // 100, TOO_MUCH: left + 1,
                  A_FEN_SHORT: left - 1}[kind]
        payments.notify_payment(session, owed, PaymentNote(amount, on, _reference(year, row.id), instrument, cash_on),
                                actor=year.buyer(session, row.buyer_id), now=now)

    year.do("notify" if instrument == "transfer" else "notify_bill", act)


def _reference(year: Year, number: int) -> str:
    return f"ICBC{year.today:%Y%m%d}{number:06d}{year.rng.randrange(1000):03d}"


def _receive(year: Year, row: Any) -> None:
    """Money the buyer never said anything about."""
    def act(session: Session, now: dt.datetime) -> None:
        owed = session.get_one(Obligation, row.id)
        amount = max(open_fen(statement_of(owed, as_of=year.today)) // 2, 1)
        payments.record_receipt(session, owed, PaymentNote(amount, year.today, _reference(year, row.id)),
                                actor=year.founder(session, row.founder_id), now=now)
    year.do("receive", act)


def _answers(year: Year) -> None:
    """Founders look at their bank accounts: they confirm, contradict, or upload what the bank wrote and match it."""
    for row in year.rows(select(Payment.id, Payment.obligation_id, Payment.cash_on, Contract.founder_id).join(
            Obligation, Obligation.id == Payment.obligation_id).join(Contract).where(
            Payment.status == "notified").order_by(Payment.id)):
        if not year.happens(0.05 if row.cash_on and row.cash_on > year.today else 0.35):
            continue
        choice = year.rng.random()
        if choice < 0.75:
            year.do("confirm", lambda s, now, r=row: payments.confirm_payment(
                s, r.id, actor=year.founder(s, r.founder_id), now=now))
        elif choice < 0.85:
            year.do("contradict", lambda s, now, r=row: payments.contradict_payment(
                s, r.id, note="没有到账", actor=year.founder(s, r.founder_id), now=now))
        elif row.cash_on is None:
            year.do("match", lambda s, now, r=row: _match(s, year, r, now=now))


def _match(session: Session, year: Year, row: Any, *, now: dt.datetime) -> None:
    payment, founder = session.get_one(Payment, row.id), year.founder(session, row.founder_id)
    name, contract = f"流水-{row.id}.csv", payment.obligation.contract
    line = banking.LineDraft(payment.paid_on, payment.amount_fen, contract.buyer.name, f"{contract.number} 项目款",
                             payment.bank_reference)
    file = banking.FileDraft(name, hashlib.sha256(name.encode()).hexdigest(), (line,))
    banking.take_in(session, file, actor=founder, now=now)
    session.flush()
    newest = max(bank.lines(session, actor=founder), key=lambda one: one.id)
    (shown,) = bank.with_suggestions(session, [newest], actor=founder, now=now)
    banking.match(session, newest.id, shown.suggestions[0].parts, actor=founder, now=now)


def _bounces(year: Year) -> None:
    for row in year.rows(select(Payment.id, Contract.founder_id).join(
            Obligation, Obligation.id == Payment.obligation_id).join(Contract).where(
            Payment.status == "confirmed", Payment.paid_on >= year.today - 25 * DAY).order_by(Payment.id)):
        if year.happens(0.004):
            by_operator = year.happens(0.3)
            year.do("reverse", lambda s, now, r=row, op=by_operator: reversals.reverse_payment(
                s, r.id, kind="recorded_in_error" if op else "bounced", reason="银行退票", now=now,
                actor=year.operator(s) if op else year.founder(s, r.founder_id)))


def _dispute(year: Year, row: Any) -> None:
    share = year.rng.randint(5, 120)  # over a hundred: more than is owed, refused

    def act(session: Session, now: dt.datetime) -> None:
        owed = session.get_one(Obligation, row.id)
        payments.open_dispute(session, owed, amount_fen=max(owed.amount_fen * share // 100, 1), reason="与约定不符",
                              actor=year.buyer(session, row.buyer_id), now=now)
    year.do("dispute", act)


def _decisions(year: Year) -> None:
    for row in year.rows(select(Dispute.id, Dispute.disputed_fen).filter_by(status="open").order_by(Dispute.id)):
        if year.happens(0.04):
            upheld = row.disputed_fen * year.rng.choice((0, 30, 100)) // 100
            year.do("resolve", lambda s, now, r=row, fen=upheld: payments.resolve_dispute(
                s, r.id, upheld_fen=fen, note="核对完毕", actor=year.operator(s), now=now))
