"""What follows late payments: plans, complaints, appeals, the public list, mediation, leads; and receivables."""
from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.complaints import filing, listings, mediation, plans, retaliation
from marketplace.complaints.models import (
    Complaint,
    Mediation,
    MediationPartner,
    PaymentPlan,
    PublicListing,
    RetaliationLead,
)
from marketplace.complaints.plans import Promise
from marketplace.contracts.models import Contract
from marketplace.enforcement import operations as enforcement
from marketplace.enforcement.models import EscalationStep, StepAppeal
from marketplace.payments.models import Obligation
from marketplace.receivables import operations as receivables
from marketplace.receivables.models import Receivable
from marketplace.rules.remedies import OPEN_COMPLAINTS, OPEN_LEADS, OPEN_LISTINGS, OPEN_MEDIATIONS

if TYPE_CHECKING:
    from tests.integration.year.year import Year

DAY = dt.timedelta(days=1)


def live(year: Year) -> None:
    """One day of claims and answers."""
    for row in year.rows(_of_obligations(Obligation.due_on).where(Obligation.settled_on.is_(None)).order_by(
            Obligation.id)):
        _begin(year, row)
    _answer_plans(year)
    for row in _open(year, Complaint, OPEN_COMPLAINTS):
        if year.happens(0.12):
            _complaint(year, row)
    for row in _open(year, PublicListing, OPEN_LISTINGS):
        if year.happens(0.15):
            _listing(year, row)
    for row in _open(year, Mediation, OPEN_MEDIATIONS):
        if year.happens(0.15):
            _mediation(year, row)
    _appeals(year)
    _leads(year)
    _receivables(year)


def _of_obligations(*columns: Any) -> Any:
    return select(Obligation.id, Contract.buyer_id, Contract.founder_id, *columns).join(
        Contract, Contract.id == Obligation.contract_id)


def _open(year: Year, model: Any, statuses: Any) -> list[Any]:
    """(id of the obligation, buyer, founder, key, status) of what is going on."""
    return year.rows(_of_obligations(model.id.label("key"), model.status).join(
        model, model.obligation_id == Obligation.id).where(model.status.in_(statuses)).order_by(model.id))


def _owed(session: Session, row: Any) -> Obligation:
    return session.get_one(Obligation, row.id)


def _begin(year: Year, row: Any) -> None:
    """What somebody may do about an obligation; too early, twice or without reason it is refused."""
    late = (year.today - row.due_on).days if row.due_on else -1
    if late > 10 and year.happens(0.012):
        year.do("complain", lambda s, now: filing.file(
            s, _owed(s, row), request="请责令付款并支付逾期利息", truthful=not year.happens(0.1),
            actor=year.founder(s, row.founder_id), now=now))
    if late > 15 and year.happens(0.03):
        promises = [Promise(year.today + year.rng.randint(3, 40) * DAY, 100_000) for _ in range(year.rng.randrange(2))]
        promises.append(Promise(year.today + year.rng.randint(20, 90) * DAY))
        year.do("propose_plan", lambda s, now: plans.propose(
            s, _owed(s, row), promises, note="分期付清", actor=year.buyer(s, row.buyer_id), now=now))
    if late > 55 and year.happens(0.06):
        year.do("propose_listing", lambda s, now: listings.propose(
            s, _owed(s, row), reason="逾期两个月", actor=year.operator(s), now=now))
    if late > -5 and year.happens(0.006):
        side = year.buyer if year.happens(0.3) else year.founder
        party = row.buyer_id if side == year.buyer else row.founder_id
        year.do("ask_mediation", lambda s, now: mediation.request(
            s, _owed(s, row), text="请主持调解", actor=side(s, party), now=now))
    if year.happens(0.004):
        year.do("ask_confirmation", lambda s, now: receivables.request(
            s, _owed(s, row), financier="长沙银行", actor=year.founder(s, row.founder_id), now=now))


def _answer_plans(year: Year) -> None:
    for row in _open(year, PaymentPlan, ("proposed",)):
        choice = year.rng.random()
        if choice < 0.12:
            year.do("accept_plan", lambda s, now, r=row: plans.accept(
                s, _owed(s, r), r.key, actor=year.founder(s, r.founder_id), now=now))
        elif choice < 0.18:
            year.do("refuse_plan", lambda s, now, r=row: plans.refuse(
                s, _owed(s, r), r.key, note="太久", actor=year.founder(s, r.founder_id), now=now))
        elif choice < 0.2:
            year.do("withdraw_plan", lambda s, now, r=row: plans.withdraw(
                s, _owed(s, r), r.key, actor=year.buyer(s, r.buyer_id), now=now))


def _complaint(year: Year, row: Any) -> None:
    """The next step of a complaint, recorded by the operator on the day it was taken; some are withdrawn."""
    today, chance = year.today, year.rng.random()

    def act(session: Session, now: dt.datetime) -> None:
        owed, operator = _owed(session, row), year.operator(session)
        if chance < 0.08:
            filing.withdraw(session, owed, row.key, note="已协商", actor=year.founder(session, row.founder_id), now=now)
        elif row.status == "filed":
            filing.submit(session, owed, row.key, authority="省工信厅", submitted_on=today, actor=operator, now=now)
        elif row.status == "submitted" and chance < 0.2:
            filing.refuse(session, owed, row.key, refused_on=today, note="材料不全", actor=operator, now=now)
        elif row.status == "submitted":
            filing.accept(session, owed, row.key, accepted_on=today, reference_number=f"SL{row.key:04d}",
                          actor=operator, now=now)
        elif row.status == "accepted":
            filing.transfer(session, owed, row.key, handler="市住建局", transferred_on=today, received_on=today,
                            actor=operator, now=now)
        elif row.status == "transferred" and chance < 0.4:
            filing.extend(session, owed, row.key, extended_on=today, note="情况复杂", actor=operator, now=now)
        elif row.status == "transferred":
            filing.decide(session, owed, row.key, decided_on=today, result="责令限期付款", actor=operator, now=now)
        else:
            filing.close(session, owed, row.key, reason="decision", note="已有书面结果", actor=operator, now=now)
    year.do(f"complaint_{row.status}", act)


def _listing(year: Year, row: Any) -> None:
    chance = year.rng.random()

    def act(session: Session, now: dt.datetime) -> None:
        owed, operator, buyer = _owed(session, row), year.operator(session), year.buyer(session, row.buyer_id)
        if row.status == "proposed" and chance < 0.3:
            listings.reply(session, owed, row.key, text="资金紧张", actor=buyer, now=now)
        elif row.status in ("proposed", "replied"):
            listings.decide(session, owed, row.key, publish=chance < 0.85, reason="核实无误", actor=operator, now=now)
        elif row.status == "published":
            listings.appeal(session, owed, row.key, text="金额有误", actor=buyer, now=now)
        else:
            listings.answer_appeal(session, owed, row.key, uphold=chance < 0.4, note="已核对", actor=operator, now=now)
    year.do(f"listing_{row.status}", act)


def _mediation(year: Year, row: Any) -> None:
    chance, until = year.rng.random(), year.today + 20 * DAY

    def act(session: Session, now: dt.datetime) -> None:
        owed, operator = _owed(session, row), year.operator(session)
        buyer, founder = year.buyer(session, row.buyer_id), year.founder(session, row.founder_id)
        if row.status == "requested":
            asked = session.get_one(Mediation, row.key).requested_side
            mediation.answer(session, owed, row.key, agree=chance < 0.8, now=now,
                             actor=founder if asked == "buyer" else buyer)
        elif chance < 0.06:
            mediation.fail(session, owed, row.key, note="谈不拢", actor=buyer, now=now)
        elif row.status == "agreed":
            first = session.scalars(select(MediationPartner.id).order_by(MediationPartner.id)).first()
            mediation.assign(session, owed, row.key, partner_id=first or 0, actor=operator, now=now)
        elif row.status == "assigned" and chance < 0.4:
            for side in (buyer, founder):
                mediation.agree_pause(session, owed, row.key, until=until, actor=side, now=now)
        elif row.status == "assigned":
            mediation.record_terms(session, owed, row.key, terms="两周内付清", actor=operator, now=now)
        else:
            mediation.confirm_terms(session, owed, row.key, actor=buyer if chance < 0.5 else founder, now=now)
    year.do(f"mediation_{row.status}", act)


def _appeals(year: Year) -> None:
    for row in year.rows(_of_obligations(EscalationStep.id.label("key")).join(
            EscalationStep, EscalationStep.obligation_id == Obligation.id).where(
            EscalationStep.status == "taken", EscalationStep.taken_on >= year.today - 3 * DAY).order_by(
            EscalationStep.id)):
        if year.happens(0.01):
            year.do("appeal", lambda s, now, r=row: enforcement.appeal(
                s, _owed(s, r), r.key, reason="期限起算有误", actor=year.buyer(s, r.buyer_id), now=now))
    for row in year.rows(select(StepAppeal.id).filter_by(status="open").order_by(StepAppeal.id)):
        if year.happens(0.1):
            upheld = year.happens(0.4)
            year.do("decide_appeal", lambda s, now, r=row, up=upheld: enforcement.decide_appeal(
                s, r.id, upheld=up, note="已核对", actor=year.operator(s), now=now))


def _leads(year: Year) -> None:
    for row in year.rows(select(RetaliationLead.id, RetaliationLead.status, RetaliationLead.buyer_id).where(
            RetaliationLead.status.in_(OPEN_LEADS)).order_by(RetaliationLead.id)):
        if not year.happens(0.1):
            continue
        if row.status == "open":
            year.do("ask_lead", lambda s, now, r=row: retaliation.ask(
                s, r.id, question="请说明理由", actor=year.operator(s), now=now))
        elif row.status == "asked":
            year.do("answer_lead", lambda s, now, r=row: retaliation.answer(
                s, r.id, text="按评分择优", actor=year.buyer(s, r.buyer_id), now=now))
        else:
            passed_on = year.happens(0.3)
            year.do("close_lead", lambda s, now, r=row, on=passed_on: retaliation.close(
                s, r.id, passed_on=on, note="已核对", actor=year.operator(s), now=now))


def _receivables(year: Year) -> None:
    for row in _open(year, Receivable, ("requested",)):
        choice = year.rng.random()
        if choice < 0.03:
            year.do("confirm_receivable", lambda s, now, r=row: receivables.confirm(
                s, s.get_one(Receivable, r.key), actor=year.buyer(s, r.buyer_id), now=now))
        elif choice < 0.04:
            year.do("refuse_receivable", lambda s, now, r=row: receivables.refuse(
                s, s.get_one(Receivable, r.key), reason="金额待核", actor=year.buyer(s, r.buyer_id), now=now))
        elif choice < 0.045:
            year.do("withdraw_receivable", lambda s, now, r=row: receivables.withdraw(
                s, s.get_one(Receivable, r.key), actor=year.founder(s, r.founder_id), now=now))
