"""A demand in evaluation whose best bids are tried on the buyer's data: one founder has access, one must accept."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.evaluation import trials, validation
from marketplace.evaluation.validation import Plan
from marketplace.evaluation.validation_models import ValidationGrant
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Script, bid, demand, open_bids, post
from marketplace.tendering import queries as bids

REF, TRIED, OTHER, THIRD = "dv-d024", "dv-p085", "dv-p133", "dv-p100"
TO_BID = 14 * DAY
PLAN = Plan(
    top=2, purpose="用 200 件已结案、已脱敏的赔案材料做初审，与人工结论逐件比对。",
    conditions="数据只用于本次验证，不得用于训练模型，不得提供给他人；访问结束后三日内删除并书面告知。", access_days=14,
    metric_name="与人工结论的一致率", metric_unit="%", metric_threshold="92")
DATA = ("赔案号,就诊天数,发票金额(元),责任免除,人工结论\n"
        "A0001,3,12860.00,否,赔付\nA0002,1,940.50,是,拒赔\nA0003,7,40210.00,否,补充材料\n").encode()


def place(script: Script, *, today: dt.date) -> set[str]:
    """Its events; returns the demand they are about. The stage is stated with the draft, so everyone bids under it."""
    deadline = at(today - 3 * DAY, 17)
    published_on = (deadline - TO_BID).date()
    post(script, REF, published_on=published_on, deadline=deadline)
    script.add(at(published_on - DAY, 16), lambda session, now: _state(script, session, now))
    for place_, profile in enumerate((TRIED, OTHER, THIRD)):
        bid(script, REF, profile, deadline - dt.timedelta(days=2, hours=place_), percent=86 + 3 * place_)
    open_bids(script, REF, deadline)
    script.add(at(today - 2 * DAY, 10), lambda session, now: _offer(script, session, now))
    script.add(at(today - DAY, 9), lambda session, now: _accept(script, session, now))
    return {REF}


def _state(script: Script, session: Session, now: dt.datetime) -> None:
    wanted, buyer = demand(session, REF), script.cast.buyer_of[REF]
    validation.state(session, wanted, PLAN, actor=buyer, now=now)
    if script.files is not None:
        validation.add_file(session, wanted, "脱敏赔案样例.csv", DATA, files=script.files, actor=buyer, now=now)


def _offer(script: Script, session: Session, now: dt.datetime) -> None:
    wanted = demand(session, REF)
    tried = [script.cast.founders[one].organisation_id for one in (TRIED, OTHER)]
    validation.offer(session, wanted, [one.id for one in bids.opened_bids(session, wanted) if one.founder_id in tried],
                     actor=script.cast.buyer_of[REF], now=now)


def _accept(script: Script, session: Session, now: dt.datetime) -> None:
    founder, grant = script.cast.founders[TRIED], _grant(script, session)
    validation.accept(session, grant.id, seen_hash=grant.conditions_hash, actor=founder, now=now)
    for file in grant.stage.files if script.files is not None else ():
        validation.read_file(session, grant.id, file.id, files=script.files, address_digest="0" * 64, actor=founder,
                             now=now + dt.timedelta(minutes=10))


def _grant(script: Script, session: Session) -> ValidationGrant:
    founder = script.cast.founders[TRIED]
    return trials.reader(session, demand(session, REF), actor=founder).grants[0]
