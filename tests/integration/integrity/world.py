"""A market with sealed bids of their own, and the small things two companies may have in common."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.integrity import collusion, particulars
from marketplace.integrity.models import CollusionLead
from marketplace.integrity.particulars import EmploymentForm, Particulars
from marketplace.tendering import operations, teams
from marketplace.tendering.bids import BidForm, Disclosures, PlannedMilestone
from tests.integration.tendering import market as m

PLANS = (
    "先在产线边采集两周样本，按光照条件分成六组，每组至少八百张；再用蒸馏后的小模型做首轮筛查，可疑件转入第二级比对，"
    "比对结果由质检员在平板上复核。模型每周用复核结果再训练一次，连续三周指标稳定后交付，并留下标注规范。",
    "我们建议不采集新样本，直接使用历史图片库完成标注，由两名标注员交叉检查；算法采用分割网络，在工控机上以量化方式运行。"
    "现场调试安排在停机检修的两个周末，之后提供一个月陪跑，每周出一份误检清单。",
    "把问题拆成划伤和锈斑两个独立通道：划伤用暗场侧光配线阵相机，锈斑用偏振光配彩色相机，两路结果在边缘盒子里合并。"
    "首月只做人工辅助判断，第二月切换自动剔除，保留一键回退，验收前做一次盲测。")
PRICES = (18_000_000, 16_500_000, 17_300_000)


def bid_all(session: Session, market: m.Market, *, plans: tuple[str, ...] = PLANS,
            prices: tuple[int, ...] = PRICES) -> list[int]:
    """One bid of each founder, each with a plan and a price of its own; their ids."""
    return [hand_in(session, market, founder, price, plan)
            for founder, plan, price in zip(market.founders, plans, prices, strict=True)]


def hand_in(session: Session, market: m.Market, founder: User, price_fen: int, plan: str) -> int:
    """A founder's bid in one milestone on the demand's own criteria; its id."""
    whole = PlannedMilestone("全部交付", price_fen, 80, tuple(market.demand.acceptance_criteria))
    form = BidForm(price_fen, plan, (whole,), Disclosures(subcontract=False, ai_generated=False))
    return operations.submit_bid(session, market.demand, form, actor=founder, now=m.NOW).bid_id


def team_up(session: Session, market: m.Market, lead: User, member: User) -> None:
    """Two founders bid as one from now on, half and half."""
    team = teams.propose(session, market.demand, teams.Share(None, "总体", 5_000), [
        teams.Share(member.organisation.uscc, "装调", 5_000)], actor=lead, now=m.NOW)
    teams.answer(session, market.demand, team.id, confirm=True, actor=member, now=m.NOW)


def compared(session: Session, market: m.Market) -> list[CollusionLead]:
    """The leads after the opening, strongest first."""
    m.open_bids(session, market)
    collusion.scan(session, market.demand, now=m.AFTER)
    return collusion.of_demand(session, market.demand)


def says(session: Session, person: User, **particular: str) -> None:
    """A company's particulars as its person states them."""
    particulars.state(session, Particulars(**particular), actor=person, now=m.NOW)


def worked(session: Session, person: User, employer: str, start: str, end: str | None = None, *,
           uscc: str | None = None) -> None:
    """A person declares where they worked."""
    particulars.declare_employment(session, EmploymentForm(
        employer, dt.date.fromisoformat(start), dt.date.fromisoformat(end) if end else None, uscc), actor=person,
        now=m.NOW)
