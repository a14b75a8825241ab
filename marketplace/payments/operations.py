"""Payment verbs: milestone facts with their obligation, invoices, and payments notified and answered.

Money is recorded here, never held. A payment counts once the founder has confirmed that it arrived.
"""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.contracts import operations as contracts
from marketplace.contracts.models import Milestone
from marketplace.db import get, lock
from marketplace.notices.operations import notify
from marketplace.payments import obligations, queries
from marketplace.payments.disputes import open_dispute, resolve_dispute
from marketplace.payments.models import Invoice, Obligation, Payment
from marketplace.payments.refusals import refusals_of
from marketplace.payments.statements import INSTRUMENTS, TRANSFER, accrual_of, open_fen, paid, statement_of, waiting
from marketplace.rules import lifecycle
from marketplace.rules.errors import NotAllowed, Problem, Problems, WrongState
from marketplace.rules.lifecycle import PAYMENT, PaymentStatus

MOST_DAYS_TO_CASH = 366  # a typing error beyond it; e-vouchers last a year at most (银发〔2025〕77号, 2025-06-15)
MOST_NOTE = 2000


@dataclass(frozen=True)
class PaymentNote:
    """A payment as its buyer notifies it. `cash_on` is the day a bill or e-voucher turns into money."""

    amount_fen: int
    paid_on: dt.date
    bank_reference: str
    instrument: str = TRANSFER
    cash_on: dt.date | None = None


@dataclass(frozen=True)
class InvoiceNote:
    """An invoice as its founder records it."""

    number: str
    amount_fen: int
    issued_on: dt.date


def record_delivery(session: Session, milestone_id: int, *, on: dt.date, note: str, actor: User,
                    now: dt.datetime) -> Obligation:
    """A delivery, and the obligation that comes with it. Raises what contracts.deliver raises."""
    delivery = contracts.deliver(session, milestone_id, on=on, note=note, actor=actor, now=now)
    return obligations.ensure(session, delivery.milestone, actor=actor, now=now)


def record_acceptance(session: Session, milestone_id: int, *, on: dt.date, actor: User,
                      now: dt.datetime) -> Obligation:
    """Acceptance passed, and the term that follows. Raises what contracts.accept raises."""
    delivery = contracts.accept(session, milestone_id, on=on, actor=actor, now=now)
    return obligations.ensure(session, delivery.milestone, actor=actor, now=now)


def record_rejection(session: Session, milestone_id: int, *, reason: str, actor: User,
                     now: dt.datetime) -> Obligation:
    """A delivery rejected: its term falls away until the next one. Raises what contracts.reject raises."""
    delivery = contracts.reject(session, milestone_id, reason=reason, actor=actor, now=now)
    return obligations.ensure(session, delivery.milestone, actor=actor, now=now)


def record_settlement(session: Session, milestone_id: int, *, on: dt.date, actor: User,
                      now: dt.datetime) -> Obligation:
    """A settlement amount confirmed. Raises what contracts.confirm_settlement raises."""
    milestone = contracts.confirm_settlement(session, milestone_id, on=on, actor=actor, now=now)
    return obligations.ensure(session, milestone, actor=actor, now=now)


def record_invoice(session: Session, milestone_id: int, invoice: InvoiceNote, *, actor: User,
                   now: dt.datetime) -> Invoice:
    """The founder's invoice. It is shown and moves no date: Decree 802 ties the term to delivery or acceptance.

    Raises Problems (amount_fen: more than the milestone's with what was invoiced before; issued_on), WrongState
    (number recorded before).
    """
    milestone = lock(session, Milestone, milestone_id)
    contract = milestone.contract
    if contracts.side_of(contract, actor) != "founder":
        raise NotAllowed("contract.other_side", side="founder")
    if contract.signed_on is None:
        raise WrongState("contract.not_signed", number=contract.number)
    refused = refusals_of(session, [milestone_id])
    left = milestone.amount_fen - sum(
        one.amount_fen for one in queries.invoices_of(session, [milestone_id]) if one.id not in refused)
    _check([("number", "field.required", {}) if not invoice.number.strip() else None,
            ("amount_fen", "invoice.more_than_milestone", {"left_fen": left}) if invoice.amount_fen > left else None,
            *_day_problem("issued_on", invoice.issued_on, earliest=contract.signed_on, now=now)])
    row = Invoice(milestone_id=milestone_id, number=invoice.number.strip(), amount_fen=invoice.amount_fen,
                  issued_on=invoice.issued_on, recorded_at=now)
    _add_once(session, row, WrongState("invoice.number_taken", number=row.number))
    audit.record(session, "invoice:record", row, actor=actor, at=now, number=row.number, amount_fen=row.amount_fen,
                 issued_on=row.issued_on, milestone=milestone_id)
    notify(session, contract.buyer_id, "invoice_recorded", dedupe=f"invoice:{row.id}", now=now,
           link=f"/contracts/{contract.number}", number=contract.number, milestone=milestone.title,
           amount_fen=row.amount_fen)
    return row


def notify_payment(session: Session, obligation: Obligation, note: PaymentNote, *, actor: User,
                   now: dt.datetime) -> Payment:
    """The buyer says that it has paid; the founder answers. Refused when more than is open, interest included.

    Raises Problems (amount_fen, paid_on, instrument, cash_on), WrongState("payment.reference_taken").
    """
    obligation = obligations.hold_for(session, obligation, actor=actor, side="buyer")
    _check_note(obligation, note, now=now)
    row = _add(session, obligation, note, actor=actor, now=now)
    audit.record(session, "payment:notify", row, actor=actor, at=now, obligation=obligation.id,
                 amount_fen=row.amount_fen, paid_on=row.paid_on, instrument=row.instrument, cash_on=row.cash_on,
                 bank_reference=row.bank_reference)
    _tell(session, row, obligation.contract.founder_id, "payment_notified", now=now)
    return row


def confirm_payment(session: Session, payment_id: int, *, actor: User, now: dt.datetime) -> Payment:
    """The founder confirms that the money arrived: it counts from the day it was paid (Art 17).

    Raises WrongState: payment.wrong_state, payment.not_cashed_yet for a bill or e-voucher before its day.
    """
    payment = _held_payment(session, payment_id, actor=actor)
    following = lifecycle.advance(PAYMENT, payment.status, "confirm")
    if payment.cash_on is not None and payment.cash_on > legal_day(now):
        raise WrongState("payment.not_cashed_yet", cash_on=payment.cash_on)
    payment.status, payment.answered_at = following, now
    audit.record(session, "payment:confirm", payment, actor=actor, at=now, amount_fen=payment.amount_fen)
    obligations.settle_up(session, payment.obligation, actor=actor, now=now)
    _tell(session, payment, payment.obligation.contract.buyer_id, "payment_confirmed", now=now)
    return payment


def record_receipt(session: Session, obligation: Obligation, note: PaymentNote, *, actor: User,
                   now: dt.datetime) -> Payment:
    """The founder records money that arrived and that its buyer never notified; it counts at once.

    Raises what notify_payment and confirm_payment raise.
    """
    obligation = obligations.hold_for(session, obligation, actor=actor, side="founder")
    _check_note(obligation, note, now=now)
    row = _add(session, obligation, note, actor=actor, now=now)
    audit.record(session, "payment:receive", row, actor=actor, at=now, obligation=obligation.id,
                 amount_fen=row.amount_fen, paid_on=row.paid_on, instrument=row.instrument, cash_on=row.cash_on,
                 bank_reference=row.bank_reference)
    return confirm_payment(session, row.id, actor=actor, now=now)


def contradict_payment(session: Session, payment_id: int, *, note: str, actor: User, now: dt.datetime) -> Payment:
    """The founder says the money did not arrive; it does not count. Raises Problems (note), WrongState."""
    payment = _held_payment(session, payment_id, actor=actor)
    following = lifecycle.advance(PAYMENT, payment.status, "contradict")
    _check([("note", "field.required", {}) if not note.strip() else None,
            ("note", "field.too_long", {"most": MOST_NOTE, "length": len(note)}) if len(note) > MOST_NOTE else None])
    payment.status, payment.answered_at, payment.answer_note = following, now, note.strip()
    audit.record(session, "payment:contradict", payment, actor=actor, at=now, note=payment.answer_note)
    _tell(session, payment, payment.obligation.contract.buyer_id, "payment_contradicted", now=now)
    return payment


def _add(session: Session, obligation: Obligation, note: PaymentNote, *, actor: User, now: dt.datetime) -> Payment:
    row = Payment(obligation_id=obligation.id, amount_fen=note.amount_fen, paid_on=note.paid_on,
                  instrument=note.instrument, cash_on=note.cash_on, bank_reference=note.bank_reference.strip(),
                  status=PaymentStatus.NOTIFIED, recorded_by_id=actor.id, recorded_at=now)
    _add_once(session, row, WrongState("payment.reference_taken", reference=row.bank_reference))
    session.expire(obligation, ["payments"])
    return row


def _check_note(obligation: Obligation, note: PaymentNote, *, now: dt.datetime) -> None:
    signed_on = obligation.contract.signed_on
    assert signed_on is not None  # an obligation exists only under a signed contract
    non_cash = note.instrument != TRANSFER
    last_cash_day = note.paid_on + dt.timedelta(days=MOST_DAYS_TO_CASH)
    cash_problem = None
    if non_cash and note.cash_on is None:
        cash_problem = ("cash_on", "payment.cash_day_missing", {})
    elif non_cash and not note.paid_on <= note.cash_on <= last_cash_day:
        cash_problem = ("cash_on", "payment.cash_day_out_of_range", {"first": note.paid_on, "last": last_cash_day})
    elif not non_cash and note.cash_on is not None:
        cash_problem = ("cash_on", "payment.cash_day_not_for_transfers", {})
    _check([("instrument", "field.not_a_choice", {}) if note.instrument not in INSTRUMENTS else None,
            ("bank_reference", "field.required", {}) if not note.bank_reference.strip() else None,
            *_day_problem("paid_on", note.paid_on, earliest=signed_on, now=now), cash_problem])
    _check_amount(obligation, note, today=legal_day(now))


def _check_amount(obligation: Obligation, note: PaymentNote, *, today: dt.date) -> None:
    """Nobody pays more than is open on the day it counts, those not answered yet counted as paid."""
    if note.amount_fen <= 0:
        raise Problems([Problem("amount_fen", "money.zero", {})])
    unanswered = waiting(obligation)
    this = paid(Payment(amount_fen=note.amount_fen, paid_on=note.paid_on, instrument=note.instrument,
                        cash_on=note.cash_on))
    until = max([today, *(day for payment in (*unanswered, this) if (day := payment.counts_on))])
    with_this = accrual_of(statement_of(obligation, as_of=until, also=[*unanswered, this]))
    if not any(line.unallocated_fen for line in with_this.ledger):
        return
    counts_on = this.counts_on or note.paid_on
    before = open_fen(statement_of(obligation, as_of=counts_on, also=unanswered))
    later = open_fen(statement_of(obligation, as_of=until, also=unanswered))
    raise Problems([Problem("amount_fen", "payment.more_than_open", {"open_fen": min(before, later), "on": counts_on})])


def _day_problem(field: str, day: dt.date, *, earliest: dt.date,
                 now: dt.datetime) -> list[tuple[str, str, dict[str, object]]]:
    today = legal_day(now)
    if day > today:
        return [(field, "milestone.day_in_future", {"day": day, "today": today})]
    if day < earliest:
        return [(field, "milestone.day_too_early", {"day": day, "earliest": earliest})]
    return []


def _check(found: list[tuple[str, str, dict[str, object]] | None]) -> None:
    problems = [Problem(*one) for one in found if one is not None]
    if problems:
        raise Problems(problems)


def _add_once(session: Session, row: Invoice | Payment, refusal: WrongState) -> None:
    """Insert a row whose reference may exist; the database decides between two at the same moment."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise refusal from error


def _held_payment(session: Session, payment_id: int, *, actor: User) -> Payment:
    payment = get(session, Payment, payment_id)
    obligations.hold_for(session, payment.obligation, actor=actor, side="founder")
    return lock(session, Payment, payment_id)


def _tell(session: Session, payment: Payment, organisation_id: int, code: str, *, now: dt.datetime) -> None:
    contract = payment.obligation.contract
    notify(session, organisation_id, code, dedupe=f"{code}:{payment.id}", now=now,
           link=f"/payments/{payment.obligation_id}", number=contract.number,
           milestone=payment.obligation.milestone.title, amount_fen=payment.amount_fen)


__all__ = ["InvoiceNote", "PaymentNote", "confirm_payment", "contradict_payment",
           "notify_payment", "open_dispute", "record_acceptance", "record_delivery", "record_invoice",
           "record_receipt", "record_rejection", "record_settlement", "resolve_dispute"]
