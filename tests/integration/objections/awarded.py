"""From the market of tendering to an award whose standstill runs."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.contracts import operations as contracts
from marketplace.contracts.models import Contract
from marketplace.demand.models import Demand
from marketplace.objections import operations as objections
from marketplace.objections.models import Objection
from marketplace.objections.operations import Grounds
from marketplace.rules.objections import Ground
from marketplace.tendering import operations as tendering
from tests.integration.tendering import market as m

AWARDED_AT = m.AFTER  # Friday 20 March 2026, 17:05 in Beijing
TEXT = "第二项标准的分数与公布的评分办法不符，请核对。"
ANSWER = "经复核，评分依据投标文件第三节，没有错误。"


@dataclass
class Awarded:
    """`winner`, `loser`, `third` by rank; `contract` is the draft."""

    market: m.Market
    contract: Contract

    @property
    def demand(self) -> Demand:
        return self.market.demand

    @property
    def winner(self) -> User:
        return self.market.founders[0]

    @property
    def loser(self) -> User:
        return self.market.founders[1]

    @property
    def third(self) -> User:
        return self.market.founders[2]


def award(session: Session) -> Awarded:
    """Three bids opened and scored on the afternoon of 20 March, the first awarded at once."""
    market = m.open_market(session)
    for founder, price in zip(market.founders, (10_000_000, 9_000_000, 12_000_000), strict=True):
        tendering.submit_bid(session, market.demand, m.bid(price), actor=founder, now=m.NOW)
    m.open_bids(session, market)
    m.score_all(session, market, {1: (95, 90), 2: (80, 80), 3: (60, 60)})
    contract = contracts.award_and_draft(session, market.demand, bid_id=market.bid_ids(session)[1],
                                         reason="总分第一", actor=market.buyer, now=AWARDED_AT)
    session.flush()
    return Awarded(market, contract)


def day(number: int, hour: int = 10) -> dt.datetime:
    """An hour in Beijing of a day of March 2026; 32 is 1 April."""
    return dt.datetime(2026, 3, 1, tzinfo=dt.UTC) + dt.timedelta(days=number - 1, hours=hour - 8)


def object_to(session: Session, awarded: Awarded, who: User, now: dt.datetime) -> Objection:
    """An objection to the scoring."""
    return objections.file(session, awarded.demand, Grounds(Ground.SCORING, TEXT), actor=who, now=now)


def confirm(session: Session, awarded: Awarded, who: User, now: dt.datetime) -> Contract:
    """One side confirms the draft it reads."""
    return contracts.confirm(session, awarded.contract, seen_hash=awarded.contract.text_hash, actor=who, now=now)
