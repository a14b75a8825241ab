"""An award of the last working day in its standstill, with an objection its buyer has to answer."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.objections import operations as objections
from marketplace.objections.operations import Grounds
from marketplace.rules.objections import Ground
from marketplace.seed.days import at, workday_on_or_before
from marketplace.seed.tender import DAY, Script, award, bid, demand, evaluate, open_bids, post

REF, WINNER, OBJECTOR, THIRD = "dv-d003", "dv-p038", "dv-p053", "dv-p018"
TO_AWARD, TO_BID = 4 * DAY, 14 * DAY
TEXT = "公布的评分办法里“同类案例与能力”占 30%，我们提交了两个景区夜游案例，请复核这一项的得分。"


def place(script: Script, *, today: dt.date) -> set[str]:
    """Its events; returns the demand they are about."""
    awarded = workday_on_or_before(today - DAY)
    deadline = at(awarded - TO_AWARD, 17)
    post(script, REF, published_on=(deadline - TO_BID).date(), deadline=deadline)
    for place, profile in enumerate((WINNER, OBJECTOR, THIRD)):
        bid(script, REF, profile, deadline - dt.timedelta(days=2, hours=place), percent=90 - 4 * place)
    open_bids(script, REF, deadline)
    evaluate(script, REF, WINNER, deadline + dt.timedelta(hours=20))
    award(script, REF, WINNER, at(awarded, 16))

    def object_to_it(session: Session, now: dt.datetime) -> None:
        objections.file(session, demand(session, REF), Grounds(Ground.SCORING, TEXT),
                        actor=script.cast.founders[OBJECTOR], now=now)

    script.add(at(awarded, 17, 30), object_to_it)
    return {REF}
