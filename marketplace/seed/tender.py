"""The story of a demand up to its award, told through the real operations."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts import operations as contracts
from marketplace.contracts.models import Contract
from marketplace.demand.drafts import CriterionDraft, DemandDraft
from marketplace.demand.models import Demand
from marketplace.demand.operations import create
from marketplace.rules import money
from marketplace.seed.cast import OPERATOR_PASSPHRASE, PASSPHRASE, Cast
from marketplace.seed.days import at
from marketplace.tendering import operations as tendering
from marketplace.tendering.models import Bid
from marketplace.tendering.operations import BidForm, Disclosures, PlannedMilestone
from marketplace.tendering.store import Store

Act = Callable[[Session, dt.datetime], None]
DAY = dt.timedelta(days=1)
TERMS: dict[str, dict[str, Any]] = {  # what a buyer of each kind usually states here
    "government": {"start_basis": "acceptance", "term_days": 30, "acceptance_period_days": 10},
    "public_institution": {"start_basis": "acceptance", "term_days": 30, "acceptance_period_days": 15},
    "large_enterprise": {"start_basis": "acceptance", "term_days": 60, "acceptance_period_days": 15},
    "sme": {"start_basis": "acceptance", "term_days": 30, "acceptance_period_days": 10},
}
OWN_TERMS: dict[str, dict[str, Any]] = {
    "dv-d047": {"term_days": 75, "over_60_reason": "港口作业结算随船期按季汇总，行业惯例为 75 天。"},
    "dv-d012": {"start_basis": "delivery", "term_days": None, "acceptance_period_days": None},
    "dv-d034": {"allocation": "interest_first"},
    "dv-d037": {"late_rate_value": "12", "late_rate_unit": "percent_per_year"},
}
SMALL_ORDERS: dict[str, dict[str, Any]] = {  # 微单: answered within hours, ordered in batches
    "dv-d014": {"response_hours": 8, "minimum_batch": 5, "minimum_batch_unit": "张"},
    "dv-d022": {"response_hours": 24, "minimum_batch": 60, "minimum_batch_unit": "分钟"},
    "dv-d042": {"response_hours": 48, "minimum_batch": 3, "minimum_batch_unit": "份"},
}
CRITERIA = (CriterionDraft("对需求的理解与实施方案", "quality", 40), CriterionDraft("同类案例与能力", "quality", 30),
            CriterionDraft("价格", "price", 30))


@dataclass
class Script:
    """Everything that happens, in the order of time when played. `files` is where the data of trials lies; None: they
    have none."""

    cast: Cast
    records: dict[str, dict[str, Any]]
    profiles: dict[str, dict[str, Any]]
    events: list[tuple[dt.datetime, int, Act]] = field(default_factory=list)
    last_milestone_days: dict[str, int] = field(default_factory=dict)  # where the story needs other than the demand's
    files: Store | None = None

    def add(self, moment: dt.datetime, act: Act) -> None:
        self.events.append((moment, len(self.events), act))

    def in_order(self, *, until: dt.datetime) -> Iterator[tuple[dt.datetime, Act]]:
        """The events up to a moment; what the story places later has not happened yet."""
        yield from ((moment, act) for moment, _, act in sorted(self.events, key=lambda e: e[:2]) if moment <= until)


def terms_of(script: Script, ref: str) -> dict[str, Any]:
    """The payment terms a demand of the story states."""
    return TERMS[script.cast.buyer_of[ref].organisation.payer_type or "sme"] | OWN_TERMS.get(ref, {})


def post(script: Script, ref: str, *, published_on: dt.date, deadline: dt.datetime | None) -> None:
    """A draft the day before, reviewed and published in the morning; a draft only when there is no deadline."""
    buyer, record = script.cast.buyer_of[ref], script.records[ref]

    def write(session: Session, now: dt.datetime) -> None:
        create(session, _draft(script, ref, record), actor=buyer, now=now)

    def publish(session: Session, now: dt.datetime) -> None:
        tendering.publish_demand(session, demand(session, ref), actor=script.cast.operator, now=now)

    script.add(at(published_on - DAY, 15), write)
    if deadline is not None:
        hand_in(script, ref, at(published_on, 8, 40), bid_deadline=deadline)
        script.add(at(published_on, 9), publish)


def hand_in(script: Script, ref: str, moment: dt.datetime, **wished: Any) -> None:
    """A draft handed in for review by its buyer; `wished` is bid_deadline or bidding_days."""
    script.add(moment, lambda session, now: tendering.submit_demand(
        session, demand(session, ref), unclassified=True, actor=script.cast.buyer_of[ref], now=now, **wished))


def _draft(script: Script, ref: str, record: dict[str, Any]) -> DemandDraft:
    deliverables = tuple(record["deliverables"])
    return DemandDraft(
        external_ref=ref, title=record["title"], description=record["description"], industry=record["industry"],
        region=record["region"], budget_fen=record["budget_fen"], duration_days=record["deadline_days"],
        required_skills=tuple(record["required_skills"]), deliverables=deliverables,
        acceptance_criteria=tuple(f"“{item}”按需求说明逐项核对，双方签字确认" for item in deliverables),
        scene=f"{record['region']}，{record['industry']}一线的真实业务场景。",
        data_offered="签约后按用途和期限开放脱敏样例数据。" if record["data_provided"] else "不提供数据。",
        set_aside=record["set_aside"], data_provided=record["data_provided"], remote_ok=record["remote_ok"],
        criteria=CRITERIA, **SMALL_ORDERS.get(ref, {}), **terms_of(script, ref))


def demand(session: Session, ref: str) -> Demand:
    """The demand made from a record of the seed file."""
    return session.scalars(select(Demand).filter_by(external_ref=ref)).one()


def bid(script: Script, ref: str, profile: str, moment: dt.datetime, *, percent: int) -> None:
    """A sealed bid at a share of the budget, in two milestones."""
    def act(session: Session, now: dt.datetime) -> None:
        tendering.submit_bid(session, demand(session, ref), form_of(script, ref, profile, percent=percent),
                             actor=script.cast.founders[profile], now=now)

    script.add(moment, act)


def form_of(script: Script, ref: str, profile: str, *, percent: int) -> BidForm:
    """What a founder of the story writes for a demand."""
    record = script.records[ref]
    return _form(record, script.profiles[profile], percent,
                 script.last_milestone_days.get(ref, record["deadline_days"]))


def _form(record: dict[str, Any], person: dict[str, Any], percent: int, days: int) -> BidForm:
    price = record["budget_fen"] * percent // 100 // 10000 * 10000  # to the hundred yuan
    first, second = money.split(price, [60, 40])
    halves = record["deliverables"][:1], record["deliverables"][1:] or ["使用说明与培训"]
    return BidForm(
        price_fen=price,
        plan=f"{person['headline']}。先用三天到现场看清“{record['title']}”的真实流程，再按需求说明分两步交付："
             f"先交{'、'.join(halves[0])}，经验收后交{'、'.join(halves[1])}。同类经验："
             f"{'；'.join(case['title'] for case in person['past_cases']) or person['bio']}。",
        milestones=(PlannedMilestone("、".join(halves[0]), first, max(days // 2, 1), ("交付物与需求说明逐项核对一致",)),
                    PlannedMilestone("、".join(halves[1]), second, days, ("连续试用五个工作日无阻断性问题",))),
        disclosures=Disclosures(False, True, "逐行人工复核。", ai_deliverables="代码与文档的初稿",
                                ai_tools="代码助手、大语言模型"))


def open_bids(script: Script, ref: str, deadline: dt.datetime) -> None:
    """Both holders give their shares: the buyer an hour after the deadline, the operator two."""
    for holder, secret, hours in (("buyer", PASSPHRASE, 1), ("operator", OPERATOR_PASSPHRASE, 2)):
        actor = script.cast.buyer_of[ref] if holder == "buyer" else script.cast.operator

        script.add(deadline + dt.timedelta(hours=hours), _share(ref, holder=holder, secret=secret, actor=actor))


def _share(ref: str, **given: Any) -> Act:
    return lambda session, now: tendering.contribute_share(session, demand(session, ref), now=now, **given)


def evaluate(script: Script, ref: str, winner: str, moment: dt.datetime) -> None:
    """Score every opened bid, the winner's highest."""
    def act(session: Session, now: dt.datetime) -> None:
        wanted, first = demand(session, ref), script.cast.founders[winner].organisation_id
        quality = [criterion.id for criterion in wanted.criteria if criterion.kind == "quality"]
        for place, one in enumerate(_opened(session, wanted)):
            points = 92 if one.founder_id == first else 76 - 4 * place
            tendering.score_bid(session, wanted, bid_id=one.id, points=dict.fromkeys(quality, points),
                                actor=script.cast.buyer_of[ref], now=now)

    script.add(moment, act)


def _opened(session: Session, wanted: Demand) -> list[Bid]:
    return list(session.scalars(select(Bid).filter_by(demand_id=wanted.id, status="opened").order_by(Bid.id)))


def award(script: Script, ref: str, winner: str, moment: dt.datetime) -> None:
    """Award to the winner; the contract is drafted with it."""
    def act(session: Session, now: dt.datetime) -> None:
        wanted = demand(session, ref)
        won = next(b for b in _opened(session, wanted) if b.founder_id == script.cast.founders[winner].organisation_id)
        contracts.award_and_draft(session, wanted, bid_id=won.id, actor=script.cast.buyer_of[ref], now=now,
                                  reason="综合得分第一，同类案例与本需求最接近。")

    script.add(moment, act)


def contract(session: Session, ref: str) -> Contract:
    """The contract made for a demand of the story."""
    return session.scalars(select(Contract).filter_by(demand_id=demand(session, ref).id)).one()
