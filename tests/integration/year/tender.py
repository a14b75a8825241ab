"""From the draft to the signed contract: publications, sealed bids, openings, awards, signatures."""
from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts import operations as contracts
from marketplace.contracts.models import Contract
from marketplace.demand import operations as demands
from marketplace.demand.drafts import DemandDraft
from marketplace.demand.models import Demand
from marketplace.rules import money
from marketplace.tendering import operations as tendering
from marketplace.tendering import queries
from marketplace.tendering.bids import BidForm, Disclosures, PlannedMilestone
from tests.integration.year import cast
from tests.publishing import publish_for_bids

if TYPE_CHECKING:
    from tests.integration.year.year import Year

DAY = dt.timedelta(days=1)
MOST_BIDS, BIDDING = 4, (6, 12)


def live(year: Year) -> None:
    """One day of the market's first half."""
    for day, buyer_id in year.publications:
        if day == year.today:
            _publish(year, buyer_id)
    for demand in year.rows(select(Demand.id, Demand.status, Demand.buyer_id, Demand.bid_deadline).where(
            Demand.status.in_(("active", "evaluation"))).order_by(Demand.id)):
        if demand.status == "active":
            _bid(year, demand.id)
        if demand.status == "active" and demand.bid_deadline < year.moment:
            _open(year, demand)
        elif demand.status == "evaluation" and year.happens(0.4):
            _decide(year, demand)
        elif year.happens(0.003):
            year.do("cancel", lambda s, now, d=demand: tendering.cancel_demand(
                s, s.get_one(Demand, d.id), reason="预算调整", actor=year.buyer(s, d.buyer_id), now=now))
    _sign(year)


def _publish(year: Year, buyer_id: int) -> None:
    rng, buyer = year.rng, year.cast.buyers[buyer_id]
    deadline = year.moment + rng.randint(*BIDDING) * DAY
    terms = buyer.terms
    if terms["term_days"] == 60 and year.happens(0.3):
        terms = terms | {"term_days": 75, "over_60_reason": "港口作业按季结算。"}
    elif year.happens(0.05):
        terms = terms | {"pay_when_paid_clause": True}  # forbidden to a protected payee: refused
    draft = DemandDraft(title="轴承外观缺陷检测", description="用相机找出划伤和锈斑。", duration_days=60,
                        scene="轴承车间", data_offered="两周样本",
                        budget_fen=rng.randint(20, 400) * 100_000 + rng.randrange(100), deliverables=("检测模型",),
                        acceptance_criteria=("检出率不低于 98%", "误报率不高于 2%"), **terms)
    made: list[int] = []

    def act(session: Session, now: dt.datetime) -> None:
        actor = year.buyer(session, buyer_id)
        demand = demands.create(session, draft, actor=actor, now=now)
        publish_for_bids(session, demand, bid_deadline=deadline, actor=actor, now=now)
        made.append(demand.id)

    founders = rng.sample(list(year.cast.founders), rng.choices(range(MOST_BIDS + 1), (1, 5, 5, 3, 1))[0])
    if year.do("publish", act):
        year.bidding[made[0]] = [(year.today + rng.randrange(BIDDING[0]) * DAY, founder, rng.randint(60, 100))
                                 for founder in founders]


def _bid(year: Year, demand_id: int) -> None:
    for day, founder_id, percent in year.bidding.get(demand_id, ()):
        if day == year.today:
            _hand_in(year, demand_id, founder_id, percent)
            if year.happens(0.1):  # thought better of it
                _hand_in(year, demand_id, founder_id, percent - 1)
            elif year.happens(0.06):
                year.do("withdraw_bid", lambda s, now, f=founder_id: tendering.withdraw_bid(
                    s, s.get_one(Demand, demand_id), actor=year.founder(s, f), now=now))


def _hand_in(year: Year, demand_id: int, founder_id: int, percent: int) -> None:
    weights = year.rng.choice(([1], [60, 40], [30, 30, 40]))
    first, nonce = year.rng.randint(5, 25), f"{year.rng.getrandbits(256):064x}"

    def act(session: Session, now: dt.datetime) -> None:
        demand = session.get_one(Demand, demand_id)
        price = demand.budget_fen * percent // 100
        planned = tuple(PlannedMilestone(f"第{place}期", fen, first + 20 * place, ("检出率不低于 98%", "接口文档齐全"))
                        for place, fen in enumerate(money.split(price, weights)))
        tendering.submit_bid(session, demand, BidForm(
            price, "先采集两周样本，再训练并现场调试。", planned, Disclosures(
                False, True, ai_deliverables="初稿", ai_tools="大语言模型"), nonce),
            actor=year.founder(session, founder_id), now=now)

    year.do("bid", act)


def _open(year: Year, demand: Demand) -> None:
    """The buyer gives its share, the operator the other; a demand nobody bid on is closed by it."""
    if not year.happens(0.6):
        return
    for holder, secret in (("buyer", cast.BUYER_PASSPHRASE), ("operator", cast.OPERATOR_PASSPHRASE)):
        year.do("open", lambda s, now, h=holder, k=secret: tendering.contribute_share(
            s, s.get_one(Demand, demand.id), holder=h, secret=k, now=now,
            actor=year.buyer(s, demand.buyer_id) if h == "buyer" else year.operator(s)))


def _decide(year: Year, demand: Demand) -> None:
    suitable, points = not year.happens(0.05), [year.rng.randint(40, 100) for _ in range(MOST_BIDS * 2)]

    def act(session: Session, now: dt.datetime) -> None:
        row, actor = session.get_one(Demand, demand.id), year.buyer(session, demand.buyer_id)
        quality = [criterion.id for criterion in row.criteria if criterion.kind == "quality"]
        opened = sorted(queries.opened_bids(session, row), key=lambda bid: bid.id)
        for place, bid in enumerate(opened):
            tendering.score_bid(session, row, bid_id=bid.id, actor=actor, now=now,
                                points=dict(zip(quality, points[2 * place:2 * place + 2], strict=True)))
        if not suitable:
            tendering.none_suitable(session, row, reason="方案都不够成熟", actor=actor, now=now)
            return
        best = max(opened, key=lambda bid: (sum(score.points for score in bid.scores), bid.id))
        contracts.award_and_draft(session, row, bid_id=best.id, reason="综合得分最高", actor=actor, now=now)

    year.do("award" if suitable else "none_suitable", act)


def _sign(year: Year) -> None:
    for contract in year.rows(select(Contract.id, Contract.buyer_id, Contract.founder_id, Contract.text_hash,
                                     Contract.buyer_confirmed_at).filter_by(status="pending").order_by(Contract.id)):
        if not year.happens(0.6):
            continue
        party = contract.founder_id if contract.buyer_confirmed_at else contract.buyer_id
        side = year.founder if contract.buyer_confirmed_at else year.buyer
        year.do("sign", lambda s, now, c=contract, p=party, who=side: contracts.confirm(
            s, s.get_one(Contract, c.id), seen_hash=c.text_hash, actor=who(s, p), now=now))
