"""A panel of three in the demo: two outside experts have submitted, the buyer's own person has still to score."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.evaluation import operations, queries
from marketplace.seed.days import at
from marketplace.seed.tender import DAY, Script, demand
from marketplace.tendering import queries as bids

EXPERTS = ("dv-p085", "dv-p140")
GIVEN = (((88, 82), (74, 70), (81, 66)), ((84, 90), (79, 68), (64, 71)))
COMMENTS = (("步骤和验收对得上，工期偏紧。", "案例写得清楚，数据口径要再确认。", "思路可行，风险说得少。"),
            ("现场装调的安排具体。", "接口写得细，培训部分单薄。", "与需求的节拍要求没有一一对应。"))


def place(script: Script, story: dict[str, Any], *, today: dt.date) -> None:
    """Named the day after the opening, scored yesterday."""
    ref = story["evaluation"][0]["demand"]
    buyer, experts = script.cast.buyer_of[ref], [script.cast.founders[one] for one in EXPERTS]
    people = [buyer, *experts]
    script.add(at(today - 2 * DAY, 9, 30), lambda session, now: _name(session, ref, people, buyer, now))
    for place_, expert in enumerate(experts):
        script.add(at(today - DAY, 14 + place_), _scored(ref, expert, GIVEN[place_], COMMENTS[place_]))


def _name(session: Session, ref: str, people: list[User], buyer: User, now: dt.datetime) -> None:
    operations.name(session, demand(session, ref), [one.email for one in people], actor=buyer, now=now)


def _scored(ref: str, expert: User, given: tuple[tuple[int, ...], ...], comments: tuple[str, ...]) -> Any:
    def act(session: Session, now: dt.datetime) -> None:
        wanted = demand(session, ref)
        quality = [one.id for one in queries.quality(wanted)]
        operations.declare(session, wanted, conflict=False, actor=expert, now=now)
        for bid, points, comment in zip(bids.opened_bids(session, wanted), given, comments, strict=True):
            operations.save(session, wanted, bid.id, points=dict(zip(quality, points, strict=True)),
                            comments={quality[0]: comment}, actor=expert, now=now)
        operations.submit(session, wanted, actor=expert, now=now)

    return act
