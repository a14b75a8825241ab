"""A small market for the tests of bidding: an operator, a buyer, three founders, one published demand."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.accounts import operations as accounts
from marketplace.accounts.models import ApiKey, User
from marketplace.demand import operations as demands
from marketplace.demand.drafts import CriterionDraft, DemandDraft
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.rules import uscc
from marketplace.security import token_digest
from marketplace.tendering import keys, operations, queries
from marketplace.tendering.bids import BidForm, Disclosures, PlannedMilestone
from marketplace.tendering.sealing import WrappingCost
from tests.publishing import publish_for_bids

NOW = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
DEADLINE = dt.datetime(2026, 3, 20, 9, 0, tzinfo=dt.UTC)  # 17:00 in Beijing
AFTER = DEADLINE + dt.timedelta(minutes=5)
MICROSECOND = dt.timedelta(microseconds=1)
BUYER_PASSPHRASE = "three red lanterns"
OPERATOR_PASSPHRASE = "nine stone bridges"
CHEAP = WrappingCost(passes=1, memory_kib=8)
BUDGET_FEN = 20_000_000
PASSWORD = "correct horse"


@dataclass
class Market:
    """The people of the market; `escrow` is the printed text of the escrow key."""

    operator: User
    buyer: User
    founders: list[User]
    demand: Demand
    escrow: str

    def bid_ids(self, session: Session) -> list[int]:
        """[0, id of the first founder's opened bid, of the second's, …]."""
        by_founder = {bid.founder_id: bid.id for bid in queries.opened_bids(session, self.demand)}
        return [0, *(by_founder[founder.organisation_id] for founder in self.founders)]


def open_market(session: Session, *, founders: int = 3, set_aside: bool = False, deadline: dt.datetime = DEADLINE,
                now: dt.datetime = NOW, password_hash: str | None = None) -> Market:
    """Everyone registered, everyone with an API key "key-<name>", one demand published."""
    operator = person(session, 0, "operator", password_hash=password_hash)
    escrow = keys.create_platform_keys(session, operator.organisation_id, OPERATOR_PASSPHRASE, now=now, cost=CHEAP)
    buyer = person(session, 1, "buyer", payer_type="large_enterprise", password_hash=password_hash)
    keys.create_opening_key(session, buyer.organisation_id, "buyer", BUYER_PASSPHRASE, actor=buyer, now=now,
                            cost=CHEAP)
    people = [founder(session, number, password_hash=password_hash) for number in range(1, founders + 1)]
    demand = publish(session, buyer, set_aside=set_aside, deadline=deadline, now=now)
    return Market(operator, buyer, people, demand, escrow)


def person(session: Session, number: int, role: str, *, password_hash: str | None = None, **more: str) -> User:
    name = f"{role}{number}"
    kind = "91" if role != "operator" else "12"
    user = accounts.register(session, accounts.Registration(
        uscc=uscc.complete(f"{kind}330100{_body(role, number)}"), organisation=f"{name} 公司", role=role,
        email=f"{name}@example.com", display_name=name, password_hash=password_hash, region="浙江", **more), now=NOW)
    session.add(ApiKey(user_id=user.id, label="test", prefix=name, digest=token_digest(f"key-{name}"),
                       created_at=NOW))
    session.flush()
    return user


def _body(role: str, number: int) -> str:
    return f"MA{'BFP'[('buyer', 'founder', 'operator').index(role)]}{number:05d}"


def founder(session: Session, number: int, *, size: str = "micro", profile: bool = True,
            password_hash: str | None = None) -> User:
    user = person(session, number, "founder", size_class=size, password_hash=password_hash)
    if profile:
        session.add(CapabilityProfile(founder_id=user.organisation_id, headline="工业视觉检测", skills=["视觉检测"],
                                      updated_at=NOW))
        session.flush()
    return user


def publish(session: Session, buyer: User, *, set_aside: bool = False, deadline: dt.datetime = DEADLINE,
            now: dt.datetime = NOW) -> Demand:
    demand = demands.create(session, draft(set_aside=set_aside), actor=buyer, now=now)
    return publish_for_bids(session, demand, bid_deadline=deadline, actor=buyer, now=now)


def draft(*, set_aside: bool = False) -> DemandDraft:
    return DemandDraft(
        title="轴承外观缺陷检测", scene="轴承车间", data_offered="两周样本",
        description="用相机找出轴承表面的划伤和锈斑。", budget_fen=BUDGET_FEN,
        duration_days=90, deliverables=("检测模型",), acceptance_criteria=("检出率不低于 98%",), set_aside=set_aside,
        term_days=30, acceptance_period_days=15,
        criteria=(CriterionDraft("方案", "quality", 40), CriterionDraft("案例", "quality", 30),
                  CriterionDraft("价格", "price", 30)))


def bid(price_fen: int = 10_000_000, *, plan: str = "先采集两周样本，再训练并现场调试。",
        nonce: str | None = None) -> BidForm:
    """A bid in two milestones whose amounts add up to the price."""
    first = price_fen * 3 // 10
    return BidForm(
        price_fen=price_fen, plan=plan,
        milestones=(PlannedMilestone("样本与方案", first, 20, ("样本不少于 5000 张",)),
                    PlannedMilestone("上线", price_fen - first, 80, ("检出率不低于 98%", "误报率不高于 2%"))),
        disclosures=Disclosures(subcontract=False, ai_generated=True, ai_deliverables="扩充的测试数据",
                                ai_tools="开源图像生成模型", details="逐张人工核对。"),
        nonce=nonce)


def open_bids(session: Session, market: Market, *, now: dt.datetime = AFTER) -> None:
    """Buyer and operator both give their share."""
    operations.contribute_share(session, market.demand, holder="buyer", secret=BUYER_PASSPHRASE, actor=market.buyer,
                                now=now)
    operations.contribute_share(session, market.demand, holder="operator", secret=OPERATOR_PASSPHRASE,
                                actor=market.operator, now=now)


def score_all(session: Session, market: Market, points: dict[int, tuple[int, int]], *,
              now: dt.datetime = AFTER) -> None:
    """`points`: number of the founder, from 1 → (方案, 案例)."""
    ids = market.bid_ids(session)
    demand = session.get_one(Demand, market.demand.id)
    quality = [criterion.id for criterion in demand.criteria if criterion.kind == "quality"]
    for number, given in points.items():
        operations.score_bid(session, demand, bid_id=ids[number], points=dict(zip(quality, given, strict=True)),
                             actor=market.buyer, now=now)
