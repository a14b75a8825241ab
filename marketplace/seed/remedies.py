"""What followed the demo market's late payments: a blocked buyer, a plan, a complaint, a mediation, a list proposal."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.complaints import filing, listings, mediation, partners, plans, retaliation
from marketplace.complaints.partners import PartnerForm
from marketplace.complaints.plans import Promise
from marketplace.payments import queries as obligations
from marketplace.payments.models import Obligation
from marketplace.seed.days import at, workday_on_or_after, workday_on_or_before
from marketplace.seed.tender import DAY, Script, contract

COMPLAINED, PLANNED, MEDIATED = ("dv-d012", "dv-p060"), ("dv-d049", "dv-p140"), ("dv-d034", "dv-p133")
PLANNED_LATE = 40  # days, as the story has it; the plan comes after the transfer that bounced and before day 30
PARTNERS = (
    PartnerForm("湘江衡信会计师事务所", "accountant", "湖南省长沙市", "周会计师", phone="0731-8000-0001"),
    PartnerForm("秦岭明理律师事务所", "lawyer", "陕西省西安市", "冯律师", "mediation@mingli.example"),
    PartnerForm("黄河口商事调解中心", "mediation_centre", "山东省东营市", "孟调解员", phone="0546-8000-0003"),
)
Step = Callable[[Session, Obligation, dt.datetime], Any]


def place(script: Script, *, today: dt.date) -> None:
    """Every step through the operation a person would use, on days relative to the day of seeding."""
    operator = script.cast.operator
    for one in PARTNERS:
        script.add(at(today - 60 * DAY, 10), _partner(one, operator))
    _plan(script, today)
    _complaint(script, operator, today)
    _mediation(script, operator, today)


def _partner(form: PartnerForm, operator: User) -> Callable[[Session, dt.datetime], None]:
    def act(session: Session, now: dt.datetime) -> None:
        partners.add(session, form, actor=operator, now=now)
    return act


def _step(script: Script, ref: str, moment: dt.datetime, step: Step) -> None:
    def act(session: Session, now: dt.datetime) -> None:
        owed = obligations.of_milestone(session, contract(session, ref).milestones[0].id)
        assert owed is not None
        step(session, owed, now)

    script.add(moment, act)


def _plan(script: Script, today: dt.date) -> None:
    """The anchor enterprise keeps publishing because its founder accepted a plan in time."""
    ref, winner = PLANNED
    buyer, founder = script.cast.buyer_of[ref], script.cast.founders[winner]
    due = workday_on_or_before(today - PLANNED_LATE * DAY)
    first, last = (workday_on_or_after(today + days * DAY) for days in (9, 38))

    def propose(session: Session, owed: Obligation, now: dt.datetime) -> None:
        half = owed.amount_fen // 2
        plans.propose(session, owed, [Promise(first, half), Promise(last)], actor=buyer, now=now,
                      note="季度资金计划已批，分两次付清。")

    _step(script, ref, at(due + 27 * DAY, 10), propose)
    _step(script, ref, at(due + 28 * DAY, 16), lambda session, owed, now: plans.accept(
        session, owed, _only(plans.open_plan(session, owed.id)), actor=founder, now=now))


def _only(row: Any) -> int:
    assert row is not None
    return row.id


def _complaint(script: Script, operator: User, today: dt.date) -> None:
    """Complained about, proposed for the public list, and asked about: the buyer late for a quarter of a year."""
    ref, winner = COMPLAINED
    founder = script.cast.founders[winner]
    filed, handed, accepted = (workday_on_or_before(today - days * DAY) for days in (27, 26, 20))

    def of(session: Session, owed: Obligation) -> int:
        return _only(filing.open_complaint(session, owed.id))

    _step(script, ref, at(filed, 9), lambda session, owed, now: filing.file(
        session, owed, request="交付已近半年，多次催要未付。请责令支付全部本金和逾期利息。", truthful=True,
        actor=founder, now=now))
    _step(script, ref, at(handed, 15), lambda session, owed, now: filing.submit(
        session, owed, of(session, owed), authority="山东省中小企业局", submitted_on=handed, actor=operator, now=now))
    _step(script, ref, at(accepted, 15), lambda session, owed, now: filing.accept(
        session, owed, of(session, owed), accepted_on=accepted, reference_number="鲁企诉-0417", actor=operator,
        now=now))
    _step(script, ref, at(today - 6 * DAY, 11), lambda session, owed, now: filing.note(
        session, owed, of(session, owed), on=today - 6 * DAY, text="受理部门来电核对，材料齐全。",
        actor=operator, now=now))
    _step(script, ref, at(today - 5 * DAY, 9), lambda session, owed, now: retaliation.report(
        session, owed, text="投诉受理之后，该公司的联系人说以后不会再请我们揭榜。", actor=founder, now=now))
    _step(script, ref, at(today - DAY, 10), lambda session, owed, now: listings.propose(
        session, owed, reason="逾期已满六十日，采购方未提出争议，也未提出付款计划。", actor=operator, now=now))


def _mediation(script: Script, operator: User, today: dt.date) -> None:
    """A part was paid; both sides talk about the rest and agreed that the platform's steps rest meanwhile."""
    ref, winner = MEDIATED
    buyer, founder = script.cast.buyer_of[ref], script.cast.founders[winner]
    began, met, until = today - 16 * DAY, today - 9 * DAY, today + 21 * DAY

    def of(session: Session, owed: Obligation) -> int:
        return _only(mediation.open_mediation(session, owed.id))

    _step(script, ref, at(began, 9), lambda session, owed, now: mediation.request(
        session, owed, text="余款何时支付、部分付款先抵利息还是先抵本金，希望当面谈清。", actor=founder, now=now))
    _step(script, ref, at(began, 15), lambda session, owed, now: mediation.answer(
        session, owed, of(session, owed), agree=True, actor=buyer, now=now))
    _step(script, ref, at(began + DAY, 10), lambda session, owed, now: mediation.assign(
        session, owed, of(session, owed), partner_id=partners.directory(session, active=True)[0].id, actor=operator,
        now=now))
    for hour, side in ((11, founder), (14, buyer)):
        _step(script, ref, at(began + DAY, hour), _pause(of, until, side))
    _step(script, ref, at(met, 16), lambda session, owed, now: mediation.add_session(
        session, owed, of(session, owed), held_on=met, note="双方确认尚欠金额；采购方下次带来付款日期。",
        actor=operator, now=now))


def _pause(of: Callable[[Session, Obligation], int], until: dt.date, side: User) -> Step:
    return lambda session, owed, now: mediation.agree_pause(session, owed, of(session, owed), until=until, actor=side,
                                                            now=now)
