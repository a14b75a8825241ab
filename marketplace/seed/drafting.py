"""What buyers of the demo are still writing, an old posting copied, and founders who get the list by mail."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.demand import copying, saving
from marketplace.editions import mailing
from marketplace.seed.cast import DEMO_DOMAIN
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Script, demand

BEGUN = {
    "title": "展厅讲解词改写成三个版本", "scene": "企业展厅，接待学生、客户和检查组，讲解员照着同一份稿子念。",
    "description": "把现有讲解词改写成学生版、客户版、检查版，各不超过十五分钟。", "budget": "1.2万", "remote_ok": "1",
    "response_hours": "24", "start_basis": "acceptance", "acceptance_period_days": "10",
    "allocation": "principal_first", "criteria.0.name": "对需求的理解与实施方案", "criteria.0.kind": "quality",
    "criteria.0.weight": "70", "criteria.1.name": "价格", "criteria.1.kind": "price", "criteria.1.weight": "30",
}
NO_BIDS = "dv-d038"
SUBSCRIBED = 48  # days before the day of seeding: before the first edition of the demo


def place(script: Script, *, today: dt.date) -> None:
    """An unfinished form of yesterday, a copy of what found no bids, and subscriptions before the first list."""
    anchor = next(user for user in script.cast.buyers.values() if user.email == f"anchor{DEMO_DOMAIN}")

    def begin(session: Session, now: dt.datetime) -> None:
        saving.begin(session, BEGUN, actor=anchor, now=now)

    def copy(session: Session, now: dt.datetime) -> None:
        copying.copy(session, demand(session, NO_BIDS), actor=script.cast.buyer_of[NO_BIDS], now=now)

    def join(session: Session, now: dt.datetime) -> None:
        for founder in script.cast.founders.values():
            if founder.email.endswith(DEMO_DOMAIN):
                mailing.join(session, actor=founder, language="zh", now=now)

    script.add(at(today - DAY, 17), begin)
    script.add(at(today - 2 * DAY, 16), copy)
    script.add(at(today - SUBSCRIBED * DAY, 12), join)
