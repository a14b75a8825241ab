"""Bank statements and a reversal in the demo market: two transfers matched, one that is nobody's, one that bounced."""
from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.banking import operations as banking
from marketplace.banking import queries as bank
from marketplace.payments import operations as payments
from marketplace.payments import reversals
from marketplace.payments.models import Obligation
from marketplace.payments.operations import PaymentNote
from marketplace.seed.tender import DAY

Owed = Callable[[Session], Obligation]
Act = Callable[[Session, dt.datetime], None]
FIRST_PERCENT = 60
BOUNCED_PERCENT = 20


def pay_in_two(owed: Owed, on: dt.date, *, buyer: User) -> Act:
    """The buyer pays one milestone with two transfers and notifies both."""
    def act(session: Session, now: dt.datetime) -> None:
        first = owed(session).amount_fen * FIRST_PERCENT // 100
        for place, fen in enumerate((first, owed(session).amount_fen - first), 1):
            payments.notify_payment(session, owed(session), PaymentNote(
                fen, on, f"CCB{on:%Y%m%d}{place:06d}"), actor=buyer, now=now)
    return act


def _take_in(session: Session, lines: list[banking.LineDraft], on: dt.date, *, founder: User, now: dt.datetime) -> None:
    name = f"收款流水-{on:%Y%m%d}.csv"
    lines = [*lines, banking.LineDraft(on - DAY, 1_286, "", "存款结息", f"CCB{on:%Y%m%d}990001")]
    digest = hashlib.sha256(name.encode()).hexdigest()
    banking.take_in(session, banking.FileDraft(name, digest, tuple(lines)), actor=founder, now=now)
    session.flush()


def upload_unmatched(owed: Owed, on: dt.date, *, founder: User) -> Act:
    """The founder uploads what its bank wrote, and has decided nothing about it yet."""
    def act(session: Session, now: dt.datetime) -> None:
        found = owed(session)
        part = found.amount_fen * FIRST_PERCENT // 100
        _take_in(session, [banking.LineDraft(on, part, found.contract.buyer.name, f"{found.contract.number} 项目款",
                                             f"ICBC{on:%Y%m%d}{found.id:06d}")], on, founder=founder, now=now)
    return act


def confirm_by_statement(owed: Owed, on: dt.date, *, founder: User) -> Act:
    """The founder uploads what its bank wrote and confirms what the suggestions name; the bank's interest is left."""
    def act(session: Session, now: dt.datetime) -> None:
        found = owed(session)
        name = found.contract.buyer.name
        lines = [banking.LineDraft(on, payment.amount_fen, name, f"{found.contract.number} 项目款",
                                   payment.bank_reference) for payment in found.payments]
        _take_in(session, lines, on, founder=founder, now=now)
        for line in sorted(bank.lines(session, actor=founder), key=lambda line: line.id):
            shown = bank.with_suggestions(session, [line], actor=founder, now=now)[0]
            if shown.suggestions and line.remark.startswith(found.contract.number):
                banking.match(session, line.id, shown.suggestions[0].parts, actor=founder, now=now)
    return act


def pay_and_confirm(owed: Owed, on: dt.date, *, buyer: User, founder: User) -> Act:
    """A late part payment that the founder confirms, and that will not stand."""
    def act(session: Session, now: dt.datetime) -> None:
        found = owed(session)
        made = payments.notify_payment(session, found, PaymentNote(
            found.amount_fen * BOUNCED_PERCENT // 100, on, f"ABC{on:%Y%m%d}{found.id:06d}"), actor=buyer, now=now)
        payments.confirm_payment(session, made.id, actor=founder, now=now)
    return act


def bounce(owed: Owed, *, founder: User) -> Act:
    """Two days later the bank has taken it back."""
    def act(session: Session, now: dt.datetime) -> None:
        reversals.reverse_payment(session, owed(session).payments[-1].id, kind=reversals.BOUNCED,
                                  reason="付款方账户余额不足，银行次日退票，款项未实际到账。", actor=founder, now=now)
    return act
