"""Declarations and leads of the demo: one demand whose bidders have things in common, innocent and less so."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

from sqlalchemy.orm import Session

from marketplace.demand.models import Demand
from marketplace.integrity import collusion, declarations, particulars, traces
from marketplace.integrity.particulars import EmploymentForm, Particulars
from marketplace.rules.collusion import CollusionKind
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Script, demand, form_of
from marketplace.tendering import operations as tendering

REF, WRITER, COPIER, FORMER = "dv-d037", "dv-p099", "dv-p004", "dv-p083"
PLAN = ("第一周到现场跟班，把现有做法和例外情况逐条记下来，请使用的人当场确认；第二周交出可以点开试的样稿，"
        "每天下班前收一次意见，当晚改完。之后按周交付：每周一版，附改动清单和自测记录，上一周提出的问题没有关掉就不往下做。"
        "正式上线前并行跑两周，新旧结果逐条比对，差异都有书面解释；上线后第一个月驻场，第二个月远程值守。")
COPY = PLAN.replace("第一周到现场跟班", "首周到现场跟班").replace("当晚改完", "当天改完")
PERCENT = {WRITER: 90, COPIER: 81}
OFFICE = "114.55.10.7"
DEMO_KEY = "demo"  # the seeded traces are of nobody


def place(script: Script, *, today: dt.date) -> None:
    """Before the deadline two founders hand in again and two declare; after the opening bids are compared."""
    before = at(today - 4 * DAY, 10)
    script.add(before, partial(_particulars, script))
    for hour, (who, plan, agent) in enumerate(((WRITER, PLAN, "Firefox"), (COPIER, COPY, "Chrome"))):
        script.add(before + dt.timedelta(hours=1 + hour), partial(_bid, script, who, plan, agent))
    script.add(before + dt.timedelta(hours=5), partial(_declare, script))
    script.add(at(today - 2 * DAY, 8), partial(_compare, script))


def _particulars(script: Script, session: Session, now: dt.datetime) -> None:
    buyer, former = script.cast.buyer_of[REF], script.cast.founders[FORMER]
    particulars.state(session, Particulars(phone="0571-85550123"), actor=buyer, now=now)
    particulars.declare_employment(session, EmploymentForm(
        buyer.organisation.name, now.date() - 1500 * DAY, now.date() - 400 * DAY, buyer.organisation.uscc),
        actor=former, now=now)
    for who, address in ((WRITER, "创业大道66号B座９０２室"), (COPIER, "创业大道66号B栋903")):
        particulars.state(session, Particulars(registered_address=address), actor=script.cast.founders[who], now=now)


def _bid(script: Script, who: str, plan: str, agent: str, session: Session, now: dt.datetime) -> None:
    wanted, form = demand(session, REF), form_of(script, REF, who, percent=PERCENT[who])
    form = replace(form, plan=plan)
    receipt = tendering.submit_bid(session, wanted, form, actor=script.cast.founders[who], now=now)
    traces.keep(session, receipt.bid_id, demand_code=wanted.code, address=OFFICE, agent=agent, secret=DEMO_KEY)


def _declare(script: Script, session: Session, now: dt.datetime) -> None:
    wanted = demand(session, REF)
    declarations.declare(session, wanted, related=True, details="一年多以前在采购方任职，没有参与本需求的立项。",
                         actor=script.cast.founders[FORMER], now=now)
    declarations.declare(session, wanted, related=False, details="", actor=script.cast.founders[COPIER], now=now)


def _compare(script: Script, session: Session, now: dt.datetime) -> None:
    """Every opened demand; the operator has looked at the lead about the network."""
    for demand_id in collusion.waiting(session):
        collusion.scan(session, session.get_one(Demand, demand_id), now=now)
    for lead in collusion.of_demand(session, demand(session, REF)):
        if lead.kind == CollusionKind.SAME_NETWORK:
            collusion.look(session, lead.id, actor=script.cast.operator, now=now + dt.timedelta(minutes=10),
                           note="两家都登记在同一写字楼，相邻两间；已请双方说明是否共用网络。")
