"""The work itself: deliveries whole and in parts, acceptance, rejection, silence, settlement, invoices, bonds."""
from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from marketplace.bonds import operations as bonds
from marketplace.bonds.models import Bond
from marketplace.bonds.operations import Provision, Requirement
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.contracts.parts import PartAccepted, PartDelivered
from marketplace.payments import operations as payments
from marketplace.payments import parts, settlement
from marketplace.payments.models import Invoice, InvoiceRefusal
from marketplace.payments.operations import InvoiceNote
from marketplace.payments.refusals import refuse_invoice
from marketplace.payments.settlement import Contest
from marketplace.rules.bonds import BondInstrument, BondKind

if TYPE_CHECKING:
    from tests.integration.year.year import Year

DAY = dt.timedelta(days=1)
_PARTIES = (Contract.buyer_id, Contract.founder_id, Contract.start_basis, Contract.signed_on)


def live(year: Year) -> None:
    """One day of everybody's work."""
    delivered = select(func.max(Delivery.delivered_on)).where(Delivery.milestone_id == Milestone.id).scalar_subquery()
    for row in year.rows(select(
            Milestone.id, Milestone.status, Milestone.amount_fen, Milestone.planned_on, delivered.label("on"),
            Milestone.settlement_confirmed_on, *_PARTIES).join(Contract).where(
            Contract.status == "active").order_by(Milestone.id)):
        if row.status in ("scheduled", "rejected"):
            _deliver(year, row)
        elif row.status == "delivered":
            _answer(year, row)
        if row.start_basis == "settlement" and row.on is not None and row.settlement_confirmed_on is None:
            _settle(year, row)
        if row.on is not None and year.happens(0.01):
            _invoice(year, row)
    _invoices_back(year)
    _bonds(year)


def _day(year: Year, first: dt.date) -> dt.date:
    """Today, or up to two days back, for what is written down later than it happened."""
    back = year.rng.choice((0, 0, 0, 1, 2))
    return max(year.today - back * DAY, first)


def _deliver(year: Year, row: Any) -> None:
    ready = row.status == "rejected" or row.planned_on is None or row.planned_on <= year.today + 5 * DAY
    if not year.happens(0.12 if ready else 0.005):
        return
    on = year.today if row.status == "rejected" else _day(year, row.signed_on)
    if row.amount_fen > 100 and year.happens(0.2):
        part = PartDelivered("第一批", row.amount_fen * year.rng.randint(10, 80) // 100, on, ("接口文档齐全",))
        year.do("deliver_part", lambda s, now: parts.record_part_delivery(
            s, row.id, part, actor=year.founder(s, row.founder_id), now=now))
        return
    year.do("deliver", lambda s, now: payments.record_delivery(
        s, row.id, on=on, note="已交付", actor=year.founder(s, row.founder_id), now=now))


def _answer(year: Year, row: Any) -> None:
    if not year.happens(year.cast.buyers[row.buyer_id].habit.answers):
        return
    choice, on = year.rng.random(), _day(year, row.on)
    if choice < 0.65:
        year.do("accept", lambda s, now: payments.record_acceptance(
            s, row.id, on=on, actor=year.buyer(s, row.buyer_id), now=now))
    elif choice < 0.8:
        year.do("reject", lambda s, now: payments.record_rejection(
            s, row.id, reason="缺接口文档", actor=year.buyer(s, row.buyer_id), now=now))
    elif choice < 0.97:
        part = PartAccepted(max(row.amount_fen * year.rng.randint(20, 90) // 100, 1), on, "其余缺核对记录")
        year.do("accept_part", lambda s, now: parts.record_part_acceptance(
            s, row.id, part, actor=year.buyer(s, row.buyer_id), now=now))
    else:  # somebody who may not
        year.do("accept_own", lambda s, now: payments.record_acceptance(
            s, row.id, on=on, actor=year.founder(s, row.founder_id), now=now))


def _settle(year: Year, row: Any) -> None:
    choice = year.rng.random()
    if choice < 0.08:
        year.do("submit_settlement", lambda s, now: settlement.record_submission(
            s, row.id, on=year.today, note="结算单", actor=year.founder(s, row.founder_id), now=now))
    elif choice < 0.12:
        year.do("confirm_settlement", lambda s, now: payments.record_settlement(
            s, row.id, on=year.today, actor=year.buyer(s, row.buyer_id), now=now))
    elif choice < 0.13:
        contest = Contest(year.today, max(row.amount_fen // 5, 1), "数量不符")
        year.do("contest_settlement", lambda s, now: settlement.record_contest(
            s, row.id, contest, actor=year.buyer(s, row.buyer_id), now=now))


def _invoice(year: Year, row: Any) -> None:
    note = InvoiceNote(f"25{row.id:06d}{year.rng.randrange(100):02d}",
                       row.amount_fen * year.rng.choice((50, 100, 101)) // 100 or 1, year.today)
    year.do("invoice", lambda s, now: payments.record_invoice(
        s, row.id, note, actor=year.founder(s, row.founder_id), now=now))


def _invoices_back(year: Year) -> None:
    for row in year.rows(select(Invoice.id, Invoice.milestone_id, Contract.buyer_id).join(
            Milestone, Milestone.id == Invoice.milestone_id).join(Contract).where(
            Invoice.issued_on >= year.today - 10 * DAY,
            Invoice.id.not_in(select(InvoiceRefusal.invoice_id))).order_by(Invoice.id)):
        if year.happens(0.015):
            year.do("refuse_invoice", lambda s, now, r=row: refuse_invoice(
                s, r.milestone_id, r.id, reason="抬头有误", actor=year.buyer(s, r.buyer_id), now=now))


def _bonds(year: Year) -> None:
    for contract in year.rows(select(Contract.id, Contract.buyer_id, Contract.total_fen, Contract.signed_on).where(
            Contract.signed_on == year.today - DAY).order_by(Contract.id)):
        if year.happens(0.4):
            wish = Requirement(year.rng.choice((BondKind.PERFORMANCE, BondKind.QUALITY)),
                               contract.total_fen * year.rng.randint(1, 6) // 100,
                               year.today + year.rng.randint(20, 150) * DAY, "保证按约履行")
            year.do("require_bond", lambda s, now, c=contract, w=wish: bonds.require(
                s, s.get_one(Contract, c.id), w, actor=year.buyer(s, c.buyer_id), now=now))
    for bond in year.rows(select(Bond.id, Bond.status, Bond.ends_on, Contract.buyer_id, Contract.founder_id).join(
            Contract).where(Bond.status.not_in(("waived", "returned"))).order_by(Bond.id)):
        if year.happens(0.1):
            _on_bond(year, bond)


def _on_bond(year: Year, row: Any) -> None:
    provision = Provision(year.rng.choice(list(BondInstrument)), f"BH{row.id:06d}", year.today)
    if row.status == "required" and year.happens(0.85):
        year.do("provide_bond", lambda s, now: bonds.provide(
            s, s.get_one(Bond, row.id), provision, actor=year.founder(s, row.founder_id), now=now))
    elif row.status == "required":
        year.do("waive_bond", lambda s, now: bonds.waive(
            s, s.get_one(Bond, row.id), actor=year.buyer(s, row.buyer_id), now=now))
    elif row.status == "provided" and row.ends_on < year.today:
        year.do("return_bond", lambda s, now: bonds.notify_return(
            s, s.get_one(Bond, row.id), on=year.today, reference="退回", actor=year.buyer(s, row.buyer_id), now=now))
    elif row.status == "return_notified" and year.happens(0.8):
        year.do("bond_is_back", lambda s, now: bonds.confirm_return(
            s, s.get_one(Bond, row.id), actor=year.founder(s, row.founder_id), now=now))
    elif row.status == "return_notified":
        year.do("bond_is_not_back", lambda s, now: bonds.contradict_return(
            s, s.get_one(Bond, row.id), note="没有收到", actor=year.founder(s, row.founder_id), now=now))
