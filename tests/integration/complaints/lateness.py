"""A payment that is late, and the steps people take about it on the days a test names."""
from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.complaints import filing, listings, mediation, partners, plans, restrictions
from marketplace.complaints import round as remedies
from marketplace.complaints.models import Complaint, Mediation, PaymentPlan, PublicListing
from marketplace.complaints.partners import PartnerForm
from marketplace.complaints.plans import Promise
from marketplace.demand.models import Criterion, Demand
from marketplace.notices.models import Notice
from marketplace.payments.models import Obligation
from marketplace.rules.errors import RuleViolation
from tests.integration.payments.world import World, noon, on

PRINCIPAL = 10_000_000


class Lateness(World):
    """`owed_row`: 100,000 yuan owed by a large enterprise since its last day, 2026-03-02 (a Monday)."""

    def __init__(self, session: Session, **more: Any) -> None:
        super().__init__(session, **more)
        self.owed_row = self.delivered(self.signed(at="2025-12-05", amounts=(PRINCIPAL,)), "2026-01-01")
        assert self.owed_row.due_on == dt.date(2026, 3, 2)

    def refreshed(self, day: str) -> dict[str, int]:
        """The block and the plans at the start of a day."""
        return restrictions.refresh(self.session, today=on(day), now=noon(day))

    def round(self, day: str) -> dict[str, int]:
        """The whole daily round."""
        return remedies.run(self.session, today=on(day), now=noon(day))

    def planned(self, *promises: tuple[str, int | None], day: str = "2026-04-10") -> PaymentPlan:
        return plans.propose(self.session, self.owed_row, [Promise(on(one), fen) for one, fen in promises],
                             note="", actor=self.buyer, now=noon(day))

    def agreed(self, *promises: tuple[str, int | None], day: str = "2026-04-10") -> PaymentPlan:
        plan = self.planned(*promises, day=day)
        return plans.accept(self.session, self.owed_row, plan.id, actor=self.founder, now=noon(day))

    def filed(self, day: str = "2026-04-10") -> Complaint:
        return filing.file(self.session, self.owed_row, request="请责令付款", truthful=True, actor=self.founder,
                           now=noon(day))

    def accepted_complaint(self, day: str) -> Complaint:
        """Filed and handed in the day before, formally accepted on a day."""
        before = (on(day) - dt.timedelta(days=1)).isoformat()
        found = self.filed(before)
        filing.submit(self.session, self.owed_row, found.id, authority="省经信厅", submitted_on=on(before),
                      actor=self.operator, now=noon(before))
        return filing.accept(self.session, self.owed_row, found.id, accepted_on=on(day), reference_number="T-1",
                             actor=self.operator, now=noon(day))

    def proposed(self, day: str = "2026-05-06") -> PublicListing:
        return listings.propose(self.session, self.owed_row, reason="拖欠逾两个月", actor=self.operator, now=noon(day))

    def decided(self, found: PublicListing, day: str, *, publish: bool = True) -> PublicListing:
        return listings.decide(self.session, self.owed_row, found.id, publish=publish, reason="事实清楚",
                               actor=self.operator, now=noon(day))

    def mediating(self, day: str = "2026-04-10") -> Mediation:
        """Asked for by the founder, agreed to by the buyer on the same day, a partner named."""
        found = mediation.request(self.session, self.owed_row, text="请调解", actor=self.founder, now=noon(day))
        mediation.answer(self.session, self.owed_row, found.id, agree=True, actor=self.buyer, now=noon(day))
        partner = partners.add(self.session, PartnerForm("钱塘律师事务所", "lawyer", "浙江省杭州市", "陈律师",
                                                         phone="0571-1"), actor=self.operator, now=noon(day))
        return mediation.assign(self.session, self.owed_row, found.id, partner_id=partner.id, actor=self.operator,
                                now=noon(day))

    def draft(self, title: str = "港口排程") -> Demand:
        """A draft of the buyer, ready to be published."""
        self.made += 1
        moment = noon("2026-01-05")
        found = Demand(
            code=f"JB-2026-{self.made:06d}", buyer=self.buyer.organisation, title=title, description="排出泊位计划。",
            scene="散货码头", data_offered="不提供。",
            budget_fen=5_000_000, duration_days=30, status="planning", acceptance_criteria=["按计划排出"],
            deliverables=["排程程序"], created_at=moment, updated_at=moment, start_basis="delivery",
            criteria=[Criterion(position=1, name="方案", kind="quality", weight=70),
                      Criterion(position=2, name="价格", kind="price", weight=30)])
        self.session.add(found)
        self.session.flush()
        return found

    def told(self, who: Any) -> list[str]:
        """The codes of every notice to somebody's organisation, oldest first."""
        query = select(Notice.code).filter_by(organisation_id=who.organisation_id).order_by(Notice.id)
        return list(self.session.scalars(query))


def refusal(call: Any, *arguments: Any, **options: Any) -> str:
    """The code with which a step was refused."""
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


__all__ = ["PRINCIPAL", "Lateness", "Obligation", "noon", "on", "refusal"]
