"""Buyers, founders and demands for the tests of accounts, profiles and suggestions."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts import operations as accounts
from marketplace.accounts.models import ApiKey, User
from marketplace.demand import operations as demands
from marketplace.demand.drafts import DemandDraft
from marketplace.demand.models import Demand
from marketplace.founders import operations as founders
from marketplace.founders.models import CapabilityProfile
from marketplace.founders.operations import CaseDraft, ProfileDraft
from marketplace.rules import uscc
from marketplace.security import token_digest
from tests.publishing import publish

NOW = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)
DEADLINE = dt.datetime(2026, 3, 20, 9, 0, tzinfo=dt.UTC)

LEAKS = ProfileDraft(
    headline="给水管网漏损定位", bio="做了八年供水管网漏损控制，声学相关仪和压力数据一起看，能到现场。",
    skills=("漏损定位", "声学检测", "管网水力模型"), industries=("水的生产和供应业",), region="江苏省苏州市",
    past_cases=(CaseDraft("县城水司漏损普查", "半年把漏损率从21%降到12%"),), day_rate_fen=120_000,
    languages=("中文",), capacity_days_per_month=20)
POSTERS = ProfileDraft(
    headline="自来水公司品牌海报", bio="给水务公司画宣传海报和公众号长图。", skills=("平面设计", "插画"),
    industries=("文化艺术业",), region="浙江省杭州市", languages=("中文",))
AT_HOME = ProfileDraft(
    headline="管网数据分析", bio="分析漏损数据和夜间最小流量。只能在家工作，不出差。", skills=("漏损定位", "数据分析"),
    industries=("水的生产和供应业",), region="四川省成都市", remote_ok=True, languages=("中文",))


def founder(session: Session, number: int, *, profile: ProfileDraft | None = None, size: str = "micro",
            password_hash: str | None = None, now: dt.datetime = NOW) -> User:
    """A registered one-person company with the API key "key-founder<number>"."""
    user = _person(session, f"founder{number}", f"91320500MAF{number:05d}", "founder", size_class=size,
                   password_hash=password_hash)
    if profile is not None:
        founders.save_profile(session, profile, actor=user, now=now)
    return user


def buyer(session: Session, number: int, *, payer_type: str = "large_enterprise",
          password_hash: str | None = None) -> User:
    """A registered buyer with the API key "key-buyer<number>"."""
    kind = {"government": "11", "public_institution": "12"}.get(payer_type, "91")
    return _person(session, f"buyer{number}", f"{kind}320500MAB{number:05d}", "buyer", payer_type=payer_type,
                   password_hash=password_hash)


def operator(session: Session, *, password_hash: str | None = None) -> User:
    """The platform's operator with the API key "key-operator1"."""
    return _person(session, "operator1", "91320500MAP00001", "operator", password_hash=password_hash)


def _person(session: Session, name: str, prefix: str, role: str, **more: Any) -> User:
    user = accounts.register(session, accounts.Registration(
        uscc=uscc.complete(prefix), organisation=f"{name} 公司", role=role, email=f"{name}@example.com",
        display_name=name, region="江苏省苏州市", **more), now=NOW)
    session.add(ApiKey(user_id=user.id, label="test", prefix=name, digest=token_digest(f"key-{name}"),
                       created_at=NOW))
    session.flush()
    return user


def leak_demand(session: Session, actor: User, *, deadline: dt.datetime = DEADLINE, now: dt.datetime = NOW,
                **said: Any) -> Demand:
    """A published demand for finding leaks, some things said differently."""
    words: dict[str, Any] = {
        "title": "管网漏损定位", "description": "三个月内把供水管网漏损点缩小到五十米以内。须到现场配合开挖。",
        "scene": "供水管网", "data_offered": "不提供",
        "budget_fen": 18_000_000, "duration_days": 90, "industry": "水的生产和供应业", "region": "江苏省苏州市",
        "required_skills": ("漏损定位", "声学检测"), "deliverables": ("漏点清单",), "remote_ok": False,
        "acceptance_criteria": ("开挖十处，命中八处以上",), "acceptance_period_days": 15, "term_days": 45, **said}
    demand = demands.create(session, DemandDraft(**words), actor=actor, now=now)
    return publish(session, demand, bid_deadline=deadline, actor=actor, now=now)


def profile_id(session: Session, user: User) -> int:
    """The id of a founder's profile."""
    return session.query(CapabilityProfile.id).filter_by(founder_id=user.organisation_id).scalar()
